"""Text for people: readable at 80 columns, without colour, and in a pipe."""

from __future__ import annotations

import io

from selectmodel.answer import Answer
from selectmodel.display.console import console, show
from selectmodel.display.escaping import inert
from selectmodel.display.style import Style

SUFFIXES = (".txt", ".text")
READABLE = True
USED_FOR = "screens"


def render(answer: Answer, style: Style) -> str:
    """The screen of the answer. Without colour, no line ends in blanks."""
    out = io.StringIO()
    show(answer.screen(style), console(out, style))
    page = out.getvalue()
    if not style.colour:
        page = "".join(f"{line.rstrip()}\n" for line in page.splitlines())
    return inert(page, r"\x3a", r"\x5b")
