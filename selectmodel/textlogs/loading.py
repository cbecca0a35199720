"""A file as a table: a large one of plain numbers the quick way, any other the careful way."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import numpy as np

from selectmodel import progress
from selectmodel.errors import LogError, UsageError
from selectmodel.records import Floats
from selectmodel.sources import HEAD_BYTES, ReadOptions, Source, read_bytes, refuse_if_not_a_log
from selectmodel.textlogs import bulk, headers, tables
from selectmodel.textlogs.numbers import Cells, Column, of, parse
from selectmodel.textlogs.tables import Table


def load(source: Source, path: Path, label: str) -> Table:
    """One file of ``source`` as a table. Raises LogError with the reason if it is none, or holds no rows."""
    data = read_bytes(source, path)
    refuse_if_not_a_log(path, data[:1024])
    if bulk.pays(len(data)) and source.options.decimal == ".":
        found = _large(data, str(path), label, source.options)
        if found is not None:
            return found
    return tables.parse(data, str(path), label, source.options)


def _large(data: bytes, path: str, label: str, options: ReadOptions) -> Table | None:
    """What ``tables.parse`` gives for a long table of plain numbers, or None."""
    stop = data.rfind(b"\n") + 1
    cut = stop < len(data)
    shape = plain_header(data[:HEAD_BYTES], path, unnamed=True)
    if shape is None or (cut and (options.complete or not data[stop:].strip())):
        return None
    names, delimiter, start = shape
    found = bulk.table(memoryview(data)[start:stop], delimiter, len(names), _careful(data[:start], names, options))
    if found is None or found[0].shape[1] > tables.MAX_ROWS:
        return None
    values, present = found
    rows = values.shape[1]
    if headers.may_count_rows(names[0]) and not _counts(memoryview(data)[start:stop], delimiter, values[0]):
        return None
    columns = tuple(Cells(of(values[at], present[at]), _lookup(data, delimiter, at)) for at in range(len(names)))
    notes = (tables.cut_short(rows + 2, label),) if cut else ()
    lines = np.arange(2, rows + 2, dtype=np.int64)
    lines.setflags(write=False)
    return Table(path, label, names, columns, lines, notes=notes)


def plain_header(head: bytes, path: str, *, unnamed: bool = False) -> tuple[tuple[str, ...], str, int] | None:
    """The names in a first line in which nothing is out of the ordinary, the delimiter, and where the rows begin.

    ``unnamed`` allows a first column without a name, the row index that pandas writes.
    """
    line, newline, _ = head.partition(b"\n")
    text = line.removesuffix(b"\r").decode("utf-8", errors="replace")
    delimiters = [mark for mark in tables.DELIMITERS if mark in text]
    if not newline or len(delimiters) != 1 or not (text.isascii() and text.isprintable()) or '"' in text:
        return None
    try:
        names = tables.read_header(text.split(delimiters[0]), text, f"{path}:1")
    except LogError:
        return None
    if not all(names[unnamed:]) or len(set(names)) < len(names) or any(name.startswith("column ") for name in names):
        return None
    return names, delimiters[0], len(line) + 1


def _careful(header: bytes, names: tuple[str, ...], options: ReadOptions) -> bulk.Careful:
    """Reads some lines of a table as if they stood alone below its header.

    That gives what the whole table would only if each line is a row and nothing is told of any; a quoted cell that goes
    on in the next piece is not closed in this one.
    """

    def read(part: memoryview) -> list[Column] | None:
        lines = bytes(part)
        try:
            with progress.heard(lambda *_: None):
                found = tables.parse(header + lines, "", "", options)
        except (LogError, UsageError):
            return None
        rows = np.arange(2, lines.count(b"\n") + 2)
        if found.names != names or found.notes or found.headers or not np.array_equal(found.lines, rows):
            return None
        columns = [parse(column) for column in found.columns]
        return None if any(len(column.bad) or len(column.unwrapped) for column in columns) else columns

    return read


def _counts(body: memoryview, delimiter: str, numbers: Floats) -> bool:
    """Whether the first cell of each line is a whole number as one counts: "7", not "7.0" or "007"."""
    with np.errstate(invalid="ignore"):
        if not ((numbers >= 0) & (numbers < 1e9) & (numbers == np.floor(numbers))).all():
            return False
    data = np.frombuffer(body, np.uint8)
    starts = np.append(0, np.flatnonzero(data == ord("\n"))[:-1] + 1)
    digits = np.searchsorted(10 ** np.arange(1, 10), numbers, side="right") + 1
    return len(starts) == len(numbers) and bool((data[starts + digits] == ord(delimiter)).all())


def _lookup(data: bytes, delimiter: str, column: int) -> Callable[[int], str]:
    """The text of a row's cell, found by counting lines: only for messages."""

    def text(row: int) -> str:
        line = data.split(b"\n", row + 2)[row + 1].removesuffix(b"\r").decode("utf-8")
        return next(csv.reader([line], delimiter=delimiter))[column].strip()

    return text
