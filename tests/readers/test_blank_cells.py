"""Blank cells of a Lightning log, half a line end, and numbers beside the monitored ones: nothing goes in silence."""

from __future__ import annotations

from pathlib import Path

import pytest

import selectmodel as sm


def log(path: Path, last: str = "0.40", epoch: str = "11", train: str = "0.30") -> Path:
    """A Lightning log whose last validation is the best one."""
    rows = [
        f"{at},{20 * at + 19},,{0.95 - 0.04 * at:.2f}\n{at},{20 * at + 19},{0.9 - 0.05 * at:.2f},\n" for at in range(11)
    ]
    path.write_text(f"epoch,step,train_loss,val_loss\n{''.join(rows)}{epoch},239,,{last}\n11,239,{train},\n", "utf-8")
    return path


def told(path: Path) -> tuple[float, set[str]]:
    report = sm.recommend(sm.read(path))
    return float(report.recommended.epoch), {note.code for note in report.notes}


def test_a_whole_log_raises_no_alarm(tmp_path: Path) -> None:
    assert told(log(tmp_path / "metrics.csv")) == (11, set())


@pytest.mark.parametrize("cell", ["", "#N/A", "None", "-"])
def test_a_row_without_any_value_is_told(cell: str, tmp_path: Path) -> None:
    epoch, codes = told(log(tmp_path / "metrics.csv", last=cell))
    assert epoch == 10
    assert codes == {"SM189"}


def test_an_epoch_that_is_blank_is_that_of_the_same_step(tmp_path: Path) -> None:
    assert told(log(tmp_path / "metrics.csv", epoch="")) == (11, set())


def test_an_epoch_that_no_row_tells_is_said_not_to_be_known(tmp_path: Path) -> None:
    path = log(tmp_path / "metrics.csv", epoch="")
    path.write_text(path.read_text("utf-8").replace("11,239,0.30,\n", "11,238,0.30,\n"), "utf-8")
    report = sm.recommend(sm.read(path))
    assert report.recommended.step == 239
    assert [note.message for note in report.notes if note.code == "SM149"] == [
        "val_loss has no epoch at step 239; only the step is known there"
    ]


def test_a_log_that_ends_in_half_a_line_end_was_cut(tmp_path: Path) -> None:
    path = log(tmp_path / "metrics.csv")
    whole = path.read_bytes().replace(b"\n", b"\r\n")
    path.write_bytes(whole)
    assert told(path) == (11, set())
    path.write_bytes(whole[:-1])
    assert "SM101" in told(path)[1]


def test_a_train_score_that_is_no_number_is_told(tmp_path: Path) -> None:
    rows = [f"{at},{0.5 + 0.04 * at:.2f},{0.5 + 0.03 * at:.2f},{0.9 - 0.05 * at:.2f}\n" for at in range(10)]
    path = tmp_path / "log.csv"
    for score, expected in (("0.82", False), ("inf", True), ("nan", True)):
        changed = [row.replace(",0.82,", f",{score},") for row in rows]
        path.write_text(f"epoch,accuracy,val_accuracy,val_loss\n{''.join(changed)}", "utf-8")
        assert ("SM176" in told(path)[1]) == expected
