"""The cycle that a report makes: what a comparison needs of a run, taken from its curves while they are there."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from selectmodel.answer import SCHEMA
from selectmodel.commands.compare import member
from selectmodel.commands.compare.member import COMMAND, Cycle
from selectmodel.files import fingerprints
from selectmodel.policy.policy import Policy
from selectmodel.records import Floats, Question, Run
from selectmodel.selection import record as decision
from selectmodel.selection.dataset import DataSet
from selectmodel.selection.report import Report

#: Bases of metrics that are a share of right answers among the validation examples.
_ACCURACIES = (
    "accuracy", "acc", "top1", "acc1", "categorical_accuracy", "sparse_categorical_accuracy", "binary_accuracy",
)  # fmt: skip


def of_report(report: Report, policy: Policy, data: DataSet) -> Cycle:
    """The cycle that a report's recommendation makes."""
    question, pick = report.question, report.recommended
    goals = {**question.goals, question.monitor: question.goal}
    validated = [name for name in pick.values if report.meanings[name].split == "val" and name in goals]
    shares = [name for name in validated if report.meanings[name].base in _ACCURACIES]
    made = decision.of(report, policy, log=_digests(report.run))
    made = replace(made, data_id=data.id or made.data_id)
    gap = question.gap
    accuracy = question.monitor if question.monitor in shares else next(iter(shares), None)
    lowest = _lowest_loss(question)
    line = {
        "schema": SCHEMA,
        "command": COMMAND,
        "decision": made.to_dict(),
        "course": {
            "source": report.run.source,
            "judged": list(dict.fromkeys([question.monitor, *validated])),
            "loss": question.val_loss,
            "accuracy": accuracy,
            "definitions": dict(data.metrics),
            "gap": math.nan if gap is None or pick.index is None else float(gap[pick.index]),
            "overfit": _last_loss(question) / lowest - 1,
            "lowest_loss": lowest,
            "around": _around(question, accuracy, pick.index),
            "train_accuracy": _train_accuracy(report, accuracy),
            "validation": question.validation,
        },
    }
    return member.of_dict(line)


def _digests(run: Run) -> dict[str, str]:
    """File name → SHA-256; a run that came from a table or from standard input is told by its numbers."""
    if run.files:
        return fingerprints.of_logs(run.files) or {}
    import hashlib

    total = hashlib.sha256()
    for name, series in sorted(run.series.items()):
        total.update(name.encode("utf-8", "surrogateescape"))
        total.update(series.steps.tobytes() + series.values.tobytes())
    return {run.name: total.hexdigest()}


def _lowest_loss(question: Question) -> float:
    """The lowest validation loss; NaN without a loss that is always positive."""
    loss = _losses(question)
    return float(loss.min()) if len(loss) and loss.min() > 0 else math.nan


def _last_loss(question: Question) -> float:
    loss = _losses(question)
    return float(loss[-1]) if len(loss) else math.nan


def _losses(question: Question) -> Floats:
    loss = question.metric(question.val_loss) if question.val_loss is not None else np.empty(0)
    return loss[np.isfinite(loss)]


def _train_accuracy(report: Report, accuracy: str | None) -> str | None:
    """The training twin of the share of right answers, if there is one."""
    if accuracy is None:
        return None
    meanings, base = report.meanings, report.meanings[accuracy].base
    twins = [name for name in report.recommended.values
             if (meanings[name].split, meanings[name].base) == ("train", base)]  # fmt: skip
    return twins[0] if len(twins) == 1 else None


def _around(question: Question, metric: str | None, index: int | None) -> list[float]:
    """The metric at the validations before and after a candidate, where it was logged there."""
    if metric is None or index is None:
        return []
    beside = question.metric(metric)[[at for at in (index - 1, index + 1) if 0 <= at < question.n]]
    return [float(value) for value in beside if np.isfinite(value)]
