"""Whether a record that was read from a file is what its class declares: a row of a cache may hold anything.

Every field is held against the type that stands in the class, so that what comes after need not doubt it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar, get_args

from selectmodel.records import Goal, Level, Severity

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

_Record = TypeVar("_Record", bound="DataclassInstance")
_Fits = Callable[[Any], bool]
#: SQLite, numpy and JSON readers elsewhere hold no larger whole number.
_MOST = 2**63


def checked(record: _Record) -> _Record:
    """The record itself, a dataclass. Raises TypeError where a field does not hold what is declared."""
    for name, fits in _shape(type(record)):
        if not fits(getattr(record, name)):
            raise TypeError(f"{type(record).__name__}.{name}")
    return record


def checked_columns(kind: type[DataclassInstance], columns: Mapping[str, Sequence[Any]]) -> None:
    """Holds many records, a column a field, against what is declared. Raises TypeError as :func:`checked` does.

    A column at a time takes a third of what a record at a time takes.
    """
    for name, fits in _shape(kind):
        if not all(map(fits, columns[name])):
            raise TypeError(f"{kind.__name__}.{name}")


def checked_as(declared: str, value: Any) -> Any:
    """The value itself. Raises TypeError where it is not of the type so declared."""
    if not _FITS[declared](value):
        raise TypeError(declared)
    return value


@cache
def _shape(kind: type[DataclassInstance]) -> tuple[tuple[str, _Fits], ...]:
    return tuple((part.name, _code if part.name == "code" else _FITS[str(part.type)]) for part in fields(kind))


def _code(value: Any) -> bool:
    """Codes of notes and findings are shown as they are: nothing in them is escaped."""
    return _text(value) and value.isascii() and value.isalnum()


def _text(value: Any) -> bool:
    return type(value) is str and "\0" not in value


def _whole(value: Any) -> bool:
    return type(value) is int and abs(value) < _MOST


def _real(value: Any) -> bool:
    return type(value) is float and math.isfinite(value)


def _setting(value: Any) -> bool:
    return value is None or type(value) in (str, bool, float) or _whole(value)


def _or_none(fits: _Fits) -> _Fits:
    return lambda value: value is None or fits(value)


def _each(fits: _Fits) -> _Fits:
    return lambda value: type(value) is tuple and all(map(fits, value))


def _by_name(fits: _Fits) -> _Fits:
    return lambda value: isinstance(value, Mapping) and all(map(_text, value)) and all(map(fits, value.values()))


def _any_of(choices: Any) -> _Fits:
    return lambda value: type(value) is str and value in get_args(choices)


_FITS: Mapping[str, _Fits] = MappingProxyType({
    "str": _text, "int": _whole, "float": _real, "bool": lambda value: type(value) is bool,
    "str | None": _or_none(_text), "int | None": _or_none(_whole), "float | None": _or_none(_real),
    "Goal": _any_of(Goal), "Level": _any_of(Level), "Severity": _any_of(Severity),
    "tuple[RankedRun, ...]": lambda value: type(value) is tuple,  # each is checked by itself
    "tuple[str, ...]": _each(_text), "tuple[int, ...]": _each(_whole),
    "tuple[float | int, ...]": _each(lambda value: _real(value) or _whole(value)),
    "Mapping[str, float]": _by_name(lambda value: type(value) is float), "Mapping[str, Value]": _by_name(_setting),
})  # fmt: skip
