"""Which epoch each point of an event file is of: Keras counts epochs as steps; elsewhere a tag may tell them."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from selectmodel.readers.tfevents.points import Points
from selectmodel.records import Bools, Floats, frozen

KEPT = 4096  # points of a series whose unknown epochs are kept for the next one


def epochs(points: Points, epoch_of: Points | None) -> Floats:
    """(n,) the epoch of each point; NaN where the log does not say: never counted here."""
    unknown = _unknown(len(points.steps))
    if epoch_of is None:
        return unknown
    at = np.searchsorted(epoch_of.steps, points.steps, side="right") - 1
    return np.where(at >= 0, epoch_of.values[np.maximum(at, 0)], unknown)


def odd(values: Floats) -> Bools:
    """(n,) the values that are no epoch: no number, or out of the order that the values around them have."""
    wrong: Bools = ~np.isfinite(values)
    if len(values) < 3 or (not wrong.any() and (values[1:] >= values[:-1]).all()):
        return wrong
    sound = np.flatnonzero(~wrong)
    before, here, after = values[sound[:-2]], values[sound[1:-1]], values[sound[2:]]
    wrong[sound[1:-1]] |= (before <= after) & ((here < before) | (here > after))
    return wrong


@lru_cache(64)  # the series of a sweep are of few lengths
def _few_unknown(count: int) -> Floats:
    return frozen(np.full(count, np.nan))


def _unknown(count: int) -> Floats:
    """(count,) NaN, read-only."""
    return _few_unknown(count) if count <= KEPT else frozen(np.full(count, np.nan))
