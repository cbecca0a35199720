"""A table on a screen too narrow for it: each row by itself, its name first, then what stands in its columns."""

from __future__ import annotations

from collections.abc import Iterator

from rich.cells import cell_len
from rich.console import Console, RenderableType
from rich.measure import Measurement
from rich.padding import Padding
from rich.table import Column, Table
from rich.text import Text

from selectmodel.display.breaking import broken

#: Columns of the screen by which what belongs to a row is set in.
_SET_IN = 2
#: More columns than a cell may take, to measure it.
_WIDE = 10_000


def least(table: Table, screen: Console) -> int:
    """Columns of the screen below which words or numbers of a table would be cut."""
    return sum(2 + _least(column, screen) for column in table.columns) - 2


def _least(column: Column, screen: Console) -> int:
    cells = [column.header, *column.cells]
    if column.no_wrap and _plain(column):
        return max(cell_len(line) for cell in cells for line in _text(cell).plain.split("\n"))
    wide = screen.options.update(max_width=_WIDE)
    return max(column.min_width or 0, *(Measurement.get(screen, wide, cell).minimum for cell in cells))


def stacked(table: Table, width: int) -> Iterator[RenderableType]:
    """The rows in lines of ``width`` columns: ``head cell`` for each figure, sentences in lines of their own.

    What a row is called stands in the first column and in the next one of words.
    """
    columns = list(table.columns)
    numbered = columns[0].justify == "right"
    words = [column for column in columns[1:] if column.justify != "right" and _plain(column)]
    named = [columns[0], *[column for column in words if column.no_wrap or numbered][:1]]
    rest = [column for column in columns if column not in named]
    cells = {id(column): list(column.cells) for column in columns}
    for at in range(table.row_count):
        names = [_text(cells[id(column)][at]).plain.replace("\n", "") for column in named]
        if numbered and len(named) == 1:
            names.insert(0, _head(columns[0]))
        yield Text(broken(" ".join(filter(None, names)), width), style="bold")
        figures = [
            Text.assemble(f"{_head(column)} ", text)
            for column in rest
            if column.no_wrap and (text := _text(cells[id(column)][at])).plain
        ]
        if figures:
            yield Padding(_listed(figures, width - _SET_IN), (0, 0, 0, _SET_IN))
        for column in rest:
            cell = cells[id(column)][at]
            if not column.no_wrap and str(cell):
                yield Padding(cell, (0, 0, 0, _SET_IN))


def _plain(column: Column) -> bool:
    return all(isinstance(cell, str | Text) for cell in column.cells)


def _head(column: Column) -> str:
    return " ".join(_text(column.header).plain.split())


def _text(cell: RenderableType) -> Text:
    return cell if isinstance(cell, Text) else Text(str(cell))


def _listed(items: list[Text], width: int) -> Text:
    """The items with " · " between them, in lines that end where one of them ends."""
    lines = [items[0]]
    for item in items[1:]:
        if cell_len(lines[-1].plain) + 3 + cell_len(item.plain) > width:
            lines.append(item)
        else:
            lines[-1] = Text.assemble(lines[-1], " · ", item)
    return Text("\n").join(lines)
