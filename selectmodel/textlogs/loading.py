"""A file as a table: a large one of plain numbers the quick way, any other the careful way."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from selectmodel.errors import LogError
from selectmodel.sources import HEAD_BYTES, ReadOptions, Source, read_bytes, refuse_if_not_a_log
from selectmodel.textlogs import bulk, tables
from selectmodel.textlogs.numbers import Cells, of
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
    shape = plain_header(data[:HEAD_BYTES], path)
    if shape is None or (cut and (options.complete or not data[stop:].strip())):
        return None
    names, delimiter, start = shape
    values = bulk.matrix(memoryview(data)[start:stop], delimiter, len(names))
    if values is None or values.shape[1] > tables.MAX_ROWS:
        return None
    rows = values.shape[1]
    columns = tuple(Cells(of(column), _lookup(data, delimiter, at)) for at, column in enumerate(values))
    notes = (tables.cut_short(rows + 2, label),) if cut else ()
    lines = np.arange(2, rows + 2, dtype=np.int64)
    lines.setflags(write=False)
    return Table(path, label, names, columns, lines, notes=notes)


def plain_header(head: bytes, path: str) -> tuple[tuple[str, ...], str, int] | None:
    """The names in a first line in which nothing is out of the ordinary, the delimiter, and where the rows begin."""
    line, newline, _ = head.partition(b"\n")
    text = line.removesuffix(b"\r").decode("utf-8", errors="replace")
    delimiters = [mark for mark in tables.DELIMITERS if mark in text]
    if not newline or len(delimiters) != 1 or not (text.isascii() and text.isprintable()) or '"' in text:
        return None
    try:
        names = tables.read_header(text.split(delimiters[0]), text, f"{path}:1")
    except LogError:
        return None
    if not all(names) or len(set(names)) < len(names):
        return None
    return names, delimiters[0], len(line) + 1


def _lookup(data: bytes, delimiter: str, column: int) -> Callable[[int], str]:
    """The text of a row's cell, found by counting lines: only for messages."""

    def text(row: int) -> str:
        line = data.split(b"\n", row + 2)[row + 1]
        return line.removesuffix(b"\r").decode("ascii").split(delimiter)[column]

    return text
