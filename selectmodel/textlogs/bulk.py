"""Large or joined tables of plain numbers, parsed by pandas' C parser: some thirty times as fast as the careful way.

The careful way (tables.py, numbers.py) says what a log holds; this one may only say the same or nothing. So the bytes
are counted first: nothing but the characters of plain numbers, empty cells and ``NA``, and as many delimiters as the
rows need. pandas then refuses rows that are too long and cells that are no numbers, and with the right number of
delimiters no row can be too short. Whatever does not pass is left to the careful way: the few lines around a NaN or a
quoted cell, if they can be read by themselves, else the whole table.

Numbers are those of ``float()``, bit for bit: pandas before 3.1 needs ``float_precision`` for it, which is found out by
parsing numbers that its quicker method gets wrong. pandas is imported here, late: it costs as much as reading some
eight megabytes the careful way.
"""

from __future__ import annotations

import io
import itertools
import os
import sys
from collections.abc import Callable, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from selectmodel import progress
from selectmodel.records import Bools, Floats
from selectmodel.textlogs.numbers import Column

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

#: Where importing pandas begins to pay, and using it where it was imported already.
BYTES = 8 * 1024 * 1024
_BYTES_IF_IMPORTED = 256 * 1024
_PART = 4 * 1024 * 1024
_SMALL_PART = 16 * 1024  # of a piece in which not all is plain
_BLOCK = 256 * 1024  # of counting; stays in the processor's cache
_WORKERS = 4
_NEWLINE, _RETURN = ord("\n"), ord("\r")
#: Numbers that a parser without correct rounding gets wrong by the last bit.
_HARD = ("0.9424502837770503", "0.029005228283614737", "0.46562265437810535", "0.13436424411240122")


#: Reads lines the careful way, each ending with a newline: the columns, or None if they are no rows by themselves.
Careful = Callable[[memoryview], Sequence[Column] | None]


class _Piece(NamedTuple):
    """Some lines of a table, how many rows they are, and their columns if they were ``read`` the careful way."""

    part: memoryview
    rows: int
    read: Sequence[Column] | None = None


def pays(size: int) -> bool:
    """Whether a table of ``size`` bytes is read sooner this way."""
    return size >= (min(BYTES, _BYTES_IF_IMPORTED) if "pandas" in sys.modules else BYTES)


def matrix(body: bytes | memoryview, delimiter: str, width: int) -> Floats | None:
    """(width, rows) the cells of lines that each end with a newline, NaN where one is empty or NA.

    None if anything is out of the ordinary: only the careful way can tell what it is.
    """
    if width < 2 or not len(body):
        return None
    if "pandas" not in sys.modules:  # where every cell is filled, numpy alone is nearly as fast
        found = _short(body, delimiter, width)
        if found is not None or len(body) < BYTES:
            return found
    parsed = table(body, delimiter, width, lambda part: None)
    return None if parsed is None else parsed[0]


def table(body: bytes | memoryview, delimiter: str, width: int, careful: Careful) -> tuple[Floats, Bools] | None:
    """The same and (width, rows) which cells hold a number, NaN included; lines that are not plain go to ``careful``.

    None if it has no answer for some of them.
    """
    from concurrent.futures import ThreadPoolExecutor  # with its logging it costs a short command some milliseconds

    _precision()  # imports pandas before the threads need it
    with ThreadPoolExecutor(min(_WORKERS, os.cpu_count() or 1)) as pool:
        pieces = _pieces(memoryview(body), ord(delimiter), width, careful, pool)
        if pieces is None:
            return None
        stops = list(itertools.accumulate(piece.rows for piece in pieces))
        whole = np.empty((width, stops[-1]))
        places = [whole[:, stop - piece.rows : stop] for stop, piece in zip(stops, pieces, strict=True)]
        read = 0
        for piece, filled in zip(pieces, pool.map(_fill, places, pieces, itertools.repeat(delimiter)), strict=True):
            read += len(piece.part)
            progress.tell("MB", read / 1e6, len(body) / 1e6)
            if not filled:
                return None
    present = ~np.isnan(whole)
    for stop, piece in zip(stops, pieces, strict=True):
        for at, column in enumerate(piece.read or ()):
            present[at, stop - piece.rows : stop] = column.present
    return whole, present


def _pieces(
    body: memoryview, delimiter: int, width: int, careful: Careful, pool: ThreadPoolExecutor
) -> list[_Piece] | None:
    """``body`` in pieces: plain ones, and between them small ones that ``careful`` has read; None if it could not."""
    pieces: list[_Piece] = []
    parts = _parts(body, _PART)
    for part, rows in zip(parts, pool.map(lambda each: _plain_rows(each, delimiter, width), parts), strict=True):
        if rows is not None:
            pieces.append(_Piece(part, rows))
            continue
        begin, stop, plain = 0, 0, 0
        for small in _parts(part, _SMALL_PART):
            few = _plain_rows(small, delimiter, width)
            stop += len(small)
            if few is not None:
                plain += few
                continue
            read = careful(small)
            if not read:
                return None
            pieces += [_Piece(part[begin : stop - len(small)], plain)] if plain else []
            pieces.append(_Piece(small, len(read[0].values), read))
            begin, plain = stop, 0
        pieces += [_Piece(part[begin:], plain)] if plain else []
    return pieces


