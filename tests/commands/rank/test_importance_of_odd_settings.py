"""Which setting matters is told, or not, of any settings and values that a log may hold; it always ends."""

from __future__ import annotations

import numpy as np
import pytest

from selectmodel.commands.rank.questions import importance
from selectmodel.commands.rank.settings_axis import as_number
from selectmodel.stats.effects import effects

MANY = 40
LR = np.random.default_rng(3).uniform(size=MANY)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("size", [1e306, 1e200, 1e-200, 1e-315])
def test_values_of_any_size_are_told_apart(size: float) -> None:
    (low,), (high,) = np.quantile(effects([LR], LR * size), (0.02, 0.98), axis=0)
    assert 0.5 < low < high < 1.5


@pytest.mark.filterwarnings("error")
def test_of_a_setting_that_is_the_same_in_all_runs_nothing_is_due_to_it() -> None:
    same = importance._places([1, 1.0] * (MANY // 2))
    parts = effects([LR, same], LR)
    assert np.isfinite(parts).all() and not parts[:, 1].any()


def test_a_whole_number_beyond_all_numbers_is_a_name() -> None:
    assert as_number(10**400) is None and as_number(-(10**400)) is None and as_number(10**300) == 1e300
    assert importance._places([10**400, 1, 1, 10**400]).tolist() == [[0, 1], [1, 0], [1, 0], [0, 1]]


def test_infinity_has_its_place_among_numbers_and_what_is_none_is_a_name() -> None:
    assert importance._places([float("inf"), 2.0, 10.0, None]).tolist() == pytest.approx([1, 1 / 3, 2 / 3, 0])
    assert importance._places([float("nan"), 2.0, 10.0]).shape == (3, 3)
