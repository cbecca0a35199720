"""Extras mean something: what one brings is imported somewhere, and what is imported is brought by something."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from functools import cache
from pathlib import Path

import pytest
from places import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS: dict[str, list[str]] = PROJECT["optional-dependencies"]
#: Module of a package that has another name.
MODULES = {
    "import-linter": "importlinter", "markdown-it-py": "markdown_it", "protobuf": "google", "pyyaml": "yaml",
    "scikit-learn": "sklearn", "tensorboard-data-server": "tensorboard_data_server", "vl-convert-python": "vl_convert",
    "pre-commit": "pre_commit", "codespell": "codespell_lib", "mlflow-skinny": "mlflow",
}  # fmt: skip
#: Imported by nobody here → what loads or calls it.
LOADED = {
    "accelerate": "the Trainer of transformers",
    "ipykernel": "nbconvert, which runs notebooks",
    "pandas-stubs": "mypy",
    "protobuf": "tensorboard, pinned beside it",
    "pytest-xdist": "pytest -n",
    "psycopg": "sqlalchemy, for postgresql://",
    "s3fs": "fsspec, for s3://",
    "scipy-stubs": "mypy",
    "tensorboard-data-server": "tensorboard --load_fast",
    "types-pyyaml": "mypy",
}
#: Whose users have them: a callback lives in the training's own environment.
THEIRS = {"keras", "lightning", "peft", "pytorch_lightning", "safetensors", "torch", "transformers"}


def names(requirements: list[str]) -> set[str]:
    """The packages of a list of requirements, without what it takes over from other extras."""
    found = {re.split(r"[\[<>=!~; ]", one)[0].lower() for one in requirements}
    return found - {"selectmodel"}


def module(package: str) -> str:
    return MODULES.get(package, package.replace("-", "_"))


@cache
def imported(*folders: str) -> frozenset[str]:
    """Top-level modules that the files of some folders import, or hand by name to what imports them."""
    found: set[str] = set()
    files = [file for folder in folders for file in [ROOT / folder, *(ROOT / folder).rglob("*.py")] if file.is_file()]
    for file in files:
        for node in ast.walk(
            ast.parse(file.read_text(encoding="utf-8")) if file.suffix == ".py" else ast.Module([], [])
        ):
            if isinstance(node, ast.Import):
                found |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found.add(node.module.partition(".")[0])
            elif isinstance(node, ast.Call):
                found |= {one.value.partition(".")[0] for one in node.args if _is_text(one)}  # type: ignore[attr-defined]
    return frozenset(found)


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


#: Extra of users → none but the package uses it, by an import. What developers have may be called by its name as well.
OURS = {"charts", "parquet", "engines", "remote", "mcp", "trackers"} & set(EXTRAS)
THEIR_TEXTS = ("tests", "benchmarks", "docs", ".ci")


@pytest.mark.parametrize("extra", sorted(OURS))
def test_what_an_extra_of_users_brings_is_imported(extra: str) -> None:
    assert {one for one in names(EXTRAS[extra]) - set(LOADED) if module(one) not in imported("selectmodel")} == set()
    assert names(EXTRAS[extra])


@pytest.mark.parametrize("extra", sorted(set(EXTRAS) - OURS - {"lint"}))
def test_what_an_extra_of_developers_brings_is_used(extra: str) -> None:
    wanted = {one for one in names(EXTRAS[extra]) - set(LOADED) if module(one) not in imported("selectmodel", "tests")}
    folders = [ROOT / name for name in THEIR_TEXTS]
    files = [file for folder in folders for file in folder.rglob("*") if file.suffix in ("", ".py", ".md")]
    told = "\n".join(_text(str(file)) for file in files if file.is_file() and file != Path(__file__))
    assert {one for one in wanted if not re.search(rf"\b({re.escape(module(one))}|{one})\b", told)} == set()


def test_what_the_package_imports_is_brought_by_something() -> None:
    found = set()
    for file in (ROOT / "selectmodel").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found.add(node.module.partition(".")[0])
    brought = names(PROJECT["dependencies"]).union(*(names(EXTRAS[extra]) for extra in OURS))
    # of jinja2 and of mcp
    ours = {"selectmodel", "_typeshed", "markupsafe", "anyio", "jsonschema", "mcp_types", *sys.stdlib_module_names}
    assert found - ours - THEIRS - {module(package) for package in brought} == set()


def test_every_dependency_is_imported() -> None:
    assert {one for one in names(PROJECT["dependencies"]) if module(one) not in imported("selectmodel")} == set()


def test_what_lint_brings_is_run() -> None:
    run = (ROOT / ".ci/run").read_text(encoding="utf-8")
    programs = {"import-linter": "lint-imports"}
    assert {one for one in names(EXTRAS["lint"]) - set(LOADED) if f"/{programs.get(one, one)}" not in run} == set()


def test_the_messages_name_extras_that_are_there() -> None:
    pages = [*(ROOT / "selectmodel").rglob("*.py"), ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    for page in pages:
        for extra in re.findall(r"selectmodel\[([\w,-]+)\]", page.read_text(encoding="utf-8")):
            assert set(extra.split(",")) <= set(EXTRAS), page


def test_the_version_stands_in_one_place() -> None:
    import selectmodel

    assert PROJECT["dynamic"] == ["version"] and "version" not in PROJECT
    assert re.search(rf"^version: {re.escape(selectmodel.__version__)}$", _text("CITATION.cff"), re.MULTILINE)
    assert f"## {selectmodel.__version__}" in _text("CHANGELOG.md")
    stating = [
        file for file in (ROOT / "selectmodel").rglob("*.py") if f'"{selectmodel.__version__}"' in file.read_text()
    ]
    assert [file.name for file in stating] == ["version.py"]


def test_pythons_that_are_told_are_those_that_are_allowed() -> None:
    minors = [int(one.rpartition(".")[2]) for one in PROJECT["classifiers"] if re.search(r":: 3\.\d+$", one)]
    assert PROJECT["requires-python"] == f">=3.{min(minors)}"
    assert minors == list(range(min(minors), max(minors) + 1))


def test_the_licence_is_named_and_there() -> None:
    assert PROJECT["license"] == "MIT" and _text("LICENSE").startswith("MIT License")
    assert PROJECT["license-files"] == ["LICENSE"]
    assert not [
        one for one in PROJECT["classifiers"] if one.startswith("License ::")
    ]  # PEP 639: the expression says it


def _text(name: str) -> str:
    return (Path(ROOT) / name).read_text(encoding="utf-8")
