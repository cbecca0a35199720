"""JSON of strangers: any depth and any number is met with a clear sentence, and no name counts twice.

``NaN`` and ``Infinity`` are numbers here, as Python's json writes them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from selectmodel.errors import LogError
from selectmodel.files.opening import ReadOptions
from selectmodel.readers.table.careful import MAX_ROWS, cut_short, spans, unless_whole
from selectmodel.readers.table.decoding import decode
from selectmodel.records import Note

_PREVIEW_LINES = 20
_NAME = re.compile(r'"\s*:')
_SPACED = re.compile(r'"\s+:')


class Objects(NamedTuple):
    """The (n,) ``objects`` of a log in file order, the line (or place in a list, from 1) of each, and notes."""

    lines: list[int]
    objects: list[dict[str, Any]]
    notes: tuple[Note, ...] = ()


class _TwiceError(ValueError):
    """A name stands twice in one object: which value is meant, nobody can tell."""


def document(data: bytes, path: str) -> Any:
    """What a file that is one JSON text holds. Raises LogError where it is none, is cut, or names a value twice."""
    text, _ = decode(data, path, path)
    if not text.strip():
        raise LogError(f"{path}: is empty (training may not have started)")
    try:
        return json.loads(text, object_pairs_hook=_once)
    except (ValueError, RecursionError) as failure:
        raise LogError(f"{path}: {_why(failure, text)}") from None


def lines(data: bytes, path: str, label: str, options: ReadOptions) -> Objects:
    """The objects of JSON lines, one a line; lines of other text are skipped and counted.

    A last line without a newline counts if its object is closed. Raises LogError where no line holds an object.
    """
    text, notes = decode(data, path, label)
    if not text.strip():
        raise LogError(f"{path}: is empty (training may not have started)")
    numbered = [(at, line) for at, line in enumerate(text.split("\n"), 1) if line.strip()]
    if len(numbered) > MAX_ROWS:
        raise LogError(f"{path}: holds more than {MAX_ROWS:,} lines")
    objects = _together([line for _, line in numbered])
    if objects is not None:
        return Objects([at for at, _ in numbered], objects, notes)
    return _one_by_one(numbered, path, label, notes, ended=text.endswith("\n") or options.complete)


def preview(head: bytes) -> dict[str, Any] | None:
    """The names, with a value each, of the objects in the first lines of a file; None where the first is no object."""
    if head.lstrip()[:1] != b"{":
        return None
    found: dict[str, Any] = {}
    for line in head.split(b"\n")[:_PREVIEW_LINES]:
        try:
            one = json.loads(line) if line.strip() else {}
        except (ValueError, RecursionError):
            break  # a line that is cut by the end of what was looked at, or the file is no JSON lines
        if not isinstance(one, dict):
            return None
        found = {**one, **found}
    return found or None


def _together(texts: Sequence[str]) -> list[dict[str, Any]] | None:
    """All lines parsed at once, which takes less time than one by one; None where any is out of the ordinary."""
    joined = ",".join(texts)
    try:
        found = json.loads(f"[{joined}]")
    except (ValueError, RecursionError):
        return None
    if len(found) != len(texts) or not all(type(one) is dict for one in found):
        return None
    # Of a name that stands twice, json keeps one: then fewer names are left than are written.
    written = joined.count('":') + len(_SPACED.findall(joined))
    return found if written == sum(map(_names, found)) else None


def _names(value: Any) -> int:
    """How many names stand in a JSON value, at any depth."""
    if type(value) is dict:
        return len(value) + sum(_names(inner) for inner in value.values() if type(inner) in (dict, list))
    if type(value) is list:
        return sum(_names(inner) for inner in value if type(inner) in (dict, list))
    return 0


def _one_by_one(
    numbered: Sequence[tuple[int, str]], path: str, label: str, notes: tuple[Note, ...], *, ended: bool
) -> Objects:
    at_lines: list[int] = []
    objects: list[dict[str, Any]] = []
    other: list[int] = []
    damaged: list[tuple[int, str]] = []
    cut = 0
    for at, line in numbered:
        stripped = line.strip()
        if stripped[0] != "{":
            other.append(at)
            continue
        try:
            one = json.loads(stripped, object_pairs_hook=_once)
        except (ValueError, RecursionError) as failure:
            if at == numbered[-1][0] and not ended:
                cut = at
            else:
                damaged.append((at, _why(failure, stripped)))
            continue
        at_lines.append(at)
        objects.append(one)
    if not objects:
        if cut:
            raise LogError(f"{path}: no epochs logged yet{unless_whole(cut)}")
        raise LogError(f"{path}: {damaged[0][1]} (line {damaged[0][0]})" if damaged else f"{path}: holds no objects")
    if damaged:
        message = f"{spans([at for at, _ in damaged], 'line')}: {damaged[0][1]}; refused"
        notes += (Note("SM102", message, f"{label}:{damaged[0][0]}", "warn", degrades=True),)
    if other:
        message = f"{spans(other, 'line')}: no JSON object, such as a program's messages; skipped"
        notes += (Note("SM127", message, f"{label}:{other[0]}"),)
    if cut:
        notes += (cut_short(cut, label),)
    return Objects(at_lines, objects, notes)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise _TwiceError(twice)
    return found


def _why(failure: Exception, text: str) -> str:
    """In words, why a text could not be parsed."""
    if isinstance(failure, _TwiceError):
        return f"the name {str(failure)[:60]!r} stands twice in one object"
    if isinstance(failure, RecursionError):
        return "is nested too deeply to be a log"
    if isinstance(failure, json.JSONDecodeError):
        if failure.pos >= len(text.rstrip()):
            return "ends in the middle: it was cut, or is just being written"
        return f"is no JSON (line {failure.lineno}, column {failure.colno}: {failure.msg})"
    return "holds a number that is too long to be one"  # ValueError of int() past 4,300 digits
