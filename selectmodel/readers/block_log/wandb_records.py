"""The few of W&B's records that lead to a history: rows, the definitions of metrics, the configuration, and the end.

Field numbers are those of wandb/proto/wandb_internal.proto; other records and fields are passed over.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from struct import Struct
from typing import Any

from selectmodel.readers.tfevents.protobuf import DELIMITED, FIXED64, VARINT, WireError, fields, signed, varint
from selectmodel.records import Goal, Hint

_HISTORY, _CONFIG, _METRIC, _RUN, _EXIT = 2, 5, 12, 17, 18
_GOALS: dict[int, Goal] = {1: "min", 2: "max"}
#: Which value of a metric the summary keeps: who keeps its highest wants it high.
_SUMMARIES: dict[int, Goal] = {1: "min", 2: "max"}
_DOUBLE = Struct("<d").unpack_from


@dataclass(slots=True)
class Recorded:
    """What the records of one or more files tell: ``rows`` of the history, ``config``, and the metrics' definitions.

    ``steps`` and ``goals`` go from a metric's name, or a pattern such as ``val/*``, to its step metric and its goal.
    ``exit_code`` is that of the last end that was noted, None where none was; ``odd`` counts records that could not be
    parsed.
    """

    rows: list[dict[str, Any]] = field(default_factory=list)
    config: dict[str, Any] = field(default_factory=dict)
    steps: dict[str, str] = field(default_factory=dict)
    goals: dict[str, Goal] = field(default_factory=dict)
    exit_code: int | None = None
    odd: int = 0

    def hints(self, names: Iterator[str] | set[str]) -> dict[str, Hint]:
        """What the definitions tell of the direction of metrics."""
        found = {}
        for name in names:
            goal = next((self.goals[known] for known in self.goals if fnmatchcase(name, known)), None)
            if goal is not None:
                found[name] = Hint(goal=goal, why="define_metric tells which value is best")
        return found


def take(payload: bytes, told: Recorded) -> None:
    """Adds what one record tells."""
    try:
        for number, wire_type, start, end in fields(payload):
            if wire_type == DELIMITED and number in _TAKEN:
                _TAKEN[number](payload[start:end], told)
    except WireError:
        told.odd += 1


def _history(message: bytes, told: Recorded) -> None:
    row: dict[str, Any] = {}
    for number, wire_type, start, end in fields(message):
        if number == 1 and wire_type == DELIMITED:
            name, value = _item(message[start:end])
            row[name] = value
        elif number == 2 and wire_type == DELIMITED:
            row.setdefault("_step", _varint_field(message[start:end], 1))
    if row:
        told.rows.append(row)


def _item(message: bytes) -> tuple[str, Any]:
    """The name of an item of the history, nested names joined by a dot, and its value."""
    name, nested, value = "", [], None
    for number, wire_type, start, end in fields(message):
        inner = message[start:end]
        if number == 1 and wire_type == DELIMITED:
            name = _text(inner)
        elif number == 2 and wire_type == DELIMITED:
            nested.append(_text(inner))
        elif number in (8, 16) and wire_type == DELIMITED:
            value = _json(inner)
        elif number == 5 and wire_type == VARINT:
            zigzag = varint(message, start)[0]
            value = (zigzag >> 1) ^ -(zigzag & 1)
        elif number == 6 and wire_type == FIXED64:
            value = _DOUBLE(message, start)[0]
        elif number == 7 and wire_type == DELIMITED:
            value = _text(inner)
    return ".".join(nested) if nested else name, value


def _configured(message: bytes, told: Recorded) -> None:
    for number, wire_type, start, end in fields(message):
        if number == 1 and wire_type == DELIMITED:
            name, value = _item(message[start:end])
            told.config[name] = value


def _begun(message: bytes, told: Recorded) -> None:
    """What a run began with: the configuration that was given to it then."""
    for number, wire_type, start, end in fields(message):
        if number == 4 and wire_type == DELIMITED:
            _configured(message[start:end], told)


def _ended(message: bytes, told: Recorded) -> None:
    told.exit_code = _varint_field(message, 1)


def _defined(message: bytes, told: Recorded) -> None:
    name = step = ""
    goal, summary = 0, b""
    for number, wire_type, start, end in fields(message):
        if number in (1, 2) and wire_type == DELIMITED:
            name = _text(message[start:end])
        elif number == 4 and wire_type == DELIMITED:
            step = _text(message[start:end])
        elif number == 7 and wire_type == DELIMITED:
            summary = message[start:end]
        elif number == 8 and wire_type == VARINT:
            goal = varint(message, start)[0]
    if step:
        told.steps[name] = step
    kept = [_SUMMARIES[which] for which, _, _, _ in fields(summary) if which in _SUMMARIES]
    if goal in _GOALS:
        told.goals[name] = _GOALS[goal]
    elif len(kept) == 1:
        told.goals[name] = kept[0]


_TAKEN: dict[int, Callable[[bytes, Recorded], None]] = {
    _HISTORY: _history,
    _CONFIG: _configured,
    _METRIC: _defined,
    _RUN: _begun,
    _EXIT: _ended,
}


def _varint_field(message: bytes, wanted: int) -> int:
    found = 0
    for number, wire_type, start, _ in fields(message):
        if number == wanted and wire_type == VARINT:
            found = signed(varint(message, start)[0])
    return found


def _text(data: bytes) -> str:
    return data.decode("utf-8", errors="replace")


def _json(data: bytes) -> Any:
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return _text(data)
