"""Bytes as text: byte order marks, UTF-16 from PowerShell, old code pages; and what is not text at all."""

from __future__ import annotations

import codecs
import re

from selectmodel.errors import LogError
from selectmodel.records import Note

_SAMPLE = 4096
#: Control characters but tab, line ends, form feed, escape, and NUL, which is judged on its own.
_ODD = re.compile(r"[\x01-\x08\x0b\x0e-\x1a\x1c-\x1f]")
_FIRST_LINE = re.compile(r"\S[^\n]*")


def decode(data: bytes, path: str, label: str) -> tuple[str, tuple[Note, ...]]:
    """The text with ``\\n`` line ends (``\\r\\n``, ``\\r\\r\\n`` and ``\\r`` become one each), and what to tell.

    A ``\\r`` that ends a text of ``\\r\\n`` is half a line end, which is none: the line was not written to its end.

    NUL characters inside later lines are kept for the caller to refuse. Raises LogError for what is not text.
    """
    text, encoding = _text(data)
    first = _FIRST_LINE.search(text)
    if first and "\0" in first[0]:
        raise LogError(f"{path}: is not text (NUL at byte {data.find(0)})")
    sample = text[:_SAMPLE]
    odd = _ODD.findall(sample)
    if len(odd) > max(8, 0.05 * len(sample)):
        raise LogError(f"{path}: is not text (control character {odd[0]!r} at character {sample.index(odd[0])})")
    if text.endswith("\r") and "\r\n" in text:
        text = text.rstrip("\r")
    text = text.replace("\r\r\n", "\n").replace("\r\n", "\n").replace("\r", "\n")
    if encoding == "UTF-8":
        return text, ()
    return text, (Note("SM103", f"the text is not UTF-8; it was read as {encoding}", label),)


def _text(data: bytes) -> tuple[str, str]:
    for mark, encoding in ((codecs.BOM_UTF16_LE, "UTF-16-LE"), (codecs.BOM_UTF16_BE, "UTF-16-BE")):
        if data.startswith(mark):
            return _utf16(data[2:], encoding), encoding
    sample = data[:_SAMPLE]
    even, odd, half = sample[0::2].count(0), sample[1::2].count(0), max(1, len(sample) // 2)
    # ASCII text in UTF-16 has a NUL in every other byte.
    if odd > 0.6 * half and even < 0.05 * half:
        return _utf16(data, "UTF-16-LE"), "UTF-16-LE"
    if even > 0.6 * half and odd < 0.05 * half:
        return _utf16(data, "UTF-16-BE"), "UTF-16-BE"
    try:
        return data.decode("utf-8-sig"), "UTF-8"
    except UnicodeDecodeError:
        return data.removeprefix(codecs.BOM_UTF8).decode("latin-1"), "Latin-1"


def _utf16(data: bytes, encoding: str) -> str:
    # A log that is being written may end inside a character.
    return data[: len(data) // 2 * 2].decode(encoding, errors="replace")
