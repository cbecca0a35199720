"""Smoothing against a slow reference written from the definitions."""

from __future__ import annotations

import math
from collections.abc import Callable
from statistics import fmean, median
from typing import Any

import numpy as np
import pytest

from selectmodel.records import frozen
from selectmodel.stats.smoothing import centred_mean, centred_median, ema, trailing_mean

NAN, INF = math.nan, math.inf
SHAPES = [[], [1.0], [3.0, 1.0, 2.0, 5.0], [1.0, NAN, 3.0, INF, 5.0, -INF], [NAN, NAN], [NAN, 2.0, 4.0, 8.0]]
CURVES = [*SHAPES, *(np.random.default_rng(seed).normal(0, 1, 20).tolist() for seed in range(3))]


def slow(values: list[float], before: int, after: int, middle: Callable[[list[float]], float]) -> list[float]:
    smoothed = []
    for t, value in enumerate(values):
        window = [x for x in values[max(0, t - before) : t + after + 1] if math.isfinite(x)]
        smoothed.append(middle(window) if math.isfinite(value) else value)
    return smoothed


def slow_ema(values: list[float], weight: float) -> list[float]:
    last, count, smoothed = 0.0, 0, []
    for value in values:
        if math.isfinite(value):
            last, count = last * weight + (1 - weight) * value, count + 1
            smoothed.append(last / (1 - weight**count))
        else:
            smoothed.append(value)
    return smoothed


@pytest.mark.parametrize("values", CURVES)
@pytest.mark.parametrize("window", [1, 3, 5, 101])
def test_windows(values: list[float], window: int) -> None:
    half = window // 2
    np.testing.assert_allclose(centred_mean(frozen(values), window), slow(values, half, half, fmean), atol=1e-12)
    np.testing.assert_allclose(centred_median(frozen(values), window), slow(values, half, half, median), atol=1e-12)
    np.testing.assert_allclose(trailing_mean(frozen(values), window), slow(values, window - 1, 0, fmean), atol=1e-12)
    np.testing.assert_allclose(
        trailing_mean(frozen(values), window + 1), slow(values, window, 0, fmean), atol=1e-12, err_msg="even"
    )


@pytest.mark.parametrize("values", CURVES)
@pytest.mark.parametrize("weight", [0.0, 0.6, 0.999])
def test_ema(values: list[float], weight: float) -> None:
    np.testing.assert_allclose(ema(frozen(values), weight), slow_ema(values, weight), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("smooth", [lambda x: centred_mean(x, 5), lambda x: trailing_mean(x, 7), lambda x: ema(x, 0.9)])
def test_a_constant_stays_exactly_constant(smooth: Callable[[Any], Any]) -> None:
    assert set(smooth(frozen([0.1] * 50)).tolist()) == {0.1}


def test_a_centred_mean_does_not_lag_and_one_outlier_does_not_spread() -> None:
    valley = np.abs(np.arange(21.0) - 10)
    assert np.argmin(centred_mean(valley, 5)) == 10
    assert np.argmin(trailing_mean(valley, 5)) == 12
    assert centred_median(frozen([1, 1, 1, 1e300, 1, 1, 1]), 3).max() == 1
    assert centred_mean(frozen([1, 2, 1e300, 1, 2, 3, 4]), 3)[5] == 3


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: centred_mean(frozen([1.0]), 2), "odd number of values, not 2"),
        (lambda: centred_median(frozen([1.0]), 0), "odd number of values, not 0"),
        (lambda: trailing_mean(frozen([1.0]), 0), "at least 1 value, not 0"),
        (lambda: ema(frozen([1.0]), 1.0), "below 1, not 1"),
        (lambda: ema(frozen([1.0]), -0.1), "at least 0 and below 1, not -0.1"),
    ],
)
def test_what_is_refused(call: Callable[[], Any], text: str) -> None:
    with pytest.raises(ValueError, match=text):
        call()
