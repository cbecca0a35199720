"""Makes names from a log harmless on a screen: control characters are shown, not obeyed."""

from __future__ import annotations

import unicodedata

#: Longer names are shown shortened; data-derived text of a megabyte must not flood a screen.
SHOWN = 120


def visible(text: str, limit: int | None = SHOWN) -> str:
    """``text`` with ESC, line breaks, other controls, bidi overrides and zero-width characters shown as ``\\x1b``.

    Longer than ``limit`` characters, the middle is left out. The number of a metric is never touched by this.
    """
    shown = "".join(character if _harmless(character) else _code(character) for character in text)
    if limit is not None and len(shown) > limit:
        half = (limit - 1) // 2
        shown = f"{shown[:half]}…{shown[-half:]}"
    return shown


def _harmless(character: str) -> bool:
    # Cc controls, Cf formats (bidi, zero width), Cs lone surrogates, Co/Cn private and unassigned, Zl/Zp line breaks
    return (character.isascii() and character.isprintable()) or unicodedata.category(character) not in {
        "Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp",
    }  # fmt: skip


def _code(character: str) -> str:
    number = ord(character)
    if number < 0x100:
        return f"\\x{number:02x}"
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"
