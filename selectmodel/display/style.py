"""How a report may look: decided once by the command line, so that no report asks the terminal."""

from __future__ import annotations

from typing import NamedTuple


class Style(NamedTuple):
    """``width`` in columns; ``colour`` and ``lines`` (ruled tables) only for a terminal; ``verbose`` shows all.

    ``beside``: standard error has said already why there is no answer, so that the screen need not.
    ``curve``: there is room for a small picture of the curves. ``picture`` is the file of the curves that is written
    beside a page, as seen from it.
    """

    width: int = 80
    colour: bool = False
    lines: bool = False
    verbose: bool = False
    beside: bool = False
    curve: bool = False
    picture: str = ""
