"""A file as a table: a large one of plain numbers the quick way, any other the careful way."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import BinaryIO

import numpy as np

from selectmodel import progress
from selectmodel.errors import LogError, UsageError
from selectmodel.files.opening import HEAD_BYTES, ReadOptions, Source, ends, in_parts, read_bytes, refuse_if_not_a_log
from selectmodel.readers.table import careful as tables
from selectmodel.readers.table import counters, fast, pandas_parser, text_rows
from selectmodel.readers.table.careful import Table
from selectmodel.readers.table.cells import Cells, Column, parse
from selectmodel.records import Ints, kept


@dataclass(frozen=True, slots=True)
class _Kept:
    """What was read of a table that grows: up to byte ``done``, below a header of this ``shape``."""

    shape: tuple[tuple[str, ...], str, int]
    done: int
    ends: tuple[bytes, bytes]
    begun: fast.Begun


def load(source: Source, path: Path, label: str) -> Table:
    """One file of ``source`` as a table. Raises LogError with the reason if it is none, or holds no rows."""
    known = source.memory.pop(path, None) if source.memory is not None else None
    found = in_parts(source, path, partial(_large, source, path, label, known if isinstance(known, _Kept) else None))
    if found is not None:
        table, read = found
        if source.memory is not None and read is not None:
            source.memory[path] = read
        return table
    data = read_bytes(source, path)
    refuse_if_not_a_log(path, data[:1024])
    return tables.parse(data, str(path), label, source.options)


def _large(
    source: Source, path: Path, label: str, known: _Kept | None, stream: BinaryIO, size: int
) -> tuple[Table, _Kept | None] | None:
    """What ``tables.parse`` gives for a long table of plain numbers, and what to keep of one that grows; or None.

    Of what was ``known`` nothing is read again.
    """
    options = source.options
    if not fast.pays(size, again=source.memory is not None) or options.decimal != ".":
        return None
    head = stream.read(HEAD_BYTES)
    shape = plain_header(head, str(path), unnamed=True)
    stream.seek(max(0, size - HEAD_BYTES))
    tail = stream.read(HEAD_BYTES)
    rest = tail[tail.rfind(b"\n") + 1 :]
    if shape is None or len(rest) == len(tail) or (rest and (options.complete or not rest.strip())):
        return None
    names, delimiter, start = shape
    if known is not None and (known.shape != shape or known.done > size or ends(stream, known.done) != known.ends):
        known = None
    begin = start if known is None else known.done
    begun = known.begun if known is not None else None if source.memory is None else fast.Begun(len(names))
    stream.seek(begin)
    careful = _careful(head[:start], names, options)
    form = pandas_parser.Form(delimiter, len(names), counters.may_count_rows(names[0]), careful)
    done = size - len(rest)
    found = fast.table(stream, done - begin, form, begun)
    if found is None:
        return None
    columns, last = found.columns, found.length + 2
    if not columns:
        raise LogError(f"{path}: no epochs logged yet{tables.unless_whole(last if rest else 0)}")
    if len(columns[0].present) > tables.MAX_ROWS:
        return None
    lines = kept(np.arange(2, last) if found.lines is None else found.lines + 2)
    lookups = (partial(_text, source, path, delimiter, lines, at, column) for at, column in enumerate(columns))
    cells = tuple(map(Cells, columns, lookups))
    notes = (tables.cut_short(last, label),) if rest else ()
    read = None if begun is None else _Kept(shape, done, ends(stream, done), begun)
    return Table(str(path), label, names, cells, lines, notes=notes), read


def plain_header(head: bytes, path: str, *, unnamed: bool = False) -> tuple[tuple[str, ...], str, int] | None:
    """The names in a first line in which nothing is out of the ordinary, the delimiter, and where the rows begin.

    ``unnamed`` allows a first column without a name, the row index that pandas writes.
    """
    line, newline, _ = head.partition(b"\n")
    text = line.removesuffix(b"\r").decode("utf-8", errors="replace")
    delimiters = [mark for mark in text_rows.DELIMITERS if mark in text]
    if not newline or len(delimiters) != 1 or not (text.isascii() and text.isprintable()) or '"' in text:
        return None
    try:
        names = tables.read_header(text.split(delimiters[0]), text, f"{path}:1")
    except LogError:
        return None
    if not all(names[unnamed:]) or len(set(names)) < len(names) or any(name.startswith("column ") for name in names):
        return None
    return names, delimiters[0], len(line) + 1


def _careful(header: bytes, names: tuple[str, ...], options: ReadOptions) -> pandas_parser.Careful:
    """Reads some lines of a table as if they stood alone below its header.

    That gives what the whole table would only if each line is a row and nothing is told of any; a quoted cell that goes
    on in the next piece is not closed in this one.
    """

    def read(lines: bytes) -> list[Column] | None:
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


def _text(source: Source, path: Path, delimiter: str, lines: Ints, column: int, numbers: Column, row: int) -> str:
    """The text of a row's cell, read once more: only for messages."""
    at = int(lines[row])
    line = list(islice(io.BytesIO(read_bytes(source, path)), at - 1, at))
    for cells in csv.reader([text.decode("utf-8", errors="replace") for text in line], delimiter=delimiter):
        text = cells[column].strip() if column < len(cells) else "?"
        if np.array_equal(parse([text]).values, numbers.values[row : row + 1], equal_nan=True):
            return text
    raise LogError(f"{path}: changed while it was read; is training rewriting it just now?")
