"""A table for spreadsheets and scripts: one row a point (inspect) or one row a rule (pick)."""

from __future__ import annotations

import csv
import io
from typing import Any

from selectmodel.style import Style


def render(answer: Any, style: Style) -> str:
    """The answer's ``table()``. Text that a spreadsheet would run as a formula gets a leading apostrophe (CWE-1236)."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    for row in answer.table():
        writer.writerow([_safe(cell) for cell in row])
    return out.getvalue()


def _safe(cell: Any) -> Any:
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell
