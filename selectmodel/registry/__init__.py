"""Finds plug-ins: a folder is its own list. ``names`` never imports a plug-in, ``load`` imports just one.

Kinds are the folders "readers", "rules", "checks", "advice" and "reports". Other packages add members through entry
points of the group ``selectmodel.<kind>``, whose name is the plug-in's and whose value is a module of the same shape.
What a module may hold stands in :mod:`selectmodel.registry.contract`. One that is faulty is met as a PluginError that
names it and its package, where it comes from another one; where it is ours, as the bug that it is.
"""

from __future__ import annotations

import importlib
import importlib.util
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, overload

from selectmodel.errors import PluginError, UsageError
from selectmodel.registry import packages
from selectmodel.registry.packages import Declared
from selectmodel.settings import nearest

# Listings and --help do without the contract, which takes its time to be made.
if TYPE_CHECKING:
    from selectmodel.records import Note
    from selectmodel.registry.contract import AdviceSubject, Check, Plugin, Reader, ReportFormat, Rule

#: What an output format is used for where none is named.
Use = Literal["screens", "notebooks", "records", "summaries"]
Kind = Literal["readers", "rules", "checks", "advice", "reports"]
#: What a plug-in of a kind is called in a sentence.
NOUNS: dict[Kind, str] = {
    "readers": "reader", "rules": "rule", "checks": "check", "advice": "subject of advice", "reports": "output format",
}  # fmt: skip
#: The folder of the package.
PACKAGE = Path(__file__).parents[1]


@cache
def names(kind: Kind) -> tuple[str, ...]:
    """The plug-ins of a kind, sorted, found by listing its folder and the installed entry points."""
    return tuple(sorted(own(kind) | _others(kind).keys()))


@cache
def own(kind: Kind) -> frozenset[str]:
    """The plug-ins of a kind that are ours."""
    return frozenset(path.stem for path in (PACKAGE / kind).glob("[a-z]*.py"))


@overload
def load(kind: Literal["readers"], name: str) -> Reader: ...
@overload
def load(kind: Literal["rules"], name: str) -> Rule: ...
@overload
def load(kind: Literal["checks"], name: str) -> Check: ...
@overload
def load(kind: Literal["advice"], name: str) -> AdviceSubject: ...
@overload
def load(kind: Literal["reports"], name: str) -> ReportFormat: ...
def load(kind: Kind, name: str) -> Plugin:
    """One plug-in. Raises UsageError, with the nearest name, if there is none, and PluginError if it is faulty."""
    if name not in own(kind) and name not in _others(kind):
        hint = nearest(name, names(kind))
        known = f"did you mean {hint}?" if hint else "there are " + ", ".join(names(kind))
        raise UsageError(f"no {NOUNS[kind]} is named {name!r}; {known}")
    loaded = _loaded(kind, name)
    if isinstance(loaded, PluginError):
        raise loaded
    return loaded


@cache
def _loaded(kind: Kind, name: str) -> Plugin | PluginError:
    from selectmodel.registry import contract

    record = contract.RECORDS[kind]
    if name in own(kind):
        module = importlib.import_module(f"selectmodel.{kind}.{name}")
        try:
            return contract.record_of(record, module, name=name, package="", version="")
        except TypeError as fault:
            raise TypeError(f"{NOUNS[kind]} {name}: {fault}") from None
    from selectmodel.registry import guard  # only what others wrote needs it

    one = _others(kind)[name]
    who = f"{NOUNS[kind]} {name} ({one.origin})"
    try:
        module = importlib.import_module(one.module)
    except (Exception, SystemExit) as failure:
        return PluginError(f"{who}: cannot be imported ({guard.told(failure)})")
    try:
        made = contract.record_of(record, module, name=name, package=one.package, version=one.version)
        for key in _READ_UNIMPORTED[kind]:
            if constant(kind, name, key) != vars(module).get(key):
                raise TypeError(f"{key} must be written out, since it is read without an import")
        return guard.guarded(made, who)
    except TypeError as fault:
        return PluginError(f"{who}: {fault}")


#: Constants that listings need.
_READ_UNIMPORTED: dict[Kind, tuple[str, ...]] = {
    "readers": (
        "FORMAT", "FILES", "FRAMEWORK", "WHOLE_ROWS", "NAMES_CHECKPOINTS",
        "FIRST_FILE", "FIRST_OF_EQUALS", "STEPS_AHEAD", "OWNS_FOLDER", "DEEP",
    ),
    "rules": ("AIM", "STOPS_AFTER", "WRITES"),
    "checks": ("CODE", "LEVEL", "BEYOND_BELIEF"),
    "advice": (),
    "reports": ("KINDS", "BINARY", "PICTURE", "SUFFIXES", "USED_FOR"),
}  # fmt: skip


