"""How much of a curve is noise: standard errors, and which candidates are as good as the best.

Neighbouring epochs are judged on the same validation examples, so they err together: the wiggle of a curve shows only a
part of the error of its level (on 767 runs, its sd was a fifth of the binomial standard error), and the error of a
difference between two epochs is smaller than either. Say which one you mean.

Sources: noise from second differences, T. Gasser, L. Sroka, C. Jennen-Steinmetz, Biometrika 73 (1986); the scaled
median of absolute deviations, F. Hampel, JASA 69 (1974).
"""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

from selectmodel.records import Bools, Floats

_MAD_TO_SD = 1.4826  # of a normal distribution


def curve_noise(values: Floats, order: int = 2) -> float:
    """Standard deviation of the wiggle of a curve (n,) around its trend, in the metric's unit.

    ``1.4826 · median|x[i] - 2x[i+1] + x[i+2]| / sqrt(6)`` over the finite values: second differences remove a trend,
    the median ignores jumps. 0 where most of the curve is flat (accuracies of a small set move in steps), NaN for
    fewer than three finite values. O(n). Differences of a higher ``order`` remove a bend as well, and need more values.
    """
    finite = values[np.isfinite(values)]
    if len(finite) <= order:
        return math.nan
    with np.errstate(over="ignore", invalid="ignore"):
        bends = np.abs(np.diff(finite, order))
        return _MAD_TO_SD * median(bends) / math.sqrt(math.comb(2 * order, order))


def unit_logged(values: Floats) -> float:
    """The smallest step between the finite ones of (n,) values as the log writes them: 0.0001 for four decimals.

    0 where more than nine decimals are written: such a log rounds nothing that matters.
    """
    finite = values[np.isfinite(values)]
    with np.errstate(over="ignore", invalid="ignore"):
        for decimals in range(10):
            if np.allclose(finite, np.round(finite, decimals), rtol=1e-9, atol=0):
                return float(10.0**-decimals)
    return 0.0


def median(values: Floats) -> float:
    """The median of (n,) values; NaN where one of them is, or there are none.

    numpy's own imports ``numpy.ma``, which takes longer than all else that a short log needs of numpy.
    """
    ordered = np.sort(values)
    half, odd = divmod(len(ordered), 2)
    if not len(ordered) or np.isnan(ordered[-1]):  # sorted to the end
        return math.nan
    return float(ordered[half] if odd else (ordered[half - 1] + ordered[half]) / 2)


def mean(values: Iterable[float]) -> float:
    """The arithmetic mean of one or more numbers, also of those whose sum no float holds."""
    from statistics import fmean  # takes fractions and decimals along

    numbers = list(values)
    try:
        return fmean(numbers)
    except OverflowError:
        return sum(number / len(numbers) for number in numbers)


def binomial_se(share: float, size: int) -> float:
    """Standard error of a share of right answers (0..1) among ``size`` independent examples.

    ``sqrt(p(1-p)/n)`` with p kept half an example away from 0 and 1, where the plain formula would claim certainty.
    Raises ValueError unless ``size`` is positive and ``share`` is in 0..1.
    """
    if size < 1 or not 0 <= share <= 1:
        raise ValueError(f"a share in 0..1 of at least 1 example is needed, not {share:g} of {size}")
    kept = min(max(share, 0.5 / size), 1 - 0.5 / size)
    return math.sqrt(kept * (1 - kept) / size)


def indistinguishable(cost: Floats, sd: float, k: float = 1.0) -> Bools:
    """(n,) the candidates whose cost is within ``k`` standard errors ``sd`` of the lowest.

    ``cost``: (n,) lower is better, inf or NaN where there is no candidate. An unknown ``sd`` (NaN) leaves only equals
    of the best. All False if no cost is finite.
    """
    finite = np.isfinite(cost)
    if not finite.any():
        return finite
    margin = k * sd if math.isfinite(sd) else 0.0
    near: Bools = finite & (cost <= float(cost[finite].min()) + margin)
    return near
