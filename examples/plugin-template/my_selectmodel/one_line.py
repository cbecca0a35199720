"""The recommended epoch and its checkpoint on one line, for a chat message."""

from __future__ import annotations

from typing import Any

from selectmodel.display.escaping import inert, visible
from selectmodel.display.style import Style

KINDS = ("pick",)
SUFFIXES = (".line",)


def render(answer: Any, style: Style) -> str:
    """A line. Names come from logs: ``visible`` shows what would act on a screen, ``inert`` what a CI runner obeys."""
    pick = answer.recommended
    epoch = f"step {pick.step}" if pick.epoch is None else f"epoch {pick.epoch:g}"
    line = f"ship {epoch} by {pick.rule}: {pick.checkpoint or 'no checkpoint is known'}"
    return inert(visible(line, 400), r"\x3a", r"\x5b") + "\n"