def _short(body: bytes | memoryview, delimiter: str, width: int) -> Floats | None:
    """The same without pandas, for tables in which every cell is filled."""
    rows = _plain_rows(memoryview(body), ord(delimiter), width)
    if rows is None:
        return None
    try:
        numbers = np.loadtxt(io.BytesIO(body), delimiter=delimiter, comments=None, ndmin=2)
    except ValueError:  # a cell that is empty, NA or no number, or a row that is too long or too short
        return None
    return np.ascontiguousarray(numbers.T) if numbers.shape == (rows, width) else None  # it passes over blank lines


def _parts(body: memoryview, size: int) -> list[memoryview]:
    """Pieces of about ``size`` bytes, each of whole lines."""
    parts = []
    start = 0
    while start < len(body):
        stop = min(start + size, len(body))
        while stop < len(body):
            line_end = bytes(body[stop : stop + _BLOCK]).find(b"\n")
            stop = stop + line_end + 1 if line_end >= 0 else min(stop + _BLOCK, len(body))
            if line_end >= 0:
                break
        parts.append(body[start:stop])
        start = stop
    return parts


def _fill(place: Floats, piece: _Piece, delimiter: str) -> bool:
    """Writes the cells of one piece to their (width, rows) place; False if they are no plain numbers."""
    part = piece.part
    if piece.read is not None:
        place[:] = [column.values for column in piece.read]
        return True
    columns = _parsed(part, delimiter, *place.shape)
    if columns and any(column.dtype.kind == "i" and not column.all() for column in columns):
        signed = (f"{delimiter}-0".encode(), b"\n-0")
        if bytes(part[:2]) == b"-0" or any(mark in bytes(part) for mark in signed):
            # As whole numbers, 0 and -0 are one.
            columns = _parsed(part, delimiter, *place.shape, dtype=np.float64)
    for at, column in enumerate(columns):
        place[at] = column
    return bool(columns)


def _parsed(
    part: memoryview, delimiter: str, width: int, rows: int, *, dtype: type[np.float64] | None = None
) -> list[NDArray[Any]]:
    """(width,) columns of (rows,) numbers; none where there is anything else."""
    import pandas as pd

    try:
        frame = pd.read_csv(
            io.BytesIO(part),
            sep=delimiter,
            header=None,
            names=list(range(width)),
            dtype=dtype,
            low_memory=False,
            keep_default_na=False,
            na_values=["", "NA"],
            **_precision(),
        )
    except (ValueError, OverflowError):  # a cell that is no number, or (ParserError) a row that is too long
        return []
    if len(frame) != rows or not isinstance(frame.index, pd.RangeIndex):
        return []  # blank lines, or a first row that is too long
    columns = [frame[at].to_numpy() for at in range(width)]
    return columns if all(column.dtype.kind in "iuf" for column in columns) else []


def _plain_rows(part: memoryview, delimiter: int, width: int) -> int | None:
    """How many rows there are; None if the bytes hold more than plain numbers, or not ``width`` cells a row."""
    if part[-1] != _NEWLINE:
        return None
    data = np.frombuffer(part, dtype=np.uint8)
    lines = returns = delimiters = odd = 0
    for start in range(0, len(data), _BLOCK):
        block = data[start : start + _BLOCK]
        ends = block == _NEWLINE
        before = block == _RETURN
        lines += int(np.count_nonzero(ends))
        returns += int(np.count_nonzero(before))
        delimiters += int(np.count_nonzero(block == delimiter))
        # "+" to "9": the digits, signs, point, comma (and slash, which no number holds).
        odd += int(np.count_nonzero(block - np.uint8(ord("+")) > ord("9") - ord("+")))
        odd -= int(np.count_nonzero(block == ord("e")))
        if np.any(before) and not np.array_equal(before[:-1], ends[1:]):
            return None
    if delimiter != ord(","):
        odd -= delimiters
    if returns not in (0, lines) or delimiters != lines * (width - 1):
        return None
    spare = odd - lines - returns
    if spare and spare != 2 * bytes(part).count(b"NA"):
        return None
    return lines


@cache
def _precision() -> dict[str, Any]:
    """What makes this pandas round as ``float()`` does."""
    import pandas as pd

    got = pd.read_csv(io.StringIO("\n".join(_HARD)), header=None, dtype=np.float64)[0].tolist()
    return {} if got == [float(text) for text in _HARD] else {"float_precision": "round_trip"}
