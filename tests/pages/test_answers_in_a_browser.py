"""What was asked of a sweep, on its page in a real browser: nothing is cut or overlaps, and names do nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from selectmodel.cli.main import run

pytest.importorskip("selenium")
pytest.importorskip("altair")
import browser as browsers

pytestmark = [
    pytest.mark.heavy,
    pytest.mark.skipif(browsers.BROWSER is None or browsers.DRIVER is None, reason="no Chromium with its driver here"),
]
NAME = "<b onmouseover=alert(1)>lr"


def test_answers_are_shown_whole(tmp_path: Path) -> None:
    for at in range(22):
        place = tmp_path / "runs" / f"run<b>{at}"
        place.mkdir(parents=True)
        rows = [f"{epoch},{(300 + 9 * epoch + 4 * at) / 500},{1 - 0.1 * epoch}" for epoch in range(6)]
        (place / "training.csv").write_text("\n".join(["epoch,val_accuracy,val_loss", *rows, ""]))
        (place / "config.json").write_text(json.dumps({NAME: at % 3, "opt": f"<i>{at % 2}", "lr": 10.0 ** -(at % 5)}))
    page = tmp_path / "page.html"
    asked = ["--questions", "--best-per", "opt", "--ensemble", "3", "--pareto", "val_accuracy,val_loss:min"]
    assert run(["rank", str(tmp_path / "runs"), "--no-cache", *asked, "-o", str(page)]) == 0
    with browsers.browser() as window:
        for width in (400, 1280):
            window.open(page, width)
            assert window.layout() == []
            assert window.complaints() == []
            headings = window.run("return [...document.querySelectorAll('h2')].map((one) => one.textContent)")
            assert headings[:6] == ["Importance", "Edges", "More runs", "Pareto", "Best per", "Ensemble"]
            assert window.run("return document.querySelectorAll('img,b,i,script[src]').length") == 0
