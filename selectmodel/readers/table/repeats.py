"""Several rows of one epoch or step, one below the other: parts of one row, processes, folds, or evaluations.

None of these is a restart. Rows whose cells complete each other are one row. Rows of several processes are averaged,
rows of several folds or seeds are trainings of their own. Several evaluations of an epoch are never made one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from selectmodel.display import choices, numbers
from selectmodel.errors import ChoiceError, UsageError
from selectmodel.files.opening import ReadOptions
from selectmodel.metrics.words import take_apart
from selectmodel.readers.table.axis import Ticks
from selectmodel.readers.table.careful import Table, spans
from selectmodel.readers.table.cells import Column
from selectmodel.readers.table.grouping_columns import Grouping, processes, stand_together, starts_of, trainings
from selectmodel.readers.table.row_parts import Logged, named_as_clock, wholes
from selectmodel.records import Floats, Ints, Note

_ROWS = "--index row   each row as a validation of its own, counted from 0"
#: Groups of rows from which on their course tells processes from evaluations.
_FEWEST = 4


class OnePerLabel(NamedTuple):
    """The rows to go on with, and the columns in which they hold what all rows of their group say.

    ``segment`` is the training still asked for.
    """

    placed: Ticks
    columns: Mapping[str, Column]
    notes: tuple[Note, ...] = ()
    segment: int | None = None


def settled(
    table: Table, placed: Ticks, columns: Mapping[str, Column], texts: Mapping[str, Sequence[str]], options: ReadOptions
) -> OnePerLabel:
    """The rows in which each epoch or step stands once, unless the training was resumed or started again.

    Raises ChoiceError where rows of one label may be several evaluations, or belong to several trainings.
    """
    found = OnePerLabel(placed, columns, (), options.segment)
    if not _repeat(placed.labels):
        return found
    told = trainings(placed, columns, texts)
    if told is not None:
        found = _one_of(table, found, told)
    several = processes(found.placed, found.columns, texts) if _repeat(found.placed.labels) else None
    if several is not None:
        found = _in_order(_without(found, several))
    whole = _completed(found, all_of_them=several is not None)
    starts = starts_of((whole or found).placed.labels)
    if len(starts) == len((whole or found).placed.labels):
        return whole or found
    groups = _Groups(whole or found, starts)
    if whole is not None:
        return _last(table, whole, groups)
    if several is not None:
        return _averaged(table, found, groups, f"one a {several.names[0]}", degrades=False)
    return _without_word(table, found, groups)


def _repeat(labels: Floats) -> bool:
    return not (labels[1:] > labels[:-1]).all() and len(np.unique(labels)) < len(labels)


def _without(found: OnePerLabel, told: Grouping) -> OnePerLabel:
    """The rows without the columns that tell them apart, which are no metrics."""
    return found._replace(columns={name: column for name, column in found.columns.items() if name not in told.names})


def _in_order(found: OnePerLabel) -> OnePerLabel:
    """The rows of one label one below the other, where each process has written a block of its own."""
    labels = found.placed.labels
    order = np.arange(len(labels)) if stand_together(labels) else np.argsort(labels, kind="stable")
    return found._replace(placed=found.placed.at(order))


class _Groups:
    """Adjacent rows (m,) of one label; ``differ`` (groups,) are those in which two say different things of a metric."""

    def __init__(self, found: OnePerLabel, starts: Ints) -> None:
        self.rows, self.starts = found.placed.rows, starts
        self.sizes = np.diff(np.append(starts, len(self.rows)))
        self.differ = np.zeros(len(starts), np.bool_)
        for column in _judged(found.columns).values():
            values = column.values[self.rows]
            most = np.maximum.reduceat(np.where(np.isnan(values), -np.inf, values), starts)
            self.differ |= most > np.minimum.reduceat(np.where(np.isnan(values), np.inf, values), starts)

    def at(self, group: int) -> Ints:
        """The rows of one group."""
        return self.rows[self.starts[group] : self.starts[group] + self.sizes[group]]


def _judged(columns: Mapping[str, Column]) -> dict[str, Column]:
    return {name: column for name, column in columns.items() if not named_as_clock(name)}


def _completed(found: OnePerLabel, *, all_of_them: bool) -> OnePerLabel | None:
    """The rows of which each holds what all its parts say.

    None if the parts of no label make one row of it, or not of all of them where ``all_of_them`` must.
    """
    labels, rows = found.placed.labels, found.placed.rows
    said = [Logged(column.values[rows], column.present[rows]) for column in _judged(found.columns).values()]
    parts = wholes(labels, said)
    begun = np.flatnonzero(parts == np.arange(len(parts)))
    if len(begun) == len(parts):
        return None
    _, which, before = np.unique(labels, return_inverse=True, return_counts=True)
    after = np.bincount(which[begun], minlength=len(before))
    if not ((before > 1) & (after == 1)).any() or (all_of_them and (after > 1).any()):
        return None
    order = np.argsort(parts, kind="stable")
    together = found._replace(placed=found.placed.at(order))
    return _gathered(together, starts_of(parts[order].astype(np.float64)), _last_of)


def _last_of(values: Floats, begin: Ints) -> Floats:
    """(k,) the last of the numbers (n,) of each group, which begin at ``begin`` (k,)."""
    last: Floats = values[np.append(begin[1:], len(values)) - 1]
    return last


def _gathered(found: OnePerLabel, starts: Ints, of_group: Callable[[Floats, Ints], Floats]) -> OnePerLabel:
    """The first row of each group, which holds for each column what ``of_group`` makes of its numbers.

    Groups begin at ``starts``; ``of_group`` is given all (k,) numbers of a column and where those of each group begin.
    """
    if not found.columns:
        return found._replace(placed=found.placed.at(starts))
    rows = found.placed.rows
    first, sizes = rows[starts], np.diff(np.append(starts, len(rows)))
    which = np.repeat(np.arange(len(first)), sizes)
    group_of = np.full(len(next(iter(found.columns.values())).present), -1)
    group_of[rows] = which
    columns = {}
    for name, column in found.columns.items():
        inside = np.flatnonzero(column.present[rows])
        kept, begin = np.unique(which[inside], return_index=True)
        present, values = column.present.copy(), column.values.copy()
        present[first] = False
        present[first[kept]] = True
        values[first[kept]] = of_group(column.values[rows[inside]], begin) if len(inside) else []
        moved = [np.unique(first[group_of[odd][group_of[odd] >= 0]]) for odd in (column.bad, column.unwrapped)]
        columns[name] = Column(values[present], present, moved[0][~present[moved[0]]], moved[1])
    return found._replace(placed=found.placed.at(starts), columns=columns)


def _last(table: Table, found: OnePerLabel, groups: _Groups) -> OnePerLabel:
    """One row of adjacent whole ones: where two say something else, the one written last."""
    made = _gathered(found, groups.starts, _last_of)
    odd = np.flatnonzero(groups.differ)
    if not len(odd):
        return made
    labels = made.placed.labels[odd].astype(np.int64)
    message = f"{spans(labels, found.placed.noun)} logged more than once with different values; the last was used"
    where = f"{table.label}:{table.lines[groups.at(int(odd[0]))[0]]}"
    return made._replace(notes=(*found.notes, Note("SM105", message, where, level="warn", degrades=True)))


def _averaged(table: Table, found: OnePerLabel, groups: _Groups, what: str, *, degrades: bool) -> OnePerLabel:
    """The mean of the rows of each label."""

    def mean(values: Floats, begin: Ints) -> Floats:
        with np.errstate(over="ignore", invalid="ignore"):
            sums: Floats = np.add.reduceat(values, begin)
        return sums / np.diff(np.append(begin, len(values)))

    made = _gathered(found, groups.starts, mean)
    least, most = int(groups.sizes.min()), int(groups.sizes.max())
    count = f"{most}" if least == most else f"up to {most}"
    message = f"{count} adjacent rows hold one {found.placed.noun}, {what}; their mean was read"
    where = f"{table.label}:{table.lines[groups.at(int(np.argmax(groups.sizes)))[0]]}"
    return made._replace(notes=(*found.notes, Note("SM119", message, where, level="warn", degrades=degrades)))


def _without_word(table: Table, found: OnePerLabel, groups: _Groups) -> OnePerLabel:
    """What rows are of which no column tells why they repeat: by their course, or the user says it."""
    n, noun = len(groups.starts), found.placed.noun
    several = np.count_nonzero(groups.sizes > 1)
    if not groups.differ.any() or (n > 1 and (several < 2 or 2 * several < n)):
        return found  # equal rows, or a row here and there: the training was resumed or started again
    wander = _wander(found, groups)
    if found.segment is not None and not wander:
        return found
    largest = int(np.argmax(groups.sizes))
    label = numbers.label(float(found.placed.labels[groups.starts[largest]]))
    place = f"{table.path}: {table.at(groups.at(largest))} are all of {noun} {label}"
    if n == 1:
        raise ChoiceError(f"{place}, as fit(epochs=1) in a loop writes them; to read them as one training:", [_ROWS])
    if wander:
        return _averaged(table, found, groups, "as several processes write them", degrades=True)
    message = f"{place} and differ: several evaluations of each {noun}, or a row for each process? If evaluations:"
    raise ChoiceError(message, [_ROWS])


def _wander(found: OnePerLabel, groups: _Groups) -> bool:
    """Whether rows of one label differ by chance, as processes do, and not by the training that went on between them.

    Evaluations go from the first to the last of a group as far as groups go in that time. How far they do is estimated
    by least squares from the metric that tells it best; the groups that learn fastest weigh most.
    """
    if len(groups.starts) < _FEWEST:
        return False
    size = float(np.median(groups.sizes))
    stops = groups.starts + groups.sizes - 1
    told: list[tuple[float, float]] = []
    for column in _judged(found.columns).values():
        if not column.present[groups.rows].all():
            continue
        values = column.values[groups.rows]
        if not np.isfinite(values).all():
            continue
        values = values / max(1.0, float(np.abs(values).max()))  # a square of 1e308 is none
        between = np.gradient(np.add.reduceat(values, groups.starts) / groups.sizes)
        within = values[stops] - values[groups.starts]
        weight = float(between @ between)
        if weight == 0 or not within.any():
            continue
        share = float(within @ between) / weight
        error = float(np.sqrt(np.sum((within - share * between) ** 2) / (len(within) - 1) / weight))
        told.append((error, share))
    return bool(told and sum(min(told)) < 0.5 * (size - 1) / size)


def _one_of(table: Table, found: OnePerLabel, told: Grouping) -> OnePerLabel:
    """The rows of the fold, or whatever it is, that is asked for.

    Raises ChoiceError where none is asked for, UsageError if it is not there.
    """
    placed = found.placed

    name = ", ".join(told.names)

    def described(at: int) -> str:
        return f"{name} {told.values[at]} ({table.at(placed.rows[told.which == at])})"

    count = len(told.values)
    if found.segment is None:
        columns = f"column {name!r} tells" if len(told.names) == 1 else f"columns {name} tell"
        message = f"{table.path}: {columns} {count} rows of one {placed.noun} apart; choose which to read:"
        listed = choices.listed(count, described, "--segment")
        raise ChoiceError(message, listed if told.apart else [_ROWS, *listed])
    if not 1 <= found.segment <= count:
        raise UsageError(f"{table.path}: has no segment {found.segment}; it has {choices.within(count, described)}")
    at = found.segment - 1
    message = f"the rows of {name} {told.values[at]}, one of {count}, were read, as asked"
    note = Note("SM121", message, table.label)
    kept = placed.at(np.flatnonzero(told.which == at))
    return _without(found, told)._replace(placed=kept, notes=(note,), segment=None)


def going_on(placed: Ticks, columns: Mapping[str, Column]) -> Callable[[Sequence[tuple[int, int]]], int]:
    """How many of several trainings, (start, stop) of their rows, begin where the one before stopped, as one model.

    By the metrics of the training data, or by all where none is named so. A training that began anew begins again near
    the first one.
    """
    by_split = {name: take_apart(name).split for name in columns}
    named = [name for name, split in by_split.items() if split == "train"]
    twins = [name for name, split in by_split.items() if split is None and f"val_{name}" in columns]
    judged = [columns[name] for name in named or twins or columns]

    def count(trainings: Sequence[tuple[int, int]]) -> int:
        begin, ends = (np.array(rows) for rows in zip(*trainings, strict=True))
        votes = np.zeros(len(trainings) - 1, np.int64)
        for column in judged:
            values = column.values[placed.rows]
            first, before, origin = values[begin[1:]], values[ends[:-1] - 1], values[begin[0]]
            known = np.isfinite(first) & np.isfinite(before) & np.isfinite(origin) & (before != origin)
            with np.errstate(invalid="ignore"):
                votes += known * np.where(np.abs(first - before) < 0.5 * np.abs(first - origin), 1, -1)
        return int(np.count_nonzero(votes > 0))

    return count