@cache
def state_of_others() -> tuple[tuple[str, ...], ...]:
    """What tells the plug-ins of other packages from those of another day; what is remembered hangs on it."""
    return tuple((*one, _source(one.kind, one.name)) for one in packages.declared() if one.kind in NOUNS)


def noted(fault: PluginError) -> Note:
    """What is said of a faulty plug-in that an answer did without."""
    from selectmodel.records import Note

    return Note("SM181", f"{fault}; it was left out", level="warn")


@cache
def framework_of(format: str) -> str | None:
    """The framework that alone writes this format of logs, as the reader of the format declares it; None if any may."""
    framework: str | None = of_format(format, "FRAMEWORK")
    return framework


@cache
def in_whole_rows(format: str) -> bool:
    """Whether logs of this format are written in whole rows, as its reader declares."""
    return bool(of_format(format, "WHOLE_ROWS"))


@cache
def of_format(format: str, key: str) -> Any:
    """A constant of the reader of a format, read without an import; None where there is none."""
    readers = with_constant("readers", "FORMAT", format)
    return constant("readers", readers[0], key) if readers else None


@cache
def names_checkpoints(format: str) -> bool:
    """Whether logs of this format say themselves which checkpoint is of which epoch."""
    return bool(of_format(format, "NAMES_CHECKPOINTS"))


class Listed(NamedTuple):
    """A plug-in of another package, and what is wrong with it, "" where nothing is."""

    declared: Declared
    fault: str


def of_others() -> tuple[Listed, ...]:
    """Every plug-in that other packages declare; each is imported to see whether it is sound."""
    found = []
    for one in packages.declared():
        fault = packages.fault(one, tuple(NOUNS), own(one.kind) if one.kind in NOUNS else frozenset())
        loaded = None if fault or one.kind not in NOUNS else _loaded(one.kind, one.name)
        if isinstance(loaded, PluginError):
            fault = str(loaded).partition("): ")[2]
        found.append(Listed(one, fault))
    return tuple(found)


@cache
def page(kind: Kind, name: str) -> str:
    """A plug-in's page, the docstring of its module, read from the source so that listing imports nothing."""
    import ast  # only listings and pages need it

    try:
        return ast.get_docstring(ast.parse(_source(kind, name))) or ""
    except (SyntaxError, ValueError):
        if name in own(kind):
            raise
        return ""


@cache
def constant(kind: Kind, name: str, constant: str) -> Any:
    """A constant of a plug-in's module, read from the source so that listing imports nothing; None without one."""
    from selectmodel.registry import literals

    try:
        return literals.constant(_source(kind, name), constant)
    except (SyntaxError, ValueError):
        if name in own(kind):
            raise
        return None


def with_constant(kind: Kind, name: str, value: Any) -> tuple[str, ...]:
    """The plug-ins of a kind in which a constant has this value, ours first. Imports none of them."""
    ours_first = sorted(names(kind), key=lambda member: member not in own(kind))
    return tuple(member for member in ours_first if constant(kind, member, name) == value)


@cache
def report_for(use: Use) -> ReportFormat:
    """The output format in which this is written, as that format says; of several ours."""
    return load("reports", with_constant("reports", "USED_FOR", use)[0])


def summary(kind: Kind, name: str) -> str:
    """The first line of a plug-in's page."""
    return page(kind, name).partition("\n")[0]


@cache
def _source(kind: Kind, name: str) -> str:
    if name in own(kind):
        return (PACKAGE / kind / f"{name}.py").read_text(encoding="utf-8")
    # Looking for a module imports the packages it lies in, where anything can happen.
    with suppress(Exception, SystemExit):
        spec = importlib.util.find_spec(_others(kind)[name].module)
        if spec is not None and spec.origin is not None:
            return Path(spec.origin).read_text(encoding="utf-8", errors="replace")
    return ""


@cache
def _others(kind: Kind) -> dict[str, Declared]:
    """The plug-ins of other packages by name."""
    found = (one for one in packages.declared() if one.kind == kind)
    return {one.name: one for one in found if not packages.fault(one, tuple(NOUNS), own(kind))}
