"""A class name stands once in the package: who reads it knows which is meant."""

from __future__ import annotations

import ast
from collections import defaultdict

from places import ROOT


def test_a_class_name_stands_once() -> None:
    places = defaultdict(list)
    for file in (ROOT / "selectmodel").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):
                places[node.name].append(f"{file.relative_to(ROOT)}:{node.lineno}")
    assert places["Report"]
    # one callback a framework, each imported by the framework's name
    assert {name: where for name, where in places.items() if len(where) > 1}.keys() == {"SelectModel"}
