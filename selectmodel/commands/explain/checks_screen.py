"""The screen of ``checks``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rich.console import RenderableType

from selectmodel.display import tables
from selectmodel.display.style import Style

if TYPE_CHECKING:
    from selectmodel.commands.explain.catalogue import CheckList


def lay_out(answer: CheckList, style: Style) -> Iterator[RenderableType]:
    """One row a check, and where to read more."""
    table = tables.empty(style)
    for name in ("code", "check", "level"):
        table.add_column(name, no_wrap=True)
    for name in ("fires", "right"):
        table.add_column(name, no_wrap=True, justify="right")
    table.add_column("what it finds", min_width=24)
    for entry in answer.checks:
        shares = (_share(entry.fires), _share(entry.right))
        table.add_row(entry.code, entry.name, entry.level, *shares, entry.summary)
    yield table
    yield ""
    yield "fires: share of real training runs; right: share of those in which the test data confirmed it."
    yield "One check in full: selectmodel explain SM201. Another level: --set checks.overfitting=fail"


def _share(value: float | None) -> str:
    if value is None:
        return "–"
    return "<1 %" if 0 < value < 0.005 else f"{100 * value:.0f} %"
