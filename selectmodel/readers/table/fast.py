"""Large or joined tables of plain numbers, parsed by pandas' C parser: some thirty times as fast as the careful way.

The careful way (careful.py, cells.py) says what a log holds; this one may only say the same or nothing. So the bytes
are counted first: nothing but the characters of plain numbers, empty cells and ``NA``, and as many delimiters as the
rows need. pandas then refuses rows that are too long and cells that are no numbers, and with the right number of
delimiters no row can be too short. Whatever does not pass is left to the careful way: the few lines around a NaN or a
quoted cell, if they can be read by themselves, else the whole table.

A log is read, counted and parsed in parts that stay in the processor's cache, and is never in memory as a whole: fresh
memory for it would cost more than the reading, and parts four times as long take pandas twice the time.

pandas is imported late: it costs as much as reading some eight megabytes the careful way.
"""

from __future__ import annotations

import io
import os
import sys
from collections import deque
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

import numpy as np

from selectmodel import progress
from selectmodel.readers.table import pandas_parser
from selectmodel.readers.table.cells import Column
from selectmodel.readers.table.growing import Growing, keep_memory
from selectmodel.readers.table.pandas_parser import Form, Parser
from selectmodel.records import Floats, Ints

if TYPE_CHECKING:
    from concurrent.futures import Future

#: Where importing pandas begins to pay, and using it where it was imported already.
BYTES = 8 * 1024 * 1024
_BYTES_IF_IMPORTED = 256 * 1024
_PART = 1024 * 1024
_BLOCK = 256 * 1024  # of a part, counted at once: what is made of it stays in the nearer cache
_SMALL_PART = 16 * 1024  # of a block in which not all is plain
_LONGEST = 1024 * 1024  # bytes of a line: whether a longer one is a row, only the whole log can tell
_WORKERS = 4
_NEWLINE, _RETURN = ord("\n"), ord("\r")
#: Of each byte, whether a line of nothing but these is blank.
_BLANK = np.isin(np.arange(256), list(b" \t\n\r\f\v"))


class Rows(NamedTuple):
    """The ``columns`` of the rows; none where there are no rows. ``lines`` (rows,) counts from 0, blank lines too.

    ``length`` is how many lines there are; ``lines`` is None where none of them is blank.
    """

    columns: list[Column]
    lines: Ints | None
    length: int


def pays(size: int, *, again: bool = False) -> bool:
    """Whether a table of ``size`` bytes is read sooner this way; ``again``: it grows and will be looked at again."""
    return size >= (min(BYTES, _BYTES_IF_IMPORTED) if again or "pandas" in sys.modules else BYTES)


def matrix(body: bytes, delimiter: str, width: int) -> Floats | None:
    """(width, rows) the cells of lines that each end with a newline, NaN where one is empty or NA.

    None if anything is out of the ordinary: only the careful way can tell what it is.
    """
    if width < 2 or not len(body):
        return None
    if "pandas" not in sys.modules:  # where every cell is filled, numpy alone is nearly as fast
        found = _short(body, delimiter, width)
        if found is not None or len(body) < BYTES:
            return found
    parsed = table(io.BytesIO(body), len(body), Form(delimiter, width))
    if parsed is None or not parsed.columns or parsed.lines is not None:
        return None
    return np.array([column.values for column in parsed.columns])


class Begun:
    """The rows of a table that grows, as far as they were read."""

    def __init__(self, width: int) -> None:
        self.growing = [Growing() for _ in range(width)]
        self.filled: list[Ints | None] = []
        self.lengths: list[int] = []

    def rows(self) -> Rows:
        columns = [own.column() for own in self.growing if own.present.count]
        return Rows(columns, _lines(self.filled, self.lengths), sum(self.lengths))


