"""Rows that stand in another order than their epochs: put in order, and said; what starts over is left as it is."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import numpy as np

from selectmodel.readers.table.axis import Ticks
from selectmodel.readers.table.careful import Table
from selectmodel.records import Ints, Note

_FEWEST = 3
#: Places by which a row may be off: neighbours that two processes wrote, not a training that starts over.
_NEAR = 2
_SHUFFLED = 4


def in_order(table: Table, placed: Ticks) -> Ticks:
    """The rows in the order of their labels, where each has its own and they were only turned round or swapped."""
    labels = placed.labels
    falls = labels[1:] < labels[:-1]
    if len(labels) < _FEWEST or not falls.any():
        return placed
    if falls.all():
        message = f"{placed.noun}s go down from row to row; the rows were read from the last to the first"
        return _moved(placed, np.arange(len(labels))[::-1], _note(table, message, 0))
    order = np.argsort(labels, kind="stable")
    if len(np.unique(labels)) < len(labels):
        return placed
    # Trainings one after another rise for many rows; what falls in every fourth is shuffled.
    starts_over = labels[0] > labels.min() and _SHUFFLED * falls.sum() < len(labels)
    if starts_over and np.abs(order - np.arange(len(labels))).max() > _NEAR:
        return placed
    late = np.flatnonzero(falls) + 1
    message = f"{table.at(placed.rows[late])}: {placed.noun}s stand out of order; the rows were put in order"
    return _moved(placed, order, _note(table, message, int(placed.rows[late[0]])))


def _note(table: Table, message: str, row: int) -> Note:
    return Note("SM126", message, f"{table.label}:{table.lines[row]}", level="warn")


def _moved(placed: Ticks, order: Ints, note: Note) -> Ticks:
    changed: dict[str, Any] = {}
    for one in fields(placed):
        value = getattr(placed, one.name)
        if isinstance(value, np.ndarray) and one.name != "refused" and len(value) == len(order):
            changed[one.name] = value[order]
    return replace(placed, **changed, notes=(*placed.notes, note))
