"""The screen of ``explain plugins``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rich.console import RenderableType
from rich.text import Text

from selectmodel.display import tables
from selectmodel.display.escaping import LONGEST, visible
from selectmodel.display.style import Style

if TYPE_CHECKING:
    from selectmodel.commands.explain.plugins import PluginList


def lay_out(answer: PluginList, style: Style) -> Iterator[RenderableType]:
    """One row a plug-in, and what is wrong with those that are not used."""
    if not answer.plugins:
        yield Text("No other package brings plug-ins: everything here is selectmodel's own.")
        return
    table = tables.empty(style)
    for name in ("kind", "name", "package"):
        table.add_column(name, no_wrap=True)
    table.add_column("state")
    for one in answer.plugins:
        cells = (one.kind, one.name, f"{one.package} {one.version}", one.fault or "works")
        table.add_row(*(Text(visible(cell, LONGEST)) for cell in cells), style="" if not one.fault else "magenta")
    yield table
