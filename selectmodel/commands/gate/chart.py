"""The picture of a verdict: the curves of the recommendation, with the bounds that they were held against."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

from selectmodel.charts import vega
from selectmodel.charts.lines import Level
from selectmodel.charts.vega import Panel
from selectmodel.display import numbers
from selectmodel.selection import report_chart

if TYPE_CHECKING:
    from selectmodel.commands.gate.verdict import Outcome, Verdict

#: Bounds that a panel has, the worst outcomes first.
_MOST = 4
_COLOURS = {"fail": vega.BAD, "pass": vega.PICK}
#: What of an epoch a bound is about, where it is not what was logged.
_OF = {"expected": "expected value", "worst": "worst end of the range"}


def panels(verdict: Verdict, *, log: bool = False) -> Iterator[Panel]:
    """Those of the report; none where the log could not be judged at all."""
    if verdict.report is None:
        return
    found: dict[str, list[Level]] = {}
    for one in sorted(verdict.outcomes, key=lambda one: one.outcome != "fail"):
        if one.metric is None or one.bound is None or not math.isfinite(one.bound) or one.outcome not in _COLOURS:
            continue
        levels = found.setdefault(one.metric, [])
        if len(levels) < _MOST:
            levels.append(_level(verdict, one, one.bound))
    yield from report_chart.panels(verdict.report, log=log, levels=found)


def _level(verdict: Verdict, one: Outcome, bound: float) -> Level:
    """Its words are those of "at least 0.95: fail", with what it is about where that is not the logged value."""
    given = one.kind in ("min", "max")
    written = f"{bound:g}" if given else numbers.scale([bound, one.value or bound]).show(bound)
    side, sign = _side(verdict, one)
    about = f"{_OF[one.on]} " if one.on in _OF else ""
    baseline = "" if given else " (by the baseline)"
    title = f"{about}{side} {written}{baseline}: {one.outcome}"
    return Level(title, f"{sign} {written} {one.outcome}", bound, _COLOURS[one.outcome])


def _side(verdict: Verdict, one: Outcome) -> tuple[str, str]:
    """Which side of the bound is allowed, in words and as a sign."""
    assert verdict.report is not None and one.metric is not None
    monitor, goals = verdict.report.monitor, verdict.report.question.goals
    goal = {"min": "max", "max": "min"}.get(one.kind)  # a lower bound is on what is better high
    goal = goal or (monitor.goal if one.metric == monitor.name else goals.get(one.metric))
    return {"max": ("at least", "≥"), "min": ("at most", "≤")}.get(goal or "", ("bound", "bound"))
