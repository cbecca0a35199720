"""What is judged, and by which rule, where the user does not say: right answers if the log counts them, else the loss.

A framework's callback is another matter: where its user names no metric it looks at the validation loss.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from selectmodel import registry
from selectmodel.metrics import kinds, meaning
from selectmodel.metrics.meaning import Meaning
from selectmodel.policy.policy import Policy
from selectmodel.records import Goal, Question, Run, frozen

#: A score logged less often than this share of the loss is no record of the training.
_ENOUGH = 0.5


def metric(run: Run, policy: Policy, meanings: Mapping[str, Meaning]) -> tuple[str | None, str, list[str]]:
    """The metric to judge by, why, and what was passed over and for what reason.

    None leaves the choice to :func:`selectmodel.metrics.monitor.choose`: the main validation loss first. So it is for a
    rule that judges whatever is monitored, such as patience.
    """
    if policy.metric is not None:
        return policy.metric, "", []
    if policy.purpose is not None:
        scored = meaning.score_name(meanings, "val") if policy.purpose != "loss" else None
        found = scored or meaning.loss_name(meanings, "val")
        return found, f"the metric of aim {policy.purpose}" if found else "", []
    if policy.rule is not None:
        return None, "", []
    name = meaning.score_name(meanings, "val")
    if name is None or kinds.one_sided(meanings[name].base):
        return None, "", []
    loss = meaning.loss_name(meanings, "val")
    unfit = _unfit(run, name, loss)
    if unfit and loss is not None:
        return None, "", [unfit]
    return name, "aim accuracy, by default", []


def _unfit(run: Run, name: str, loss: str | None) -> str:
    """Why a score cannot speak for the training, "" where it can."""
    values = run.series[name].values
    seen = np.isfinite(values)
    times = np.count_nonzero(seen)
    finite = values if times == len(values) else values[seen]
    if not times:
        return f"{name} is never finite" if len(values) else f"{name} has no value that counts"
    if times > 1 and finite[0] == finite[-1] and finite.min() == finite.max():
        return f"{name} is {finite[0]:g} at every validation"
    if loss is None or times >= _ENOUGH * len(run.series[loss].values):
        return ""
    losses = np.count_nonzero(np.isfinite(run.series[loss].values))
    return f"{name} is logged {times} times, {loss} {losses} times" if times < _ENOUGH * losses else ""


def rule(question: Question, *, named: bool) -> str:
    """The rule that recommends where none is asked for; ``named`` if the user named the metric."""
    if question.goal == "max":
        aim = "accuracy"
    else:
        aim = "loss" if not named and question.monitor == question.val_loss else "metric"
    return registry.with_constant("rules", "AIM", aim)[0]


def as_a_framework_asks(question: Question, run: Run, meanings: Mapping[str, Meaning]) -> Question:
    """The question with the validation loss monitored, as callbacks do unless they are told otherwise.

    The same where the loss is monitored already, or is not logged at the same validations.
    """
    name = question.val_loss
    if name is None or name == question.monitor or name not in question.companions:
        return question
    if not np.array_equal(run.series[name].steps, question.steps):
        return question
    values = question.companions[name]
    goal: Goal = question.goals.get(name, "min")
    allowed = question.allowed & np.isfinite(values)
    companions = {other: series for other, series in question.companions.items() if other != name}
    companions[question.monitor] = question.values
    twin = meaning.twin(name, meanings, "train")
    return replace(
        question,
        monitor=name,
        goal=goal,
        values=values,
        errors=run.series[name].errors,
        cost=frozen(np.where(allowed, values if goal == "min" else -values, np.inf)),
        allowed=frozen(allowed, np.bool_),
        companions=companions,
        goals={**question.goals, question.monitor: question.goal},
        train_twin=twin if twin in companions else None,
    )
