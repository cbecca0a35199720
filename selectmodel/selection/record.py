"""The decision record: what was picked, from which log, by which policy, small enough to be committed to git.

It holds no time, no machine's path and nothing that depends on locale or order: the same log and policy give the same
bytes. A record is the baseline of the next training; decisionfiles.py reads it back.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypedDict

import numpy as np

from selectmodel.answer import Count, Document, Logged, Sha256, strict
from selectmodel.display.numbers import number
from selectmodel.metrics import units
from selectmodel.metrics.kinds import score_kind
from selectmodel.policy.policy import Policy
from selectmodel.records import Expected, Unit
from selectmodel.selection.report import Report
from selectmodel.selection.report_json import ValSizeJson
from selectmodel.version import __version__

COMMAND = "decision"
#: Records are small; the answers of pick and gate that hold one may list many rules and metrics.
MAX_BYTES = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class MetricValue:
    """A metric at the picked epoch: ``value`` is NaN where it has none, ``goal`` and ``unit`` None where not known."""

    value: Logged
    goal: Literal["min", "max"] | None
    unit: Unit | None


@dataclass(frozen=True, slots=True)
class Record(Document):
    """What was picked and why it can be compared: see :func:`of` and :meth:`content` for the meaning of each part.

    ``log`` maps file names to SHA-256, empty where they are not known (standard input, a log still growing).
    ``checkpoint_sha256`` is None where it was not asked for. ``passed`` is False for the candidate of a gate that
    said no, None where no gate judged.
    """

    run: str
    format: str
    log: Mapping[str, str]
    metric: str
    metrics: Mapping[str, MetricValue]
    rule: str
    epoch: float | None
    step: int | None
    checkpoint: str | None
    val_size: int | None
    val_size_why: str
    candidates: int
    policy: Mapping[str, Any]
    policy_sha256: str
    expected: Expected | None = None
    data_id: str | None = None
    checkpoint_sha256: str | None = None
    version: str = field(default=__version__)
    passed: bool | None = None
    kind = COMMAND

    def content(self) -> RecordJson:
        """The record as it is written: metrics and files sorted by name, everything else in this order."""
        return {
            "run": {"name": self.run, "format": self.format, "candidates": self.candidates},
            "log": dict(sorted(self.log.items())),
            "metric": self.metric,
            "rule": self.rule,
            "epoch": self.epoch if self.epoch is None else number(self.epoch),
            "step": self.step,
            "checkpoint": None if self.checkpoint is None else {
                "name": self.checkpoint, "sha256": self.checkpoint_sha256,
            },
            "metrics": dict(sorted(self.metrics.items())),
            "expected": self.expected,
            "val_size": {"value": self.val_size, "why": self.val_size_why},
            "data_id": self.data_id,
            "policy": {"sha256": self.policy_sha256, "keys": dict(sorted(self.policy.items()))},
        }  # fmt: skip


class RecordedRunJson(TypedDict):
    """The run that the record is of."""

    name: str
    format: str
    candidates: Count


class RecordedFileJson(TypedDict):
    """The checkpoint; its hash where it was asked for."""

    name: str
    sha256: Sha256 | None


class RecordedPolicyJson(TypedDict):
    """What the policy says beyond the defaults, and the hash of that."""

    sha256: Sha256
    keys: Mapping[str, Any]


class RecordJson(TypedDict):
    """A decision record; ``log`` maps file names to SHA-256, empty where they are not known."""

    run: RecordedRunJson
    log: Mapping[str, Sha256]
    metric: str
    rule: str
    epoch: float | None
    step: int | None
    checkpoint: RecordedFileJson | None
    metrics: Mapping[str, MetricValue]
    expected: Expected | None
    val_size: ValSizeJson
    data_id: str | None
    policy: RecordedPolicyJson


def of(
    report: Report,
    policy: Policy,
    *,
    log: Mapping[str, str] | None = None,
    checkpoint_sha256: str | None = None,
) -> Record:
    """The record of a report. ``log`` maps the names of the files read to their SHA-256."""
    pick, monitor = report.recommended, report.monitor
    goals = {**report.question.goals, monitor.name: monitor.goal}
    metrics = {
        name: MetricValue(float(value), goals.get(name), unit_of(report, name)) for name, value in pick.values.items()
    }
    keys = _keys(policy)
    return Record(
        run=report.run.name,
        format=report.run.format,
        log=dict(log or {}),
        metric=monitor.name,
        metrics=metrics,
        rule=pick.rule,
        epoch=None if pick.epoch is None else float(pick.epoch),
        step=pick.step,
        checkpoint=Path(pick.checkpoint).name if pick.checkpoint else None,
        val_size=report.question.val_size,
        val_size_why=report.val_size_why,
        candidates=report.question.n,
        policy=keys,
        policy_sha256=_digest(keys),
        expected=report.expected,
        data_id=policy.required("data_id"),
        checkpoint_sha256=checkpoint_sha256,
    )


def unit_of(report: Report, metric: str) -> Unit | None:
    """Whether a metric of right answers is logged as a share 0–1 or in percent; None where that is not known."""
    meaning, series = report.meanings.get(metric), report.run.series.get(metric)
    if meaning is None or series is None or score_kind(meaning.base) == "other" or "psnr" in meaning.base:
        return None
    added = units.whole(meaning.base, series.values) if meaning.goal == "min" else None
    if added is not None:
        return next((unit for unit, scale in units.SCALE.items() if scale == added), None)
    return units.unit_of(series.values[np.isfinite(series.values)])


def _keys(policy: Policy) -> dict[str, Any]:
    """What the policy says beyond the defaults; nothing that names a place on this machine."""
    given: dict[str, Any] = {
        "metric": policy.metric,
        "rule": policy.recommender,
        "aim": policy.aim,
        "min_epoch": policy.min_epoch,
        "min_step": policy.min_step,
        "index": policy.index,
        "only_saved": policy.only_saved or None,
        "val_size": policy.val_size,
        "validation": policy.validation,
        "metrics": dict(sorted(policy.goals.items())),
        "rules": {rule: dict(sorted(policy.rules[rule].items())) for rule in sorted(policy.rules)},
        "checks": {name: dict(sorted(policy.checks[name].items())) for name in sorted(policy.checks)},
        "gate": sorted(" ".join(filter(None, [one.name, one.goal, one.unit])) for one in policy.gate),
    }
    return {key: value for key, value in given.items() if value not in (None, {}, [])}


def _digest(keys: Mapping[str, Any]) -> str:
    import hashlib  # loads OpenSSL

    text = json.dumps(strict(dict(sorted(keys.items()))), sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
