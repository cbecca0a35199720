"""Prints an answer's screen onto a rich console that never obeys a name."""

from __future__ import annotations

import importlib
import io
from typing import Any

from rich.console import Console
from rich.text import Text

from selectmodel.style import Style

#: Narrower than this, lines are left to the terminal to wrap: a number is never cut.
NARROWEST = 72


def console(out: io.StringIO, style: Style, *, record: bool = False) -> Console:
    """A console that writes to ``out`` in the given style and never interprets a name as markup."""
    return Console(
        file=out,
        width=max(style.width, NARROWEST),
        force_terminal=style.colour,
        color_system="standard" if style.colour else None,
        no_color=not style.colour,
        record=record,
        legacy_windows=False,
        emoji=False,
        markup=False,
        highlight=False,
    )


def show(answer: Any, style: Style, screen: Console) -> None:
    """Prints the parts that the answer's own screen lays out."""
    layout = importlib.import_module(f"selectmodel.screens.{answer.kind}")
    for part in layout.lay_out(answer, style):
        whole = isinstance(part, Text) and bool(part.no_wrap)
        screen.print(part, markup=False, highlight=False, soft_wrap=whole)
