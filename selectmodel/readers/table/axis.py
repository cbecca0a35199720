"""What the rows of a table count: epochs, steps, or only themselves; and which rows can be placed at all."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from selectmodel.display import numbers as figures
from selectmodel.errors import LogError, UsageError
from selectmodel.files.opening import ROW, ReadOptions
from selectmodel.readers.table import counters
from selectmodel.readers.table.careful import Table
from selectmodel.readers.table.cells import Column, parse
from selectmodel.readers.table.counters import EPOCHS, STEPS, Axis
from selectmodel.records import Bools, Floats, Ints, Note

MAX_EPOCH = 1e9
_MAX_STEP = 2.0**53
_AT_ONCE = 1 << 15


@dataclass(frozen=True, slots=True)
class Ticks:
    """The rows that can be placed.

    Attributes:
        rows: (m,) rows of the table, in file order.
        labels: (m,) what orders them and must not repeat: epochs or steps.
        epochs: (m,) as logged, NaN where there are only steps.
        x_axis: what ``Series.steps`` will count; noun: what a label is called.
        logged: (m,) the steps of rows that are ordered by something else, None where there are none.
    """

    rows: Ints
    labels: Floats
    epochs: Floats
    x_axis: Literal["step", "epoch", "row"]
    noun: str
    notes: tuple[Note, ...] = ()
    logged: Ints | None = None

    def at(self, places: Ints) -> Ticks:
        """Those of some of the rows, by their places (k,) in ``rows``."""
        logged = None if self.logged is None else self.logged[places]
        return replace(
            self, rows=self.rows[places], labels=self.labels[places], epochs=self.epochs[places], logged=logged
        )


def ticks_of(table: Table, axis: Axis, options: ReadOptions) -> Ticks:
    """The ticks of a table. Raises UsageError if no column counts, LogError if no row can be placed."""
    n = len(table.lines)
    if options.index == ROW or not axis.known:
        if options.index != ROW:
            raise UsageError(f"{table.path}: {_no_axis(table)}")
        rises, anew = (True, False) if axis.epoch is None else _goes(table.columns[axis.epoch])
        message = "row numbers from 0 stand for epochs; the trainer may count from 1"
        if not rises:
            own = "which the file counts anew" if anew else "as the file's own do not rise from row to row"
            message = (
                f"row numbers from 0 stand for epochs, {own}: the numbers in names of checkpoints "
                "are not those of rows, and are not used; to use them: --checkpoint-offset 0"
            )
        note = Note("SM114", message, table.label, anew=anew, unnumbered=not rises)
        # A header in the middle starts another training, unless epochs could have told so.
        starts = np.array([0, *np.searchsorted(table.lines, table.headers if axis.epoch is None else ())])
        numbers = np.arange(n) - starts[np.searchsorted(starts, np.arange(n), side="right") - 1]
        return Ticks(np.arange(n), numbers.astype(float), numbers.astype(float), "row", "row", (note,))
    if axis.epoch is None:
        return _steps(table, axis)
    if axis.step is None:
        return _epochs(table, axis.epoch, axis)
    return _both(table, axis)


def _goes(cells: Sequence[str]) -> tuple[bool, bool]:
    """Whether the numbers of a column go up from row to row, and whether they do but begin anew now and then.

    Rows of one epoch, one after the other, begin nothing anew, and neither do rows with the newest first.
    """
    epochs = parse(cells).values
    epochs = epochs[np.isfinite(epochs)]
    up, down = epochs[1:] > epochs[:-1], epochs[1:] < epochs[:-1]
    return bool(up.all()), 0 < int(down.sum()) < int(up.sum())


def _no_axis(table: Table) -> str:
    """What was looked for, and the flags that help: the columns whose numbers only rise are named."""
    looked, has = ", ".join((*EPOCHS[:3], *STEPS[:4])), ", ".join(table.names[:8])
    rising = counters.may_count(table.names, table.columns)
    names = " or ".join(f"--index {shlex.quote(name)}" for name in rising[:3]) or "--index NAME"
    return (
        f"no column counts epochs (looked for {looked} among {has}); if one does: {names}; "
        "if each row is one epoch: --index row"
    )


def _steps(table: Table, axis: Axis) -> Ticks:
    assert axis.step is not None
    cells = table.columns[axis.step]
    steps, usable = whole(parse(cells), _MAX_STEP)
    rows, notes = _placed(table, usable, cells, "step")
    return Ticks(rows, _at(steps, rows), np.full(len(rows), np.nan), "step", "step", notes)


def _epochs(table: Table, at: int, axis: Axis) -> Ticks:
    cells = table.columns[at]
    epochs, usable = whole(parse(cells), MAX_EPOCH)
    x_axis: Literal["epoch", "row"] = "epoch"
    parts = in_parts(epochs, with_steps=axis.step is not None)
    if parts.any():
        usable, x_axis = usable | parts, "row"
    outside = _outside(table, epochs, axis)
    rows, notes = _placed(table, usable, cells, "epoch", among=np.flatnonzero(~outside) if outside.any() else None)
    if outside.any():
        lost = np.flatnonzero(outside)
        message = f"{table.at(lost)}: epoch and step -1 stand for an evaluation outside of the training; no epoch of it"
        notes += (Note("SM115", message, f"{table.label}:{table.lines[lost[0]]}"),)
    if axis.index:
        span = f"{figures.label(epochs[rows[0]])}–{figures.label(epochs[rows[-1]])}"
        message = f"the first column has no name of its own; its numbers {span} were read as epochs"
        notes += (Note("SM114", message, table.label),)
    placed = _at(epochs, rows)
    return Ticks(rows, placed, placed, x_axis, "epoch", notes)


def _outside(table: Table, epochs: Floats, axis: Axis) -> Bools:
    """(n,) the rows of epoch -1 and step -1, as sentence-transformers writes where evaluate() is called by itself."""
    found: Bools = epochs == -1
    if axis.step is None or not found.any():
        return np.zeros(len(epochs), np.bool_)
    found &= parse(table.columns[axis.step]).values == -1
    return found if not found.all() else np.zeros(len(epochs), np.bool_)


def in_parts(epochs: Floats, *, with_steps: bool) -> Bools:
    """(n,) the epochs that are no whole numbers, as 0.25 and 2.97 are; none where these may be damage.

    One odd cell is damage; a log in parts of epochs has many. ``with_steps``, the training may end in one.
    """
    parts = _where(epochs, lambda piece: (piece >= 0) & (piece <= MAX_EPOCH) & (piece != np.floor(piece)))
    many = parts.sum() >= max(2, 0.25 * len(epochs)) or (len(parts) > 0 and parts.all())
    ends = (
        with_steps and parts.any() and bool((epochs[1:] >= epochs[:-1]).all() and (epochs[parts] == epochs[-1]).all())
    )
    return parts if many or ends else np.zeros(len(epochs), np.bool_)


def start_over(epochs: Floats, steps: Floats) -> bool:
    """Whether steps (n,) begin anew in each epoch (n,), and go on inside it; -1 is the end of one."""
    if not (epochs[1:] >= epochs[:-1]).all() or np.isnan(steps).any():
        return False
    order = np.where(steps == -1, np.inf, steps)
    later, on = epochs[1:] > epochs[:-1], order[1:] > order[:-1]
    return bool(later.any()) and not on[later].any() and bool((order[1:] >= order[:-1])[~later].all())


def _both(table: Table, axis: Axis) -> Ticks:
    """Steps order the rows unless they do not count on where epochs do (``epoch, batch``)."""
    assert axis.epoch is not None and axis.step is not None
    by_epoch = _epochs(table, axis.epoch, axis)
    steps, usable = whole(parse(table.columns[axis.step]), _MAX_STEP)
    inside = steps[by_epoch.rows]
    if np.all(np.diff(by_epoch.epochs) > 0) and not (usable[by_epoch.rows].all() and np.all(np.diff(inside) > 0)):
        return by_epoch
    if not usable[by_epoch.rows].any():
        return by_epoch
    ends = _ends_of_epochs(steps, by_epoch)
    found = _in_steps(table, axis.step, by_epoch, steps, usable, ends)
    if ends.any() and found.x_axis == "step":  # then -1 is no end of an epoch
        found = _in_steps(table, axis.step, by_epoch, steps, usable, np.zeros(len(steps), np.bool_))
    return found


def _in_steps(table: Table, at: int, by_epoch: Ticks, steps: Floats, usable: Bools, ends: Bools) -> Ticks:
    """The rows by their steps, or in their order where steps start over or ``ends`` of epochs have none."""
    cells = table.columns[at]
    rows, notes = _placed(table, usable | ends, cells, "step", among=by_epoch.rows)
    epochs = by_epoch.epochs[np.isin(by_epoch.rows, rows)]
    logged, labels = steps[rows], np.where(ends[rows], np.inf, steps[rows])
    same = np.append(False, (np.diff(epochs) == 0) & (logged[1:] == logged[:-1]))[: len(rows)]
    on = (np.diff(epochs) > 0) | ((np.diff(epochs) == 0) & (labels[1:] > labels[:-1])) | same[1:]
    if not (np.all(on) and (ends.any() or np.any(~same[1:] & ~(labels[1:] > labels[:-1])))):
        return Ticks(rows, labels, epochs, "step", "step", by_epoch.notes + notes)
    if ends.any():
        message = f"{table.names[at]} -1 stands for the end of an epoch, after its other steps"
        notes += (Note("SM118", message, table.label),)
    order = np.cumsum(~same).astype(float)
    return Ticks(rows, order, epochs, "row", "row", by_epoch.notes + notes, logged=logged.astype(np.int64))


def _ends_of_epochs(steps: Floats, by_epoch: Ticks) -> Bools:
    """(n,) the rows of step -1, by which sentence-transformers means the end of an epoch; none if others follow it."""
    ends = np.zeros(len(steps), np.bool_)
    rows, epochs = by_epoch.rows, by_epoch.epochs
    minus = steps[rows] == -1
    last = np.append(np.diff(epochs) > 0, True)[: len(rows)]
    if minus.any() and not (minus & ~last).any():
        ends[rows[minus]] = True
    return ends


def inside(rows: Ints, n: int) -> Ints | slice:
    """What takes ``rows`` (m,) of n: a slice where they are all, in order, as nearly always; then nothing is copied."""
    return slice(None) if len(rows) == n and bool((rows[1:] > rows[:-1]).all()) else rows


def _at(values: Floats, rows: Ints) -> Floats:
    """The values of ascending rows; where these are all, without a copy."""
    return values if len(rows) == len(values) else values[rows]


def whole(column: Column, most: float) -> tuple[Floats, Bools]:
    """(n,) the numbers, NaN where there are none, and (n,) whether each is whole, from 0 to ``most``."""
    values = column.values
    return values, _where(values, lambda piece: (piece >= 0) & (piece <= most) & (piece == np.floor(piece)))


def _where(values: Floats, test: Callable[[Floats], Bools]) -> Bools:
    """(n,) where the values pass the test, a piece at a time, which stays in the processor's cache."""
    found = np.empty(len(values), np.bool_)
    with np.errstate(invalid="ignore"):
        for first in range(0, len(values), _AT_ONCE):
            found[first : first + _AT_ONCE] = test(values[first : first + _AT_ONCE])
    return found


def _placed(
    table: Table, usable: Bools, cells: Sequence[str], noun: str, among: Ints | None = None
) -> tuple[Ints, tuple[Note, ...]]:
    """The usable rows, and a note of the others. Raises LogError if there are none."""
    candidates = np.arange(len(cells)) if among is None else among
    if usable.all():
        return candidates, ()
    rows, lost = candidates[usable[candidates]], candidates[~usable[candidates]]
    if not len(lost):
        return rows, ()
    first = f"{table.at(lost)}: {noun} {cells[lost[0]][:40]!r} is not a whole number from 0 on"
    if not len(rows):
        raise LogError(f"{table.path}: {first}; no row can be placed; to count the rows: --index row")
    where = f"{table.label}:{table.lines[lost[0]]}"
    note = Note("SM104", f"{first}; {len(lost)} of {len(candidates)} rows refused", where, level="warn", degrades=True)
    return rows, (note,)
