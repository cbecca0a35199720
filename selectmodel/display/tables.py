"""The one way tables look: two blanks between columns, and a line below the header on a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from rich import box
from rich.cells import cell_len
from rich.table import Table
from rich.text import Text

from selectmodel.display.style import Style


class TableColumn(NamedTuple):
    """A column of figures or short words; ``left`` where they begin below each other.

    ``dispensable`` 1, 2, … where it may be left out on a narrow screen, the highest first.
    """

    name: str
    cells: list[Text]
    dispensable: int = 0
    left: bool = False

    @property
    def width(self) -> int:
        """In columns of the screen, with the two blanks after it."""
        return 2 + max(cell_len(line) for text in (self.name, *map(str, self.cells)) for line in text.split("\n"))


def empty(style: Style) -> Table:
    """A table without columns yet."""
    return Table(
        box=box.SIMPLE_HEAD if style.lines else None,
        padding=(0, 1, 0, 0) if style.lines else (0, 1),
        show_edge=False,
        pad_edge=False,
        header_style="bold",
    )


def filled(columns: Sequence[TableColumn], style: Style, width: int) -> Table:
    """A table of ``columns`` without the dispensable ones that do not fit ``width`` columns of the screen."""
    kept = list(columns)
    for rank in sorted({column.dispensable for column in columns} - {0}, reverse=True):
        if sum(column.width for column in kept) - 2 > width:
            kept = [column for column in kept if column.dispensable != rank]
    table = empty(style)
    for column in kept:
        table.add_column(column.name, justify="left" if column.left else "right", no_wrap=True)
    for row in zip(*(column.cells for column in kept), strict=True):
        table.add_row(*row)
    return table
