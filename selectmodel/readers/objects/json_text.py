"""JSON of strangers: any depth and any number is met with a clear sentence, and no name counts twice.

``NaN`` and ``Infinity`` are numbers here, as Python's json writes them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Sequence
from itertools import chain
from typing import Any, NamedTuple

from selectmodel.errors import LogError
from selectmodel.files.opening import ReadOptions
from selectmodel.readers.table.careful import MAX_ROWS, cut_short, spans, unless_whole
from selectmodel.readers.table.decoding import decode
from selectmodel.records import Note

_PREVIEW_LINES = 20
_PIECE = 1 << 20  # characters of lines that are parsed at a time
_SPACED = re.compile(r'"\s+:')


class Objects(NamedTuple):
    """The (n,) ``objects`` of a log in file order, the line (or place in a list, from 1) of each, and notes."""

    lines: list[int]
    objects: list[dict[str, Any]]
    notes: tuple[Note, ...] = ()


class _Parsed(NamedTuple):
    """The JSON values of the lines that hold one of the kind wanted, the line of each, and notes."""

    lines: list[int]
    values: list[Any]
    notes: tuple[Note, ...]


class _TwiceError(ValueError):
    """A name stands twice in one object: which value is meant, nobody can tell."""


def document(data: bytes, path: str) -> Any:
    """What a file that is one JSON text holds. Raises LogError where it is none, is cut, or names a value twice."""
    if data.isascii():  # then it needs no decoding, unless it is UTF-16 without a mark
        try:
            found = json.loads(data)
            if _once_each(data, found):
                return found
        except (ValueError, RecursionError):
            pass  # said below
    text, _ = decode(data, path, path)
    if not text.strip():
        raise LogError(f"{path}: is empty (training may not have started)")
    try:
        return json.loads(text, object_pairs_hook=_once)
    except (ValueError, RecursionError) as failure:
        raise LogError(f"{path}: {_why(failure, text)}") from None


class Lists(NamedTuple):
    """The (n,) ``rows`` of a log whose lines are lists, and notes."""

    rows: list[list[Any]]
    notes: tuple[Note, ...] = ()


def lines(data: bytes, path: str, label: str, options: ReadOptions) -> Objects:
    """The objects of JSON lines, one a line; lines of other text are skipped and counted.

    A last line without a newline counts if its object is closed. Raises LogError where no line holds an object.
    """
    return objects_of(*decode(data, path, label), path, label, options)


def objects_of(text: str, notes: tuple[Note, ...], path: str, label: str, options: ReadOptions) -> Objects:
    """What :func:`lines` gives, of a text that is decoded, with the ``notes`` of that."""
    found = _parsed(text, notes, path, label, options, dict)
    return Objects(found.lines, found.values, found.notes)


def lists(data: bytes, path: str, label: str, options: ReadOptions) -> Lists:
    """The lists of JSON lines, one a line; else as :func:`lines`."""
    found = _parsed(*decode(data, path, label), path, label, options, list)
    return Lists(found.values, found.notes)


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


def _parsed(text: str, notes: tuple[Note, ...], path: str, label: str, options: ReadOptions, kind: type) -> _Parsed:
    if not text or text.isspace():
        raise LogError(f"{path}: is empty (training may not have started)")
    found = _in_pieces(text, kind)
    if found is not None:
        return _Parsed(*found, notes)
    numbered = [(at, line) for at, line in enumerate(text.split("\n"), 1) if line.strip()]
    if len(numbered) > MAX_ROWS:
        raise LogError(f"{path}: holds more than {MAX_ROWS:,} lines")
    ended = text.endswith("\n") or options.complete
    return _one_by_one(numbered, path, label, notes, kind, ended=ended)


def _in_pieces(text: str, kind: type) -> tuple[list[int], list[Any]] | None:
    """The line and the value of all lines but blank ones; None where any is out of the ordinary, or they are too many.

    Some are split off and parsed at a time: lines as texts of their own take more memory than all of the log.
    """
    lines: list[int] = []
    values: list[Any] = []
    begin, before = 0, 1
    while begin < len(text):
        end = text.find("\n", begin + _PIECE) + 1 or len(text)
        piece = text[begin:end].split("\n")
        filled = [at for at, line in enumerate(piece) if line.strip()]
        found = together([piece[at] for at in filled], kind)
        if found is None or len(lines) + len(found) > MAX_ROWS:
            return None
        lines += [before + at for at in filled]
        values += found
        begin, before = end, before + len(piece) - 1
    return lines, values


def together(texts: Sequence[str], kind: type) -> list[Any] | None:
    """All lines parsed at once, which takes less time than one by one; None where any is out of the ordinary."""
    joined = "],[".join(texts)  # each a list of its own: no object goes on in the next line
    try:
        alone = json.loads(f"[[{joined}]]")
    except (ValueError, RecursionError):
        return None
    if len(alone) != len(texts) or any(len(one) != 1 for one in alone):
        return None
    found = [one for (one,) in alone]
    if not all(type(one) is kind for one in found):
        return None
    # Of a name that stands twice, json keeps one: then fewer names are left than are written.
    written = joined.count('":') + len(_SPACED.findall(joined))
    return found if written == sum(map(_names, found)) else None


def _once_each(data: bytes, found: Any) -> bool:
    """Whether no name stands twice in an object: then as many are left as are written, each before a colon."""
    names, colons = _names(found), data.count(b":")
    if names == colons:
        return True
    close = data.count(b'":')  # others stand in texts, or behind a blank
    return names == close + len(_SPACED.findall(data.decode("ascii")))


def _names(value: Any) -> int:
    """How many names stand in a JSON value, at any depth."""
    inner: Collection[Any] = value.values() if type(value) is dict else value if type(value) is list else ()
    names, kinds = len(value) if type(value) is dict else 0, {*map(type, inner)}
    if type(value) is list and kinds == {dict}:  # rows, which rarely hold more than numbers
        names = sum(map(len, value))
        inner = [*chain.from_iterable(map(dict.values, value))]
        kinds = {*map(type, inner)}
    if kinds.isdisjoint((dict, list)):
        return names
    return names + sum(_names(one) for one in inner if type(one) in (dict, list))


def _one_by_one(
    numbered: Sequence[tuple[int, str]],
    path: str,
    label: str,
    notes: tuple[Note, ...],
    kind: type,
    *,
    ended: bool,
) -> _Parsed:
    opening, noun = ("{", "object") if kind is dict else ("[", "list")
    at_lines: list[int] = []
    values: list[Any] = []
    other: list[int] = []
    damaged: list[tuple[int, str]] = []
    cut = 0
    for at, line in numbered:
        stripped = line.strip()
        if stripped[0] != opening:
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
        values.append(one)
    if not values and cut:
        raise LogError(f"{path}: no epochs logged yet{unless_whole(cut)}")
    if not values:
        raise LogError(f"{path}: " + (f"line {damaged[0][0]} {damaged[0][1]}" if damaged else f"holds no JSON {noun}s"))
    if damaged:
        message = f"{spans([at for at, _ in damaged], 'line')}: {damaged[0][1]}; refused"
        notes += (Note("SM102", message, f"{label}:{damaged[0][0]}", "warn", degrades=True),)
    if other:
        message = f"{spans(other, 'line')}: no JSON {noun}, such as a program's messages; skipped"
        notes += (Note("SM127", message, f"{label}:{other[0]}"),)
    if cut:
        notes += (cut_short(cut, label),)
    return _Parsed(at_lines, values, notes)


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
