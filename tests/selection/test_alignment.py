"""Every metric on the validation events of the monitored one."""

from __future__ import annotations

import numpy as np
import pytest

from selectmodel.records import Series
from selectmodel.selection import alignment

NAN = float("nan")


def series(steps: list[int], values: list[float], epochs: list[float] | None = None, name: str = "m") -> Series:
    return Series.of(name, steps, epochs if epochs is not None else [NAN] * len(steps), values)


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        (series([0, 1, 2], [1.0, 2.0, 3.0]), [1.0, 2.0, 3.0]),
        (series([1], [2.0]), [NAN, 2.0, NAN]),
        (series([], []), [NAN, NAN, NAN]),
    ],
)
def test_same_steps(other: Series, expected: list[float]) -> None:
    got = alignment.align(other, series([0, 1, 2], [9.0, 9.0, 9.0]))
    np.testing.assert_array_equal(got, expected)


def test_the_last_value_since_the_candidate_before() -> None:
    train = series([2, 5, 8, 11, 14], [1.0, 2.0, 3.0, 4.0, 5.0])
    val = series([7, 15, 23], [0.0, 0.0, 0.0])
    np.testing.assert_array_equal(alignment.align(train, val), [2.0, 5.0, NAN])


def test_a_mean_over_an_epoch_that_was_validated_twice() -> None:
    train = series([7, 15], [1.0, 2.0], [0, 1])
    val = series([3, 7, 11, 15], [0.0] * 4, [0, 0, 1, 1])
    np.testing.assert_array_equal(alignment.align(train, val), [1.0, 1.0, 2.0, 2.0])


def test_two_values_of_one_epoch_are_not_guessed_between() -> None:
    train = series([20, 30], [1.0, 2.0], [0, 0])
    val = series([3, 40], [0.0, 0.0], [0, 1])
    np.testing.assert_array_equal(alignment.align(train, val), [NAN, 2.0])


@pytest.mark.parametrize(
    ("steps", "same"),
    [([0, 1, 2, 3], True), ([0, 1000, 2000, 3000], False), ([10, 20, 30, 40], False), ([1, 2, 3, 4, 5, 6, 7, 8], True)],
)
def test_units(steps: list[int], same: bool) -> None:
    assert alignment.same_unit(series(steps, [0.0] * len(steps)), series([0, 1, 2, 3], [0.0] * 4)) is same


def test_timeline_holds_epochs_without_validation() -> None:
    val = series([1, 3], [0.5, 0.4], [1, 3])
    train = series([0, 1, 2, 3, 4], [1.0] * 5, [0, 1, 2, 3, 4])
    assert alignment.timeline([train, val], val).tolist() == [-1, 0, -1, 1, -1]


def test_timeline_of_fractional_or_unknown_epochs_is_the_candidates() -> None:
    for epochs in ([0.5, 1.0], [NAN, NAN]):
        val = series([1, 3], [0.5, 0.4], epochs)
        train = series([0, 2], [1.0, 1.0], [0.25, 0.75])
        assert alignment.timeline([train, val], val).tolist() == [0, 1]
