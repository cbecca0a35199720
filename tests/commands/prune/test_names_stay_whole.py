"""On a screen of 80 columns the name of a checkpoint stands in one piece; reasons wrap instead."""

from __future__ import annotations

import pytest
from cli import command
from places import ROOT

KERAS = ROOT / "sample_logs" / "keras"


@pytest.mark.parametrize("columns", ["72", "80", "120"])
def test_names_of_checkpoints_are_not_broken(
    columns: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    files = KERAS / "overfitting_checkpoints"
    shown = command(capsys, "prune", KERAS / "overfitting.csv", "--checkpoints", files, "--finished", "--verbose").out
    assert all(f"  {file.name} " in shown for file in files.iterdir())
    assert "the aim" in shown and max(map(len, shown.splitlines())) <= int(columns)
