"""A share of wrong answers is a score turned over, and no loss: what is said of losses is not said of it."""

from __future__ import annotations

from pathlib import Path

import pytest

import selectmodel as sm


def log(folder: Path, name: str) -> Path:
    """An error that rises again, and a training loss that lies above it throughout."""
    rows = [f"{e},{3 / (e + 1):.4f},{0.1 + 0.004 * abs(e - 8) + 0.001 * (e % 3):.4f}" for e in range(20)]
    (folder / "log.csv").write_text("\n".join([f"epoch,train_loss,{name}", *rows]) + "\n")
    return folder / "log.csv"


@pytest.mark.parametrize("name", ["val_error", "val_error_rate", "val_wer", "val_top1_error", "val_mae"])
def test_nothing_is_said_of_a_loss(name: str, tmp_path: Path) -> None:
    report = sm.recommend(sm.read(log(tmp_path, name)))
    said = {finding.check for finding in report.findings}
    assert report.question.monitor == name
    assert "val_better_than_train" not in said
    assert ("overfitting" in said) == (name == "val_mae")
