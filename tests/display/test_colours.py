"""Colours of a terminal are those that can be read on white as well as on black."""

from __future__ import annotations

import ast
import re

from places import ROOT

#: Pale on white, or dark on black, in the colours that terminals begin with.
_UNFIT = re.compile(r"((not |bold|dim|italic|reverse|underline) ?)*(bright_)?(yellow|cyan|blue)")


def test_no_text_is_of_a_colour_that_some_background_hides() -> None:
    found = [
        f"{path.name}:{node.lineno}: {node.value}"
        for path in sorted((ROOT / "selectmodel").rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and _UNFIT.fullmatch(node.value)
    ]
    assert found == []
