"""A log that is a table of text: bytes → header and rows of equal length, with the line of each row.

Nothing is padded, cut short or shifted: a row that does not fit the header is refused and named.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import NamedTuple

import numpy as np

from selectmodel import progress
from selectmodel.errors import LogError, UsageError
from selectmodel.files.opening import ReadOptions
from selectmodel.readers.table import headers, markdown, text_rows
from selectmodel.readers.table.decoding import decode
from selectmodel.readers.table.headers import check_header
from selectmodel.readers.table.text_rows import MAX_COLUMNS, Row
from selectmodel.records import Ints, Note, frozen

MAX_ROWS = 10_000_000
_PREAMBLE = 4  # lines that may stand above rows without a header


class Table(NamedTuple):
    """A header and the rows that fit it.

    Attributes:
        path: the file, for error messages; ``label`` is its short name, for notes.
        names: (columns,) as the header writes them, without surrounding blanks; "" if a column has no name.
        columns: (columns,) of (rows,) cells without surrounding blanks.
        lines: (rows,) the line each row stands on, from 1.
        headers: the lines of repeated headers.
        place: what ``lines`` counts, where a log has no lines: "record".
    """

    path: str
    label: str
    names: tuple[str, ...]
    columns: tuple[Sequence[str], ...]
    lines: Ints
    headers: tuple[int, ...] = ()
    notes: tuple[Note, ...] = ()
    place: str = "line"

    def at(self, rows: Ints) -> str:
        """The lines of ``rows`` (m,) in words: "line 3", "lines 3–5, 9"."""
        return spans(self.lines[rows], self.place)


class _Body(NamedTuple):
    """What stands below a header: columns of the rows that fit, and their lines.

    Of the rows that do not fit the line and the number of cells, -1 where there are NUL characters.
    """

    columns: tuple[tuple[str, ...], ...]
    lines: list[int]
    headers: list[int]
    refused: list[tuple[int, int]]


def parse(data: bytes, path: str, label: str, options: ReadOptions, *, preview: bool = False) -> Table:
    """``data`` as a table; a ``preview`` may lack rows and have columns of one name.

    Raises LogError if it is none or has no rows, UsageError for columns of one name.
    """
    text, notes = decode(data, path, label)
    if not text or text.isspace():
        raise LogError(f"{path}: is empty (training may not have started)")
    megabytes = len(data) / 1e6
    progress.tell("MB", 0.1 * megabytes, megabytes)
    lines = text.split("\n")
    told = text_rows.told_delimiter(lines[0])
    if told:
        lines[0] = ""
    cut = 0 if options.complete else _unfinished(lines)
    unless = unless_whole(cut)
    cards = markdown.table(lines, path) if "|" in text else None
    lines = cards or lines
    top = next((at for at, line in enumerate(lines) if line.strip()), None)
    if top is None:
        raise LogError(f"{path}: no epochs logged yet{unless}")
    unnamed = headers.by_position(lines[top : top + _PREAMBLE])
    if unnamed:
        # A first line that the file lacks is put above the rows; messages among these are none.
        lines, top = [",".join(unnamed), *(line if line[:1].isdigit() else "" for line in lines)], 0
    sample = lines[top : top + text_rows.SAMPLE]
    delimiter = "|" if cards else told or text_rows.delimiter_of(sample, options.decimal)
    records = text_rows.rows(lines, delimiter, path)
    first = next(records, None)
    if first is None:
        raise LogError(f"{path}: no epochs logged yet{unless}")
    names = read_header(first[1], lines[top], f"{path}:{top + 1}", first[2])
    plain = delimiter != " " and not any(mark in text for mark in '"\0 ')
    body = _bulk(lines, top, delimiter, names, path) if plain else None
    body = body or _fitting(records, names, path, nul="\0" in text)
    progress.tell("MB", 0.8 * megabytes, megabytes)
    if unnamed:
        message = f"no line names the columns; by their place they are {', '.join(unnamed)}, as EchoNet writes them"
        notes += (Note("SM123", message, label, level="warn"),)
        body = body._replace(lines=[at - 1 for at in body.lines], refused=[(at - 1, n) for at, n in body.refused])
    refused = body.refused
    if refused and not body.lines:
        raise LogError(f"{path}: {_misfits(refused, len(names))}")
    if not body.lines and (not preview or delimiter == " "):
        raise LogError(f"{path}: no epochs logged yet{unless}")
    if refused:
        message = _misfits(refused, len(names))
        notes += (Note("SM102", message, f"{label}:{refused[0][0]}", level="warn", degrades=True),)
    if cut:
        notes += (cut_short(cut, label),)
    chosen, more = _named(names, body.columns, text, path, label, check=not preview)
    return Table(path, label, *chosen, frozen(body.lines, np.int64), tuple(body.headers), notes + more)


def spans(numbers: Sequence[int] | Ints, noun: str, most: int = 6) -> str:
    """Ascending numbers (n,) in words: "epoch 3", "epochs 3–5, 9", with an ellipsis after ``most`` ranges."""
    labels = np.asarray(numbers, np.int64)
    apart = np.flatnonzero(np.diff(labels) != 1)[:most] + 1
    firsts = [0, *apart.tolist()]
    ends = [*apart.tolist(), len(labels)]
    ranges = [
        f"{labels[first]}–{labels[end - 1]}" if end - first > 1 else f"{labels[first]}"
        for first, end in zip(firsts[:most], ends[:most], strict=True)
    ]
    shown = ", ".join(ranges) + (", …" if len(firsts) > most else "")
    return f"{noun}{'s' if len(numbers) > 1 else ''} {shown}"


def unless_whole(line: int) -> str:
    """What may help where there are no rows but a last line without a newline; 0 where there is none."""
    return f"; line {line} has no newline at its end and may be cut; if it is whole: --complete" if line else ""


def cut_short(line: int, label: str) -> Note:
    """The note of a last line that is left out because it may be cut."""
    message = f"line {line} has no newline at its end and may be cut; left out; if it is whole: --complete"
    return Note("SM101", message, f"{label}:{line}", level="warn")


def _unfinished(lines: list[str]) -> int:
    """Takes a last line that no newline ends out of ``lines`` and returns its number: 0.0612 cut to 0.0 parses too."""
    return len(lines) + 1 if lines.pop().strip() else 0


def read_header(cells: list[str], line: str, where: str, count: int = 0) -> tuple[str, ...]:
    """The names in a first line of ``count`` cells, if not all are given. Raises LogError if it is no header."""
    if max(count, len(cells)) > MAX_COLUMNS:
        raise LogError(f"{where}: {max(count, len(cells)):,} columns, more than the limit of {MAX_COLUMNS:,}")
    names = tuple(cell.strip() for cell in cells)
    names = (names[0].lstrip("# "), *names[1:])
    check_header(names, line, where)
    return names


def _bulk(lines: list[str], top: int, delimiter: str, names: tuple[str, ...], path: str) -> _Body | None:
    """What ``_fitting`` gives, five times as fast, for text without quotes, blanks and NUL; None if it cannot."""
    width, first = len(names), names[0]
    at: list[int] = []
    texts: list[str] = []
    odd: list[Row] = []
    for number, line in enumerate(islice(lines, top + 1, None), top + 2):
        if line.count(delimiter) == width - 1 and (line[: len(first)] != first if first else line != lines[top]):
            at.append(number)
            texts.append(line)
        elif line and not line.isspace():
            odd.append(text_rows.row(number, line, delimiter))
    rest = _fitting(iter(odd), names, path, nul=False)
    if rest.lines or len(at) > MAX_ROWS or width == 1:
        return None
    cells = delimiter.join(texts).split(delimiter) if texts else []
    return _Body(tuple(tuple(cells[column::width]) for column in range(width)), at, rest.headers, rest.refused)


def _fitting(records: Iterator[Row], names: tuple[str, ...], path: str, *, nul: bool) -> _Body:
    """Rows that fit the header, lines of repeated headers, rows that do not fit (or hold NUL characters)."""
    rows: list[Row] = []
    refused: list[tuple[int, int]] = []
    headers: list[int] = []
    width, first = len(names), names[0]
    for row in records:
        line, cells, count = row
        if count <= MAX_COLUMNS and cells[0].strip() == first and _is_read_again(cells, names, f"{path}:{line}"):
            headers.append(line)
        elif nul and any("\0" in cell for cell in cells):
            refused.append((line, -1))
        elif count != width:
            refused.append((line, count))
        else:
            rows.append(row)
            if len(rows) > MAX_ROWS:
                raise LogError(f"{path}:{line}: more than {MAX_ROWS:,} rows")
    columns = tuple(zip(*(cells for _, cells, _ in rows), strict=True)) or tuple(() for _ in names)
    return _Body(columns, [line for line, *_ in rows], headers, refused)


def _is_read_again(cells: list[str], names: tuple[str, ...], where: str) -> bool:
    """Whether a row whose first cell equals the header's is the header again. Raises LogError for another one."""
    again = tuple(cell.strip() for cell in cells)
    if again == names:
        return True
    if not names[0]:
        return False
    other = ", ".join(sorted(set(again) ^ set(names))[:6]) or "in another order"
    raise LogError(f"{where}: a second header names other columns ({other}); split the file at this line")


