"""What is judged, and by which rule, where the user does not say: a score if the log holds one, else the loss.

A framework's callback is another matter: where its user names no metric it looks at the validation loss.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from selectmodel import registry
from selectmodel.errors import ChoiceError
from selectmodel.metrics import kinds, meaning, monitor, scores
from selectmodel.metrics.meaning import Meaning
from selectmodel.metrics.scores import Scores
from selectmodel.policy.policy import Policy
from selectmodel.records import Floats, Goal, Question, Run, frozen

#: A score logged less often than this share of the loss is no record of the training.
_ENOUGH = 0.5


class Wanted(NamedTuple):
    """What to judge by, and why.

    Attributes:
        metric: None leaves the choice to :func:`selectmodel.metrics.monitor.choose`: the main validation loss first.
            So it is for a rule that judges whatever is monitored, such as patience.
        passed_over: scores that cannot speak for the training, and for what reason.
        rivals: scores of one kind that were not judged: none is the main one, or a model that always gives the same
            answer reaches their best.
        unfit: names that are the same at every validation, where another metric is not: these choose nothing.
    """

    metric: str | None
    why: str = ""
    passed_over: tuple[str, ...] = ()
    rivals: tuple[str, ...] = ()
    unfit: frozenset[str] = frozenset()


def metric(run: Run, policy: Policy, meanings: Mapping[str, Meaning], usable: Collection[str]) -> Wanted:
    """The metric to judge by; ``meanings`` are those of the names that may be.

    Raises ChoiceError where an aim asks for a score and none of several is the main one.
    """
    if policy.metric is not None:
        return Wanted(policy.metric)
    if policy.purpose is not None:
        return _of_an_aim(policy.purpose, meanings)
    if policy.rule is not None:
        judges = registry.load("rules", policy.rule).judges
        found = judges(tuple(name for name in meanings if name in usable)) if judges is not None else None
        return Wanted(found, f"the metric of rule {policy.rule}") if found else _recorded(run, meanings, usable)
    return _by_default(run, meanings, usable)


def _of_an_aim(purpose: str, meanings: Mapping[str, Meaning]) -> Wanted:
    scored = scores.scores(meanings, "val") if purpose != "loss" else Scores((), None)
    if scored.names and scored.main is None:
        raise ChoiceError(
            f"several validation scores may serve aim {purpose} and none is the main one; add one, e.g. "
            f"{monitor.flag(scored.names[0])}",
            [monitor.flag(name) for name in scored.names],
        )
    found = scored.main or meaning.loss_name(meanings, "val")
    return Wanted(found, f"the metric of aim {purpose}" if found else "")


def _by_default(run: Run, meanings: Mapping[str, Meaning], usable: Collection[str]) -> Wanted:
    """The best liked score that can speak for the training, else the loss, unless that is the same throughout."""
    loss = meaning.loss_name(meanings, "val")
    left, passed_over, scored = meanings, list[str](), scores.scores(meanings, "val")
    while (name := scored.main) is not None and not kinds.one_sided(meanings[name].base):
        unfit = _unfit(run, name, loss)
        if not unfit:
            return Wanted(name, "the main validation score", tuple(passed_over))
        passed_over.append(unfit)
        left = {other: m for other, m in left.items() if other != name}
        scored = scores.scores(left, "val")
    rivals = scored.names
    if scored.main is not None:  # precision, and recall beside it
        rivals = tuple(name for name, m in left.items() if m.split == "val" and m.quality and kinds.one_sided(m.base))
    told = _recorded(run, meanings, usable)
    if told.metric is not None:
        return told._replace(passed_over=tuple(passed_over))
    stuck = passed_over or (loss is not None and _constant(run.series[loss].values))
    still = _still(run, meanings, usable) if stuck else frozenset[str]()
    if loss is not None and loss not in still:
        return Wanted(None, "", tuple(passed_over), rivals)
    if passed_over and not still and loss is None:
        first = scores.score_name(meanings, "val")
        return Wanted(first, "the main validation score")
    if loss in still:
        passed_over.append(_unfit(run, loss, None))
    return Wanted(None, "", tuple(passed_over), rivals, still)


def _still(run: Run, meanings: Mapping[str, Meaning], usable: Collection[str]) -> frozenset[str]:
    """The validation metrics that are the same at every validation; none if there is no other."""
    validated = [name for name, m in meanings.items() if m.split == "val" and m.quality and name in usable]
    still = frozenset(name for name in validated if _constant(run.series[name].values))
    return still if len(still) < len(validated) else frozenset()


def _constant(values: Floats) -> bool:
    finite = values[np.isfinite(values)]
    return len(finite) > 1 and bool(finite.min() == finite.max())


def _recorded(run: Run, meanings: Mapping[str, Meaning], usable: Collection[str]) -> Wanted:
    """The metric by which the training recorded its best, where the log has several losses and none is the main one."""
    name = run.recorded.metric if run.recorded else ""
    fits = name in usable and name in meanings and meanings[name].split == "val" and meanings[name].goal is not None
    if run.recorded is None or not fits or meaning.loss_name(meanings, "val") or _constant(run.series[name].values):
        return Wanted(None)
    return Wanted(name, f"{run.recorded.by} recorded its best by it")


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
    if question.goal == "max" or question.monitor in question.errors:
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
        point_errors=run.series[name].errors,
        cost=frozen(np.where(allowed, values if goal == "min" else -values, np.inf)),
        allowed=frozen(allowed, np.bool_),
        companions=companions,
        goals={**question.goals, question.monitor: question.goal},
        train_twin=twin if twin in companions else None,
    )
