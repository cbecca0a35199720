"""Text of others inside Markdown: shown as it is; it mentions nobody, links nowhere and ends no cell."""

from __future__ import annotations

import re

from selectmodel.display.escaping import LONGEST, visible

#: Text of nothing but these reads the same as Markdown; underscores and stars are made references below.
_WORDS = re.compile(r"[A-Za-z0-9\u00c0-\u024f .,;:?'\"()%=+/→–…±×_*-]*")
#: What a forge would make a link of even so: addresses, commits, issues.
_LINKS = re.compile(r"(?i)www\.|[a-z]:/|\b[0-9a-f]{7,}\b|\bgh-[0-9]")


def code(text: str, limit: int | None = LONGEST) -> str:
    """``text`` as a code span that also stands in a table.

    HTML's own ``<code>`` with every mark as a character reference, because a span of backticks in a table still breaks
    at a bar, and because forges look for mentions everywhere but inside it.
    """
    shown = visible(text, limit)
    return "<code>" + re.sub(r"[^A-Za-z0-9 .,+/%()→–…±-]", _reference, shown) + "</code>"


def words(text: str, limit: int | None = LONGEST) -> str:
    """``text`` as running words; as a code span where it holds more than words and numbers."""
    shown = visible(text, limit)
    if not _WORDS.fullmatch(shown) or _LINKS.search(shown):
        return code(shown, None)
    return re.sub(r"[_*:'\"]", _reference, shown)


def row(*cells: str) -> str:
    """A row of a table from cells that are Markdown already."""
    return "| " + " | ".join(cells) + " |"


def _reference(found: re.Match[str]) -> str:
    return f"&#{ord(found[0])};"
