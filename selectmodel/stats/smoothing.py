"""Moving means, medians and averages of a curve: (n,) → (n,), one value a validation.

Every function skips what is not finite (NaN, infinities) and returns such a point as it is. Windows count validations,
not epochs. Means are taken of the differences from the first finite value, so that a constant curve stays exactly
constant and no candidate wins by a rounding error.

Sources: TensorBoard 2.21, line chart smoothing (debiased exponential average); Ray Tune 2.60, scopes last-5-avg and
last-10-avg (trailing mean).
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from selectmodel.records import Floats
from selectmodel.stats import long_arrays


def centred_mean(values: Floats, window: int) -> Floats:
    """(n,) mean of the ``window`` values around each one; the window is cut off at the ends.

    Raises ValueError unless ``window`` is odd and positive. O(n · window).
    """
    half = _half(window)
    return _mean(values, half, half)


def trailing_mean(values: Floats, window: int) -> Floats:
    """(n,) mean of each value and the ``window - 1`` before it; fewer at the start.

    Raises ValueError unless ``window`` is positive. O(n · window).
    """
    if window < 1:
        raise ValueError(f"a window holds at least 1 value, not {window}")
    return _mean(values, window - 1, 0)


def centred_median(values: Floats, window: int) -> Floats:
    """(n,) median of the ``window`` values around each one; the window is cut off at the ends.

    Raises ValueError unless ``window`` is odd and positive. O(n · window).
    """
    half = min(_half(window), len(values))
    if len(values) == 0:
        return values.copy()
    finite = np.isfinite(values)
    # Infinities sort behind every number, so the middle of what is finite is found by counting it.
    padded = np.pad(np.where(finite, values, np.inf), half, constant_values=np.inf)
    ordered = np.sort(np.lib.stride_tricks.sliding_window_view(padded, 2 * half + 1), axis=1)
    count = np.maximum(np.isfinite(ordered).sum(axis=1), 1)
    rows = np.arange(len(values))
    low, high = ordered[rows, (count - 1) // 2], ordered[rows, count // 2]
    with np.errstate(over="ignore", invalid="ignore"):
        return np.where(finite, low + (high - low) / 2, values)


_AT_ONCE = 1 << 14


def ema(values: Floats, weight: float) -> Floats:
    """(n,) exponential moving average as TensorBoard draws it: ``last = w·last + (1-w)·x``, shown as last / (1 - w^n).

    n counts the finite values so far, which removes the pull towards 0 at the start. Lags behind the curve by about
    w / (1 - w) validations. Raises ValueError unless 0 <= ``weight`` < 1. O(n).
    """
    if not 0 <= weight < 1:
        raise ValueError(f"a weight is at least 0 and below 1, not {weight:g}")
    shifted, first = _from_first(values)
    smoothed = np.fromiter(_averages(shifted, weight), np.float64, len(values))
    with np.errstate(over="ignore", invalid="ignore"):
        return np.where(np.isfinite(values), smoothed + first, values)


def _averages(values: Floats, weight: float) -> Iterator[float]:
    last, bias = 0.0, 1.0
    for x in long_arrays.each(values):
        if math.isfinite(x):
            last = weight * last + (1 - weight) * x
            bias *= weight
            yield last / (1 - bias)
        else:
            yield x


def _half(window: int) -> int:
    if window < 1 or window % 2 == 0:
        raise ValueError(f"a centred window holds an odd number of values, not {window}")
    return window // 2


def _from_first(values: Floats) -> tuple[Floats, float]:
    finite = np.isfinite(values)
    first = float(values[np.argmax(finite)]) if finite.any() else 0.0
    with np.errstate(over="ignore", invalid="ignore"):
        return values - first, first


def _mean(values: Floats, before: int, after: int) -> Floats:
    # One addition for each place of the window, not a running sum: one diverged value would spoil the rest of that.
    shifted, first = _from_first(values)
    finite = np.isfinite(shifted)
    n = len(values)
    means = np.empty(n)
    with np.errstate(over="ignore", invalid="ignore"):
        for begin in range(0, n, _AT_ONCE):  # so that it stays in the processor's cache
            end = min(begin + _AT_ONCE, n)
            total, count = np.zeros(end - begin), np.zeros(end - begin)
            around = max(0, begin - before)
            known = np.where(finite[around : end + after], shifted[around : end + after], 0.0)
            for offset in range(-min(before, n - 1), min(after, n - 1) + 1):
                first_to, last_to = max(begin, -offset), min(end, n - offset)
                if first_to < last_to:
                    into = slice(first_to - begin, last_to - begin)
                    total[into] += known[first_to + offset - around : last_to + offset - around]
                    count[into] += finite[first_to + offset : last_to + offset]
            block = slice(begin, end)
            means[block] = np.where(finite[block], total / np.maximum(count, 1) + first, values[block])
    return means