def table(stream: BinaryIO, size: int, form: Form, begun: Begun | None = None) -> Rows | None:
    """The rows in the next ``size`` bytes, below those that were ``begun``, which are added to.

    None if there are lines that are not plain, and the careful way has no answer for them either.
    """
    from concurrent.futures import ThreadPoolExecutor  # with its logging it costs a short command some milliseconds

    pandas_parser.precision()  # imports pandas before the threads need it
    keep_memory()
    workers = min(_WORKERS, os.cpu_count() or 1)
    own = begun or Begun(form.width)
    waiting: deque[tuple[int, Future[_Part | None]]] = deque()
    given = read = 0
    parser = Parser(form)
    with ThreadPoolExecutor(workers) as pool:
        for part in _parts(stream, size, _PART):
            given += len(part)
            waiting.append((given, pool.submit(_rows, part, form, parser)))
            while waiting and (len(waiting) > workers or given == size):
                read, future = waiting.popleft()
                found = future.result()
                if found is None:
                    return None
                share = read / size if begun is None else 0.5 * read / size  # as much again may come
                for piece in found.pieces:
                    for column, more in zip(own.growing, piece, strict=True):
                        column.add(more, share)
                own.filled.append(found.filled)
                own.lengths.append(found.length)
                progress.tell("MB", read / 1e6, size / 1e6)
    return own.rows() if read == size else None


def _lines(filled: Sequence[Ints | None], lengths: Sequence[int]) -> Ints | None:
    """(rows,) the line of each row; None if no part has blank lines."""
    if all(lines is None for lines in filled):
        return None
    parts, before = [np.empty(0, np.int64)], 0
    for lines, length in zip(filled, lengths, strict=True):
        parts.append(np.arange(before, before + length) if lines is None else lines + before)
        before += length
    return np.concatenate(parts)


def _parts(stream: BinaryIO, size: int, most: int) -> Iterator[bytes]:
    """The next ``size`` bytes of ``stream`` in pieces of whole lines, a little longer than ``most``.

    It ends before a line that is very long.
    """
    start = stream.tell()
    stop = start + size
    while start < stop:
        stream.seek(min(start + most, stop))
        rest = stream.readline(min(_LONGEST, max(0, stop - start - most)))
        if len(rest) == _LONGEST:
            return
        length = min(most, stop - start) + len(rest)
        stream.seek(start)
        part = stream.read(length)  # at once: to add the rest of a line later would copy all of it
        if len(part) < length:
            return
        start += length
        yield part


class _Part(NamedTuple):
    """The columns of some lines, in pieces; of ``length`` lines which are ``filled``, None for all."""

    pieces: list[Sequence[Column]]
    filled: Ints | None
    length: int


def _rows(part: bytes, form: Form, parser: Parser) -> _Part | None:
    """What some lines hold; None if there is no telling what they are."""
    told, filled = [*_told_apart(part, form)], None
    if any(rows is None for _, rows in told):
        length = part.count(b"\n")
        part, filled = _without_blank_lines(part)
        if not part:
            return _Part([], filled, length)
        told = told if filled is None else [*_told_apart(part, form)]
    else:
        length = sum(rows for _, rows in told if rows is not None)
    pieces = []
    for lines, rows in told:
        columns = form.careful(lines) if rows is None else parser.columns(lines, rows)
        if not columns:
            return None
        pieces.append(columns)
    counts = not form.counted or _counts(part, form.delimiter, np.concatenate([piece[0].values for piece in pieces]))
    return _Part(pieces, filled, length) if counts else None


def _without_blank_lines(part: bytes) -> tuple[bytes, Ints | None]:
    """The other lines, and which they are, from 0; None where all are.

    A quoted cell may go on below a blank line, and a return alone ends one too: then nothing is taken out.
    """
    if b'"' in part or part[-1] != _NEWLINE or part.count(b"\r") != part.count(b"\r\n"):
        return part, None
    data = np.frombuffer(part, np.uint8)
    ends = np.flatnonzero(data == _NEWLINE)
    starts = np.append(0, ends[:-1] + 1)
    filled = np.logical_or.reduceat(~_BLANK[data], starts)
    if filled.all():
        return part, None
    return data[np.repeat(filled, ends - starts + 1)].tobytes(), np.flatnonzero(filled)


