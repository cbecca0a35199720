"""Epochs at which a validation metric should stand by its own rhythm, and does not: a blank cell tells nothing.

Tables write a value that is no number as an empty cell, and a blank at the best epoch moves the answer to another one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

import numpy as np

from selectmodel import registry
from selectmodel.display import numbers
from selectmodel.metrics.meaning import Meaning
from selectmodel.metrics.roles import Roles
from selectmodel.records import Bools, Floats, Ints, Note, Run, Series
from selectmodel.selection import alignment

_FEWEST = 3  # values that show a rhythm


def told(run: Run, roles: Roles, meanings: Mapping[str, Meaning], usable: Collection[str]) -> list[Note]:
    """A note for each of the monitored metric, the validation loss and the validation score that has holes."""
    if any(note.code == "SM113" for note in run.notes):  # it says which epochs were not evaluated
        return []
    # Where a cell is no number, it is said that there is none, and that it was not blank.
    said = {note.message.rpartition(": ")[0].rpartition(": ")[0] for note in run.notes if note.code == "SM109"}
    notes = []
    for name in dict.fromkeys((roles.monitor.name, roles.val_loss, roles.val_score)):
        if name is None or name not in usable or name in said:
            continue
        series = run.series[name]
        others = {
            other: found
            for other, found in run.series.items()
            if len(found.steps) and not alignment.in_step(found, series)
        }
        if not others:
            continue
        # A table of one row an epoch is written in whole rows: what is blank in the last one will not come.
        whole = registry.in_whole_rows(run.format)
        validated = [found for other, found in others.items() if meanings[other].split == "val"]
        after = list(others.values()) if whole else validated
        holes, epochs, usual = _holes(series, list(others.values()), validated, after)
        if len(holes):
            message = f"{name} has no value at {_where(holes, epochs, usual)}, where other metrics have one"
            notes.append(Note("SM175", f"{message}; it may have been blank, and does not count", run.source, "warn"))
    return notes


def _holes(
    series: Series, others: Sequence[Series], validated: Iterable[Series], after: Iterable[Series]
) -> tuple[Ints, Floats, int]:
    """Steps at which the series has no value, their epochs, NaN where not known, and how far steps usually are apart.

    They must be logged by another series; before the first value by one of validation data, ``after`` the last one by
    one of those: the metrics of training may come first in a training that is still running.
    """
    steps = series.steps
    inside, usual = _between(steps)
    if not usual:
        return inside, np.empty(0), 0
    around = []
    outside = [found.steps[found.steps < steps[0]] for found in validated]
    outside += [found.steps[found.steps > steps[-1]] for found in after]
    for due in outside:
        around.append(due[due % usual == steps[0] % usual])
    missing = np.sort(np.concatenate([inside, *around]))
    missing = missing[np.append(True, missing[1:] != missing[:-1])[: len(missing)]]
    logged = np.zeros(len(missing), np.bool_)
    epochs = np.full(len(missing), np.nan)
    for found in others:
        if logged.all() and np.isfinite(epochs).all():
            break
        at, here = _found(found.steps, missing)
        logged |= here
        epochs = np.where(here & np.isnan(epochs), found.epochs[at], epochs)
    # A metric that is absent as often as not is logged less often, at whatever epochs.
    logged &= np.count_nonzero(logged) < len(steps)
    return missing[logged], epochs[logged], usual


def unlogged(run: Run, candidates: Series) -> list[Note]:
    """A note where steps of an otherwise even log are missing from all metrics; a table of epochs says so itself.

    Each must lie in a gap of its own, with the usual distance before and after it: logs may become sparser.
    """
    missing, usual = _between(candidates.steps)
    apart = np.diff(candidates.steps)
    wide = np.flatnonzero(apart != usual)
    alone = len(wide) and wide[0] > 0 and wide[-1] < len(apart) - 1 and (np.diff(wide) > 1).all()
    if run.x_axis != "step" or not len(missing) or not alone or (apart[wide] % usual).any():
        return []
    missing = missing[~np.isin(missing, np.concatenate([series.steps for series in run.series.values()]))]
    if not len(missing):
        return []
    message = f"no metric has a value at {_where(missing, np.full(len(missing), np.nan), usual)}"
    return [Note("SM148", f"{message}, where the even distance of the others wants one", run.source, "warn")]


def _between(steps: Ints) -> tuple[Ints, int]:
    """The steps left out between others, and how far these usually are apart: 0 where they have no rhythm."""
    apart = np.diff(steps)
    usual = int(apart.min()) if len(steps) >= _FEWEST else 0
    if not usual or 2 * np.count_nonzero(apart == usual) <= len(apart):
        return steps[:0], 0
    wide = np.flatnonzero((apart > usual) & (apart % usual == 0))
    counts = apart[wide] // usual - 1
    if int(counts.sum()) >= len(steps):
        return steps[:0], 0
    first = np.repeat(np.cumsum(counts) - counts, counts)
    return np.repeat(steps[wide], counts) + usual * (np.arange(len(first)) - first + 1), usual


def _found(steps: Ints, wanted: Ints) -> tuple[Ints, Bools]:
    """(n,) each: where a wanted step would stand among the ascending ``steps``, and whether it is there."""
    at = np.minimum(np.searchsorted(steps, wanted), len(steps) - 1)
    return at, steps[at] == wanted


def _where(steps: Ints, epochs: Floats, usual: int) -> str:
    """The epochs, or the steps where they are not known; neighbours in one range."""
    known = np.isfinite(epochs).all()
    labels = (epochs if known else steps).tolist()
    places = (steps // usual).tolist()
    unit = ("epoch" if known else "step") + ("s" if len(labels) > 1 else "")
    return f"{unit} {numbers.ranges(list(zip(places, labels, strict=True)))}"
