"""The lines of a text as rows of cells: by which delimiter, within quotes, and no longer than a cell may be."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator

from selectmodel.errors import LogError

MAX_COLUMNS = 5_000
MAX_CELL = 64 * 1024
DELIMITERS = (",", ";", "\t", "|")
#: Lines that the delimiter is told from.
SAMPLE = 100

#: A first line that tells Excel the delimiter; of a head that is not decoded it may follow the three bytes of a mark.
_TOLD = re.compile(r'(?:ï»¿)?"?sep=([,;|\t])"?[ \r\n]*', re.IGNORECASE)

#: The line of a record, its cells, and how many there are. Of more than a table may have, none is made.
Row = tuple[int, list[str], int]


def told_delimiter(line: str) -> str:
    """The delimiter that a first line names, which is no row then; "" where it is a line as any other."""
    found = _TOLD.fullmatch(line)
    return found[1] if found else ""


def delimiter_of(sample: list[str], decimal: str) -> str:
    """The delimiter whose cell count in the header most rows share; blanks if no other stands in the header."""
    best, score = "", (-1.0, 1)
    below = [line for line in sample[1:] if line.strip()]
    for delimiter in DELIMITERS:
        width = _width(sample[0], delimiter)
        if width == 1 or delimiter == decimal:
            continue
        fits = sum(_width(line, delimiter) == width for line in below) / max(1, len(below))
        if (fits, width) > score:
            best, score = delimiter, (fits, width)
    return best or (" " if len(sample[0].split()) > 1 else ",")


def _width(line: str, delimiter: str) -> int:
    if '"' not in line:
        return line.count(delimiter) + 1
    try:
        return len(next(csv.reader([line], delimiter=delimiter)))
    except csv.Error:
        return 1


def rows(lines: list[str], delimiter: str, path: str) -> Iterator[Row]:
    """The line and the cells of every record that is not blank. Raises LogError for a quote without an end."""
    if max(map(len, lines)) > MAX_CELL:
        _check_cells(lines, delimiter, path)
    if delimiter == " ":
        for at, line in enumerate(lines, 1):
            count = sum(1 for _ in re.finditer(r"\S+", line)) if len(line) > MAX_COLUMNS else len(line.split())
            if count:
                yield at, line.split() if count <= MAX_COLUMNS else [""], count
        return
    if not any('"' in line for line in lines):
        for at, line in enumerate(lines, 1):
            if line and not line.isspace():
                yield row(at, line, delimiter)
        return
    # The csv module bounds a cell to 128 KiB, so an unclosed quote cannot swallow the file.
    reader = csv.reader((line + "\n" for line in lines), delimiter=delimiter, strict=True)
    start = 1
    try:
        for cells in reader:
            if len(cells) > 1 or "".join(cells).strip():
                yield start, cells, len(cells)
            start = reader.line_num + 1
    except csv.Error as failure:
        raise LogError(f"{path}:{start}: a quoted cell is not closed, or is too long ({failure})") from None


def row(at: int, line: str, delimiter: str) -> Row:
    """The row of a line ``at`` a number, without quotes in it."""
    count = line.count(delimiter) + 1
    return at, line.split(delimiter) if count <= MAX_COLUMNS else [""], count


def _check_cells(lines: list[str], delimiter: str, path: str) -> None:
    for at, line in enumerate(lines, 1):
        if len(line) > MAX_CELL and _has_long_cell(line, delimiter):
            raise LogError(f"{path}:{at}: a cell is longer than the limit of {MAX_CELL:,} characters")


def _has_long_cell(line: str, delimiter: str) -> bool:
    """Whether a cell is too long. It leaps from delimiter to delimiter, as far as a cell may reach."""
    begin = 0
    while len(line) - begin > MAX_CELL:
        found = line.rfind(delimiter, begin, begin + MAX_CELL + 1)
        if found < 0:
            return True
        begin = found + 1
    return False
