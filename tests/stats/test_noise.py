"""Noise estimates: known answers, and what they must not be moved by."""

from __future__ import annotations

import math

import numpy as np
import pytest
from questions import ask_of

from selectmodel.records import frozen
from selectmodel.selection import as_good_as
from selectmodel.stats.noise import binomial_se, curve_noise, indistinguishable

NAN, INF = math.nan, math.inf


@pytest.mark.parametrize("sd", [0.01, 3.0])
def test_curve_noise_finds_the_noise_whatever_the_trend(sd: float) -> None:
    t = np.arange(4000.0)
    noise = np.random.default_rng(1).normal(0, sd, len(t))
    for trend in (0 * t, 0.5 * t, 100 * np.exp(-t / 500), np.where(t > 2000, 50.0, 0.0)):
        assert curve_noise(trend + noise) == pytest.approx(sd, rel=0.06)


def test_curve_noise_of_what_has_none() -> None:
    assert curve_noise(frozen([1.0, 2.0, 3.0, 4.0])) == 0
    assert curve_noise(frozen([0.5] * 9)) == 0
    assert math.isnan(curve_noise(frozen([1.0, NAN, 2.0, INF])))
    assert curve_noise(frozen([1, NAN, 2, 4, INF, 4])) == pytest.approx(1.4826 * 1.5 / math.sqrt(6))


def test_binomial_se() -> None:
    assert binomial_se(0.9, 100) == pytest.approx(0.03)
    for certain in (0.0, 1.0):
        assert binomial_se(certain, 50) == pytest.approx(math.sqrt(0.01 * 0.99 / 50))
    for share, size in ((1.1, 10), (-0.1, 10), (0.5, 0), (NAN, 10)):
        with pytest.raises(ValueError, match=r"0\.\.1"):
            binomial_se(share, size)


@pytest.mark.parametrize(
    ("cost", "sd", "k", "near"),
    [
        ([3, 1, 2, 1.5], 0.5, 1.0, [0, 1, 0, 1]),
        ([3, 1, 2, 1.5], 0.5, 2.0, [0, 1, 1, 1]),
        ([3, 1, 2, 1], NAN, 1.0, [0, 1, 0, 1]),
        ([3, 1, 2, 1], 0.0, 9.0, [0, 1, 0, 1]),
        ([INF, 1, NAN, 1.1], 9.0, 1.0, [0, 1, 0, 1]),
        ([INF, NAN], 1.0, 1.0, [0, 0]),
        ([], 1.0, 1.0, []),
    ],
)
def test_indistinguishable(cost: list[float], sd: float, k: float, near: list[int]) -> None:
    assert indistinguishable(frozen(cost), sd, k).tolist() == [bool(value) for value in near]


def test_a_smooth_plateau_is_no_clear_win() -> None:
    plateau = ask_of([1.0 - 0.01 * min(t, 30) - 1e-5 * t for t in range(60)])
    found = as_good_as.alike(plateau, 59)
    assert found.clear is None
    assert "others lie within 0.5 % of it" in found.sentence
    valley = ask_of([1.0 + 0.1 * abs(t - 30) for t in range(60)])
    assert as_good_as.alike(valley, 30)[1:] == ("", None), "no noise is known of a curve without any"
