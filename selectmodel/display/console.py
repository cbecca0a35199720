"""Prints the parts of a screen onto a rich console that never obeys a name."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable

from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from selectmodel.display.style import Style

#: Narrower than this, lines are left to the terminal to wrap: a number is never cut.
NARROWEST = 40
#: No screen of ours hangs on it; of a console that is not told, rich asks the system for each line.
_HEIGHT = 25


def console(out: io.StringIO, style: Style, *, record: bool = False) -> Console:
    """A console that writes to ``out`` in the given style and never interprets a name as markup."""
    return Console(
        file=out,
        width=max(style.width, NARROWEST),
        height=_HEIGHT,
        force_terminal=style.colour,
        color_system="standard" if style.colour else None,
        no_color=not style.colour,
        record=record,
        legacy_windows=False,
        force_jupyter=False,  # there a console would show what it prints beside what is returned
        emoji=False,
        markup=False,
        highlight=False,
    )


#: Stands for a space at which no line ends: a character of no script, as wide as the space.
_TIE = "\ue000"
_TIED = re.compile(r"(?<=\d) (?=%)|(?<=%:) |(?<=epoch) (?=\d)|(?<=epochs) (?=\d)|(?<=step) (?=\d)|(?<=patience) (?=\d)")


def show(parts: Iterable[RenderableType], screen: Console) -> None:
    """Prints the parts of a screen, from top to bottom; of a table that has no room, each row by itself."""
    for part in parts:
        if isinstance(part, Table):
            from selectmodel.display import stacking

            if stacking.least(part, screen) > screen.width:
                show(stacking.stacked(part, screen.width), screen)
                continue
        whole = isinstance(part, Text) and bool(part.no_wrap)
        shown = _wrapped(part, screen) if isinstance(part, Text) and not whole else part
        screen.print(shown, markup=False, highlight=False, soft_wrap=whole)


def _wrapped(text: Text, screen: Console) -> Text:
    """The text in lines that end neither between a number, its % and its range nor between "epoch" and its number."""
    if not _TIED.search(text.plain):
        return text
    return Text("\n", end=text.end).join(wrapped(text, screen, screen.width))


def wrapped(text: Text, screen: Console, width: int) -> list[Text]:
    """Lines of at most ``width`` columns in which what belongs together stands together."""
    tied = _TIED.sub(_TIE, text.plain)
    if tied == text.plain or _TIE in text.plain:
        return list(text.wrap(screen, width))
    kept = text.copy()
    kept.plain = tied
    lines = list(kept.wrap(screen, width))
    for line in lines:
        line.plain = line.plain.replace(_TIE, " ")
    return lines