def _told_apart(part: bytes, form: Form) -> Iterator[tuple[bytes, int | None]]:
    """Plain lines with the number of their rows, and between them a few lines each of which not all are plain."""
    begin, end, plain = 0, 0, 0
    for stop, rows in _counted(part, 0, len(part), form, (_BLOCK, _SMALL_PART)):
        if rows is None:
            if plain:
                yield part[begin:end], plain
            yield part[end:stop], None
            begin, plain = stop, 0
        else:
            plain += rows
        end = stop
    if plain:
        yield part[begin:], plain


def _counted(
    part: bytes, start: int, stop: int, form: Form, sizes: tuple[int, ...]
) -> Iterator[tuple[int, int | None]]:
    """Where some lines each end, a little longer than the first of ``sizes``, and how many rows they are.

    Where not all of them are plain it tells of them in the next size, at last None for the rows.
    """
    while start < stop:
        end = part.find(b"\n", min(start + sizes[0], stop) - 1, stop) + 1 or stop
        rows = _plain_rows(part, start, end, form)
        if rows is None and sizes[1:]:
            yield from _counted(part, start, end, form, sizes[1:])
        else:
            yield end, rows
        start = end


def _short(body: bytes, delimiter: str, width: int) -> Floats | None:
    """The table read without pandas, where every cell is filled."""
    form, pieces = Form(delimiter, width), []
    for part in _parts(io.BytesIO(body), len(body), _PART):
        (_, rows), *others = _told_apart(part, form)
        if rows is None or others:
            return None
        try:
            numbers = np.loadtxt(io.BytesIO(part), delimiter=delimiter, comments=None, ndmin=2)
        except ValueError:  # a cell that is empty, NA or no number, or a row that is too long or too short
            return None
        if numbers.shape != (rows, width):  # it passes over blank lines
            return None
        pieces.append(numbers.T)
    return np.concatenate(pieces, axis=1, out=np.empty((width, sum(piece.shape[1] for piece in pieces))))


def _plain_rows(part: bytes, start: int, stop: int, form: Form) -> int | None:
    """How many rows some lines are; None if they hold more than plain numbers, or not ``width`` cells a row."""
    if part[stop - 1] != _NEWLINE:
        return None
    data = np.frombuffer(part, np.uint8, stop - start, start)
    ends = data == _NEWLINE
    rows = int(np.count_nonzero(ends))
    delimiters = int(np.count_nonzero(data == ord(form.delimiter)))
    if delimiters != rows * (form.width - 1):
        return None
    # "+" to "9": the digits, signs, point, comma (and slash, which no number holds).
    odd = int(np.count_nonzero(data - np.uint8(ord("+")) > ord("9") - ord("+"))) - rows
    odd -= 0 if form.delimiter == "," else delimiters
    if odd and part.find(b"\r", start, stop) >= 0:
        if data[0] == _NEWLINE or not np.array_equal(data[:-1] == _RETURN, ends[1:]):
            return None  # a return that does not end a line, or that lacks at the end of one
        odd -= rows
    odd -= int(np.count_nonzero(data == ord("e"))) if odd else 0
    return rows if not odd or odd == 2 * part.count(b"NA", start, stop) else None


def _counts(lines: bytes, delimiter: str, numbers: Floats) -> bool:
    """Whether the first cell of each line is a whole number as one counts: "7", not "7.0" or "007"."""
    with np.errstate(invalid="ignore"):
        if not ((numbers >= 0) & (numbers < 1e9) & (numbers == np.floor(numbers))).all():
            return False
    data = np.frombuffer(lines, np.uint8)
    starts = np.append(0, np.flatnonzero(data == _NEWLINE)[:-1] + 1)
    digits = np.searchsorted(10 ** np.arange(1, 10), numbers, side="right") + 1
    return len(starts) == len(numbers) and bool((data.take(starts + digits, mode="clip") == ord(delimiter)).all())
