"""Objects as the rows of a table: nested names joined by a slash, one column a name, blank where an object lacks it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from operator import itemgetter, lt
from typing import Any

import numpy as np

from selectmodel.errors import LogError
from selectmodel.readers.objects.json_text import Objects
from selectmodel.readers.table import row_parts
from selectmodel.readers.table.careful import Table
from selectmodel.readers.table.cells import Cells, Column, is_missing, number
from selectmodel.readers.table.text_rows import MAX_COLUMNS
from selectmodel.records import Note, frozen

_DEEPEST = 8
_LONGEST = 200
_AT_ONCE = 1 << 14  # rows turned into columns at a time

Row = Mapping[str, Any]


def flat(row: Row, prefix: str = "", depth: int = 0) -> dict[str, Any]:
    """An object's values by name; those of an object inside it by "outer/inner", to eight levels."""
    found: dict[str, Any] = {}
    for name, value in row.items():
        if type(value) is dict and depth < _DEEPEST:
            found.update(flat(value, f"{prefix}{name}/", depth + 1))
        else:
            found[prefix + name] = value
    return found


def table(found: Objects, path: str, label: str, *, place: str = "line") -> Table:
    """The table of ``found``, a column a name in order of first appearance.

    Numbers are numbers, and so are texts such as "NaN" and "0.5" that hold nothing else; null is missing; any other
    text, a list or a truth value is no number. ``place`` is what ``found.lines`` count. Raises LogError for more
    columns than a log has.
    """
    rows: list[Row] = [flat(one) if dict in map(type, one.values()) else one for one in found.objects]
    if not any(rows):
        raise LogError(f"{path}: no epochs logged yet")
    gathered: dict[str, list[tuple[list[int], Sequence[Any]]]] = {}
    for names, members in _alike(rows).items():
        for first in range(0, len(members), _AT_ONCE):
            some = members[first : first + _AT_ONCE]
            for name, values in zip(names, zip(*(rows[at].values() for at in some), strict=True), strict=True):
                gathered.setdefault(name, []).append((some, values))
        if len(gathered) > MAX_COLUMNS:
            raise LogError(f"{path}: holds more than {MAX_COLUMNS:,} names; not a training log")
    columns = tuple(Cells(_column(len(rows), parts), _text(rows, name)) for name, parts in gathered.items())
    return Table(path, label, tuple(gathered), columns, frozen(found.lines, np.int64), notes=found.notes, place=place)


def of_columns(
    columns: Mapping[str, Sequence[Any]], path: str, label: str, *, place: str = "row", notes: tuple[Note, ...] = ()
) -> Table:
    """The table of lists (n,) by name, whose values are taken as :func:`table` takes those of objects."""
    if len(columns) > MAX_COLUMNS:
        raise LogError(f"{path}: holds more than {MAX_COLUMNS:,} names; not a training log")
    n = max(map(len, columns.values()), default=0)
    every = list(range(n))
    cells = tuple(Cells(_column(n, [(every, values)]), partial(_listed, values)) for values in columns.values())
    return Table(path, label, tuple(columns), cells, frozen(np.arange(1, n + 1), np.int64), notes=notes, place=place)


def completed(found: Objects, axis: str) -> Objects:
    """The objects with those of one place on ``axis`` joined: a training row and the evaluation after it.

    An object that tells the same metric in other words stays one of its own: its place was logged again, and who reads
    the table decides which counts.
    """
    places = [one.get(axis) for one in found.objects]
    places = [place if isinstance(place, (int, float, str)) else None for place in places]
    if None not in places and len(set(places)) == len(places):
        return found
    wholes = row_parts.wholes_of_objects(places, found.objects)
    objects = list(found.objects)
    for at, whole in enumerate(wholes):
        if whole != at:
            objects[whole] = {**objects[whole], **found.objects[at]}
    begun = [at for at, whole in enumerate(wholes) if whole == at]
    return Objects([found.lines[at] for at in begun], [objects[at] for at in begun], found.notes)


