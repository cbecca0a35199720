"""On a screen of 80 columns the name of a metric stands in one piece in the table of settings; heads wrap instead."""

from __future__ import annotations

import pytest
from cli import command
from places import ROOT


@pytest.mark.parametrize("columns", ["80", "120"])
def test_names_of_metrics_are_not_broken(
    columns: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    answer = command(capsys, "advise", ROOT / "sample_logs" / "keras" / "overfitting.csv").out
    table = answer.partition("code of its own.\n")[2].partition("more rows")[0]
    rows = [line for line in table.splitlines() if line.startswith(("val_", "EMA of val_"))]
    assert len(rows) == 18
    assert rows[0].startswith("val_loss ") and rows[0].endswith(" 38")
    assert rows[-1].startswith("val_accuracy ") and rows[-1].endswith(" 7")
