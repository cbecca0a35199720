"""The screen of ``rules``."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import RenderableType

from selectmodel.catalogue import RuleList
from selectmodel.screens import tables
from selectmodel.style import Style


def lay_out(answer: RuleList, style: Style) -> Iterator[RenderableType]:
    """One row a rule, and where to read more."""
    table = tables.empty(style)
    table.add_column("rule", no_wrap=True)
    table.add_column("what it recommends")
    for entry in answer.rules:
        table.add_row(entry.name, entry.summary)
    yield table
    yield ""
    yield "One rule in full: selectmodel explain NAME"
