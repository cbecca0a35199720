"""Text for people: readable at 80 columns, without colour, and in a pipe."""

from __future__ import annotations

import io
from typing import Any

from selectmodel.screens.printing import console, show
from selectmodel.style import Style


def render(answer: Any, style: Style) -> str:
    """The screen of the answer. Without colour, no line ends in blanks."""
    out = io.StringIO()
    show(answer, style, console(out, style))
    if style.colour:
        return out.getvalue()
    return "".join(f"{line.rstrip()}\n" for line in out.getvalue().splitlines())
