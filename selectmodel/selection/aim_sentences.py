"""What the choice means: the chance that it is as good as the best, and which epoch serves the other aim."""

from __future__ import annotations

from typing import TYPE_CHECKING

from selectmodel import registry
from selectmodel.display import numbers
from selectmodel.display.epochs import epoch_or_step
from selectmodel.display.escaping import LONGEST, visible
from selectmodel.metrics import units
from selectmodel.registry.contract import Aim

if TYPE_CHECKING:
    from selectmodel.selection.report import Report, RulePick

_SERVES: dict[Aim, str] = {"accuracy": "right answers", "loss": "trustworthy probabilities"}


def sentences(report: Report) -> list[str]:
    """Sentences for the paragraph below the answer."""
    return [*_chance(report), *_other_aims(report)]


def _chance(report: Report) -> list[str]:
    if report.chance is None:
        return []
    return [f"The chance that no epoch is better by more than one point is about {100 * report.chance:.0f} %."]


def _other_aims(report: Report) -> list[str]:
    """For each aim that would ship another epoch: which, what it gains, and what it costs; judged by this log."""
    question, ours = report.question, report.recommended
    if registry.load("rules", ours.rule).aim is None or question.score is None or question.loss is None:
        return []
    told = []
    for aim, serves in _SERVES.items():
        other = report.picks.get(registry.with_constant("rules", "AIM", aim)[0])
        if other is None or other.rule == ours.rule or other.index is None or other.index == ours.index:
            continue
        gains, costs = question.loss, question.score
        if aim == "accuracy":
            gains, costs = costs, gains
        value = visible(gains, LONGEST)
        instead = numbers.column([other.values[gains], ours.values[gains]])
        place = epoch_or_step(other.epoch, other.step)
        told.append(
            f"For {serves} take {place} ({value} {instead[0]} instead of {instead[1]}): "
            f"{_cost(report, costs, ours, other)}."
        )
    return told


def _cost(report: Report, name: str, ours: RulePick, other: RulePick) -> str:
    """By how much a metric is worse in the log at the other epoch: a loss in percent, a share in points."""
    here, there, shown = ours.values[name], other.values[name], visible(name, LONGEST)
    question = report.question
    goal = question.goal if name == question.monitor else question.goals.get(name, "min")
    worse = there - here if goal == "min" else here - there
    if not worse > 0:
        return f"its {shown} is no worse here" if worse <= 0 else f"its {shown} is not known"
    if goal == "min":
        return f"it costs {100 * worse / here:.0f} % of {shown}" if here > 0 else f"it costs {numbers.figure(worse)}"
    unit = units.scale_of(question.metric(name), signed=True)
    if unit is None:
        return f"it costs {numbers.figure(worse)} of {shown}"
    return f"it costs {100 * worse / unit:.1f} points of {shown}"
