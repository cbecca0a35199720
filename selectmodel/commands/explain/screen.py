"""The screen of ``explain``: a page as it is written, with the settings and the figures below."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rich.console import RenderableType
from rich.padding import Padding
from rich.text import Text

from selectmodel.commands.explain import measured_screen
from selectmodel.display import tables
from selectmodel.display.style import Style

if TYPE_CHECKING:
    from selectmodel.commands.explain.catalogue import Page

_HEADINGS = ("Formula", "Use when", "Avoid when", "Cost", "Source", "Example",
             "What it measures", "Why it matters", "What it says", "Often right?", "What to do")  # fmt: skip
#: Width to which pages are written in the source; a line that long goes on in the next one.
_WRITTEN = 112


def lay_out(page: Page, style: Style) -> Iterator[RenderableType]:
    """Name and kind, the page, the settings, how well it did."""
    yield Text.assemble((page.name, "bold"), f" ({page.what})")
    for line in _reflowed(page.text):
        text = line.lstrip()
        heading = text == line and line in _HEADINGS
        yield Padding(Text(text, style="bold" if heading else ""), (0, 0, 0, len(line) - len(text)))
    if page.settings:
        yield ""
        yield Text("Settings", style="bold")
        table = tables.empty(style)
        for name in ("setting", "default", "allowed", "meaning"):
            table.add_column(name, no_wrap=name in ("setting", "default"))
        table_of = {"check": "checks.", "advice": "advice."}.get(page.what.partition(" ")[0], "")
        owner = f"{table_of}{page.name}"
        for setting in page.settings:
            table.add_row(f"{owner}.{setting.name}", setting.default, setting.allowed, setting.meaning)
        yield table
    if page.measured is not None:
        yield ""
        yield from measured_screen.measured(page.measured, style)
    elif page.what == "rule":
        yield ""
        yield Text("Not measured on other runs.")


def _reflowed(page: str) -> Iterator[str]:
    """The page's lines, those joined that were only broken because the source is so wide."""
    held, last = "", ""
    for line in [*page.splitlines(), ""]:
        text = line.strip()
        broken = len(last) + 1 + len(text.partition(" ")[0]) > _WRITTEN
        if text and broken and _indent(line) >= _indent(held):
            held += f" {text}"
        else:
            yield held
            held = line
        last = line


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
