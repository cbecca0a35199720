"""Which epoch each point of an event file is of: Keras counts epochs as steps; elsewhere a tag may tell them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

import numpy as np

from selectmodel.readers.tfevents.points import Points
from selectmodel.records import Bools, Floats, Ints, frozen

#: Of so many steps and more, so small a share without a record of the epoch is one that was lost.
_FEWEST, _FEW = 4, 0.1
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


def missing(epoch_of: Points, others: Iterable[Points]) -> Ints:
    """(k,) the steps, ascending, of points of no known epoch: nearly all steps have a record of it, these have none.

    A logger that tells the epoch tells it at every step; one that is lost would make the epoch before it theirs.
    """
    few = [points.steps for points in others if len(points.steps) <= KEPT]
    steps = np.unique(np.concatenate(few)) if few else epoch_of.steps[:0]
    told = np.isin(steps, epoch_of.steps)
    lost: Ints = steps[~told & (steps > epoch_of.steps[0])]
    return lost if len(steps) >= _FEWEST and len(lost) <= max(1.0, _FEW * len(steps)) else lost[:0]


def unknown_at(epoch_of: Points, steps: Ints) -> Points:
    """The points with one more of no epoch at each of ``steps`` (k,), at which there is none."""
    at = np.searchsorted(epoch_of.steps, steps)
    return Points(
        np.insert(epoch_of.steps, at, steps),
        np.insert(epoch_of.wall_times, at, np.nan),
        np.insert(epoch_of.values, at, np.nan),
        np.insert(epoch_of.offsets, at, -1),
    )


@lru_cache(64)  # the series of a sweep are of few lengths
def _few_unknown(count: int) -> Floats:
    return frozen(np.full(count, np.nan))


def _unknown(count: int) -> Floats:
    """(count,) NaN, read-only."""
    return _few_unknown(count) if count <= KEPT else frozen(np.full(count, np.nan))
