"""The points of each metric in a table of sparse rows: in which rows it stands, and its series of them."""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np

from selectmodel.readers.table import careful, segments, sparse_rows
from selectmodel.records import Bools, Floats, Ints, Note, Series


class MetricPoints(NamedTuple):
    """One metric in the order written: steps, epochs (NaN where blank) and values, (n,) each."""

    steps: Ints
    epochs: Floats
    values: Floats


class MetricPlace(NamedTuple):
    """The rows in which a metric stands, with their steps and epochs."""

    rows: Ints
    steps: Ints
    epochs: Floats


class MetricPlaces:
    """Finds the place of each metric; metrics that are logged together share one.

    ``steps`` and ``epochs`` are those of all (n,) rows of the table, ``rows`` those that are read, None for all.
    """

    def __init__(self, steps: Ints, epochs: Floats, rows: Ints | None) -> None:
        self._steps = steps
        self._epochs = epochs
        self._rows = rows
        self._known: list[tuple[Bools, MetricPlace]] = []

    def where(self, filled: Bools) -> MetricPlace:
        """The place of a metric that is ``filled`` (m,) in some of the m rows that are read."""
        for again, place in self._known:
            if np.array_equal(again, filled):
                return place
        kept = np.flatnonzero(filled) if self._rows is None else self._rows[filled]
        place = MetricPlace(kept, self._steps.take(kept), self._epochs.take(kept))
        self._known = [(filled, place), *self._known[:7]]
        return place


def joined(one: MetricPoints, other: MetricPoints) -> MetricPoints:
    """The points of both, those of ``other`` behind."""
    return MetricPoints(
        np.concatenate([one.steps, other.steps]),
        np.concatenate([one.epochs, other.epochs]),
        np.concatenate([one.values, other.values]),
    )


def series_of(
    points: dict[str, MetricPoints], label: str
) -> tuple[dict[str, Series], Literal["step", "epoch"], list[Note]]:
    """The series by step; by epoch where the steps of a metric go back, as hand-made loops write them."""
    back = [name for name, found in points.items() if (found.steps[1:] < found.steps[:-1]).any()]
    notes = []
    if back:
        message = f"steps of {', '.join(back[:4])} go back; epochs order the log, with the last value of each"
        notes.append(Note("SM116", message, label, level="warn", anew=True))
    fit = [found.steps.max() for name, found in points.items() if sparse_rows.split_of(name) == "train"]
    trained_to = max(fit, default=np.inf)
    series: dict[str, Series] = {}
    for name, found in points.items():
        if not back and (found.steps[1:] > found.steps[:-1]).all():
            if len(found.steps):
                series[name] = Series.made(name, found.steps, found.epochs, found.values)
            continue
        placed = np.flatnonzero(np.isfinite(found.epochs)) if back else np.arange(len(found.steps))
        labels = found.epochs[placed] if back else found.steps[placed].astype(float)
        kept, old = segments.latest(labels)
        at = placed[kept]
        if len(at):
            series[name] = Series.made(name, labels[kept].astype(np.int64), found.epochs[at], found.values[at])
        if not len(old):
            continue
        used = found.values[at][np.searchsorted(labels[kept], labels[old])]
        if not np.array_equal(used, found.values[placed[old]], equal_nan=True) and not (back and _many(name)):
            again = careful.spans(sorted({int(each) for each in labels[old]}), "epoch" if back else "step")
            message = f"{name}: {again} logged more than once with different values; the last was used"
            # test() may be called as often as one likes once the training is over
            tested = sparse_rows.split_of(name) == "test" and found.steps[placed[old]].min() > trained_to
            notes.append(Note("SM105", message, label, level="warn", degrades=not tested))
    return series, "epoch" if back else "step", notes


def _many(name: str) -> bool:
    """Whether a metric is meant to have many values an epoch: training steps and learning rates."""
    return name.endswith("_step") or sparse_rows.is_monitor(name)