def of_points(points: Sequence[tuple[str, float, float]], axis: str) -> Objects:
    """Single values (metric, its place on ``axis``, value), in the order written, as rows: those of one place.

    Where no metric ever goes back, the places order the rows, so that metrics that count in two units stay whole.
    Otherwise the order written does, and a metric that comes twice at one place begins another row there.
    """
    together = _together(points, axis)
    if together is not None:
        return together
    if _never_back(points):
        points = sorted(points, key=itemgetter(1))
    rows: list[dict[str, Any]] = []
    for metric, at, value in points:
        if not rows or rows[-1][axis] != at or metric in rows[-1]:
            rows.append({axis: at})
        rows[-1][metric] = value
    return Objects(list(range(1, len(rows) + 1)), rows)


def _together(points: Sequence[tuple[str, float, float]], axis: str) -> Objects | None:
    """The rows where every metric was logged at the same places, each later than the one before; else None."""
    series: dict[str, tuple[list[float], list[float]]] = {}
    for metric, at, value in points:
        places, values = series.setdefault(metric, ([], []))
        places.append(at)
        values.append(value)
    first = next(iter(series.values()))[0] if series else []
    rising = all(map(lt, first, first[1:]))
    if axis in series or not rising or any(places != first for places, _ in series.values()):
        return None
    names = (axis, *series)
    rows = zip(first, *(values for _, values in series.values()), strict=True)
    return Objects(list(range(1, len(first) + 1)), [dict(zip(names, row, strict=True)) for row in rows])


def noted_if_once(found: Objects, label: str) -> Objects:
    """The objects with a note where there is one alone, so that there is nothing to choose."""
    if len(found.objects) != 1:
        return found
    message = "each metric was logged once: there is no epoch to choose; rank compares such runs"
    return found._replace(notes=(*found.notes, Note("SM193", message, label)))


def _never_back(points: Iterable[tuple[str, float, float]]) -> bool:
    last: dict[str, float] = {}
    for metric, at, _ in points:
        if at <= last.get(metric, -math.inf):
            return False
        last[metric] = at
    return True


def _alike(rows: Sequence[Row]) -> dict[tuple[str, ...], list[int]]:
    """The rows that have the same names in the same order: loggers write few kinds."""
    kinds: dict[tuple[str, ...], list[int]] = {}
    for at, row in enumerate(rows):
        kinds.setdefault(tuple(row), []).append(at)
    return kinds


def _column(n: int, parts: Sequence[tuple[list[int], Sequence[Any]]]) -> Column:
    values = np.full(n, np.nan)
    present = np.zeros(n, np.bool_)
    bad: list[int] = []
    for members, cells in parts:
        if {*map(type, cells)} <= {float, int}:
            try:
                adjacent = len(members) > 0 and members[-1] - members[0] + 1 == len(members)
                where = slice(members[0], members[-1] + 1) if adjacent else members
                values[where] = cells
                present[where] = True
                continue
            except OverflowError:  # an integer of more than 308 digits
                pass
        for at, cell in zip(members, cells, strict=True):
            value = _number(cell)
            if value is not None:
                values[at], present[at] = value, True
            elif not (cell is None or (isinstance(cell, str) and is_missing(cell.strip()))):
                bad.append(at)
    return Column(values[present], present, np.array(sorted(bad), np.int64))


def _number(cell: Any) -> float | None:
    if isinstance(cell, str):
        return number(cell.strip())
    if isinstance(cell, bool) or not isinstance(cell, (int, float)):
        return None
    try:
        return float(cell)
    except OverflowError:
        return None


def _text(rows: Sequence[Row], name: str) -> Callable[[int], str]:
    return partial(_shown, rows, name)


def _shown(rows: Sequence[Row], name: str, at: int) -> str:
    return _told(rows[at].get(name))


def _listed(values: Sequence[Any], at: int) -> str:
    return _told(values[at])


def _told(value: Any) -> str:
    return "" if value is None else str(value)[:_LONGEST].strip()
