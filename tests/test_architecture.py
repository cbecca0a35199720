"""The picture of the floors that contributors see is the contract that imports are held to."""

from __future__ import annotations

import ast
import re
import tomllib
from collections import Counter

from places import ROOT

import selectmodel


def layers() -> list[set[str]]:
    """The floors of the contract, the top one first."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    floors = next(one["layers"] for one in contracts if one.get("containers") == ["selectmodel"])
    return [{name.strip() for name in floor.split("|")} for floor in floors]


def test_the_picture_of_the_floors_is_the_contract() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    picture = page.partition("```\n")[2].partition("```")[0].splitlines()
    drawn = [{name.strip() for name in re.split(r"\s{2,}", line.strip())[0].split("│")} for line in picture]
    assert drawn == layers()


def test_every_file_and_folder_of_the_root_has_a_floor_and_there_are_few() -> None:
    package = ROOT / "selectmodel"
    assert selectmodel.__file__ is not None
    files = {path.stem for path in package.glob("*.py")} - {"__init__"}
    folders = {path.name for path in package.iterdir() if any(path.glob("*.py"))}
    assert Counter(name for floor in layers() for name in floor) == Counter(files | folders)
    assert len(files) + 1 <= 12


def test_the_pages_name_only_files_that_are_there() -> None:
    pages = [*(ROOT / "docs").glob("*.md"), ROOT / "CONTRIBUTING.md", ROOT / "README.md"]
    for page in (*pages, *(ROOT / "benchmarks").glob("*/*.md")):
        for name in re.findall(r"\bselectmodel/[a-z_/]+(?:\.[a-z]+)+\b", page.read_text(encoding="utf-8")):
            assert (ROOT / name).exists(), f"{page}: {name}"
    for page in pages:
        for name in re.findall(r"`((?:selectmodel/|tests/)?[a-z_]+/[a-z_/]*\.py)`", page.read_text(encoding="utf-8")):
            assert (ROOT / name).exists() or (ROOT / "selectmodel" / name).exists(), f"{page.name}: {name}"


def test_no_file_and_no_function_is_too_long_to_be_seen_at_once() -> None:
    """As benchmarks/structure/run.py counts them: a function without its signature and docstring."""
    for path in sorted((ROOT / "selectmodel").rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        assert len(text.splitlines()) <= 320, path
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef):
                body = node.body[1:] if ast.get_docstring(node) is not None else node.body
                assert not body or (node.end_lineno or 0) - body[0].lineno < 55, f"{path}: {node.name}"
