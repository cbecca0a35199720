"""How many examples the validation set has, as the log itself tells: accuracies are whole numbers divided by it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from selectmodel.metrics import units
from selectmodel.records import Bools, Floats

#: Largest size looked for.
MOST = 20_000
#: Rounding of a share logged in single precision, with room for the sum that made it.
_SINGLE = 6e-7
#: Different values needed, and values that are not those of the validation before: each tells anew whether its
#: numerator is even, and all are by chance in one of 2^8 logs.
_DISTINCT, _MOVES = 3, 8
#: Moves that the accuracy itself must show before other columns may confirm its size.
_OWN_MOVES = 4
#: Windows of sizes up to which numpy costs more than it saves.
_FEW = 8
#: Up to so many products of values and sizes, one step costs less than two.
_AT_ONCE = 8_000
#: A share is rounded where it differs by less than this, and counts if it is at least so far inside 0..1.
_ROUNDED, _INSIDE = 1e-12, 1e-9


class Sizes(NamedTuple):
    """The number of examples that the log tells for certain, the likely one, and the fewest that fit; None if not told.

    The likely one may be too small. It is for scores, which lose little by it: half the true size costs less than not
    knowing any. Where rounding hides a size, it is larger than all that rounding would show, so twice those.
    """

    certain: int | None = None
    likely: int | None = None
    fewest: int | None = None


def sizes(shares: Floats, beside: Floats | None = None, others: Sequence[Floats] = ()) -> Sizes:
    """What the shares (n,) of right answers tell of the number of examples, in 0..1 or percent, in the log's order.

    Certain is the smallest n for which every share is a multiple of 1/n; None where that would be a guess. ``beside``
    are shares that the log prints the same way, those of the training data: where they have more decimals, 0.85 was not
    rounded but is 85 of 100. ``others`` are shares of the same examples (top-5), which may confirm a size. Refused:
    fewer than three different values inside 0..1; fewer than eight that are not those of the validation before, because
    all numerators may be even by chance, which looks like half the examples; rounding so coarse that another n up to
    twice as large fits too; an n that only one value speaks against. How often it finds one, and a wrong one:
    benchmarks/decisions/sure.md. Takes time in proportion to the values.
    """
    ordered, unit = _in_order(shares)
    if not len(ordered) or ordered[0] < 0 or ordered[-1] > 1:
        return Sizes()
    slack = _slack(ordered, beside, unit)
    values = _distinct(ordered, slack)
    if not len(values):
        return Sizes()
    largest = min(MOST, int(0.25 / slack))
    gaps = values[1:] - values[:-1]
    # What fits all values fits their narrowest gap.
    possible = _possible([gaps.min()], slack, largest) if len(gaps) else np.arange(2.0, largest + 1)
    fits = _fitting(values, possible, slack, 0)
    if not len(fits):
        return Sizes(likely=2 * largest if slack > _SINGLE else None)
    size = int(fits.min())
    moves = _moves(shares / unit, slack)
    if _OWN_MOVES <= moves < _MOVES:
        moves += _confirming(shares / unit, others, slack, size)
    too_few = len(values) < _DISTINCT or moves < _MOVES
    another = 2 * size - 1 > largest or bool(((fits > size) & (fits < 2 * size)).any())
    return Sizes(None if too_few or another or _nearly(values, gaps, slack, size) else size, size, size)


def _moves(shares: Floats, slack: float) -> int:
    """How many of the finite shares are not those of the validation before; the first one is none of these."""
    finite = shares[np.isfinite(shares)]
    return 1 + int(np.count_nonzero(np.abs(finite[1:] - finite[:-1]) > 2 * slack)) if len(finite) else 0


def _confirming(shares: Floats, others: Sequence[Floats], slack: float, size: int) -> int:
    """The moves of other shares that are multiples of ``1 / size`` too, and that are not the same in other words."""
    moves = 0
    for logged in others:
        other = logged / (units.scale_of(logged) or 1.0)
        finite = other[np.isfinite(other)]
        again = len(other) == len(shares) and any(
            np.allclose(other, same, rtol=0, atol=2 * slack, equal_nan=True) for same in (shares, 1 - shares)
        )
        if len(finite) and not again and not _missed(finite, np.array(float(size)), slack).any():
            moves += _moves(other, slack) - 1
    return moves


def _nearly(values: Floats, gaps: Floats, slack: float, size: int) -> bool:
    """Whether only one value speaks against a smaller size.

    It spoils two gaps at most, so that such a size fits one of the three narrowest.
    """
    smaller = _possible(np.sort(gaps)[:3], slack, size - 1)
    return len(_fitting(values, smaller, slack, 1)) > 0


def _fitting(values: Floats, sizes: Floats, slack: float, most: int) -> Floats:
    """Those of the sizes that at most so many values speak against."""
    misses = np.zeros(len(sizes), dtype=np.int64)
    at = 0
    while at < len(values) and len(sizes):
        rest = len(values) - at
        several = values[at : at + (rest if rest * len(sizes) <= _AT_ONCE else max(63 * at, 1))]  # one rules out most
        misses = misses + _missed(several[:, None], sizes, slack).sum(axis=0)
        alive = misses <= most
        sizes, misses = sizes[alive], misses[alive]
        at += len(several)
    return sizes


def _possible(gaps: Iterable[float], slack: float, largest: int) -> Floats:
    """The sizes up to ``largest`` that fit one of the gaps between two values, some twice.

    The gap of two values that fit is a multiple of 1/n too.
    """
    found = []
    for gap in gaps:
        wide, narrow = float(gap) + 2 * slack, max(float(gap) - 2 * slack, 1e-12)
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


def _missed(values: Floats, sizes: Floats, slack: float) -> Bools:
    """Whether a value is no multiple of 1/n, for each n of ``sizes``."""
    off = values * sizes
    off -= np.rint(off)
    missed: Bools = np.abs(off, out=off) > sizes * slack
    return missed


def _in_order(shares: Floats) -> tuple[Floats, float]:
    """The finite values as shares of 1 in ascending order, and their unit: 1, or 100 where they are in percent."""
    ordered = np.sort(shares)
    if len(ordered) and not (math.isfinite(ordered[0]) and math.isfinite(ordered[-1])):  # NaN is sorted last
        ordered = ordered[np.isfinite(ordered)]
    unit = units.scale_of(ordered) or 1.0
    return (ordered, unit) if unit == 1 else (ordered / unit, unit)


def _slack(ordered: Floats, beside: Floats | None, unit: float) -> float:
    """Half a unit of the last decimal where the values are rounded to at most six, else single precision."""
    one = float(ordered[len(ordered) // 2])  # alone it settles most: numpy costs more than a short log holds
    if abs(one - round(one, 6)) >= _ROUNDED:
        return _SINGLE
    values = ordered
    if beside is not None:
        others, their_unit = _in_order(beside)
        values = np.concatenate([ordered, others]) if their_unit == unit else ordered
    for decimals in range(1, 7):
        fits = abs(one - round(one, decimals)) < _ROUNDED
        if fits and np.all(np.abs(values - np.round(values, decimals)) < _ROUNDED):
            return 0.5 * 10.0**-decimals * (1 + 1e-6) + 1e-9
    return _SINGLE


def _distinct(ordered: Floats, slack: float) -> Floats:
    """The different values strictly inside 0..1; those closer than the rounding count as one."""
    low, high = np.searchsorted(ordered, (_INSIDE, 1 - _INSIDE))
    inside = ordered[low:high]
    apart = np.ones(len(inside), dtype=np.bool_)
    np.greater(inside[1:] - inside[:-1], 2 * slack, out=apart[1:])
    distinct: Floats = inside[apart]
    return distinct
