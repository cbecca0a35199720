"""Brings every metric of a run onto the same candidates, the validation events of the monitored metric."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from selectmodel.records import Bools, Floats, Ints, Series, frozen, kept

#: Two series whose last steps differ by more than this factor count different things (epochs and iterations).
_SAME_UNIT = 3.0
#: Up to this many steps their bytes are compared sooner than numpy has begun.
_SHORT = 4096


def same_unit(series: Series, candidates: Series) -> bool:
    """Whether both count their steps in the same unit, judged by how far they run.

    Event files hold such pairs: ``perf/val_auc`` at epochs 0…49 beside ``loss`` at 1000 × epoch, 0…49982.
    """
    if len(series.steps) == 0 or len(candidates.steps) == 0 or in_step(series, candidates):
        return True
    place = np.minimum(np.searchsorted(series.steps, candidates.steps), len(series.steps) - 1)
    if np.array_equal(series.steps[place], candidates.steps):
        return True
    # as Python's integers: numpy's have no positive counterpart of the least one
    ours, theirs = (max(abs(int(part.steps[-1])), abs(int(part.steps[0])), 1) for part in (candidates, series))
    short = len(candidates.steps) < 3 or len(series.steps) < 3
    return short or max(ours, theirs) <= _SAME_UNIT * min(ours, theirs)


def align(series: Series, candidates: Series) -> Floats:
    """(n,) the series at each candidate; NaN where it says nothing.

    The value logged at the candidate's own step; else the last one since the candidate before it (a training loss
    logged every 50 steps); else the one value of the candidate's epoch (a mean over an epoch that was validated twice).
    """
    if len(series.steps) == 0:
        return frozen(np.full(len(candidates.steps), np.nan))
    if in_step(series, candidates):
        return series.values
    at = np.searchsorted(series.steps, candidates.steps, side="right") - 1
    previous = np.concatenate([[np.iinfo(np.int64).min], candidates.steps[:-1]])
    inside = (at >= 0) & (series.steps[np.maximum(at, 0)] > previous)
    values = np.where(inside, series.values[np.maximum(at, 0)], np.nan)
    missing = ~inside & np.isfinite(candidates.epochs)
    if missing.any():
        values = np.where(missing, _of_epoch(series, candidates.epochs), values)
    return frozen(values)


def absent(series: Series, candidates: Series, aligned: Floats) -> Bools | None:
    """(n,) where :func:`align` found no value, so that the NaN of ``aligned`` (n,) was not logged; None if nowhere."""
    missing = np.isnan(aligned)
    if in_step(series, candidates) or not missing.any():
        return None
    if np.isnan(series.values).any():
        missing = np.isnan(align(replace(series, values=np.zeros(len(series.values))), candidates))
    return kept(missing) if missing.any() else None


def ever_finite(values: Floats) -> bool:
    """Whether any of the values (n,) is a number; mostly the last one is."""
    return len(values) > 0 and (math.isfinite(values[-1]) or bool(np.isfinite(values).any()))


def in_step(series: Series, candidates: Series) -> bool:
    """Whether both were logged at the same steps, as the columns of a table are."""
    return _same(series.steps, candidates.steps)


def _same(ours: NDArray[Any], theirs: NDArray[Any]) -> bool:
    if ours is theirs:
        return True
    if len(ours) != len(theirs):
        return False
    return ours.tobytes() == theirs.tobytes() if len(ours) <= _SHORT else np.array_equal(ours, theirs)


def _of_epoch(series: Series, epochs: Floats) -> Floats:
    order = np.argsort(series.epochs, kind="stable")
    labels = series.epochs[order]
    first = np.searchsorted(labels, epochs, side="left")
    alone = np.searchsorted(labels, epochs, side="right") - first == 1
    return np.where(alone, series.values[order][np.minimum(first, len(labels) - 1)], np.nan)


def timeline(series: Iterable[Series], candidates: Series) -> Ints:
    """(m,) every logged epoch in order: the index of its candidate, or -1 where the monitored metric was not logged.

    Where epochs are unknown or fractional only the candidates themselves can be listed.
    """
    n = len(candidates.steps)
    own = candidates.epochs
    others = {id(item.epochs): item.epochs for item in series if item.epochs is not own}
    plain = all(_same(epochs, own) for epochs in others.values())
    if plain or not np.isfinite(own).all() or not np.equal(own, np.floor(own)).all():
        return kept(np.arange(n))
    known = set(own.tolist())
    whole = {epoch for epochs in others.values() for epoch in epochs.tolist() if epoch % 1 == 0}
    extra = np.array(sorted(whole - known), dtype=np.float64)
    where = np.searchsorted(own, extra, side="right") if np.all(np.diff(own) >= 0) else np.full(len(extra), n)
    return frozen(np.insert(np.arange(n), where, -1), np.int64)
