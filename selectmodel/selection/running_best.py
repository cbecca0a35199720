"""Columns that hold the best value so far: no epoch's own, so that none is judged by them and no gate passes on them.

``best_val_acc``, ``val/acc_best``, ``max_…``, ``… so far`` repeat the record until it is beaten. What they tell is the
epochs at which a record was set.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import numpy as np

from selectmodel.metrics.meaning import Meaning
from selectmodel.metrics.vocabulary import word_set
from selectmodel.metrics.words import words_of
from selectmodel.records import Bools, Floats, Run, Series
from selectmodel.selection import alignment

_WORDS = word_set("best highest lowest record peak cummax cummin sofar bestsofar")
#: Words that may also name another metric (max_error): the column must stand still somewhere, as a record does.
_EXTREMES = word_set("max min maximum minimum")
#: How far a record may be from the twin's: as printing with fewer digits leaves it; where the name does not tell,
#: as single precision does.
_ROUNDED, _EXACT = 1e-3, 1e-6
#: Fewer values than this are monotone by chance; so many tell without a name.
_FEWEST, _ENOUGH = 2, 6


def found(run: Run, meanings: Mapping[str, Meaning]) -> dict[str, str | None]:
    """The columns that hold a running best, each with the metric whose best it is, None where that is not logged.

    By name and course (never worse than before), or by course alone: equal throughout to the record of another column,
    which it follows though that one goes up and down.
    """
    bests: dict[str, str | None] = {}
    for name, series in run.series.items():
        if len(series.values) < _FEWEST or not meanings[name].quality or not _keeps(series.values):
            continue
        words = _words(name)
        stands = bool((series.values[1:] == series.values[:-1]).any())
        named = bool(words & _WORDS) or (stands and bool(words & _EXTREMES))
        if named or (stands and len(series.values) >= _ENOUGH and series.values[0] != series.values[-1]):
            twin = _twin(name, run, meanings, named)
            if named or twin is not None:
                bests[name] = twin
    return bests


def reached(series: Series) -> Series:
    """The points at which a record was set: there, the metric itself had this value."""
    new = np.append(True, series.values[1:] != series.values[:-1]) & np.isfinite(series.values)
    return Series.made(series.name, series.steps[new], series.epochs[new], series.values[new])


def contradicted(best: Series, own: Series) -> bool:
    """Whether the metric itself never had the record: left over from a check before the training, or another run's."""
    records = reached(best)
    logged = alignment.align(own, records)
    return bool((np.isfinite(logged) & ~_alike(logged, records.values)).any())


def _keeps(values: Floats) -> bool:
    """Whether the values never go down, or never up."""
    before, after = values[:-1], values[1:]
    return bool((after >= before).all() or (after <= before).all())


def _twin(name: str, run: Run, meanings: Mapping[str, Meaning], named: bool) -> str | None:
    """The metric whose record the column holds: by its values, else by its name."""
    best = run.series[name]
    by_name = None
    for other, series in run.series.items():
        if other == name or meanings[other].split not in (meanings[name].split, None) or not meanings[other].quality:
            continue
        if not alignment.in_step(series, best) or _keeps(series.values):
            continue
        if _is_record_of(best.values, series.values, _ROUNDED if named else _EXACT):
            return other
        if named and _plain(other) == _plain(name):
            by_name = other
    return by_name


@lru_cache(maxsize=1024)
def _words(name: str) -> frozenset[str]:
    """The words of a name; "so far" is one."""
    words = frozenset(word.text for word in words_of(name))
    return words - {"so", "far"} | {"sofar"} if {"so", "far"} <= words else words


def _plain(name: str) -> frozenset[str]:
    """The words of a name but those that speak of a best value."""
    return _words(name) - _WORDS - _EXTREMES


def _is_record_of(best: Floats, values: Floats, tolerance: float) -> bool:
    extremes = np.fmax.accumulate(values), np.fmin.accumulate(values)
    return any(bool(_alike(extreme, best, tolerance).all()) for extreme in extremes)


def _alike(ours: Floats, theirs: Floats, tolerance: float = _ROUNDED) -> Bools:
    with np.errstate(invalid="ignore", over="ignore"):
        near: Bools = np.abs(ours - theirs) <= tolerance * np.maximum(np.abs(ours), np.abs(theirs))
    return near
