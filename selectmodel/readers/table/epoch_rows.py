"""A table with one row an epoch (or a step) as a Run: Keras CSV logs, pandas histories, fastai, timm, Ultralytics."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from selectmodel.display import numbers
from selectmodel.errors import LogError, UsageError
from selectmodel.files.opening import ROW, Source
from selectmodel.readers.table import axis as ticks
from selectmodel.readers.table import (
    counters,
    equal_columns,
    headers,
    long_rows,
    repeats,
    row_order,
    run_columns,
    segments,
)
from selectmodel.readers.table.careful import Table, spans
from selectmodel.readers.table.cells import Cells, Column, has_decimal_comma, is_clock, is_missing, parse
from selectmodel.readers.table.headers import tokens
from selectmodel.readers.table.load import load
from selectmodel.readers.table.row_parts import named_as_clock
from selectmodel.records import Bools, Ints, Note, Run, Series, frozen
from selectmodel.records import kept as read_only

_AT_ONCE = 1 << 16  # rows compared at once
_VALIDATION = frozenset(("val", "valid", "validation", "eval", "dev"))


def read(source: Source, form: str) -> Run:
    """The run of a file with one row an epoch; ``form`` names the format.

    Raises LogError if the file is no such table, ChoiceError if it holds several trainings and the last does not cover
    the others, UsageError where a flag is needed.
    """
    if len(source.paths) != 1:
        raise UsageError(f"{source.path}: {len(source.paths)} files cannot be read as one training; name one")
    return of_table(load(source, source.paths[0], source.paths[0].name), source, form)


def of_table(table: Table, source: Source, form: str) -> Run:
    """The run of a table that was read already; raises as :func:`read` does."""
    table = long_rows.widened(run_columns.of_one_run(table, source.part))
    table = table._replace(columns=counters.parsed(table.names, table.columns))
    index = source.options.index
    axis = counters.axis(table.names, table.columns, None if index == ROW else index)
    reason = headers.why_no_epochs(table.names, table.columns, axis)
    if not axis.known and not index and not headers.has_metric_words(table.names):
        listed = ", ".join(table.names[:8])
        reason = f"holds neither epochs nor a known metric (columns: {listed}); not a training log"
        reason += "; if a column counts epochs or steps: --index NAME"
    if reason:
        raise LogError(f"{table.path}: {reason}")
    table = _pointed(table, axis, source)
    placed = row_order.in_order(table, ticks.ticks_of(table, axis, source.options))
    taken = {*axis.taken, *counters.others(table.names, table.columns, axis)}
    names = [name or "column 1" for at, name in enumerate(table.names) if at not in taken]
    cells = [column for at, column in enumerate(table.columns) if at not in taken]
    columns = {name: parse(column, source.options.decimal) for name, column in zip(names, cells, strict=True)}
    texts = dict(zip(names, cells, strict=True))
    check_decimal(table, columns, texts, source)
    lost = refused(columns, placed.rows) if any(note.code == "SM104" for note in placed.notes) else Counter[str]()
    rows = repeats.settled(table, placed, columns, texts, source.options)
    placed, columns = rows.placed, dict(rows.columns)
    kept, notes = _kept(table, placed, columns, rows.segment)
    notes = (*rows.notes, *notes)
    columns, idle = _evaluated(table, columns, placed.rows[kept])
    series, left_out = _series(table, placed, kept, columns, texts)
    notes = (*table.notes, *headers_again(table), *placed.notes, *notes, *_gaps(table, placed, kept), *idle, *left_out)
    notes = (*notes, *equal_columns.notes(series, table.label))
    if not series:
        raise LogError(f"{table.path}: no column holds numbers to judge by (columns: {', '.join(table.names[:8])})")
    logged = {} if placed.logged is None else dict(enumerate(placed.logged[kept].tolist()))
    run = Run(source.name, str(source.path), form, series, placed.x_axis, notes=notes)
    return replace(run, logged_steps=logged, refused=lost) if logged or lost else run


def _pointed(table: Table, axis: counters.Axis, source: Source) -> Table:
    """The table, the commas of its epochs and steps as points where the user says that they are decimal marks."""
    counted = [at for at in axis.taken if not isinstance(table.columns[at], Cells)]
    found = {table.names[at]: parse(table.columns[at]) for at in counted}
    if not any(len(column.bad) for column in found.values()):
        return table
    check_decimal(table, found, {table.names[at]: table.columns[at] for at in counted}, source)
    if source.options.decimal != ",":
        return table
    columns = list(table.columns)
    for at in counted:
        columns[at] = tuple(cell.replace(",", ".") if has_decimal_comma(cell) else cell for cell in columns[at])
    return table._replace(columns=tuple(columns))


def refused(columns: Mapping[str, Column], placed: Ints) -> Counter[str]:
    """How many values of each metric stand in other rows than those (m,) that could be placed."""
    if not columns or len(next(iter(columns.values())).present) == len(placed):
        return Counter()
    return Counter({name: int(column.present.sum() - column.present[placed].sum()) for name, column in columns.items()})


def _kept(
    table: Table, placed: ticks.Ticks, columns: dict[str, Column], segment_asked: int | None
) -> tuple[Ints, tuple[Note, ...]]:
    """Positions in ``placed`` of the rows that count, ascending by label, and what was superseded."""
    timeless = {name: column for name, column in columns.items() if not named_as_clock(name)}

    def same(ones: Ints, others: Ints) -> Bools:
        alike = np.ones(len(ones), np.bool_)
        for column in timeless.values() if len(ones) else ():
            values = column.values
            for first in range(0, len(ones), _AT_ONCE):
                piece = slice(first, first + _AT_ONCE)
                left, right = values[placed.rows[ones[piece]]], values[placed.rows[others[piece]]]
                alike[piece] &= (left == right) | (np.isnan(left) & np.isnan(right))
        return alike

    lines = table.lines[ticks.inside(placed.rows, len(table.lines))]
    segment, notes = segments.choose(
        placed.labels,
        lines,
        same,
        asked=segment_asked,
        noun=placed.noun,
        path=table.path,
        label=table.label,
        going_on=repeats.going_on(placed, timeless),
    )
    kept, old = segments.latest(placed.labels[segment.rows])
    if segment.start:
        kept, old = kept + segment.start, old + segment.start
    if len(old):
        used = np.searchsorted(placed.labels[kept], placed.labels[old])
        differs = not same(old, kept[used]).all()
        twice = np.zeros(len(kept), np.bool_)
        twice[used] = True
        whole = placed.labels[kept[twice]].astype(np.int64)
        again = spans(whole[np.flatnonzero(np.diff(whole, prepend=-1))], placed.noun)
        message = f"{again} logged more than once; " + (
            "the later rows were used" if differs else "the rows hold the same values"
        )
        stale = placed.labels[kept][placed.labels[kept] > placed.labels[segment.stop - 1]]
        if differs and len(stale):
            message += f"; left from before the resume: {spans(stale.astype(np.int64), placed.noun)}"
        where = f"{table.label}:{lines[old[0]]}"
        notes += (Note("SM105", message, where, level="warn" if differs else "note", degrades=differs, anew=differs),)
    return kept, notes


def _series(
    table: Table, placed: ticks.Ticks, kept: Ints, columns: dict[str, Column], texts: dict[str, Sequence[str]]
) -> tuple[dict[str, Series], list[Note]]:
    """The series of every column that holds numbers, and notes of what does not."""
    inside = ticks.inside(kept, len(placed.rows))
    rows, epochs = placed.rows[inside], read_only(placed.epochs[inside])
    steps = frozen(placed.labels[inside] if placed.x_axis != "row" else np.arange(len(kept)), np.int64)
    series: dict[str, Series] = {}
    notes: list[Note] = []
    empty: list[str] = []
    others: list[str] = []
    for name, column in columns.items():
        present = column.present[rows]
        bad = np.intersect1d(column.bad, rows, assume_unique=True) if len(column.bad) else column.bad
        if present.all() and len(rows):
            series[name] = Series.made(name, steps, epochs, column.at(rows))
        elif present.any():
            series[name] = Series.made(name, steps[present], epochs[present], column.at(rows[present]))
        if name in series:
            notes += cell_notes(table, name, column, rows, texts[name])
        elif not len(bad):
            empty.append(name)
        else:
            others.append(name)
    notes += text_notes(table, {name: texts[name] for name in others})
    return series, notes + _empty_notes(table, empty, series)


def cell_notes(table: Table, name: str, column: Column, rows: Ints, texts: Sequence[str]) -> list[Note]:
    """Notes of the cells of a metric in ``rows`` (m,) that were unwrapped, and of those that are not numbers."""
    if not len(column.bad) and not len(column.unwrapped):
        return []
    notes = []
    bad = np.intersect1d(column.bad, rows, assume_unique=True)
    unwrapped = np.intersect1d(column.unwrapped, rows, assume_unique=True)
    if len(unwrapped):
        first = texts[unwrapped[0]][:40]
        value = numbers.number(column.values[unwrapped[0]])
        cells = f"{len(unwrapped)} cells such as {first} were" if len(unwrapped) > 1 else f"the cell {first} was"
        message = f"{name}: {cells} unwrapped, to {value}"
        notes.append(Note("SM110", message, f"{table.label}:{table.lines[unwrapped[0]]}"))
    if len(bad):
        message = (
            f"{name}: {len(bad)} of {len(rows)} cells are not numbers (first: {texts[bad[0]][:40]!r}); "
            "these epochs have no value"
        )
        where = f"{table.label}:{table.lines[bad[0]]}"
        notes.append(Note("SM109", message, where, level="warn", degrades=True))
    return notes


def text_notes(table: Table, texts: dict[str, Sequence[str]]) -> list[Note]:
    """One note of the columns without any number; durations such as fastai's 00:12 need none."""
    parts, metrics = [], []
    for name, cells in texts.items():
        filled = [cell for cell in cells if not is_missing(cell)]
        if all(map(is_clock, filled)):
            continue
        if filled[0].strip("\"'").startswith(("[", "(")):
            parts.append(f"{name} (lists, not single numbers)")
        elif headers.has_metric_words([name]) and re.match("[+-]?[0-9]", filled[0]):
            metrics.append(f"{name} (text, such as {filled[0][:40]!r})")
        else:
            parts.append(f"{name} (text)")
    notes = (
        [Note("SM111", f"no plain numbers in {', '.join(metrics)}; left out", table.label, "warn")] if metrics else []
    )
    return notes + ([Note("SM111", f"no plain numbers in {', '.join(parts)}; left out", table.label)] if parts else [])


