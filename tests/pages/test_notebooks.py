"""What Python and a notebook show: each answer once, as verdict, picture and table; ``print`` as the short text."""

from __future__ import annotations

import base64
import re
from pathlib import Path

import pytest
from places import SAMPLES

import selectmodel as sm
from selectmodel.charts import vega

pytest.importorskip("altair")
pytest.importorskip("vl_convert")

LOG = SAMPLES / "keras" / "overfitting.csv"
CYCLES = [SAMPLES / "cycles" / f"cycle{number}.csv" for number in (1, 2, 3)]
ANSWERS = {
    "report": (lambda: sm.recommend(LOG), "Ship epoch 12"),
    "verdict": (lambda: sm.gate(LOG, conditions=[{"metric": "val_accuracy", "min": 0.95}]), "The gate says no"),
    "comparison": (lambda: sm.compare(*CYCLES), "Cannot tell whether cycle3.csv is better than cycle2.csv"),
    "ranking": (lambda: sm.rank(SAMPLES / "sweep"), "Ship epoch 28 of drop0.5-lr0.003/seed-1"),
    "guidance": (lambda: sm.advise(LOG), "EarlyStopping"),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_an_answer_shows_verdict_picture_and_table(name: str) -> None:
    made, verdict = ANSWERS[name]
    shown = made()._repr_html_()
    assert verdict in shown
    assert shown.count("<table") == 1
    (picture,) = re.findall(r'src="data:image/svg\+xml;base64,([^"]+)"', shown)
    assert base64.b64decode(picture).startswith(b"<svg")
    assert "<script" not in shown


def test_without_the_extra_it_shows_verdict_and_table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vega, "installed", lambda: False)
    shown = sm.recommend(LOG)._repr_html_()
    assert "Ship epoch 12" in shown and "<table" in shown and "<img" not in shown


def test_printing_an_answer_is_its_screen() -> None:
    report = sm.recommend(LOG)
    assert str(report).startswith("Ship epoch 12")
    assert "Series(" not in str(report)


def test_a_run_shows_itself_as_a_table(tmp_path: Path) -> None:
    run = sm.read(LOG)
    assert str(run) == "overfitting.csv (keras_csv): 60 points of accuracy, loss, val_accuracy, val_loss"
    assert "<th>val_accuracy</th>" in run._repr_html_()
    log = tmp_path / "a.csv"
    log.write_text("epoch,val_<script>_loss\n0,1\n1,2\n")
    assert "<script" not in sm.read(log)._repr_html_()


def test_a_path_does_where_a_run_is_taken() -> None:
    run = sm.read(LOG)
    assert sm.recommend(str(LOG)).to_dict() == sm.recommend(LOG).to_dict()
    assert sm.recommend(LOG).recommended == sm.recommend(run).recommended
    assert sm.advise([LOG]).advice == sm.advise(run).advice == sm.advise(LOG).advice
    assert sm.gate(LOG, require={"min_epochs": 10}).result == "pass"
    with pytest.raises(sm.UsageError, match="index"):
        sm.recommend(run, index="epoch")


def test_a_chart_can_be_changed() -> None:
    chart = sm.recommend(LOG).plot().properties(title="ours")
    assert chart.to_dict()["title"] == "ours"
    scales = str(sm.recommend(LOG).plot(log=True).to_dict())
    assert "'type': 'log'" in scales and "'type': 'linear'" in scales  # the accuracy stays as it is


def test_a_run_that_was_not_judged_is_drawn_a_panel_a_metric() -> None:
    drawn = sm.plot(LOG).to_dict()
    assert [panel["title"] for panel in drawn["vconcat"]] == ["accuracy", "loss"]
    assert str(sm.plot(sm.read(LOG)).to_dict()) == str(drawn)


def test_markdown_shows_the_picture_that_is_written_beside_it(tmp_path: Path) -> None:
    from selectmodel.cli.main import run

    (tmp_path / "pictures of it").mkdir()
    page, picture = tmp_path / "report.md", tmp_path / "pictures of it" / "curve.svg"
    assert run(["pick", str(LOG), "-o", str(page), "-o", str(picture)]) == 0
    assert page.read_text().rstrip().endswith("![curves](pictures%20of%20it/curve.svg)")
    assert picture.exists()
    assert run(["pick", str(LOG), "-o", str(page), "--force"]) == 0
    assert "![" not in page.read_text()
