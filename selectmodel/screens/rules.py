"""The screen of ``rules``."""

from __future__ import annotations

from collections.abc import Iterator

from rich import box
from rich.console import RenderableType
from rich.table import Table

from selectmodel.catalogue import RuleList
from selectmodel.style import Style


def lay_out(answer: RuleList, style: Style) -> Iterator[RenderableType]:
    """One row a rule, and where to read more."""
    table = Table(box=box.SIMPLE_HEAD if style.lines else None, show_edge=False, pad_edge=False, header_style="bold")
    table.add_column("rule", no_wrap=True)
    table.add_column("what it recommends")
    for entry in answer.rules:
        table.add_row(entry.name, entry.summary)
    yield table
    yield ""
    yield "One rule in full: selectmodel explain NAME"
