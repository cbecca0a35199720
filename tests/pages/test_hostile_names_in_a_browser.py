"""Names of runs, metrics, settings, folders and checkpoints that are HTML and scripts: pages show them, and do nothing.

In the dark too, where the colours are others, and on paper, where what is folded has to stand.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
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
SCRIPT = "</script><script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">"
METRIC = f"val_{SCRIPT}'\"&{{{{7*7}}}}${{1}}.a[0]_loss"
FILE = "run <b onmouseover=alert(1)> '\"&amp; `x`.csv"
FOLDERS = [f"d{number}'\"<i>" for number in range(3)]


@pytest.fixture(scope="module")
def sweep(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Runs of which every name is hostile."""
    root = tmp_path_factory.mktemp("hostile")
    quoted = '"' + METRIC.replace('"', '""') + '"'
    for number, name in enumerate(FOLDERS):
        place = root / "runs" / name
        (place / "checkpoints").mkdir(parents=True)
        (place / "checkpoints" / "weights <img src=x onerror=alert(1)>.05.h5").touch()
        (place / "config.json").write_text(json.dumps({"lr</script>": 0.1 * (number + 1), "opt": f"<b>{number}"}))
        rows = [f"{at},{1 / (at + 1)},{1.1 / (at + 1) + 0.01 * at},{min(450, 300 + 15 * at) / 500}" for at in range(20)]
        (place / FILE).write_text("\n".join([f"epoch,loss,{quoted},val_accuracy", *rows]) + "\n")
    return root


@pytest.fixture(scope="module")
def window() -> Iterator[browsers.Browser]:
    with browsers.browser() as opened:
        yield opened


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("command", ["pick", "gate", "compare", "rank", "advise"])
def test_a_page_shows_them_and_does_nothing(command: str, scheme: str, sweep: Path, window: browsers.Browser) -> None:
    logs = [str(sweep / "runs" / name / FILE) for name in FOLDERS]
    asked = {
        "pick": [logs[0], "--metric", f"{METRIC}:min"], "gate": [logs[0], "--min", "val_accuracy=0.95"],
        "compare": logs, "rank": [str(sweep / "runs")], "advise": [logs[0]],
    }[command]  # fmt: skip
    page = sweep / f"{command}.html"
    assert run([command, *asked, "-o", str(page), "--force"]) in (0, 1)
    feature = {"name": "prefers-color-scheme", "value": scheme}
    window.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "", "features": [feature]})
    window.requests()
    for width in (400, 1280):
        window.open(page, width)
        window.run("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
        assert window.layout() == []
        _point_at_a_chart(window)
        assert window.run("return document.title") != "owned"
        assert window.run("return document.querySelectorAll('img,b,i,script[src]').length") == 0
        assert window.complaints() == []
    assert set(window.requests()) == {page.as_uri()}
    paper = window.run("return getComputedStyle(document.body).backgroundColor")
    assert (paper == "rgb(255, 255, 255)") == (scheme == "light")


def _point_at_a_chart(window: browsers.Browser) -> None:
    from selenium.webdriver.common.action_chains import ActionChains

    chart = window.driver.find_element("css selector", "figure svg")
    ActionChains(window.driver).move_to_element_with_offset(chart, -20, 20).perform()


def test_what_is_folded_stands_on_paper(sweep: Path, window: browsers.Browser) -> None:
    page = sweep / "printed.html"
    assert run(["pick", str(sweep / "runs" / FOLDERS[0] / FILE), "-o", str(page)]) == 0
    window.open(page)
    opened = "return [...document.querySelectorAll('details')].map((one) => one.open)"
    assert window.run(opened) == [False, False]
    window.driver.execute_cdp_cmd("Page.printToPDF", {})
    assert window.run(opened) == [True, True]
