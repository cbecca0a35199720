"""Blank cells in a table of sparse rows where something must have stood: rows without any value, and epochs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from selectmodel.readers.table import careful, sparse_rows
from selectmodel.readers.table.careful import Table
from selectmodel.readers.table.cells import Column
from selectmodel.readers.table.sparse_points import MetricPoints
from selectmodel.records import Floats, Ints, Note


def valueless(table: Table, columns: Iterable[Column], rows: Ints) -> list[Note]:
    """A note of those of the ``rows`` (m,) in which every metric is blank: no logger writes a row for nothing."""
    held = np.zeros(len(table.lines), np.bool_)
    for column in columns:
        held |= column.present
        held[column.bad] = True  # which is told of each
    lost = rows[~held[rows]]
    if not len(lost):
        return []
    every = "the row holds" if len(lost) == 1 else "these rows hold"
    message = f"{table.at(lost)}: {every} no value of any metric; what stood there may be lost, and does not count"
    return [Note("SM189", message, f"{table.label}:{table.lines[lost[0]]}", "warn")]


def told_by_step(points: Mapping[str, MetricPoints]) -> dict[str, MetricPoints]:
    """The points, an epoch that is blank among others of its metric being that of any metric at the same step.

    A metric that never has an epoch, such as a learning rate, gets none.
    """
    if not any(_partly_blank(found) for found in points.values()):
        return dict(points)
    steps = np.concatenate([found.steps for found in points.values()])
    epochs = np.concatenate([found.epochs for found in points.values()])
    known = ~np.isnan(epochs)
    order = np.flatnonzero(known)[np.argsort(steps[known], kind="stable")]
    steps, epochs = steps[order], epochs[order]
    return {name: _told(found, steps, epochs) if _partly_blank(found) else found for name, found in points.items()}


def _partly_blank(found: MetricPoints) -> bool:
    blank = np.isnan(found.epochs)
    return bool(blank.any() and not blank.all())


def _told(found: MetricPoints, steps: Ints, epochs: Floats) -> MetricPoints:
    """``steps`` (m,), ascending, and their ``epochs`` are those that are known, of any metric."""
    first = np.searchsorted(steps, found.steps, "left")
    last = np.searchsorted(steps, found.steps, "right") - 1
    there = first <= last
    lowest, highest = epochs[np.where(there, first, 0)], epochs[np.where(there, last, 0)]
    told = np.where(there & (lowest == highest), lowest, np.nan)
    return found._replace(epochs=np.where(np.isnan(found.epochs), told, found.epochs))


def epochless(points: Mapping[str, MetricPoints], label: str) -> list[Note]:
    """A note of validation metrics that have a step without an epoch among others that have both."""
    odd: dict[tuple[int, ...], list[str]] = {}
    for name, found in points.items():
        if sparse_rows.split_of(name) == "val" and _partly_blank(found):
            odd.setdefault(tuple(found.steps[np.isnan(found.epochs)].tolist()), []).append(name)
    notes = []
    for steps, names in odd.items():
        verb = "has" if len(names) == 1 else "have"
        where = careful.spans(steps, "step")
        message = f"{', '.join(names[:4])} {verb} no epoch at {where}; only the step is known there"
        notes.append(Note("SM149", message, label, "warn"))
    return notes
