"""A ``log_history`` as a Run: training and evaluation rows of a step are one place, its summary row is no metric.

Steps order the rows; the epoch is a fraction that only labels them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import chain
from typing import Any, NamedTuple

import numpy as np

from selectmodel.errors import LogError
from selectmodel.files.opening import Source
from selectmodel.metrics.words import take_apart
from selectmodel.readers.objects import as_run
from selectmodel.readers.objects.json_text import Objects
from selectmodel.readers.table.careful import spans
from selectmodel.records import Floats, Hint, Ints, Note, Run, Series, Split

#: What train() says of itself when it ends; ``train_loss`` is the mean over the whole run.
_SUMMARY = frozenset(
    ("train_runtime", "train_samples_per_second", "train_steps_per_second", "total_flos", "train_loss")
)
_CLOCKS = ("_runtime", "_per_second", "_compilation_time", "_preparation_time")
_MOST_STEP = 2**53
_EVAL = "eval_"


def run(found: Objects, source: Source, form: str, *, label: str, place: str = "row") -> Run:
    """The run of the rows of a log_history; ``form`` names the format, ``label`` the file in notes.

    ``place`` is what ``found.lines`` count. Raises LogError where no row is of the fit, and as objects.as_run.run does.
    """
    kept, kinds, notes = _fit(found, label, place)
    if not kept.objects:
        beside = " but its summary" if found.objects else ""
        raise LogError(f"{source.path}: no epochs logged yet: nothing of the training{beside} is in {label}")
    options = source.options
    series = None if options.segment or options.index else _plain(kept.objects, kinds)
    if series is not None:
        hints, notes = _hints(tuple(series)), (*kept.notes, *notes)
        return Run(source.name, str(source.path), form, series, "step", hints, notes=notes)
    made = as_run.run(_by_step(kept), source, form, label=label, place=place)
    known = _with_epochs(made.series, kept) if made.x_axis == "step" else made.series
    return replace(made, series=known, hints=_hints(tuple(known)), notes=(*made.notes, *notes))


def is_summary(row: Mapping[str, Any]) -> bool:
    """Whether a row is what train() says of itself when it ends."""
    return _kind(tuple(row)).closes


def is_clock(name: str) -> bool:
    """Whether a name is that of a duration, of throughput or of work done: no metric."""
    return name.endswith(_CLOCKS) or name == "total_flos"


class _Kind(NamedTuple):
    """What rows of these names are: the summary of a fit, an evaluation, training; ``metrics`` are no clocks."""

    closes: bool
    evaluates: bool
    trains: bool
    metrics: tuple[str, ...]


@lru_cache(maxsize=256)
def _kind(names: tuple[str, ...]) -> _Kind:
    evaluates = any(name.startswith(_EVAL) for name in names)
    metrics = tuple(name for name in names if not is_clock(name) and name != "step")
    return _Kind(len(_SUMMARY.intersection(names)) > 1, evaluates, "loss" in names, metrics)


#: Names of a row → which rows have just these.
_Kinds = Mapping[tuple[str, ...], Sequence[int]]


def _fit(found: Objects, label: str, place: str) -> tuple[Objects, _Kinds, tuple[Note, ...]]:
    """The rows of the fit: without the summary, and without evaluate() after it where the fit was evaluated too.

    That evaluation stands at the last step and is often of the best model, loaded at the end.
    """
    rows, kinds = found.objects, _alike(found.objects)
    if any(_kind(names).closes and _kind(names).evaluates for names in kinds):  # in a table each row has every name
        rows = [{name: value for name, value in row.items() if value is not None} for row in rows]
        kinds = _alike(rows)
    first = min((at[0] for names, at in kinds.items() if _kind(names).closes), default=len(rows))
    if first == len(rows):
        return found._replace(objects=rows), kinds, ()
    evaluated = any(_kind(names).evaluates and at[0] < first for names, at in kinds.items())
    kept, late, ended = list(range(first)), [], False
    for at in range(first, len(rows)):
        kind = _kind(tuple(rows[at]))
        if kind.evaluates and ended and evaluated:
            late.append(at)
        elif not kind.closes:
            kept.append(at)
        # A row of training after the summary is of train() once more.
        ended = kind.closes or (ended and (kind.evaluates or not kind.trains))
    fit = Objects([found.lines[at] for at in kept], [rows[at] for at in kept], found.notes)
    if len(kept) > first:
        kinds = _alike(fit.objects)
    else:
        kinds = {names: [at for at in places if at < first] for names, places in kinds.items() if places[0] < first}
    if not late:
        return fit, kinds, ()
    where = spans([found.lines[at] for at in late], place) if len(late) > 1 else f"{place} {found.lines[late[0]]}"
    message = f"{where}: written after the fit by evaluate(); not an evaluation of the training"
    return fit, kinds, (Note("SM115", message, f"{label}:{found.lines[late[0]]}"),)


def _plain(rows: Sequence[Mapping[str, Any]], kinds: _Kinds) -> dict[str, Series] | None:
    """The series of rows that are ordinary in every respect; None where the engine of tables must look closer."""
    steps: list[Any] = [row.get("step") for row in rows]
    if {*map(type, steps)} != {int} or min(steps) < 0 or max(steps) > _MOST_STEP:
        return None
    points: dict[str, list[tuple[Sequence[int], list[Any]]]] = {}
    for names, members in kinds.items():
        alike = [rows[at] for at in members]
        for name in _kind(names).metrics:
            values = [row[name] for row in alike]
            if not {*map(type, values)} <= {float, int}:
                return None
            points.setdefault(name, []).append((members, values))
    epochs = np.full(len(rows), np.nan)
    try:
        for members, values in points.pop("epoch", ()):
            epochs[members] = values
        return _series(points, np.array(steps, np.int64), epochs) if points else None
    except OverflowError:  # an integer of more than 308 digits
        return None


def _alike(rows: Sequence[Mapping[str, Any]]) -> dict[tuple[str, ...], list[int]]:
    kinds: dict[tuple[str, ...], list[int]] = {}
    for at, names in enumerate(map(tuple, rows)):
        kinds.setdefault(names, []).append(at)
    return kinds


def _series(
    points: Mapping[str, Sequence[tuple[Sequence[int], list[Any]]]], steps: Ints, epochs: Floats
) -> dict[str, Series] | None:
    """Series of points (rows, values); metrics that are logged together share the arrays of their places.

    None where the steps of a metric do not rise. Raises OverflowError where a value is no double.
    """
    places: dict[int, tuple[Ints, Floats] | None] = {}
    series = {}
    for name, parts in points.items():
        rows, values = parts[0]
        if len(parts) > 1:
            ordered = sorted(chain.from_iterable(zip(*part, strict=True) for part in parts))
            rows, values = [at for at, _ in ordered], [value for _, value in ordered]
        axes = places.get(id(rows)) if len(parts) == 1 else None
        if axes is None:
            axes = steps[rows], epochs[rows]
            if (axes[0][1:] <= axes[0][:-1]).any():
                return None
            if len(parts) == 1:
                places[id(rows)] = axes
        series[name] = Series.made(name, *axes, np.array(values, np.float64))
    return series


def _by_step(found: Objects) -> Objects:
    """The rows without clocks, and by step alone: the engine of tables takes a lone fraction of an epoch for damage.

    Where no row has a step, an epoch is all there is.
    """
    left_out = {"epoch"} if any("step" in row for row in found.objects) else set()
    rows = [
        {name: value for name, value in row.items() if name not in left_out and not is_clock(name)}
        for row in found.objects
    ]
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