def _empty_notes(table: Table, empty: list[str], series: dict[str, Series]) -> list[Note]:
    """A validation that never ran must not pass unseen; another empty column may."""
    validation = [name for name in empty if _VALIDATION.intersection(tokens(name))]
    if not validation or any(_VALIDATION.intersection(tokens(name)) for name in series):
        return [Note("SM111", f"no values in {', '.join(empty)}; left out", table.label)] if empty else []
    message = f"no validation data: {', '.join(validation[:6])} hold no value in any row (NA)"
    return [Note("SM112", message, table.label, level="warn")]


def blanked_together(names: Sequence[str]) -> list[str]:
    """The metrics that Ultralytics writes as zeros in an epoch not evaluated; none where it is not the writer."""
    families = [[name for name in names if name.startswith(prefix)] for prefix in ("metrics/", "val/")]
    return [*families[0], *families[1]] if all(families) else []


def _evaluated(table: Table, columns: dict[str, Column], rows: Ints) -> tuple[dict[str, Column], tuple[Note, ...]]:
    """Takes out the zeros that Ultralytics writes, with val=False, for every metric of an epoch not evaluated."""
    names = blanked_together(tuple(columns))
    if not names:
        return columns, ()
    zero = np.logical_and.reduce([columns[name].present & (columns[name].values == 0) for name in names])
    lost = np.sort(rows[zero[rows]])
    if not len(lost):
        return columns, ()
    blanked = {}
    for name in names:
        column = columns[name]
        blanked[name] = column._replace(numbers=column.numbers[~zero[column.present]], present=column.present & ~zero)
    message = f"{table.at(lost)}: metrics/* and val/* are all exactly 0, so these epochs were not evaluated (val=False)"
    return {**columns, **blanked}, (Note("SM113", message, f"{table.label}:{table.lines[lost[0]]}", level="warn"),)


