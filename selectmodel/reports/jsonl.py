"""JSON lines for scripts that read a row at a time: the answer's table, one strict object a line."""

from __future__ import annotations

import json

from selectmodel.answer import Answer, strict
from selectmodel.display.escaping import inert
from selectmodel.display.style import Style


def render(answer: Answer, style: Style) -> str:
    """The answer's ``table()``; a number that is not finite is null, with its state in a key beside it."""
    rows = answer.table()
    names = [str(name) for name in next(rows)]
    lines = []
    for row in rows:
        item = strict(dict(zip(names, row, strict=True)))
        lines.append(json.dumps(item, allow_nan=False, ensure_ascii=True))
    return inert("".join(f"{line}\n" for line in lines), ":", r"\u005b")
