"""The one way tables look: two blanks between columns, and a line below the header on a terminal."""

from __future__ import annotations

from rich import box
from rich.table import Table

from selectmodel.display.style import Style


def empty(style: Style) -> Table:
    """A table without columns yet."""
    return Table(
        box=box.SIMPLE_HEAD if style.lines else None,
        padding=(0, 1, 0, 0) if style.lines else (0, 1),
        show_edge=False,
        pad_edge=False,
        header_style="bold",
    )
