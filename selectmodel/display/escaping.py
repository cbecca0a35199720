"""Makes names from a log harmless on a screen: control characters are shown, not obeyed."""

from __future__ import annotations

import re
import unicodedata

#: Longer names are shown shortened; data-derived text of a megabyte must not flood a screen.
SHOWN = 120
#: The same for sentences, which may hold several names, and for paths.
LONGEST = 4000


def visible(text: str, limit: int | None = SHOWN) -> str:
    """``text`` with ESC, line breaks, other controls, bidi overrides and zero-width characters shown as ``\\x1b``.

    Longer than ``limit`` characters, the middle is left out. The number of a metric is never touched by this.
    """
    if limit is None or len(text) <= limit:
        shown = _shown(text)
        return shown if limit is None or len(shown) <= limit else _ends(shown, shown, limit)
    return _ends(_shown(text[:limit]), _shown(text[-limit:]), limit)


def _ends(head: str, tail: str, limit: int) -> str:
    half = (limit - 1) // 2
    return f"{head[:half]}…{tail[-half:]}"


def _shown(text: str) -> str:
    if text.isascii() and text.isprintable():
        return text
    return "".join(character if _harmless(character) else _code(character) for character in text)


def inert(page: str, colon: str, bracket: str) -> str:
    """A page in which a CI runner finds no command: no line begins with ``::``, and ``##[`` stands nowhere.

    ``colon`` and ``bracket`` are the page's own spellings of ``:`` and ``[``. GitHub's runner executes such lines
    (CVE-2020-15228), blanks in front of them included.
    """
    if "::" in page:
        page = re.sub(r"(?m)^([^\S\n]*):(?=:)", lambda found: found[1] + colon, page)
    return page.replace("##[", f"##{bracket}")


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
