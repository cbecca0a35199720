"""``pick --across`` of folds whose scores are equal: what they are to be told apart by is the rest of their logs."""

from pathlib import Path

import pytest
from cli import command


def test_folds_of_one_table_with_equal_scores_are_several(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = tmp_path / "folds.csv"
    scores = [0.5, 0.75, 0.875, 0.91]
    rows = [f"{fold},{at},{0.5 + fold / 8},{score}" for fold in range(3) for at, score in enumerate(scores)]
    log.write_text("\n".join(["fold,epoch,val_loss,val_acc", *rows, ""]))
    done = command(capsys, "pick", "--across", log)
    assert done.code == 0, done.err
    assert "between the 3 runs" in done.out
    # equal values have no spread, not one of rounding
    assert "standard error 0.000 between" in done.out, done.out
    twice = command(capsys, "pick", "--across", log, log)
    assert (twice.code, "is given twice" in twice.err) == (2, True)
