"""What a module's source says, so that it need not be imported."""

from __future__ import annotations

import ast
import re
from typing import Any


def constant(text: str, name: str) -> Any:
    """The value that a module's source assigns to a name, None without one.

    Raises SyntaxError where it is no Python and ValueError where the value is not written out.
    """
    lines = re.findall(rf"^{name} = (.*)$", text, flags=re.MULTILINE)
    if len(lines) == 1:  # as nearly always: parsing the rest would take 50 times as long
        try:
            return ast.literal_eval(lines[0])
        except (SyntaxError, ValueError):
            pass
    if not re.search(rf"\b{name}\b", text):
        return None
    value = assignments(text).get(name)
    return None if value is None else ast.literal_eval(value)


def assignments(text: str) -> dict[str, ast.expr | None]:
    """The names that a module's source assigns at its top → what is assigned. Raises SyntaxError."""
    found: dict[str, ast.expr | None] = {}
    for node in ast.parse(text).body:
        if isinstance(node, (ast.Assign, ast.AnnAssign)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names = (part for target in targets for part in ast.walk(target))
            found |= {name.id: node.value for name in names if isinstance(name, ast.Name)}
    return found
