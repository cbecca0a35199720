"""A file to which fit() was called to append: which flag reads it, and what the names of checkpoints then say."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

import selectmodel
from selectmodel.errors import ChoiceError

HEADER = "epoch,accuracy,loss,val_accuracy,val_loss\n"


def fit(epochs: int, after: int) -> str:
    """The rows of a fit that goes on with a model that was trained for so many epochs."""
    rows = []
    for epoch in range(epochs):
        left = math.exp(-(epoch + after) / 5)
        rows.append(f"{epoch},{1 - left:.4f},{left:.4f},{0.9 - left / 2:.4f},{0.4 + left / 2:.4f}\n")
    return "".join(rows)


LOGS = {
    "appended": HEADER + fit(5, 0) + fit(8, 5),
    "with a header again": HEADER + fit(5, 0) + HEADER + fit(8, 5),
    "shorter": HEADER + fit(8, 0) + fit(5, 8),
}


@pytest.mark.parametrize("kind", LOGS)
def test_the_flag_that_is_offered_reads_all_rows(kind: str, tmp_path: Path) -> None:
    log = tmp_path / "log.csv"
    log.write_text(LOGS[kind])
    with pytest.raises(ChoiceError, match="holds 2 fits, of which 1 goes on") as choice:
        selectmodel.recommend(log)
    assert [one.split("  ")[0] for one in choice.value.choices] == ["--index row", "--segment 1", "--segment 2"]
    report = selectmodel.recommend(log, index="row")
    assert report.question.epochs.tolist() == list(range(13))


def test_a_file_of_the_second_fit_is_not_shipped_as_one_of_the_first(tmp_path: Path) -> None:
    """The second fit wrote model-03.keras again, so that it is of row 7 and not of row 2."""
    log = tmp_path / "log.csv"
    lines = LOGS["appended"].splitlines()
    lines[3] = "2,0.5,0.5,0.99,0.1"
    log.write_text("\n".join(lines) + "\n")
    for number in range(1, 9):
        (tmp_path / f"model-{number:02}.keras").write_bytes(b"w")
    report = selectmodel.recommend(log, index="row", metric="val_loss")
    assert report.recommended.epoch == 2.0 and report.recommended.checkpoint is None
    assert any(note.code == "SM114" and "--checkpoint-offset 0" in note.message for note in report.notes)
    told = selectmodel.recommend(log, index="row", metric="val_loss", checkpoint_offset=1)
    assert told.recommended.checkpoint is not None and told.recommended.checkpoint.endswith("model-03.keras")


def test_rows_whose_epochs_rise_have_their_files(tmp_path: Path) -> None:
    log = tmp_path / "log.csv"
    log.write_text(HEADER + fit(8, 0))
    for number in range(1, 9):
        (tmp_path / f"model-{number:02}.keras").write_bytes(b"w")
    report = selectmodel.recommend(log, index="row", metric="val_loss")
    assert report.recommended.checkpoint is not None and report.recommended.checkpoint.endswith("model-08.keras")
