"""What runs differ by, shared out to their settings: held to functions of which the parts are known."""

from __future__ import annotations

import numpy as np
import pytest

from selectmodel.records import Floats
from selectmodel.stats.effects import effects


def drawn(count: int, seed: int = 0) -> tuple[Floats, Floats, Floats]:
    random = np.random.default_rng(seed)
    return random.uniform(size=count), random.uniform(size=count), 0.1 * random.standard_normal(count)


def true_part(values: Floats, every: Floats) -> float:
    """Half the mean square by which values (n,) differ, as a part of the variance of all."""
    return float(np.mean((values[:, None] - values) ** 2) / 2 / every.var())


def test_the_setting_that_decides_has_all_of_it_and_the_other_nothing() -> None:
    decides, nothing, noise = drawn(40)
    values = np.sin(3 * decides) + noise
    low, high = np.quantile(effects([decides, nothing], values), (0.05, 0.95), axis=0)
    assert low[0] <= true_part(np.sin(3 * decides), values) <= high[0] and low[0] > 0.4
    assert low[1] < 0.02 and high[1] < 0.3


def test_names_have_effects_too() -> None:
    place, _, noise = drawn(36)
    net = np.arange(36) % 3
    values = np.array([0.0, 1.0, 0.3])[net] + noise
    parts = effects([np.eye(3)[net], place], values)
    assert np.quantile(parts[:, 0], 0.05) > 0.5 and np.quantile(parts[:, 1], 0.05) < 0.02


def test_an_effect_of_two_together_is_told_of_both() -> None:
    one, other, noise = drawn(60, seed=1)
    parts = effects([one, other], (one > 0.5) * (other > 0.5) + noise)
    assert (np.quantile(parts, 0.05, axis=0) > 0.1).all()


def test_the_unit_of_the_values_does_not_matter_and_the_same_comes_out_again() -> None:
    one, other, noise = drawn(20)
    first, again, scaled = (effects([one, other], values) for values in (one + noise, one + noise, 100 * (one + noise)))
    assert np.array_equal(first, again) and np.allclose(first, scaled)
    assert first.shape[1] == 2 and (first >= 0).all() and np.isfinite(first).all()


def test_runs_that_are_all_alike_but_in_one_do_not_fail() -> None:
    values = np.zeros(20)
    values[3] = 1.0
    assert np.isfinite(effects([np.linspace(0, 1, 20), np.eye(2)[np.arange(20) % 2]], values)).all()


@pytest.mark.heavy
def test_ranges_hold_the_truth_about_as_often_as_they_say() -> None:
    held = []
    for seed in range(30):
        one, other, noise = drawn(40, seed)
        told = [0.6 * np.sin(3 * one), 0.3 * other]
        values = told[0] + told[1] + noise
        low, high = np.quantile(effects([one, other], values, seed), (0.05, 0.95), axis=0)
        held += [low[at] <= true_part(told[at], values) <= high[at] for at in range(2)]
    assert np.mean(held) > 0.8
