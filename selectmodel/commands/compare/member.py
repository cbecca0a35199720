"""One training of a retrain cycle at its pick: its decision record, with what a comparison needs besides.

It is what a history holds, a line each, so that a run whose log is gone can still be compared. The same log and policy
give the same line, but for the time at which it was added and what it was then called: no machine, no user.
"""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from selectmodel.answer import SCHEMA, Document
from selectmodel.display import epochs
from selectmodel.records import Goal

if TYPE_CHECKING:
    from selectmodel.commands.compare.comparison_json import CourseJson

COMMAND = "history"
#: A validation set larger than this is a slip of the pen.
MOST_EXAMPLES = 10**12


@dataclass(frozen=True, slots=True)
class Cycle(Document):
    """A run at its pick.

    Attributes:
        name, source: of the run, and where its log was; ``log`` are the SHA-256 of its files.
        record: the decision record, as ``pick --record`` writes it.
        metric, goal, rule: what was judged by, and what picked.
        epoch, step, values: of the pick; every metric of that one checkpoint, NaN where not logged.
        goals, percent: of those metrics whose goal is known, and which of them are logged in percent.
        judged: the validation metrics among them, the monitored one first.
        loss, accuracy: names of the validation loss and of the share of right answers, if logged.
        validations: how many candidates the pick was made among.
        val_size, val_size_given: number of validation examples, and whether it was said rather than recovered.
        validation: how the validation set is said to differ from the data in use.
        data, definitions: id of the validation set, and how metrics are defined, where said.
        expected: what that share is worth on data like the validation set, the luck of the pick taken off, where known.
        gap: by how much the monitored metric is worse than its train twin at the pick.
        overfit: by what share the validation loss ends above its lowest value.
        lowest_loss: that value, NaN if not known.
        around: the share of right answers at the validations before and after the pick, where logged.
        train_accuracy: name of that share on the training data, if logged.
        created: when it was added to a history, in UTC, ``2026-11-29T18:30:00Z``; None where that is not known.
        label: what it is called there, None where nothing but its name is known.
    """

    name: str
    source: str
    log: tuple[str, ...]
    record: Mapping[str, Any]
    metric: str
    goal: Goal
    rule: str
    epoch: float | None
    step: int | None
    values: Mapping[str, float]
    goals: Mapping[str, Goal]
    percent: tuple[str, ...]
    judged: tuple[str, ...]
    loss: str | None
    accuracy: str | None
    validations: int
    val_size: int | None
    val_size_given: bool
    data: str | None = None
    definitions: Mapping[str, str] = field(default_factory=dict)
    expected: float | None = None
    gap: float = math.nan
    overfit: float = math.nan
    lowest_loss: float = math.nan
    around: tuple[float, ...] = ()
    train_accuracy: str | None = None
    created: str | None = None
    label: str | None = None
    validation: str | None = None
    kind = COMMAND

    @property
    def risen(self) -> float:
        """By what factor the loss at the pick is above its lowest value; at the end, where only that is known."""
        value = self.values.get(self.loss or "", math.nan)
        factor = value / self.lowest_loss if self.lowest_loss > 0 else 1 + self.overfit
        return factor if math.isfinite(factor) else 1.0

    @property
    def trained(self) -> float | None:
        """The share (0..1) of right answers on the training data at the pick."""
        name = self.train_accuracy
        value = self.values.get(name or "", math.nan) / (100 if name in self.percent else 1)
        return value if 0 <= value <= 1 else None

    @property
    def at(self) -> float | int | None:
        """The epoch as logged, or the step where the log has no epochs."""
        return epochs.logged(self.epoch, self.step)

    @property
    def key(self) -> tuple[tuple[str, ...], str]:
        """What makes two of them the same decision: the log and the policy."""
        return self.log, str(self.record["policy"]["sha256"])

    def content(self) -> Mapping[str, object]:
        """The line of a history behind its header."""
        added = {"created": self.created, "label": self.label}
        known = {name: value for name, value in added.items() if value is not None}
        return {"decision": self.record, "course": self.course(), **known}

    def course(self) -> CourseJson:
        """What a comparison needs besides the decision record."""
        return {
            "source": self.source,
            "judged": self.judged,
            "loss": self.loss,
            "accuracy": self.accuracy,
            "definitions": dict(sorted(self.definitions.items())),
            "gap": self.gap,
            "overfit": self.overfit,
            "lowest_loss": self.lowest_loss,
            "around": self.around,
            "train_accuracy": self.train_accuracy,
            "validation": self.validation,
        }


