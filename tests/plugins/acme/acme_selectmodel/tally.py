"""How many rows the table of an answer has, a stroke each."""

from __future__ import annotations

from typing import Any

from selectmodel.display.style import Style

SUFFIXES = (".tally", ".strokes")


def render(answer: Any, style: Style) -> str:
    """A line of strokes."""
    return "|" * (sum(1 for _ in answer.table()) - 1) + "\n"
