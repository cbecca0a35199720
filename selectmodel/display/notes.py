"""Notes as lines, the ones that matter most first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.text import Text

from selectmodel.display.escaping import LONGEST, visible
from selectmodel.display.style import Style
from selectmodel.records import Note

_SHOWN = 6


def note_lines(notes: Sequence[Note], style: Style) -> Iterator[Text]:
    """``warn SM105 file: message``, losses first, then warnings; the rest is counted unless verbose."""
    ordered = sorted(notes, key=lambda note: (not note.degrades, note.level != "warn"))
    shown = ordered if style.verbose else ordered[:_SHOWN]
    for note in shown:
        where = visible(Path(note.where).name if "/" in note.where else note.where)
        text = Text(f"{note.level} {note.code} ", style="magenta" if note.level == "warn" else "dim")
        text.append(f"{where}: " if where and where not in note.message else "")
        yield text.append(visible(note.message, LONGEST))
    if len(shown) < len(notes):
        yield Text(f"and {len(notes) - len(shown)} more notes (--verbose)", style="dim")
