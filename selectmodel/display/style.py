"""How a report may look: decided once by the command line, so that no report asks the terminal.

Colours are those that can be read on white as well as on black: green, red and magenta; never yellow, cyan or blue.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import NamedTuple, Protocol


class GoOn(Protocol):
    """Writes the command line to go on with; ``same``: of the logs that were asked about, as they were named."""

    def __call__(self, command: str, logs: Sequence[str], more: Sequence[str] = (), *, same: bool = False) -> str: ...


def plain(command: str, logs: Sequence[str], more: Sequence[str] = (), *, same: bool = False) -> str:
    """``selectmodel advise 'my log.csv'``, quoted for a shell."""
    return shlex.join(["selectmodel", command, *logs, *more])


class Style(NamedTuple):
    """``width`` in columns; ``colour`` and ``lines`` (ruled tables) only for a terminal; ``verbose`` shows all.

    ``beside``: standard error has said already why there is no answer, so that the screen need not.
    ``curve``: there is room for a small picture of the curves. ``picture`` is the file of the curves that is written
    beside a page, as seen from it. ``again`` writes the command line to go on with.
    """

    width: int = 80
    colour: bool = False
    lines: bool = False
    verbose: bool = False
    beside: bool = False
    curve: bool = False
    picture: str = ""
    again: GoOn = plain
