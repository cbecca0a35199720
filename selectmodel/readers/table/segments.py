"""Logs that were appended to: where a training starts over, and which of two rows for one epoch counts.

A label is an epoch or a step. Going back to the first label of a training is a restart, a new segment; going back less
far is a resume, where the row written last counts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from selectmodel.display import choices, numbers
from selectmodel.errors import ChoiceError, UsageError
from selectmodel.records import Bools, Floats, Ints, Level, Note

#: The share of trainings that go on where the one before stopped, from which on the file is of one model.
_MANY = 0.75


class Segment(NamedTuple):
    """One training among several in a file: its rows from ``start`` up to, not including, ``stop``."""

    start: int
    stop: int

    @property
    def rows(self) -> slice:
        return slice(self.start, self.stop)


#: Whether rows, (n,), hold the same values as others: (n,).
Same = Callable[[Ints, Ints], Bools]


def split(labels: Floats, same: Same) -> list[Segment]:
    """The segments of (n,) labels in file order; ``same`` tells whether rows hold the same values as others.

    A repeat of the first label is a restart too (``0, 0, 1, 2``), unless the two rows are equal.
    """
    back = np.flatnonzero(labels[1:] <= labels[:-1]) + 1
    again = labels[back] == labels[back - 1]
    rows = back[again]
    again[again] = same(rows - 1, rows)
    back = back[~again]
    # A restart is a label at or below the first of its segment, so that the first labels go down: below all before.
    over = labels[back] <= np.minimum.accumulate(np.minimum(labels[back], labels[:1]))
    starts = [0, *back[over].tolist()]
    return [Segment(start, stop) for start, stop in zip(starts, [*starts[1:], len(labels)], strict=True)]


def latest(labels: Floats) -> tuple[Ints, Ints]:
    """(k,) the rows that count, one a label and ascending by label, and (n - k,) the superseded ones, in file order."""
    if np.all(labels[1:] > labels[:-1]):
        return np.arange(len(labels)), np.array([], dtype=np.int64)
    if np.all(labels[1:] >= labels[:-1]):  # then nothing need be sorted
        last = np.flatnonzero(np.append(labels[1:] > labels[:-1], True))
    else:
        last = len(labels) - 1 - np.unique(labels[::-1], return_index=True)[1]
    superseded = np.ones(len(labels), np.bool_)
    superseded[last] = False
    return last, np.flatnonzero(superseded)


def choose(
    labels: Floats,
    lines: Ints,
    same: Same,
    *,
    asked: int | None,
    noun: str,
    path: str,
    label: str,
    going_on: Callable[[Sequence[Segment]], int] | None = None,
) -> tuple[Segment, tuple[Note, ...]]:
    """The segment of the rows (n,) to read, and what to tell of the others.

    It is the one asked for (1-based), or the last if it holds every label of the others. Raises ChoiceError that lists
    the segments otherwise, or where ``going_on`` counts many that begin where the one before stopped; UsageError if
    there is none of that number.
    """
    found = split(labels, same)

    def described(at: int) -> str:
        return _described(found[at], labels, lines, noun)

    if asked is not None:
        if not 1 <= asked <= len(found):
            listed = choices.within(len(found), lambda at: f"{at + 1}: {described(at)}")
            raise UsageError(f"{path}: has no segment {asked}; it has {listed}")
        if len(found) == 1:
            return found[0], ()
        message = f"segment {asked} of {len(found)} was read, as asked: {described(asked - 1)}"
        return found[asked - 1], (Note("SM106", message, label, anew=True),)
    if len(found) == 1:
        return found[0], ()
    more = going_on(found) if going_on is not None else 0
    if more >= _MANY * (len(found) - 1):
        on = f"{more} go" if more > 1 else "1 goes"
        message = f"{path}: holds {len(found)} fits, of which {on} on where the one before stopped; choose one:"
        rows = "--index row   all rows as one training, counted from 0"
        raise ChoiceError(message, [rows, *choices.listed(len(found), described, "--segment")])
    if not np.isin(labels[: found[-1].start], labels[found[-1].rows]).all():
        message = f"{path}: holds {len(found)} trainings, one appended to the other; choose one:"
        raise ChoiceError(message, choices.listed(len(found), described, "--segment"))
    message = f"holds {len(found)} trainings; the last one covers the others and was read: {described(-1)}"
    differs = not _repeats(found[-1], labels, same)
    if differs:
        message += "; for an earlier one: --segment 1" + (f" to {len(found) - 1}" if len(found) > 2 else "")
    else:
        message += "; the others hold the same values"
    where = f"{label}:{int(lines[found[-1].start])}"
    level: Level = "warn" if differs else "note"
    return found[-1], (Note("SM106", message, where, level=level, degrades=differs, anew=differs),)


def _repeats(last: Segment, labels: Floats, same: Same) -> bool:
    """Whether ``last`` holds every row before it again, with the same values."""
    rows = latest(labels[last.rows])[0] + last.start
    again = rows[np.searchsorted(labels[rows], labels[: last.start])]
    return bool(np.all(same(np.arange(last.start), again)))


def _described(segment: Segment, labels: Floats, lines: Ints, noun: str) -> str:
    inside, on = labels[segment.rows], lines[segment.rows]
    first, last = numbers.label(inside.min()), numbers.label(inside.max())
    what = f"{noun} {first}" if len(inside) == 1 else f"{noun}s {first}–{last}"
    return f"{what} (line {on[0]})" if len(on) == 1 else f"{what} (lines {on[0]}–{on[-1]})"