def _misfits(refused: list[tuple[int, int]], width: int) -> str:
    """What is wrong with the refused rows: "rows refused: lines 4–5 have 8 cells, the header has 7; …"."""
    by_width: dict[int, list[int]] = {}
    for line, count in refused:
        by_width.setdefault(count, []).append(line)
    parts = []
    for found, lines in list(by_width.items())[:4]:
        has = "have" if len(lines) > 1 else "has"
        what = "NUL characters" if found < 0 else f"{found} cell{'s' if found != 1 else ''}"
        parts.append(f"{spans(lines, 'line')} {has} {what}")
    longer = "; the columns changed, as after a resume with another key" if max(by_width) > width else ""
    return f"rows refused: {', '.join(parts)}, the header has {width}{longer}"


def _named(
    names: tuple[str, ...], columns: tuple[tuple[str, ...], ...], text: str, path: str, label: str, *, check: bool
) -> tuple[tuple[tuple[str, ...], tuple[tuple[str, ...], ...]], tuple[Note, ...]]:
    """The names and cells of the columns to keep, without surrounding blanks, and a note of those that stand twice."""
    if any(blank in text for blank in " \t\f\v"):
        columns = tuple(tuple(map(str.strip, column)) for column in columns)
    names = tuple(name or (f"column {at + 1}" if at else "") for at, name in enumerate(names))
    kept = _named_once(names, columns, path, check=check)
    chosen = tuple(names[at] for at in kept), tuple(columns[at] for at in kept)
    twice = sorted({name for name in names if name and names.count(name) > 1}) if len(set(names)) < len(names) else []
    if not twice:
        return chosen, ()
    return chosen, (Note("SM125", f"{', '.join(twice)}: stands twice with the same values; one was kept", label),)


def _named_once(names: tuple[str, ...], columns: tuple[tuple[str, ...], ...], path: str, *, check: bool) -> list[int]:
    """The columns to keep: the first of equal twins, no blank ones that only a trailing delimiter made."""
    kept: dict[str, int] = {}
    for at, name in enumerate(names):
        if name == (f"column {at + 1}" if at else "") and not any(columns[at]) and len(names) > 1:
            continue
        if name not in kept:
            kept[name] = at
        elif check and columns[kept[name]] != columns[at]:
            raise UsageError(f"{path}: column {name!r} appears twice with different values; rename one of them")
    return list(kept.values()) or [0]
