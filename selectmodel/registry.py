"""Finds plug-ins: a folder is its own list. ``names`` never imports a plug-in, ``load`` imports just one.

Kinds are the folders "readers", "rules", "checks" and "reports". Other packages add members through entry points of the
group ``selectmodel.<kind>``, whose name is the plug-in's and whose value is a module of the same shape.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from contextlib import suppress
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from selectmodel.errors import UsageError
from selectmodel.settings import nearest

_PACKAGE = Path(__file__).parent


@cache
def names(kind: str) -> tuple[str, ...]:
    """The plug-ins of a kind, sorted, found by listing its folder and the installed entry points."""
    own = {path.stem for path in (_PACKAGE / kind).glob("[a-z]*.py")}
    return tuple(sorted(own | set(_entry_points(kind))))


@cache
def load(kind: str, name: str) -> ModuleType:
    """The module of one plug-in. Raises UsageError, with the nearest name, if there is none."""
    if name not in names(kind):
        hint = nearest(name, names(kind))
        known = f"did you mean {hint}?" if hint else "there are " + ", ".join(names(kind))
        raise UsageError(f"no {kind.removesuffix('s')} is named {name!r}; {known}")
    return importlib.import_module(_module_name(kind, name))


@cache
def page(kind: str, name: str) -> str:
    """A plug-in's page, the docstring of its module, read from the source so that listing imports nothing."""
    import ast  # only listings and pages need it

    return ast.get_docstring(ast.parse(_source(kind, name))) or ""


@cache
def constant(kind: str, name: str, constant: str) -> Any:
    """A constant of a plug-in's module, read from the source so that listing imports nothing; None without one."""
    import ast

    for node in ast.parse(_source(kind, name)).body:
        if isinstance(node, ast.Assign) and any(isinstance(to, ast.Name) and to.id == constant for to in node.targets):
            return ast.literal_eval(node.value)
    return None


def summary(kind: str, name: str) -> str:
    """The first line of a plug-in's page."""
    return page(kind, name).partition("\n")[0]


def _source(kind: str, name: str) -> str:
    spec = importlib.util.find_spec(_module_name(kind, name))
    return "" if spec is None or spec.origin is None else Path(spec.origin).read_text(encoding="utf-8")


def _module_name(kind: str, name: str) -> str:
    own = (_PACKAGE / kind / f"{name}.py").exists()
    return f"selectmodel.{kind}.{name}" if own else _entry_points(kind)[name]


@cache
def _entry_points(kind: str) -> dict[str, str]:
    # importlib.metadata costs 20 ms; a light scan of sys.path tells whether any package declares our group at all.
    if not _group_declared(f"[selectmodel.{kind}]"):
        return {}
    from importlib.metadata import entry_points

    return {point.name: point.value for point in entry_points(group=f"selectmodel.{kind}")}


def _group_declared(header: str) -> bool:
    return any(header in listing for listing in _declarations(tuple(sys.path)))


@cache
def _declarations(places: tuple[str, ...]) -> list[str]:
    """What the packages installed in ``places`` declare."""
    found = []
    for folder in places:
        # A folder or a file that cannot be read declares nothing.
        with suppress(OSError):
            for listing in Path(folder or ".").glob("*.dist-info/entry_points.txt"):
                with suppress(OSError):
                    found.append(listing.read_text(encoding="utf-8", errors="replace"))
    return found
