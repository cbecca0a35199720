"""What was asked of a sweep, on a page: a section a question, with the rows that its answer rests on."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

from selectmodel.commands.rank import settings_axis
from selectmodel.commands.rank.questions.answered import Answered
from selectmodel.display import numbers
from selectmodel.files.hparams import Value
from selectmodel.pages.sheet import Cell, Grid, Section, number

#: Columns of ours that are called otherwise on a page.
_HEADS = {"as_good_inside": "as good inside", "as_good_near_edge": "as good near an edge", "powers": "by powers"}


def sections(answered: Sequence[Answered]) -> Iterator[Section]:
    """Each answer below its question; the template escapes all names in it."""
    for one in answered:
        yield Section(one.question.capitalize(), texts=[one.said], table=_grid(one.rows, one.question == "edges"))


def _grid(rows: Sequence[Mapping[str, Value]], of_settings: bool) -> Grid | None:
    """A row a row, without columns that are empty. Numbers ``of_settings`` have no decimals in common."""
    every = dict.fromkeys(name for row in rows for name in row)
    names = [name for name in every if any(row.get(name) is not None for row in rows)]
    if not names:
        return None
    columns = [_column([row.get(name) for row in rows], of_settings) for name in names]
    return Grid([_HEADS.get(name, name) for name in names], list(zip(*columns, strict=True)), sortable=True)


def _column(values: Sequence[Value], of_settings: bool) -> list[Cell]:
    written = numbers.scale([value for value in values if isinstance(value, float)], apart=False)
    return [_cell(value, None if of_settings else written) for value in values]


def _cell(value: Value, written: numbers.Scale | None) -> Cell:
    if value is None:
        return Cell("–")
    if isinstance(value, bool):
        return Cell("yes" if value else "no")
    if isinstance(value, float):
        sorted_by = value if math.isfinite(value) else None
        return number(sorted_by, written.show(value) if written else settings_axis.told(value))
    return number(value, str(value)) if isinstance(value, int) else Cell(value)
