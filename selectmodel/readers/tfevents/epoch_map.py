"""Which epoch each point of an event file is of: Keras counts epochs as steps; elsewhere a tag may tell them."""

from __future__ import annotations

from collections.abc import Sequence
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


def latest(points: Points) -> Points:
    """The points in order of their steps, of each step the one written last.

    A point at an earlier step takes nothing back here: what one step is of says nothing of the others.
    """
    ordered = points[np.argsort(points.steps, kind="stable")]
    return ordered[np.append(ordered.steps[1:] != ordered.steps[:-1], True)]


def odd(points: Points, pieces: Sequence[Points]) -> Bools:
    """(n,) the points that tell no epoch: no number, out of order among their neighbours, or told twice in two ways.

    ``pieces`` are all that the event files hold of the series, a piece for each.
    """
    values = points.values
    wrong: Bools = ~np.isfinite(values)
    for piece in pieces:
        ordered = piece[np.argsort(piece.steps, kind="stable")]
        twice = (ordered.steps[1:] == ordered.steps[:-1]) & (ordered.values[1:] != ordered.values[:-1])
        if twice.any():
            wrong |= np.isin(points.steps, ordered.steps[1:][twice])
    sound = np.flatnonzero(~wrong)
    if len(sound) < 3 or (values[sound[1:]] >= values[sound[:-1]]).all():
        return wrong
    before, here, after = values[sound[:-2]], values[sound[1:-1]], values[sound[2:]]
    wrong[sound[1:-1]] |= (before <= after) & ((here < before) | (here > after))
    wrong[sound[0]] |= values[sound[0]] > values[sound[1]] <= values[sound[2]]
    wrong[sound[-1]] |= values[sound[-1]] < values[sound[-2]] >= values[sound[-3]]
    return wrong


@lru_cache(64)  # the series of a sweep are of few lengths
def _few_unknown(count: int) -> Floats:
    return frozen(np.full(count, np.nan))


def _unknown(count: int) -> Floats:
    """(count,) NaN, read-only."""
    return _few_unknown(count) if count <= KEPT else frozen(np.full(count, np.nan))
