"""A step that is missing from an even log is said; logs that become sparser, or are uneven, raise no alarm."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import selectmodel as sm
from selectmodel.records import Run, Series


def codes(steps: list[int], others: list[int] | None = None) -> set[str]:
    series = {"val_loss": Series.of("val_loss", steps, [np.nan] * len(steps), np.linspace(1, 0.5, len(steps)))}
    if others is not None:
        series["train_loss"] = Series.of("train_loss", others, [np.nan] * len(others), np.linspace(1, 0.4, len(others)))
    run = Run("run", "run.csv", "generic_csv", series, x_axis="step")
    return {note.code for note in sm.recommend(run).notes}


@pytest.mark.parametrize("lost", [[30], [50], [30, 60], [40, 50]])
def test_a_missing_step_is_said(lost: list[int]) -> None:
    steps = [step for step in range(10, 110, 10) if step not in lost]
    assert "SM148" in codes(steps)
    assert "SM148" in codes(steps, [step - 1 for step in steps])


@pytest.mark.parametrize(
    "steps",
    [
        list(range(10, 110, 10)),
        [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 14, 16],
        [1, 2, 4, 8, 16, 32],
        [10, 20, 35, 40, 50, 60],
        [0, 20, 30, 40, 50, 60],
        [10, 20, 30, 40, 50, 70],
        [3, 17],
        [5],
    ],
)
def test_an_uneven_log_raises_no_alarm(steps: list[int]) -> None:
    assert "SM148" not in codes(steps)


def test_where_another_metric_has_a_value_that_is_said_instead() -> None:
    steps = [step for step in range(10, 110, 10) if step != 50]
    assert codes(steps, list(range(10, 110, 10))) == {"SM175"}


def test_a_cell_that_is_blank_in_the_last_row_of_a_table(tmp_path: Path) -> None:
    rows = [f"{e},{1 / (e + 1):.3f},{1 / (e + 2):.3f}" for e in range(8)]
    for last, said in (("8,0.1,NA", True), ("8,0.1,", True), ("8,0.1,0.09", False)):
        (tmp_path / "log.csv").write_text("\n".join(["epoch,loss,val_loss", *rows, last, ""]), "utf-8")
        assert ("SM175" in {note.code for note in sm.recommend(sm.read(tmp_path / "log.csv")).notes}) == said
