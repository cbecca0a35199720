"""What a reader looks at to tell a format: the header of a table and its first rows."""

from __future__ import annotations

import re
from functools import lru_cache

from selectmodel.errors import LogError
from selectmodel.files.opening import ReadOptions
from selectmodel.readers.table import markdown, text_rows
from selectmodel.readers.table.careful import Table, parse

_OUTLINE_LINES = 32
#: More zero bytes in a row than text has in any encoding.
_NO_TEXT = bytes(6)
_AS_ZERO = bytes.maketrans(b"123456789", b"0" * 9)
#: A first column without a name of its own counts epochs if its numbers do.
_COUNTS_ROWS = re.compile(rb"\s*(?:[,;\t|]|index\b|unnamed)", re.IGNORECASE)


# Every reader of tables sniffs the same head in turn.
@lru_cache(maxsize=2)
def outline(head: bytes) -> bytes:
    """A header and the first rows below it, each number in these as 0: all that tells a format.

    The logs of a sweep have one outline, so that what is found out about one needs not be asked of the others.
    """
    stop = head.find(b"\n") + 1
    if text_rows.told_delimiter(head[:stop].decode("latin-1")):
        stop = head.find(b"\n", stop) + 1
    names = head[:stop]
    if not names.strip() or b'"' in head or b"\0" in head or markdown.may_hold_one(head):
        return head
    lines = head.split(b"\n", _OUTLINE_LINES + 1)  # the header, so many rows, and the rest if there is any
    stop = len(head) - len(lines[-1]) if len(lines) > _OUTLINE_LINES + 1 else len(head)
    rows = head[len(names) : stop]
    if _COUNTS_ROWS.match(names) or names.strip() in rows:
        return names + rows
    rows = rows.translate(_AS_ZERO)
    rows = rows.replace(b"00000000", b"0").replace(b"0000", b"0")
    while b"00" in rows:
        rows = rows.replace(b"00", b"0")
    return names + rows.replace(b"0e-0", b"0")


@lru_cache(maxsize=64)
def preview(outline: bytes) -> Table | None:
    """The outline of a file as a table, for sniffing; None if it is none. Never raises.

    Where rows are broken the header alone speaks, so that reading can say what is wrong with them.
    """
    if _NO_TEXT in outline[:16]:  # an event file: the length of its first record
        return None
    whole = outline[: outline.rfind(b"\n") + 1] or outline
    for part in (whole, whole.lstrip().split(b"\n", 1)[0]):
        try:
            return parse(part, "", "", ReadOptions(complete=True), preview=True)
        except LogError:
            continue
    return None
