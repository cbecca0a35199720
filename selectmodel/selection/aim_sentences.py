"""What the choice means: which epoch serves the other aim, and what an epoch without a file would have brought."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from selectmodel import registry
from selectmodel.display import numbers
from selectmodel.display.epochs import epoch_or_step
from selectmodel.display.escaping import LONGEST, visible
from selectmodel.metrics import units
from selectmodel.records import Question
from selectmodel.registry.contract import Aim

if TYPE_CHECKING:
    from selectmodel.selection.report import Report, RulePick

#: What matters where an aim is the right one.
_SERVES: dict[Aim, str] = {"accuracy": "right answers matter more", "loss": "calibrated probabilities matter"}


def unsaved_best(report: Report, best: RulePick) -> str:
    """What the best epoch of all would have brought, had it been saved."""
    place = epoch_or_step(best.epoch, best.step)
    place = place[:1].upper() + place[1:]
    if not report.unsaved_is_better:
        return f"{place}, of which no checkpoint file is known, is not better as far as the log can tell."
    question, ours, parts = report.question, report.recommended, []
    for name in dict.fromkeys(filter(None, (question.monitor, question.score, question.loss))):
        if _worse(question, name, ours, best) < 0:
            shown = numbers.column([best.values[name], ours.values[name]])
            parts.append(f"{visible(name, LONGEST)} {shown[0]} instead of {shown[1]}")
    return f"{place} would have brought {' and '.join(parts)}, but no checkpoint file of it is known."


def other_aims(report: Report) -> list[str]:
    """For each aim that would ship another epoch: which, what it gains, and what it costs; judged by this log.

    Only where it gains something that shows, at a price: an epoch that is better on both counts is no alternative.
    """
    question, ours = report.question, report.recommended
    if registry.load("rules", ours.rule).aim is None or question.score is None or question.loss is None:
        return []
    told = []
    for aim, serves in _SERVES.items():
        other = report.picks.get(registry.with_constant("rules", "AIM", aim)[0])
        if other is None or other.rule == ours.rule or other.index is None or other.index == ours.index:
            continue
        if ours.checkpoint is not None and other.checkpoint is None:
            continue  # it cannot be taken
        gains, costs = question.loss, question.score
        if aim == "accuracy":
            gains, costs = costs, gains
        value = visible(gains, LONGEST)
        instead = numbers.column([other.values[gains], ours.values[gains]])
        cost, gain = _cost(question, costs, ours, other), _cost(question, gains, other, ours)
        if cost and gain:
            place = epoch_or_step(other.epoch, other.step)
            told.append(f"{place} if {serves}: {value} {instead[0]} instead of {instead[1]}, {cost}")
    return told


def _worse(question: Question, name: str, ours: RulePick, other: RulePick) -> float:
    """By how much a metric is worse at the other epoch; NaN where it is not known."""
    here, there = ours.values[name], other.values[name]
    goal = question.goal if name == question.monitor else question.goals.get(name, "min")
    return there - here if goal == "min" else here - there


def _cost(question: Question, name: str, ours: RulePick, other: RulePick) -> str:
    """By how much a metric is worse in the log at the other epoch: a loss in percent, a score as it is logged.

    "" where it costs nothing, or nothing that shows.
    """
    here, worse, shown = ours.values[name], _worse(question, name, ours, other), visible(name, LONGEST)
    if not worse > 0:
        return f"{shown} is not known" if math.isnan(worse) else ""
    goal = question.goal if name == question.monitor else question.goals.get(name, "min")
    if goal == "min" and here > 0:
        share = f"{100 * worse / here:.0f}"
        return f"{shown} {share} % higher" if share != "0" else ""
    unit = units.scale_of(question.metric(name), signed=True)
    if unit is not None and goal == "max" and worse < 0.0005 * unit:
        return ""
    lost = numbers.scale([here, other.values[name]]).difference(worse)[1:]
    return f"{shown} {lost} {'higher' if goal == 'min' else 'lower'}"
