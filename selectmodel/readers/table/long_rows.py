"""Tables with one row per split or metric, not one per epoch: their rows are read as the columns they stand for.

``epoch,phase,loss`` with rows of train and val becomes ``epoch,train_loss,val_loss``; ``epoch,metric,value`` becomes a
column for each metric. No metric may ever mix the values of two splits.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from selectmodel.errors import LogError
from selectmodel.metrics.words import take_apart
from selectmodel.readers.table import counters, headers, row_kinds
from selectmodel.readers.table.careful import Table
from selectmodel.readers.table.cells import parse
from selectmodel.readers.table.row_kinds import Telling
from selectmodel.records import Floats, Note, frozen


def widened(table: Table) -> Table:
    """The table with one row an epoch (or step) where it has one per split or metric; any other as it is.

    Raises LogError, with the reason, where rows of one epoch are told apart by what is no split and no metric.
    """
    telling = row_kinds.telling(table)
    if telling is None:
        return table  # what else tells rows of one epoch apart is asked about by grouping_columns
    keys, values = _roles(table, telling)
    labels = list(zip(*(row_kinds.texts_of(table.columns[at]) for at in keys), strict=True)) or [()] * len(table.lines)
    groups = _groups(table, labels, telling)
    named = _columns(table, telling, groups, values)
    order = _order(table, groups, keys)
    names = [*(table.names[at] for at in keys), *named]
    firsts = [groups[row].first for row in order]
    columns = [
        tuple(texts[first] for first in firsts) for texts in (row_kinds.texts_of(table.columns[at]) for at in keys)
    ]
    columns += [tuple(cells[row] for row in order) for cells in named.values()]
    lines = frozen(table.lines[firsts], np.int64)
    which = ", ".join(repr(table.names[at]) for at in telling.at)
    shown = ", ".join([*named][:6]) + (", …" if len(named) > 6 else "")
    note = Note("SM122", f"the rows of an epoch are told apart by {which}; read as columns: {shown}", table.label)
    notes = (*table.notes, note, *_averaged(table, groups, telling))
    return table._replace(names=tuple(names), columns=tuple(columns), lines=lines, notes=notes)


def _roles(table: Table, telling: Telling) -> tuple[list[int], list[int]]:
    """The columns that place a row, and those that hold values. Raises LogError where a text column is neither."""
    placing = sorted(
        row_kinds.counting(table) - set(telling.at) - set(counters.axis(table.names, table.columns).unnamed)
    )
    others = [at for at in range(len(table.names)) if at not in placing and at not in telling.at]
    reason = headers.why_no_epochs(
        [table.names[at] for at in others], [table.columns[at] for at in others], counters.Axis(epoch=0)
    )
    if reason:
        raise LogError(f"{table.path}: {reason}")
    if not telling.metric:
        return placing, [at for at in others if at in row_kinds.numeric(table)]
    value = row_kinds.value_column(table, *telling.at)
    if value is None:
        which = ", ".join(repr(table.names[at]) for at in telling.at)
        raise LogError(f"{table.path}: the rows name a metric each (column {which}), and no column is named 'value'")
    return placing, [value]


class _Group(NamedTuple):
    """The rows that become one, by what they stand for; ``first`` is the first of them."""

    first: int
    rows: dict[str, list[int]]


def _groups(table: Table, labels: Sequence[tuple[str, ...]], telling: Telling) -> list[_Group]:
    """The rows that become one, in the order of the table.

    Where each label has one row of each kind, these, wherever they stand. Else neighbours of one label: as many rows as
    each kind has there, or one where the kinds differ in that. Raises LogError where neighbours are of one kind only.
    """
    kinds = telling.rows
    if len(set(zip(labels, kinds, strict=True))) == len(labels):
        groups: dict[tuple[str, ...], _Group] = {}
        for row, (label, kind) in enumerate(zip(labels, kinds, strict=True)):
            groups.setdefault(label, _Group(row, {})).rows[kind] = [row]
        return list(groups.values())
    starts = [row for row in range(len(labels)) if row == 0 or labels[row] != labels[row - 1]]
    found: list[_Group] = []
    for start, stop in zip(starts, [*starts[1:], len(labels)], strict=True):
        inside: dict[str, list[int]] = {}
        for row in range(start, stop):
            inside.setdefault(kinds[row], []).append(row)
        turns = {len(rows) for rows in inside.values()}
        if len(turns) > 1:
            found.append(_Group(start, inside))
            continue
        for turn in range(turns.pop()):
            each = {kind: [rows[turn]] for kind, rows in inside.items()}
            found.append(_Group(min(rows[0] for rows in each.values()), each))
    if len(set(kinds)) > 1 and 2 * sum(len(group.rows) > 1 for group in found) < len(found):
        listed = ", ".join(sorted(set(kinds))[:4])
        raise LogError(
            f"{table.path}: epochs come several times for each of {listed}, and which rows belong together cannot be "
            "told; write one column for each, as in val_loss"
        )
    return found


def _order(table: Table, groups: Sequence[_Group], placing: Sequence[int]) -> list[int]:
    """The groups in the order of the table; where each kind stands by itself, as melt() leaves them, by their place."""
    in_order = list(range(len(groups)))
    if all(len(group.rows) == 1 for group in groups) or not placing:
        return in_order
    firsts = [group.first for group in groups]
    places = np.array([parse(table.columns[at]).values[firsts] for at in placing])
    back = np.diff(places, axis=1) < 0
    if not back.all(axis=0).any() or any(len(rows) > 1 for group in groups for rows in group.rows.values()):
        return in_order
    # Only a second kind that begins where a first one has ended goes back here, not a training that starts over.
    one_kind = [next(iter(group.rows)) for group in groups]
    if any(one_kind[at] == one_kind[at + 1] for at in np.flatnonzero(back.all(axis=0)).tolist()):
        return in_order
    return [int(at) for at in np.lexsort(places[::-1])]


def _columns(table: Table, telling: Telling, groups: Sequence[_Group], values: Sequence[int]) -> dict[str, list[str]]:
    """The cells, (groups,), of each column that the table stands for, "" where a group has none."""
    kinds = list(dict.fromkeys(telling.rows))
    found: dict[str, list[str]] = {}
    for at in values:
        cells, numbers = row_kinds.texts_of(table.columns[at]), parse(table.columns[at])
        own: dict[str, list[str]] = {}
        for kind in kinds:
            column = [_cell(cells, numbers.values, group.rows.get(kind, ())) for group in groups]
            if any(column):
                own[kind] = column
        columns = list(own.values())
        if row_kinds.of_all(table.names[at]) and len(columns) > 1 and all(column == columns[0] for column in columns):
            found[table.names[at]] = columns[0]
            continue
        found |= {_name(kind, "" if telling.metric else table.names[at]): column for kind, column in own.items()}
    if not found:
        raise LogError(f"{table.path}: no column holds numbers to judge by (columns: {', '.join(table.names[:8])})")
    return found


def _cell(cells: Sequence[str], values: Floats, rows: Sequence[int]) -> str:
    if len(rows) < 2:
        return cells[rows[0]] if rows else ""
    inside = values[list(rows)]
    inside = inside[~np.isnan(inside)]
    return repr(float(inside.mean())) if len(inside) else ""


def _name(kind: str, metric: str) -> str:
    """What a column is called: a split is put before the metric, in a word that is known for it."""
    called = "_".join(kind.split())
    if not metric:
        return called
    split = row_kinds.split_of(kind)
    if take_apart(metric).split == split:
        return metric
    understood = take_apart(f"{called}_{metric}").split == split
    return f"{called if understood else split}_{metric}"


def _averaged(table: Table, groups: Sequence[_Group], telling: Telling) -> tuple[Note, ...]:
    """What is said where several rows of one kind became one."""
    several = sorted({kind for group in groups for kind, rows in group.rows.items() if len(rows) > 1})
    if not several:
        return ()
    most = max(len(rows) for group in groups for rows in group.rows.values())
    message = f"{', '.join(several[:4])}: up to {most} rows an epoch became one, their mean"
    # Of training it is only the mean over an epoch's batches, of which nothing is chosen.
    judged = any(row_kinds.split_of(kind) != "train" for kind in several)
    return (Note("SM122", message, table.label, level="warn", degrades=judged),)
