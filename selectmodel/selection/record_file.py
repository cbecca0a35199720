"""Reads a decision record back, strictly: a gate relies on it, so anything in it that is not as written is refused."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from selectmodel.answer import SCHEMA
from selectmodel.errors import LogError
from selectmodel.files import opening
from selectmodel.records import Expected
from selectmodel.selection.record import COMMAND, MAX_BYTES, MetricValue, Record
from selectmodel.settings import did_you_mean


def looks_like_one(head: bytes) -> bool:
    """Whether a file begins as a record or an answer of pick or gate does; a damaged one does too."""
    start = head[3:] if head.startswith(b"\xef\xbb\xbf") else head
    return start.lstrip()[:1] == b"{" and b'"schema"' in head[:4096] and b'"command"' in head[:4096]


def read(path: Path) -> Record:
    """The record in ``path``, or the one inside an answer of gate. Raises LogError that says what is wrong."""
    content = opening.read_at_most(path, MAX_BYTES, "decision record")
    try:
        answer = json.loads(content.decode("utf-8-sig"), object_pairs_hook=_once, parse_constant=_refused)
    except (ValueError, RecursionError) as failure:
        what = "is nested too deeply" if isinstance(failure, RecursionError) else _told(failure)
        raise LogError(f"{path}: is no decision record: {what}") from None
    try:
        return _decision(answer)
    except ValueError as problem:
        raise LogError(
            f"{path}: is no decision record: {problem}; write it anew: selectmodel pick LOG --record"
        ) from None


def _told(failure: ValueError) -> str:
    if isinstance(failure, json.JSONDecodeError):
        return f"line {failure.lineno}, column {failure.colno}: {failure.msg}"
    return "it is not UTF-8 text" if isinstance(failure, UnicodeDecodeError) else str(failure)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        twice = next(key for place, (key, _) in enumerate(pairs) if key in dict(pairs[:place]))
        raise ValueError(f"{twice[:100]!r} stands twice in one object")
    return found


def _refused(constant: str) -> float:
    raise ValueError(f"{constant} is no number of JSON")


def _decision(answer: Any) -> Record:
    record = _object(answer, "it")
    command = record.get("command")
    if record.get("schema") != SCHEMA:
        raise ValueError(f"its schema is {record.get('schema')!r}, this version of selectmodel reads {SCHEMA}")
    passed = None
    if command == "gate":
        passed = record.get("verdict") == "pass"
        if not isinstance(record.get("decision"), dict):
            raise ValueError("it is an answer of gate without a decision")
        record = record["decision"]
    elif command != COMMAND:
        raise ValueError(f"it is an answer of {str(command)[:40]!r}")
    return replace(_fields(record), passed=passed)


def _fields(record: Mapping[str, Any]) -> Record:
    _exactly(record, "it", _KEYS)
    run, val_size = _part(record, "run", _RUN), _part(record, "val_size", _VAL_SIZE)
    policy = _part(record, "policy", _POLICY)
    checkpoint = None if record["checkpoint"] is None else _part(record, "checkpoint", _CHECKPOINT)
    metrics = {name: _measured(name, item) for name, item in _object(record["metrics"], "metrics").items()}
    log = _object(record["log"], "log")
    for name, digest in log.items():
        _check(_sha256, digest, f"log.{name}")
    if record["metric"] not in metrics:
        raise ValueError(f"metrics does not hold {record['metric'][:100]!r}, by which it was picked")
    return Record(
        run=run["name"],
        format=run["format"],
        log=log,
        metric=record["metric"],
        metrics=metrics,
        rule=record["rule"],
        epoch=record["epoch"],
        step=record["step"],
        checkpoint=checkpoint["name"] if checkpoint else None,
        val_size=val_size["value"],
        val_size_why=val_size["why"],
        candidates=run["candidates"],
        policy=policy["keys"],
        policy_sha256=policy["sha256"],
        expected=_expected(record),
        data_id=record["data_id"],
        checkpoint_sha256=checkpoint["sha256"] if checkpoint else None,
        version=record["version"],
    )


def _measured(name: str, item: Any) -> MetricValue:
    where = f"metrics.{name[:100]}"
    given = dict(_object(item, where))
    state = given.pop("value_state", None)
    _exactly(given, where, _MEASURED)
    if (given["value"] is None) != (state in ("nan", "inf", "-inf")):
        raise ValueError(f"{where}.value is neither a number nor said to be none")
    return MetricValue(math.nan if given["value"] is None else float(given["value"]), given["goal"], given["unit"])


def _expected(record: Mapping[str, Any]) -> Expected | None:
    if record["expected"] is None:
        return None
    given = _part(record, "expected", _EXPECTED)
    if not given["low"] <= given["value"] <= given["high"]:
        raise ValueError("expected.value is not between its low and high")
    return Expected(**given)


def _object(value: Any, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError(f"{where} is no object")
    return value


def _part(record: Mapping[str, Any], key: str, shape: Mapping[str, Callable[[Any], bool]]) -> dict[str, Any]:
    part = _object(record[key], key)
    _exactly(part, key, shape)
    return part


def _exactly(found: Mapping[str, Any], where: str, shape: Mapping[str, Callable[[Any], bool]]) -> None:
    prefix = "" if where == "it" else f"{where}."
    for key in found:
        if key not in shape:
            raise ValueError(f"{prefix}{key[:100]} is not known; {did_you_mean(key, shape)}")
    for key, fits in shape.items():
        if key not in found:
            raise ValueError(f"{prefix}{key} is missing")
        _check(fits, found[key], f"{prefix}{key}")


def _check(fits: Callable[[Any], bool], value: Any, where: str) -> None:
    if not fits(value):
        raise ValueError(f"{where[:200]} is {str(value)[:60]!r}, which it cannot be")


def _number(value: Any) -> bool:
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:
        return False


def _count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**53


def _text(value: Any) -> bool:
    return isinstance(value, str)


def _sha256(value: Any) -> bool:
    return isinstance(value, str) and re.fullmatch("[0-9a-f]{64}", value) is not None


def _or_none(fits: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: value is None or fits(value)


def _any_of(*values: Any) -> Callable[[Any], bool]:
    return lambda value: any(value is one or (isinstance(one, str) and value == one) for one in values)


def _table(value: Any) -> bool:
    return isinstance(value, dict)


_KEYS = {
    "schema": lambda value: value == SCHEMA, "command": lambda value: value == COMMAND, "version": _text, "run": _table,
    "log": _table, "metric": _text, "rule": _text, "epoch": _or_none(_number),
    "step": _or_none(lambda value: _number(value) and isinstance(value, int)), "checkpoint": _or_none(_table),
    "metrics": _table, "expected": _or_none(_table), "val_size": _table, "data_id": _or_none(_text), "policy": _table,
}  # fmt: skip
_RUN = {"name": _text, "format": _text, "candidates": _count}
_VAL_SIZE = {"value": _or_none(_count), "why": _text}
_POLICY = {"sha256": _sha256, "keys": _table}
_CHECKPOINT = {"name": _text, "sha256": _or_none(_sha256)}
_MEASURED = {
    "value": _or_none(_number), "goal": _any_of("min", "max", None), "unit": _any_of("share", "percent", None),
}  # fmt: skip
_EXPECTED = {"metric": _text, "value": _number, "low": _number, "high": _number, "level": _number}
