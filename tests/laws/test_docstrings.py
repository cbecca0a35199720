"""What public functions say of themselves: the shapes of arrays, and which errors they raise."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest
from places import ROOT

ARRAYS = {"Floats", "Bools", "Ints", "Words", "Bytes", "Offsets", "NDArray"}
SHAPE = re.compile(r"\([\w +-]+,[\w, ]*\)|\(…")


def public() -> Iterator[tuple[str, ast.FunctionDef]]:
    """Every function and method of the package whose name and whose class's name have no underscore."""
    for path in sorted((ROOT / "selectmodel").rglob("*.py")):
        body = ast.parse(path.read_text(encoding="utf-8")).body
        classes = [node for node in body if isinstance(node, ast.ClassDef) and not node.name.startswith("_")]
        owners = [(node, "") for node in body] + [(node, f"{owner.name}.") for owner in classes for node in owner.body]
        for node, owner in owners:
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
                yield f"{path.relative_to(ROOT)}:{owner}{node.name}", node


Functions = dict[str, ast.FunctionDef]


@pytest.fixture(scope="module")
def functions() -> Functions:
    return dict(public())


def over_arrays(node: ast.FunctionDef) -> bool:
    """Whether an array is given or returned."""
    hints = [argument.annotation for argument in (*node.args.args, *node.args.kwonlyargs)] + [node.returns]
    names = {inner.id for hint in hints if hint for inner in ast.walk(hint) if isinstance(inner, ast.Name)}
    return bool(names & ARRAYS)


def page(node: ast.FunctionDef) -> str:
    return ast.get_docstring(node) or ""


def test_a_function_over_arrays_names_their_shapes(functions: Functions) -> None:
    over = {name: node for name, node in functions.items() if over_arrays(node)}
    assert over
    assert [name for name, node in over.items() if not SHAPE.search(page(node))] == []


def test_a_function_says_what_it_returns_and_not_that_it_is_the_same(functions: Functions) -> None:
    assert [name for name, node in functions.items() if page(node).startswith(("The same", "As above"))] == []
