"""A table for spreadsheets and scripts: one row a point (inspect) or one row a rule (pick)."""

from __future__ import annotations

import csv
import io
from typing import Any

from selectmodel.answer import Answer
from selectmodel.display.escaping import inert, visible
from selectmodel.display.style import Style


def render(answer: Answer, style: Style) -> str:
    """The answer's ``table()``. Text that a spreadsheet would run as a formula gets a leading apostrophe (CWE-1236).

    Control characters of names are shown as ``\\x1b``, so that a row is a line; numbers are left as they are.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    for row in answer.table():
        writer.writerow([_safe(cell) for cell in row])
    return out.getvalue()


def _safe(cell: Any) -> Any:
    if not isinstance(cell, str):
        return cell
    shown = inert(visible(cell, None), ":", r"\x5b")
    return f"'{shown}" if shown.lstrip().startswith(("=", "+", "-", "@", "::")) else shown
