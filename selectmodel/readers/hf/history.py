"""A ``log_history`` as a Run: training and evaluation rows of a step are one place, its summary row is no metric.

Steps order the rows; the epoch is a fraction that only labels them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np

from selectmodel.files.opening import Source
from selectmodel.metrics.words import take_apart
from selectmodel.readers.objects import as_run
from selectmodel.readers.objects.json_text import Objects
from selectmodel.readers.table import epoch_rows, headers
from selectmodel.readers.table.careful import Table, spans
from selectmodel.readers.table.cells import parse
from selectmodel.records import Hint, Note, Run, Series, Split

#: What train() says of itself when it ends; ``train_loss`` is the mean over the whole run.
_SUMMARY = frozenset(
    ("train_runtime", "train_samples_per_second", "train_steps_per_second", "total_flos", "train_loss")
)
_CLOCKS = ("_runtime", "_per_second", "_compilation_time", "_preparation_time")
_MOST_STEP = 2**53
_EVAL = "eval_"


def run(found: Objects, source: Source, form: str, *, label: str, place: str = "row") -> Run:
    """The run of the rows of a log_history; ``form`` names the format, ``label`` the file in notes.

    ``place`` is what ``found.lines`` count. Raises as objects.as_run.run does.
    """
    kept, notes = _fit(found, label, place)
    options = source.options
    series = None if options.segment or options.index else _plain(kept)
    if series is not None:
        hints, notes = _hints(tuple(series)), (*kept.notes, *notes)
        return Run(source.name, str(source.path), form, series, "step", hints, notes=notes)
    made = as_run.run(_without_epochs(kept), source, form, label=label, place=place)
    known = _with_epochs(made.series, kept) if made.x_axis == "step" else made.series
    return replace(made, series=known, hints=_hints(tuple(known)), notes=(*made.notes, *notes))


def of_table(table: Table, decimal: str = ".") -> Objects:
    """The rows of a history that was saved as a table; its blank cells are names that a row lacks."""
    objects: list[dict[str, Any]] = [{} for _ in table.lines]
    for name, cells in zip(table.names, table.columns, strict=True):
        if headers.may_count_rows(name):
            continue
        column = parse(cells, decimal)
        numbers = column.numbers.tolist()
        if name == "step":
            numbers = [int(value) if value.is_integer() else value for value in numbers]
        for at, value in zip(np.flatnonzero(column.present).tolist(), numbers, strict=True):
            objects[at][name] = value
        for at in column.bad.tolist():
            objects[at][name] = cells[at]
    return Objects(table.lines.tolist(), objects, (*table.notes, *epoch_rows.headers_again(table)))


def is_summary(row: Mapping[str, Any]) -> bool:
    """Whether a row is what train() says of itself when it ends."""
    return len(_SUMMARY & row.keys()) > 1


def is_clock(name: str) -> bool:
    """Whether a name is that of a duration, of throughput or of work done: no metric."""
    return name.endswith(_CLOCKS) or name == "total_flos"


def _fit(found: Objects, label: str, place: str) -> tuple[Objects, tuple[Note, ...]]:
    """The rows of the fit: without the summary, and without evaluate() after it where the fit was evaluated too.

    That evaluation stands at the last step and is often of the best model, loaded at the end.
    """
    ended, evaluated = False, False
    kept: list[int] = []
    late: list[int] = []
    rows = [_told(row) for row in found.objects]
    for at, row in enumerate(rows):
        if is_summary(row):
            ended = True
            continue
        if any(name.startswith(_EVAL) for name in row):
            if ended and evaluated:
                late.append(found.lines[at])
                continue
            evaluated = evaluated or not ended
        elif "loss" in row:
            ended = False  # train() once more
        kept.append(at)
    fit = Objects(
        [found.lines[at] for at in kept],
        [{name: value for name, value in rows[at].items() if not is_clock(name)} for at in kept],
        found.notes,
    )
    if not late:
        return fit, ()
    message = f"{spans(late, place)}: written after the fit by evaluate(); not an evaluation of the training"
    return fit, (Note("SM115", message, f"{label}:{late[0]}"),)


def _told(row: Mapping[str, Any]) -> Mapping[str, Any]:
    """A row without the names that it tells nothing of: in a table of all rows each has every name."""
    return {name: value for name, value in row.items() if value is not None} if None in row.values() else row


def _plain(found: Objects) -> dict[str, Series] | None:
    """The series of rows that are ordinary in every respect; None where the engine of tables must look closer."""
    points: dict[str, tuple[list[int], list[float]]] = {}
    places: dict[int, float] = {}
    for row in found.objects:
        step = row.get("step")
        if type(step) is not int or not 0 <= step <= _MOST_STEP:
            return None
        for name, value in row.items():
            if type(value) is float or type(value) is int:
                if name == "epoch":
                    places[step] = value
                elif name != "step":
                    steps, values = points.setdefault(name, ([], []))
                    if steps and steps[-1] >= step:
                        return None
                    steps.append(step)
                    values.append(value)
            else:
                return None
    return _series(points, places) if points else None


def _series(
    points: Mapping[str, tuple[list[int], list[float]]], places: Mapping[int, float]
) -> dict[str, Series] | None:
    """Series of points; metrics that are logged together share the arrays of their places."""
    shared: dict[tuple[int, int, int], list[tuple[list[int], Any, Any]]] = {}
    series = {}
    for name, (steps, values) in points.items():
        alike = shared.setdefault((len(steps), steps[0], steps[-1]), [])
        axes = next((axes for axes in alike if axes[0] == steps), None)
        if axes is None:
            epochs = np.array([places.get(step, np.nan) for step in steps])
            axes = (steps, np.array(steps, np.int64), epochs)
            alike.append(axes)
        try:
            series[name] = Series.made(name, axes[1], axes[2], np.array(values, np.float64))
        except OverflowError:  # an integer of more than 308 digits
            return None
    return series


def _without_epochs(found: Objects) -> Objects:
    """The rows by step alone: the engine of tables takes a lone fraction among whole epochs for damage.

    Where no row has a step, an epoch is all there is.
    """
    if not any("step" in row for row in found.objects):
        return found
    rows = [{name: value for name, value in row.items() if name != "epoch"} for row in found.objects]
    return Objects(found.lines, rows, found.notes)


def _with_epochs(series: Mapping[str, Series], found: Objects) -> dict[str, Series]:
    places: dict[float, float] = {}
    for row in found.objects:
        step, epoch = _number(row.get("step")), _number(row.get("epoch"))
        if step is not None and epoch is not None:
            places[step] = epoch
    made = {}
    for name, one in series.items():
        epochs = np.array([places.get(step, np.nan) for step in one.steps.tolist()], np.float64)
        made[name] = Series.made(name, one.steps, epochs, one.values)
    return made


def _number(value: Any) -> float | None:
    return float(value) if type(value) is float or (type(value) is int and abs(value) <= _MOST_STEP) else None


@lru_cache(maxsize=64)
def _hints(names: tuple[str, ...]) -> Mapping[str, Hint]:
    """What the Trainer's prefixes tell: ``eval_`` is before what evaluations find, nothing before what training logs.

    An evaluation set may itself be called train or test: ``eval_train_loss``.
    """
    hints: dict[str, Hint] = {}
    for name in names:
        if name.startswith(_EVAL):
            rest = take_apart(name.removeprefix(_EVAL))
            split: Split = rest.split or "val"
            hints[name] = Hint(split=split, why=f"the evaluation set is called {split}" if rest.split else "'eval_'")
        elif take_apart(name).split is None:
            hints[name] = Hint(split="train", why="no prefix: the Trainer logs it while training")
    return hints
