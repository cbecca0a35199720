"""How many examples the validation set has, as the log itself tells: accuracies are whole numbers divided by it."""

from __future__ import annotations

import math

import numpy as np

from selectmodel.records import Bools, Floats

#: Largest size looked for.
MOST = 20_000
#: Rounding of a share logged in single precision, with room for the sum that made it.
_SINGLE = 6e-7
#: Different values needed; a short log needs more, because all its numerators may be even by chance.
_DISTINCT, _DISTINCT_SHORT, _SHORT = 5, 6, 30
#: Windows of sizes up to which numpy costs more than it saves.
_FEW = 8
#: Products of values and sizes that are made at once.
_AT_ONCE = 100_000


def recovered(shares: Floats, beside: Floats | None = None) -> int | None:
    """The smallest n for which every share (0..1) is a multiple of 1/n, or None where that would be a guess.

    ``beside`` are shares that the log prints the same way, those of the training data: where they have more decimals,
    0.85 was not rounded but is 85 of 100. Refused: fewer than five different values inside 0..1 (six in a log of under
    30); rounding so coarse that another n up to twice as large fits too; an n that only one value speaks against. Takes
    time in proportion to the values. Of 1,898 runs it finds 1,753, of every fifth validation of them 1,220, of these
    one wrong: half the true size, which cannot be told where all numerators are even.
    """
    finite = shares[np.isfinite(shares)]
    if not len(finite) or finite.min() < 0 or finite.max() > 1:
        return None
    slack = _slack(finite, beside)
    values = _distinct(finite, slack)
    if len(values) < (_DISTINCT if len(finite) >= _SHORT else _DISTINCT_SHORT):
        return None
    largest = min(MOST, int(0.25 / slack))
    sizes = _possible(values, slack, largest, 3)
    misses = np.zeros(len(sizes), dtype=np.int64)
    for at, value in enumerate(values.tolist()):
        misses += _missed(value, sizes, slack)
        if at == 0:
            continue
        alive = misses <= 1  # an n that two values speak against is out
        sizes, misses = sizes[alive], misses[alive]
        if len(sizes) * len(values) <= _AT_ONCE:
            misses = misses + _missed(values[at + 1 :, None], sizes, slack).sum(axis=0)
            break
    fits = sizes[misses == 0]
    if not len(fits):
        return None
    size = int(fits.min())
    beyond_reach = 2 * size - 1 > largest
    another = bool(((fits > size) & (fits < 2 * size)).any())
    nearly = bool((sizes[misses == 1] < size).any())
    return None if beyond_reach or another or nearly else size


def likely(shares: Floats, beside: Floats | None = None) -> int | None:
    """The smallest n for which every share is a multiple of 1/n, though that may be too small; None if none is found.

    For scores, which lose little by it: half the true size costs less than not knowing any. Where rounding hides a
    size, it is larger than all that rounding would show, so twice those.
    """
    finite = shares[np.isfinite(shares)]
    if not len(finite) or finite.min() < 0 or finite.max() > 1:
        return None
    slack = _slack(finite, beside)
    largest = min(MOST, int(0.25 / slack))
    values = _distinct(finite, slack)
    # What fits all values fits their narrowest gap.
    sizes = np.sort(_possible(values, slack, largest, 1)) if len(values) > 1 else np.arange(2.0, largest + 1)
    for at, value in enumerate(values.tolist()):
        sizes = sizes[~_missed(value, sizes, slack)]
        if len(sizes) * len(values) <= _AT_ONCE:
            sizes = sizes[~_missed(values[at + 1 :, None], sizes, slack).any(axis=0)]
            break
    if not len(values) or (not len(sizes) and slack <= _SINGLE):
        return None
    return int(sizes[0]) if len(sizes) else 2 * largest


def _possible(values: Floats, slack: float, largest: int, gaps: int) -> Floats:
    """The sizes up to ``largest`` that fit one of the narrowest ``gaps``, some twice.

    The gap of two values that fit is a multiple of 1/n too. One value that does not fit spoils two gaps at most, so
    with three no other size can fit all values but one.
    """
    found = []
    for gap in np.sort(np.diff(values))[:gaps].tolist():
        wide, narrow = gap + 2 * slack, max(gap - 2 * slack, 1e-12)
        windows = int(wide * largest)
        if windows > _FEW:
            found.append(_in_windows(wide, narrow, largest, windows))
            continue
        for multiple in range(1, windows + 1):
            first, last = max(math.ceil(multiple / wide - 1e-6), 2), min(int(multiple / narrow + 1e-6), largest)
            if last >= first:
                found.append(np.arange(first, last + 1, dtype=np.float64))
    return np.concatenate(found) if found else np.empty(0)


def _in_windows(wide: float, narrow: float, largest: int, windows: int) -> Floats:
    """The sizes in ``multiple / wide … multiple / narrow`` for all multiples at once."""
    multiple = np.arange(1, windows + 1)
    first = np.maximum(np.ceil(multiple / wide - 1e-6), 2)
    last = np.minimum(np.floor(multiple / narrow + 1e-6), largest)
    count = np.maximum(last - first + 1, 0).astype(np.int64)
    before = np.cumsum(count) - count
    sizes: Floats = np.repeat(first - before, count) + np.arange(count.sum())
    return sizes


def _missed(values: Floats | float, sizes: Floats, slack: float) -> Bools:
    """Whether a value is no multiple of 1/n, for each n of ``sizes``."""
    off = values * sizes
    off -= np.rint(off)
    missed: Bools = np.abs(off, out=off) > sizes * slack
    return missed


def _slack(shares: Floats, beside: Floats | None) -> float:
    """Half a unit of the last decimal where the values are rounded to at most six, else single precision."""
    values = shares if beside is None else np.concatenate([shares, beside[np.isfinite(beside)]])
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