def of_dict(line: Mapping[str, Any]) -> Cycle:
    """The cycle of such a line. Raises ValueError, saying what is wrong, for anything else."""
    if line.get("schema") != SCHEMA or line.get("command") != COMMAND:
        raise ValueError("is no line of a history that this version reads")
    record, course = _part(line, "decision", dict), _part(line, "course", dict)
    run, size = _part(record, "run", dict), _part(record, "val_size", dict)
    metrics, metric = _part(record, "metrics", dict), str(_part(record, "metric", str))
    for name, item in metrics.items():
        if not isinstance(item, dict):
            raise ValueError(f"metrics.{name} is no object")
    if not isinstance(metrics.get(metric), dict) or metrics[metric].get("goal") not in ("min", "max"):
        raise ValueError("metrics does not hold the metric it was judged by, with its goal")
    _part(_part(record, "policy", dict), "sha256", str)
    goals: dict[str, Goal] = {n: item["goal"] for n, item in metrics.items() if item.get("goal") in ("min", "max")}
    judged = [str(name) for name in _part(course, "judged", list) if str(name) in goals]
    return Cycle(
        name=_part(run, "name", str),
        source=_part(course, "source", str),
        log=tuple(sorted(str(digest) for digest in _part(record, "log", dict).values())),
        record=record,
        metric=metric,
        goal=goals[metric],
        rule=_part(record, "rule", str),
        epoch=_or_none(record, "epoch", (int, float)),
        step=_or_none(record, "step", (int,)),
        values={name: _number(item, "value") for name, item in metrics.items()},
        goals=goals,
        percent=tuple(name for name, item in metrics.items() if item.get("unit") == "percent"),
        judged=tuple(dict.fromkeys([metric, *judged])),
        loss=_or_none(course, "loss", (str,)),
        accuracy=_or_none(course, "accuracy", (str,)),
        validations=_part(run, "candidates", int),
        val_size=_size(size),
        val_size_given=size.get("why") == "given",
        data=_or_none(record, "data_id", (str,)),
        definitions={str(name): str(text) for name, text in _part(course, "definitions", dict).items()},
        expected=_expected(record, course),
        gap=_number(course, "gap"),
        overfit=_number(course, "overfit"),
        lowest_loss=_number(course, "lowest_loss"),
        around=_around_of(course),
        train_accuracy=_or_none(course, "train_accuracy", (str,)),
        created=_time(line),
        label=_or_none(line, "label", (str,)),
        validation=_or_none(course, "validation", (str,)),
    )


def _time(line: Mapping[str, Any]) -> str | None:
    created: str | None = _or_none(line, "created", (str,))
    if created is not None and re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", created, re.ASCII) is None:
        raise ValueError(f"created is {created[:40]!r}, which it cannot be")
    return created


def _expected(record: Mapping[str, Any], course: Mapping[str, Any]) -> float | None:
    expected = _or_none(record, "expected", (dict,))
    if expected is None or expected.get("metric") != course.get("accuracy"):
        return None
    return _number(expected, "value")


def _part(record: Mapping[str, Any], key: str, kind: type) -> Any:
    value = record.get(key)
    if not isinstance(value, kind) or isinstance(value, bool):
        raise ValueError(f"{key} is {str(value)[:40]!r}, which it cannot be")
    return value


def _or_none(record: Mapping[str, Any], key: str, kinds: tuple[type, ...]) -> Any:
    value = record.get(key)
    if value is not None and (not isinstance(value, kinds) or isinstance(value, bool)):
        raise ValueError(f"{key} is {str(value)[:40]!r}, which it cannot be")
    return value


def _size(record: Mapping[str, Any]) -> int | None:
    size: int | None = _or_none(record, "value", (int,))
    if size is not None and not 1 <= size <= MOST_EXAMPLES:
        raise ValueError(f"val_size is {str(size)[:40]}, which it cannot be")
    return size


def _around_of(course: Mapping[str, Any]) -> tuple[float, ...]:
    """Lines of versions before this one have none."""
    given = course.get("around", [])
    if not isinstance(given, list) or len(given) > 2:
        raise ValueError(f"around is {str(given)[:40]!r}, which it cannot be")
    return tuple(_number({"around": value}, "around") for value in given)


def _number(record: Mapping[str, Any], key: str) -> float:
    value = _or_none(record, key, (int, float))
    states = {"inf": math.inf, "-inf": -math.inf}
    if value is None:
        return states.get(str(record.get(f"{key}_state")), math.nan)
    if abs(value) > sys.float_info.max and not isinstance(value, float):
        raise ValueError(f"{key} is {str(value)[:40]}…, which is no number")
    return float(value)
