"""JSON for scripts: strict, one object, described by the JSON Schema that ships with the package."""

from __future__ import annotations

import json

from selectmodel.answer import Document
from selectmodel.display.escaping import inert
from selectmodel.display.style import Style

USED_FOR = "records"


def render(answer: Document, style: Style) -> str:
    """The answer's ``to_dict()``; ASCII only, so that no control character of a name reaches a terminal."""
    page = json.dumps(answer.to_dict(), indent=2, allow_nan=False, ensure_ascii=True) + "\n"
    return inert(page, ":", r"\u005b")
