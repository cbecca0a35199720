"""What is said where rows are counted instead of the epochs that the file has: nothing is told that did not happen."""

from __future__ import annotations

from pathlib import Path

import pytest

import selectmodel

ROWS = {
    "several rows of each epoch": ([0, 0, 0, 1, 1, 1, 2, 2, 2], False),
    "one epoch": ([1, 1, 1, 1, 1, 1], False),
    "the newest first": ([6, 5, 4, 3, 2, 1, 0], False),
    "two fits": ([0, 1, 2, 3, 0, 1, 2, 3, 4], True),
    "two rows of each epoch of two fits": ([0, 0, 1, 1, 2, 2, 0, 0, 1, 1, 2, 2], True),
}


@pytest.mark.parametrize("kind", ROWS)
def test_only_epochs_that_begin_anew_tell_of_a_training_that_did(kind: str, tmp_path: Path) -> None:
    epochs, anew = ROWS[kind]
    log = tmp_path / "log.csv"
    rows = [f"{epoch},{1 / (row + 1):.3f},{0.3 + abs(row - 2) / 10:.3f}" for row, epoch in enumerate(epochs)]
    log.write_text("epoch,loss,val_loss\n" + "\n".join(rows) + "\n")
    for number in range(len(epochs)):
        (tmp_path / f"model_{number}.pt").write_bytes(b"w")
    report = selectmodel.recommend(log, index="row")
    note = next(note for note in report.notes if note.code == "SM114")
    assert report.recommended.epoch == 2.0 and report.recommended.checkpoint is None
    assert ("counts anew" in note.message) == anew and "are not used" in note.message
    assert any(finding.code == "SM219" for finding in report.findings) == anew