def _gaps(table: Table, placed: ticks.Ticks, kept: Ints) -> tuple[Note, ...]:
    """Epochs that are absent between logged ones; a log at a constant stride has no gap."""
    if placed.x_axis != "epoch" or len(kept) < 3:
        return ()
    epochs = placed.labels[ticks.inside(kept, len(placed.rows))]
    strides = np.diff(epochs)
    wide = np.flatnonzero(strides > strides.min())
    if not len(wide):
        return ()
    gaps = ", ".join(f"between {numbers.label(epochs[at])} and {numbers.label(epochs[at + 1])}" for at in wide[:4])
    more = ", …" if len(wide) > 4 else ""
    where = f"{table.label}:{table.lines[placed.rows[kept[wide[0] + 1]]]}"
    return (Note("SM108", f"epochs are missing {gaps}{more}", where, level="warn"),)


def headers_again(table: Table) -> tuple[Note, ...]:
    """The note of repeated header lines."""
    if not table.headers:
        return ()
    message = f"{spans(list(table.headers), 'line')}: the header again; skipped"
    return (Note("SM107", message, f"{table.label}:{table.headers[0]}"),)


def check_decimal(table: Table, columns: dict[str, Column], texts: dict[str, Sequence[str]], source: Source) -> None:
    """Raises UsageError that names ``--decimal ,`` if a cell would be a number with a decimal comma."""
    if source.options.decimal == ",":
        return
    for name, column in columns.items():
        for row in column.bad.tolist():
            if has_decimal_comma(texts[name][row]):
                raise UsageError(
                    f"{table.path}:{table.lines[row]}: {name} is {texts[name][row]}; "
                    "if the comma is the decimal mark: --decimal ,"
                )
