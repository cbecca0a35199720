"""Where a name, such as a path, may be broken: nowhere else does a line end inside it."""

from __future__ import annotations

import re

from rich.cells import cell_len


def broken(name: str, width: int) -> str:
    """A name, such as a path, in lines of at most ``width`` columns that end behind a slash, a dash, a dot or a blank.

    Only a piece that is longer than a line is broken anywhere.
    """
    lines = [""]
    for piece in re.findall(r"[^/]+/?|/|", name) if cell_len(name) > width else [name]:
        for part in [piece] if cell_len(piece) <= width else re.findall(r"[^-_. ]*[-_. ]?", piece):
            if lines[-1] and cell_len(lines[-1] + part) > width:
                lines.append("")
            lines[-1] += part
    return "\n".join(lines)
