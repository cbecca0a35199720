"""Lightning CSVLogger ``metrics.csv``: sparse rows with ``step`` and ``epoch``, one epoch spread over many.

Written by: lightning.pytorch.loggers.CSVLogger (pytorch_lightning 1.x and 2.x); hparams.yaml beside it is never read.
Unit: the validation event, that is the step of a validation row; several in one epoch stay apart. Values are never
averaged or summed: of two values of a metric at one step the one written last counts.
Steps: those of the log; the checkpoint of step s is named ``step=s+1``.
After the fit: validation rows past the last training epoch are those of validate() or test(), not epochs.
Resume: Lightning writes a resumed fit to the next ``version_N``; several paths are joined in order.
Source: lightning/fabric/loggers/csv_logs.py.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np

from selectmodel.display import numbers
from selectmodel.errors import ChoiceError, LogError
from selectmodel.files.opening import Source
from selectmodel.readers.table import axis as ticks
from selectmodel.readers.table import (
    blank_cells,
    careful,
    counters,
    epoch_rows,
    equal_columns,
    headers,
    preview,
    row_kinds,
    segments,
    sparse_points,
    sparse_rows,
    split_files,
)
from selectmodel.readers.table.axis import in_parts, start_over, whole
from selectmodel.readers.table.careful import Table
from selectmodel.readers.table.cells import has_decimal_comma, parse
from selectmodel.readers.table.load import load
from selectmodel.readers.table.sparse_points import MetricPlaces, MetricPoints
from selectmodel.records import Floats, Hint, Ints, Note, Run, Series

FORMAT = "lightning_csv"
FILES = ("*.csv", "*.tsv", "*.log", "*.txt")
SAME_NAMES = ("metrics.csv",)
FRAMEWORK = "lightning"
FIRST_OF_EQUALS = True
STEPS_AHEAD = True
EXAMPLES = (
    (
        b"epoch,step,train_loss,val_loss\n0,9,,1.5\n0,9,0.5,\n1,19,,1.25\n1,19,0.2,\n2,29,,1.75\n2,29,0.1,\n",
        (0, 1, 2),
    ),
)
_MOST = 2.0**53
#: Odd cells that are looked at.
_SEEN = 100
#: The format of a table that only looks like one of Lightning's.
_OTHER = "generic_csv"


class _File(NamedTuple):
    label: str
    points: dict[str, MetricPoints]
    hints: dict[str, Hint]
    notes: tuple[Note, ...]
    refused: Counter[str]


def sniff(path: Path, head: bytes) -> float:
    """0.95 for a comma-separated header with ``step`` and ``epoch``, 0.6 with ``step`` and hp_metric, else 0."""
    return 0.0 if split_files.has_partner(path, head) else _claim(preview.outline(head))


@lru_cache(maxsize=64)
def _claim(outline: bytes) -> float:
    table = preview.preview(outline)
    if table is None or "step" not in table.names or len(table.names) < 2 or row_kinds.is_long(table):
        return 0.0
    if "epoch" in table.names:
        return 0.95 if len(table.names) > 2 else 0.0
    return 0.6 if "hp_metric" in table.names else 0.0


def read(source: Source) -> Run:
    """The run of one version, or of several joined in the order given.

    Raises LogError if a file is no such log or holds no rows, ChoiceError if the versions overlap.
    """
    several = len(source.paths) > 1
    files = []
    for path in source.paths:
        table = load(source, path, f"{path.parent.name}/{path.name}" if several else path.name)
        table = table._replace(columns=counters.parsed(table.names, table.columns))
        if not several and _of_another(table, source):
            return epoch_rows.of_table(table, source, _OTHER)
        files.append(_read_file(source, table))
    points = dict(files[0].points)
    hints = dict(files[0].hints)
    notes = [note for file in files for note in file.notes]
    for earlier, later in pairwise(files):
        _check_order(source, earlier, later)
        for name, more in later.points.items():
            points[name] = sparse_points.joined(points[name], more) if name in points else more
        hints = {**later.hints, **hints}
    if several:
        labels = ", ".join(file.label for file in files)
        notes.append(Note("SM117", f"{labels} were joined as one training", source.path.name, anew=True))
    series, x_axis, more_notes = sparse_points.series_of(points, source.path.name)
    more_notes += equal_columns.notes(series, source.path.name)
    if not series:
        raise LogError(f"{source.path}: no epochs logged yet: no column holds a number besides epoch and step")
    refused = sum((file.refused for file in files), Counter[str]())
    every_note = (*notes, *more_notes)
    return Run(source.name, str(source.path), FORMAT, series, x_axis, hints, notes=every_note, refused=refused)


def _of_another(table: Table, source: Source) -> bool:
    """Whether Lightning has not written a table, or the user says which of its columns counts.

    Lightning counts whole epochs, and its steps go on from one epoch to the next.
    """
    if source.options.index is not None:
        return True
    if not {"epoch", "step"} <= set(table.names):
        return False
    cells = table.columns[table.names.index("epoch")]
    column = parse(cells)
    if any(has_decimal_comma(cells[row]) for row in column.bad[:_SEEN].tolist()):
        return True
    epochs, steps = column.values, parse(table.columns[table.names.index("step")]).values
    return bool(in_parts(epochs, with_steps=True).any()) or start_over(epochs, steps) or _of_ranks(table, epochs, steps)


def _of_ranks(table: Table, epochs: Floats, steps: Floats) -> bool:
    """Whether most steps have several rows, one below the other, that say of one metric different things."""
    again = (epochs[1:] == epochs[:-1]) & (steps[1:] == steps[:-1])
    if not len(steps) or 3 * np.count_nonzero(again) < len(steps):
        return False
    groups = np.cumsum(np.append(True, ~again))
    differ: set[int] = set()
    for name, cells in zip(table.names, table.columns, strict=True):
        if headers.has_metric_words([name]):
            values = parse(cells).values
            with np.errstate(invalid="ignore"):
                odd = again & (np.abs(values[1:] - values[:-1]) > 0)
            differ.update(groups[1:][odd].tolist())
    return len(differ) >= 2 and 2 * len(differ) >= groups[-1]


def continues(earlier: Run, later: Run) -> bool:
    """Whether ``later`` goes on where ``earlier`` stopped, as a resumed fit in the next version does."""
    before, after = _extent(earlier.series), _extent(later.series)
    if before is None or after is None:
        return False
    return before[2] < after[1] and before[3] <= after[0] <= before[3] + 1 and after[0] > 0


def _extent(series: Mapping[str, Series] | Mapping[str, MetricPoints]) -> tuple[float, int, int, float] | None:
    """First epoch, first step, last step, last epoch of a fit: rows of test() and rows without an epoch aside."""
    fit = [found for name, found in series.items() if sparse_rows.split_of(name) != "test"]
    epochs = np.concatenate([found.epochs for found in fit] or [np.array([])])
    steps = np.concatenate([found.steps for found in fit] or [np.array([], dtype=np.int64)])[np.isfinite(epochs)]
    epochs = epochs[np.isfinite(epochs)]
    if not len(epochs):
        return None
    return float(epochs.min()), int(steps.min()), int(steps.max()), float(epochs.max())


def _check_order(source: Source, earlier: _File, later: _File) -> None:
    before, after = _extent(earlier.points), _extent(later.points)
    if before is None or after is None or after[0] < before[3] or after[1] <= before[2]:
        choices = [f"--run {Path(file.label).parent}" for file in (earlier, later)]
        message = f"{source.path}: {later.label} does not go on where {earlier.label} stops; name one:"
        raise ChoiceError(message, choices)


def _read_file(source: Source, table: Table) -> _File:
    if "step" not in table.names:
        raise LogError(f"{table.path}: has no column 'step', which Lightning always writes")
    texts = dict(zip(table.names, table.columns, strict=True))
    steps, epochs, rows, notes = _placed(table, texts)
    placed = rows
    rows, more_notes = _one_training(source, table, steps, epochs, rows)
    notes += more_notes
    axis = counters.Axis(step=table.names.index("step"))
    counting = counters.others(table.names, table.columns, axis)
    no_metrics = {table.names[at] for at in (*counters.axis(table.names, table.columns).unnamed, *counting)}
    metrics = {name: cells for name, cells in texts.items() if name not in {"step", "epoch", *no_metrics}}
    columns = {name: parse(cells, source.options.decimal) for name, cells in metrics.items()}
    epoch_rows.check_decimal(table, columns, texts, source)
    inside = ticks.inside(rows, len(steps))
    filled = {name: column.present[inside] for name, column in columns.items()}
    found = sparse_rows.layout(filled, epochs[inside], steps[inside])
    places = MetricPlaces(steps, epochs, None if isinstance(inside, slice) else rows)
    points: dict[str, MetricPoints] = {}
    words: dict[str, Sequence[str]] = {}
    cell_notes: list[Note] = []
    for name, column in columns.items():
        is_test = "test" in (sparse_rows.split_of(name), found.hints.get(name, Hint()).split)
        dropped = found.after_fit if sparse_rows.split_of(name) else found.after_fit | found.foreign
        place = places.where(filled[name] if is_test else filled[name] & ~dropped)
        if len(place.rows):
            points[name] = MetricPoints(place.steps, place.epochs, column.at(place.rows))
        if filled[name].any():
            cell_notes += epoch_rows.cell_notes(table, name, column, rows, texts[name])
        elif len(column.bad):
            words[name] = texts[name]
    points = blank_cells.told_by_step(points)
    after = _after_fit_notes(table, rows, found, epochs)
    cell_notes += blank_cells.valueless(table, columns.values(), rows)
    cell_notes += blank_cells.epochless(points, table.label)
    cell_notes += epoch_rows.text_notes(table, words)
    return _File(
        table.label,
        points,
        dict(found.hints),
        (*table.notes, *epoch_rows.headers_again(table), *notes, *after, *cell_notes),
        epoch_rows.refused(columns, placed),
    )


def _placed(table: Table, texts: dict[str, Sequence[str]]) -> tuple[Ints, Floats, Ints, tuple[Note, ...]]:
    """Steps (n,), epochs (n,) with NaN where blank, the rows that have a step, and a note of those that do not."""
    steps, usable = whole(parse(texts["step"]), _MOST)
    if "epoch" in texts:
        column = parse(texts["epoch"])
        epochs, placed = whole(column, _MOST)
        blank = ~column.present
        blank[column.bad] = False
        usable &= placed | blank
    else:
        epochs = np.full(len(steps), np.nan)
    lost = np.flatnonzero(~usable)
    if not len(lost):
        return steps.astype(np.int64), epochs, np.arange(len(steps)), ()
    whole_steps = np.where(usable, steps, 0).astype(np.int64)
    count = f"{len(lost)} of {len(steps)} rows refused"
    message = f"{table.at(lost)}: epoch or step is not a whole number from 0 on; {count}"
    if len(lost) == len(steps):
        raise LogError(f"{table.path}: {message}")
    where = f"{table.label}:{table.lines[lost[0]]}"
    note = Note("SM104", message, where, level="warn", degrades=True)
    return whole_steps, epochs, np.flatnonzero(usable), (note,)


def _one_training(
    source: Source, table: Table, steps: Ints, epochs: Floats, rows: Ints
) -> tuple[Ints, tuple[Note, ...]]:
    """The rows of one training where one file holds several; of a repeated epoch the rows written last."""
    labels = epochs if len(rows) == len(epochs) else epochs[rows]
    noun = "epoch" if np.isfinite(labels).any() else "step"
    labels = labels if noun == "epoch" else steps[rows].astype(float)
    known = np.flatnonzero(np.isfinite(labels))
    inside = labels[known]
    if (inside[1:] >= inside[:-1]).all():
        return rows, ()
    starts = known[np.flatnonzero(np.append(True, inside[1:] != inside[:-1])[: len(known)])]
    if np.all(np.diff(labels[starts]) > 0):
        return rows, ()
    chosen, more = segments.choose(
        labels[starts],
        table.lines[rows[starts]],
        lambda ones, others: np.zeros(len(ones), np.bool_),
        asked=source.options.segment,
        noun=noun,
        path=table.path,
        label=table.label,
    )
    stops = np.append(starts[1:], len(rows))
    kept, old = segments.latest(labels[starts[chosen.rows]])
    if len(old):
        again = careful.spans(sorted({int(labels[starts[at + chosen.start]]) for at in old}), noun)
        where = f"{table.label}:{table.lines[rows[starts[old[0] + chosen.start]]]}"
        message = f"{again} logged more than once; the later rows were used"
        more += (Note("SM105", message, where, level="warn", degrades=True, anew=True),)
    parts = [rows[starts[at] : stops[at]] for at in (kept + chosen.start).tolist()]
    return np.concatenate(parts), more


def _after_fit_notes(table: Table, rows: Ints, found: sparse_rows.Layout, epochs: Floats) -> tuple[Note, ...]:
    late = rows[found.after_fit]
    if not len(late):
        return ()
    labels = [numbers.label(epoch) for epoch in sorted({*epochs[late][np.isfinite(epochs[late])].tolist()})]
    under = f" (epoch {', '.join(labels[:4])})" if labels else ""
    message = f"{table.at(late)}{under}: written after the fit by validate() or test(); not an epoch of the training"
    return (Note("SM115", message, f"{table.label}:{table.lines[late[0]]}"),)
