"""How many examples the validation set has, as the log itself tells: accuracies are whole numbers divided by it."""

from __future__ import annotations

import numpy as np

from selectmodel.records import Bools, Floats, Ints

#: Largest size looked for.
MOST = 20_000
#: Rounding of a share logged in single precision, with room for the sum that made it.
_SINGLE = 6e-7
#: Different values needed; a short log needs more, because all its numerators may be even by chance.
_DISTINCT, _DISTINCT_SHORT, _SHORT = 4, 6, 30
#: Products of values and sizes that are made at once.
_AT_ONCE = 100_000


def recovered(shares: Floats) -> int | None:
    """The smallest n for which every share (0..1) is a multiple of 1/n, or None where that would be a guess.

    Refused: fewer than four different values inside 0..1 (six in a log of under 30); rounding so coarse that another n
    up to twice as large fits too; an n that only one value speaks against. Takes time in proportion to the values.
    """
    finite = shares[np.isfinite(shares)]
    if not len(finite) or finite.min() < 0 or finite.max() > 1:
        return None
    slack = _slack(finite)
    values = _distinct(finite, slack)
    if len(values) < (_DISTINCT if len(finite) >= _SHORT else _DISTINCT_SHORT):
        return None
    largest = min(MOST, int(0.25 / slack))
    sizes = np.arange(_least(values, slack), largest + 1)
    misses = np.zeros(len(sizes), dtype=np.int64)
    for at, value in enumerate(values.tolist()):
        misses += _missed(value, sizes, slack)
        alive = misses <= 1  # an n that two values speak against is out
        sizes, misses = sizes[alive], misses[alive]
        if len(sizes) * len(values) <= _AT_ONCE:
            misses = misses + _missed(values[at + 1 :, None], sizes, slack).sum(axis=0)
            break
    fits = sizes[misses == 0]
    if not len(fits):
        return None
    size = int(fits[0])
    beyond_reach = 2 * size - 1 > largest
    another = len(fits) > 1 and fits[1] < 2 * size
    nearly = bool((sizes[misses == 1] < size).any())
    return None if beyond_reach or another or nearly else size


def _least(values: Floats, slack: float) -> int:
    """No smaller n can fit all values but one: two multiples of 1/n lie 1/n apart, and one value makes two gaps."""
    gap = float(np.sort(np.diff(values))[2])
    return max(2, int((1 - 1e-9) / (gap + 2 * slack)))


def _missed(values: Floats | float, sizes: Ints, slack: float) -> Bools:
    """Whether a value is no multiple of 1/n, for each n of ``sizes``."""
    products = values * sizes
    missed: Bools = np.abs(products - np.rint(products)) > sizes * slack
    return missed


def _slack(values: Floats) -> float:
    """Half a unit of the last decimal where the values are rounded to at most six, else single precision."""
    for decimals in range(1, 7):
        first = float(values[0])  # alone it settles most: numpy costs more than a short log holds
        if abs(first - round(first, decimals)) < 1e-12 and np.all(np.abs(values - np.round(values, decimals)) < 1e-12):
            return 0.5 * 10.0**-decimals * (1 + 1e-6) + 1e-9
    return _SINGLE


def _distinct(values: Floats, slack: float) -> Floats:
    """The different values strictly inside 0..1; those closer than the rounding count as one."""
    ordered = np.sort(values[(values > 1e-9) & (values < 1 - 1e-9)])
    apart: Floats = ordered[np.concatenate([[True], np.diff(ordered) > 2 * slack])] if len(ordered) else ordered
    return apart
