"""A run that was read shows what it is, its curves and its table, once."""

from __future__ import annotations

import base64
import re
from pathlib import Path

import pytest
from places import SAMPLES

import selectmodel as sm
from selectmodel.charts import vega

LOG = SAMPLES / "keras" / "overfitting.csv"


def test_curves_and_table(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("altair")
    shown = sm.read(LOG)._repr_html_()
    assert shown.count("<table") == 1 and "<th>val_accuracy</th>" in shown
    assert shown.count("<strong>overfitting.csv (keras_csv): 60 points of accuracy") == 1
    (picture,) = re.findall(r'src="data:image/svg\+xml;base64,([^"]+)"', shown)
    assert base64.b64decode(picture).startswith(b"<svg")
    monkeypatch.setattr(vega, "installed", lambda: False)
    assert "<img" not in sm.read(LOG)._repr_html_()


def test_names_are_texts(tmp_path: Path) -> None:
    log = tmp_path / "a.csv"
    log.write_text('epoch,"val_<img src=x onerror=alert(1)>_loss"\n0,1\n1,2\n')
    shown = sm.read(log)._repr_html_()
    assert not re.search("<img (?!alt=)", shown) and "onerror=alert(1)&gt;" in shown


def test_a_run_without_a_metric_to_draw_shows_its_table() -> None:
    run = sm.read(LOG)
    assert "<table" in type(run)(name="a", source="a", format="frame", series={})._repr_html_()
