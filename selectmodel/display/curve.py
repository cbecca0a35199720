"""A small picture of curves for a terminal: Braille dots, two by four in a character, so that 80 columns show 140.

Nothing else is needed to draw it, and no name from a log reaches the terminal but through :func:`escaping.visible`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from rich.cells import cell_len
from rich.text import Text

from selectmodel.display import numbers
from selectmodel.display.escaping import visible
from selectmodel.records import Floats

#: Rows of the dots; with the legend above and the axis below, and the blank line before, twelve at most.
_ROWS = 8
#: The bit of each dot of a Braille character, by row and column.
_BITS = np.array([[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]])
_EMPTY = 0x2800
#: Outliers that stretch the picture to more than so many times what 96 of 100 values need are drawn at its edge.
_STRETCH, _INNER = 4.0, (0.02, 0.98)
#: Larger numbers overflow where they are added up.
_LARGEST = 1e300
_LONGEST = 24
_COLOURS = ("default", "magenta")


class Trace(NamedTuple):
    """The values (n,) of one metric, NaN where there is none; ``dotted`` tells it from the other without colour."""

    name: str
    values: Floats
    dotted: bool = False


def lines(x: Floats, courses: Sequence[Trace], pick: int, unit: str, width: int) -> list[Text]:
    """The picture of ``courses`` over ``x`` (n,), ascending, in lines of at most ``width`` columns.

    ``pick`` is the place in ``x`` that is marked, ``unit`` what x counts. Nothing where there are not two values.
    """
    known = np.concatenate([course.values[np.isfinite(course.values)] for course in courses])
    if len(known) < 2 or not x[-1] > x[0] or np.abs(known).max() > _LARGEST:
        return []
    low, high = _bounds(known)
    written = numbers.scale([low, high])
    ends = [
        ("≥ " if known.max() > high else "") + written.show(high),
        ("≤ " if known.min() < low else "") + written.show(low),
    ]
    margin = max(map(cell_len, ends)) + 1
    columns = width - margin - 1
    at = np.rint((x - x[0]) / (x[-1] - x[0]) * (2 * columns - 1)).astype(int)
    cells, owner = _drawn(at, courses, (low, high), columns)
    marked = int(at[pick]) // 2
    found = [_legend(courses)]
    for row in range(_ROWS):
        label = ends[0] if row == 0 else ends[1] if row == _ROWS - 1 else ""
        line = Text(f"{label:>{margin - 1}} ", style="dim", no_wrap=True)
        for column in range(columns):
            if cells[row, column]:
                line.append(chr(_EMPTY + int(cells[row, column])), style=f"not dim {_COLOURS[owner[row, column]]}")
            else:
                line.append("│" if column == marked else " ", style="not dim green" if column == marked else "")
        found.append(line)
    found.append(_axis(x, pick, unit, (margin, columns, marked)))
    return found


def _bounds(known: Floats) -> tuple[float, float]:
    """The lowest and the highest value that is drawn where it is."""
    low, high = float(known.min()), float(known.max())
    inner = np.quantile(known, _INNER)
    if high - low > _STRETCH * (inner[1] - inner[0]) > 0:
        low, high = max(low, 2 * inner[0] - inner[1]), min(high, 2 * inner[1] - inner[0])
    return (low, high) if high > low else (low - 0.5 * abs(low) - 1e-9, high + 0.5 * abs(high) + 1e-9)


def _drawn(
    at: np.ndarray, courses: Sequence[Trace], bounds: tuple[float, float], columns: int
) -> tuple[np.ndarray, np.ndarray]:
    """The dots of each character, and which course it belongs to: the first where two meet."""
    cells, owner = np.zeros((_ROWS, columns), dtype=int), np.zeros((_ROWS, columns), dtype=int)
    for rank in reversed(range(len(courses))):
        seen = np.isfinite(courses[rank].values)
        share = (np.clip(courses[rank].values[seen], *bounds) - bounds[0]) / (bounds[1] - bounds[0])
        across, up = at[seen], np.rint((1 - share) * (4 * _ROWS - 1)).astype(int)
        over = np.arange(across[0], across[-1] + 1) if len(across) else across
        height = np.rint(np.interp(over, across, up)).astype(int) if len(across) else over
        for place, (column, now) in enumerate(zip(over.tolist(), height.tolist(), strict=True)):
            if courses[rank].dotted:
                dots = range(now, now + (column % 2 == 0))
            else:
                before = int(height[place - 1]) if place else now
                dots = range(min(now, before + (now > before)), max(now, before - (now < before)) + 1)
            for dot in dots:
                cells[dot // 4, column // 2] |= _BITS[dot % 4, column % 2]
                owner[dot // 4, column // 2] = rank
    return cells, owner


def _legend(courses: Sequence[Trace]) -> Text:
    text = Text(no_wrap=True, overflow="ellipsis")
    for rank, course in enumerate(courses):
        sign = chr(_EMPTY + 0x02) * 2 if course.dotted else chr(_EMPTY + 0x12) * 2
        text.append("   " * bool(rank)).append(sign, style=_COLOURS[rank]).append(f" {visible(course.name, _LONGEST)}")
    return text


def _axis(x: Floats, pick: int, unit: str, places: tuple[int, int, int]) -> Text:
    """The first and the last x at the ends, the pick below its place."""
    margin, columns, marked = places
    first, last, label = (numbers.label(float(value)) for value in (x[0], x[-1], x[pick]))
    told = f"▲ {unit} {label}"
    start = margin + marked if marked + len(told) <= columns else margin + marked - len(told) + 1
    told = told if start == margin + marked else f"{unit} {label} ▲"
    row = " " * start + told
    if margin + len(first) + 1 < start:
        row = " " * margin + first + row[margin + len(first) :]
    end = margin + columns - len(last)
    if end > len(row) + 1:
        row = row.ljust(end) + last
    text = Text(row, style="dim", no_wrap=True)
    text.stylize("not dim bold green", start, start + len(told))
    return text
