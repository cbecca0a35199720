"""A loss of 0 or less amid positive ones is a damaged or an empty cell: never shipped, said, and refused by a gate."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import selectmodel as sm
from selectmodel.metrics import units
from selectmodel.records import Run, Series

LOSS = np.array([1.2, 0.75, 0.6, 0.52, 0.48, 0.45, 0.43, 0.42, 0.42, 0.42, 0.43, 0.44])


def run(values: Any) -> Run:
    series = {"val_loss": values, "loss": LOSS - 0.1}
    logged = {name: Series.of(name, range(len(v)), range(len(v)), v) for name, v in series.items()}
    return Run(name="run", source="run", format="keras_csv", series=logged)


@pytest.mark.parametrize("value", [0.0, -3.0, -1e308])
@pytest.mark.parametrize("place", [1, 5, 10])
def test_one_inside(value: float, place: int) -> None:
    values = LOSS.copy()
    values[place] = value
    report = sm.recommend(run(values))
    assert report.recommended.epoch != place and report.recommended.values["val_loss"] > 0
    (note,) = [note for note in report.notes if note.code == "SM172"]
    assert note.degrades and f"({place})" in note.message and "0.420 or more elsewhere" in note.message
    assert "SM175" not in {note.code for note in report.notes}, "the cell was not blank"
    assert sm.gate(run(values), conditions=[{"metric": "val_loss", "max": 0.5}]).result == "refused"


@pytest.mark.parametrize(("value", "odd"), [(0.0, True), (-0.1, False), (-1e6, True)])
def test_the_last_value_may_go_on_falling(value: float, odd: bool) -> None:
    assert (units.alone("loss", np.append(LOSS, value)) is not None) == odd


@pytest.mark.parametrize(
    "values",
    [
        LOSS - 0.43,  # it falls through 0
        np.round(np.exp(-np.arange(20.0)), 2),  # rounded to 0 near its end
        [1.0, 0.5, 0.01, 0.0, 0.01, 0.005, 0.01],
        -LOSS,  # a negative likelihood
        [1.0, 0, 1, 0, 1, 0, 1, 0],  # zeros as often as not
        [1.0, 0, 1],
    ],
)
def test_losses_that_near_zero_or_have_no_sign(values: Any) -> None:
    assert units.alone("loss", np.array(values, dtype=float)) is None


@pytest.mark.parametrize("base", ["kl_loss", "aux_loss", "accuracy", "f1", "reward"])
def test_other_metrics_may_be_0(base: str) -> None:
    assert units.alone(base, np.append(LOSS, [0.0, 0.4])) is None


SHARES = np.array([0.5, 0.38, 0.3, 0.25, 0.21, 0.19, 0.18, 0.17, 0.165])


@pytest.mark.parametrize("base", ["error_rate", "top1_error", "wer"])
def test_an_error_that_changes_its_unit_inside_the_log(base: str) -> None:
    mixed = SHARES * np.where(np.arange(9) >= 6, 100, 1)
    (odd,) = units.odd(base, mixed)
    assert odd.unit == "percent" and odd.where.tolist() == [False] * 6 + [True] * 3


@pytest.mark.parametrize(
    "values",
    [
        SHARES,
        100 * SHARES,
        [90, 0.98, 0.9, 0.85, 0.8, 0.78, 0.8],
        [5, 2, 1.2, 0.9, 0.8, 0.7, 0.7, 0.6],
        [1.3, 0.9, 0.5, 0.4, 0.3, 0.3],
    ],
)
def test_errors_in_one_unit(values: Any) -> None:
    assert units.odd("error_rate", np.array(values, dtype=float)) == []
