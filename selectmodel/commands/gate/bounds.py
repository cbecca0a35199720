"""Judges one condition on one metric: which number it is about, what it is held against, and why it passes or not."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import NoReturn

from selectmodel.commands.gate import comparable
from selectmodel.commands.gate.verdict import Compared, Outcome, met_or_not
from selectmodel.display.epochs import epoch_or_step
from selectmodel.errors import ExitCode
from selectmodel.metrics import kinds
from selectmodel.metrics import meaning as names
from selectmodel.policy.conditions import AGAINST_BASELINE, Condition
from selectmodel.policy.policy import Policy
from selectmodel.records import Goal, Split
from selectmodel.selection import alignment, running_best
from selectmodel.selection.record import unit_of
from selectmodel.selection.report import Report

#: Where ranges hold: no log shows what other data would bring.
_THERE = "on data like the validation set"


@dataclass(frozen=True, slots=True)
class GateCase:
    """What a condition is judged on: the report, the policy, the goals known, and the baseline if one is needed."""

    report: Report
    policy: Policy
    goals: Mapping[str, Goal]
    baseline: Compared | None = None


class _RefusedError(Exception):
    """One condition cannot be judged; ``code`` says whose it is to mend."""

    def __init__(self, reason: str, code: ExitCode = ExitCode.CANNOT_JUDGE) -> None:
        super().__init__(reason)
        self.code = code


def judged(case: GateCase, condition: Condition, unusable: Outcome | None) -> Outcome:
    """The outcome of one condition; ``unusable`` is what came of the baseline."""
    empty = Outcome(
        condition.name, condition.kind, "refused", "", condition.metric, condition.on, margin=condition.margin
    )
    against = condition.kind in AGAINST_BASELINE
    if against and unusable is not None and unusable.outcome == "refused":
        return replace(empty, reason="not compared: the baseline cannot be used", code=unusable.code)
    if against and unusable is not None and unusable.outcome == "skipped":
        return replace(empty, outcome="skipped", reason=f"not compared: {unusable.reason}")
    if against and (case.baseline is None or case.baseline.decision is None):
        why = case.baseline.why if case.baseline else "there is no baseline"
        return replace(empty, outcome="skipped", reason=f"not compared: {why}")
    try:
        remark = _may_be_judged(case, condition)
        value = _value(case, condition)
        _right_unit(case.report, condition, value)
        outcome = _held(case, condition, value, empty) if against else _bounded(condition, value, empty)
        return replace(outcome, reason=outcome.reason + remark)
    except _RefusedError as refused:
        return replace(empty, reason=str(refused), code=refused.code)


def _may_be_judged(case: GateCase, condition: Condition) -> str:
    """Refuses what tells nothing of data not trained on: training metrics not asked for as such, and running bests.

    Where validation metrics are known, one whose split is not known may be of the training data: refused as well, but
    for a metric of the user's own or one that is judged by name, of which that is said in the remark returned.
    """
    report = case.report
    metric, meanings = condition.metric, report.meanings
    if metric not in report.run.series:
        _unknown(metric, report)
    meaning = meanings[metric]
    twin = running_best.found(report.run, meanings).get(metric, metric)
    if twin != metric:
        instead = f"; judge {twin}" if twin else ""
        raise _RefusedError(f"{metric} holds the best value so far, no epoch's own{instead}", ExitCode.USAGE)
    said = f'split = "{condition.split or "train"}"'
    if condition.split is not None:
        if meaning.split not in (None, condition.split):
            why = f"{metric} is of the {_DATA[meaning.split]} here ({meaning.split_why}), and the policy says {said}"
            raise _RefusedError(why, ExitCode.USAGE)
        return ""
    own = names.twin(metric, meanings, "val")
    instead = f"judge {own}, or " if own else ""
    if meaning.split == "train":
        raise _RefusedError(
            f"{metric} is of the training data here ({meaning.split_why}), which says nothing of data like the "
            f"validation set; {instead}write {said} beside it in the policy",
            ExitCode.USAGE,
        )
    if meaning.split is not None or not meaning.quality or not any(m.split == "val" for m in meanings.values()):
        return ""
    named = case.policy.metric is not None and metric == report.monitor.name
    if meaning.goal is None or named:
        return f"; which data {metric} is of is not known"
    raise _RefusedError(
        f'which data {metric} is of is not known ({meaning.split_why}); {instead}write split = "val" or "train" '
        "beside it in the policy",
        ExitCode.USAGE,
    )


_DATA: Mapping[Split | None, str] = {"train": "training data", "val": "validation data", "test": "test data"}


def _value(case: GateCase, condition: Condition) -> float:
    """What is judged: the logged value, the corrected one, or the interval's worst end for this condition."""
    report, metric = case.report, condition.metric
    if condition.on == "value":
        value = _logged(report, metric)
        if not math.isfinite(value):
            said = "has no value" if math.isnan(value) else f"is {value:g}"
            at = epoch_or_step(report.recommended.epoch, report.recommended.step)
            raise _RefusedError(f"{metric} {said} at {at}, so there is nothing to judge")
        return value
    expected = report.expected
    if expected is None or expected.metric != metric:
        of = f" (it is for {expected.metric})" if expected is not None else ""
        if report.question.validation and expected is None:
            of = f", as the validation set is said to differ from the data in use ({report.question.validation})"
        raise _RefusedError(f'what {metric} is worth {_THERE} is not known{of}; judge it on = "value"')
    value = expected.value
    if condition.on == "worst":
        lower_is_worse = condition.kind == "min" or (condition.kind != "max" and _goal(case, condition) == "max")
        value = expected.low if lower_is_worse else expected.high
    if not math.isfinite(value):
        raise _RefusedError(f"what {metric} is worth {_THERE} is {value:g}, so there is nothing to judge")
    return value


def _logged(report: Report, metric: str) -> float:
    if metric in report.recommended.values:
        return report.recommended.values[metric]
    index, series = report.recommended.index, report.run.series[metric]
    candidates = report.run.series[report.monitor.name]
    if index is None or not alignment.same_unit(series, candidates):
        return math.nan
    return float(alignment.align(series, candidates)[index])


def _unknown(metric: str, report: Report) -> NoReturn:
    hint = comparable.closest(metric, list(report.run.series))
    known = f"did you mean {hint}?" if hint else "it has " + ", ".join(list(report.run.series)[:12])
    raise _RefusedError(f"the log has no metric {metric}; {known}", ExitCode.USAGE)


def _right_unit(report: Report, condition: Condition, value: float) -> None:
    """Refuses a bound in percent on a metric that is a share, and the other way round: either would decide nothing."""
    unit, bound, metric = unit_of(report, condition.metric), condition.bound, condition.metric
    if condition.unit is not None and unit is not None and condition.unit != unit:
        raise _RefusedError(f"{metric} is logged as a {unit}, not as a {condition.unit}", ExitCode.USAGE)
    if condition.relative or condition.unit is not None or unit is None:
        return
    if unit == "share" and (bound > 1 or (bound == 1 and condition.kind in AGAINST_BASELINE)):
        raise _RefusedError(
            f"{metric} is logged as a share from 0 to 1, {bound:g} is none; write {bound / 100:g}", ExitCode.USAGE
        )
    low = kinds.is_low(report.meanings[metric].base)  # an error of half a percent is what one may ask for
    if unit == "percent" and 0 < bound <= 1 and condition.kind in ("min", "max") and not low:
        raise _RefusedError(
            f"{metric} is logged in percent ({value:.4g}), {bound:g} looks like a share; write {bound * 100:g}, or "
            f'unit = "percent" beside it',
            ExitCode.USAGE,
        )


def _bounded(condition: Condition, value: float, empty: Outcome) -> Outcome:
    bound, metric = condition.bound, _what(condition)
    low = condition.kind == "min"
    met = value >= bound if low else value <= bound
    same = not met and comparable.alike(value, bound)
    shown, limit = comparable.apart(value, bound)
    if same:
        reason = f"{metric} is {shown}, which equals {limit} in the single precision that logs hold"
    elif met:
        reason = f"{metric} is {shown}, at {'least' if low else 'most'} {limit}"
    else:
        reason = f"{metric} is {shown}, {'below' if low else 'above'} {limit}"
    return replace(empty, outcome=met_or_not(met or same), reason=reason, value=value, bound=bound)


def _held(case: GateCase, condition: Condition, value: float, empty: Outcome) -> Outcome:
    """Non-inferiority or superiority: the gain over the baseline, in the good direction, against the margin."""
    base, goal = _base(case, condition), _goal(case, condition)
    if condition.relative and base == 0:
        raise _RefusedError(f"{condition.margin} of a baseline of 0 is nothing; give the margin as a number",
                            ExitCode.USAGE)  # fmt: skip
    margin = condition.bound * abs(base) if condition.relative else condition.bound
    gain = value - base if goal == "max" else base - value
    least = -margin if condition.kind == "max_worse" else margin
    slack = comparable.slack(value, base)
    if condition.kind == "min_gain" and margin > 0:
        slack = min(slack, margin * 1e-3)  # noise of the last digit is no gain
    met = gain >= least - slack
    shown, theirs = comparable.apart(value, base)
    close = abs(abs(gain) - margin) <= comparable.slack(value, base)
    size, limit = (f"{margin:.6g}",) * 2 if close else comparable.apart(abs(gain), margin)
    relation = "the same as" if gain == 0 else f"{size} {'better' if gain > 0 else 'worse'} than"
    asked = "at most {} worse is allowed" if condition.kind == "max_worse" else "a gain of at least {} is asked for"
    spelt = f"{condition.margin}, that is {limit}," if condition.relative else limit
    reason = f"{_what(condition)} is {shown}, {relation} the baseline's {theirs}; {asked.format(spelt)}"
    if met and gain < least:
        reason += ", which it meets in the single precision that logs hold"
    reason += comparable.noise_of(case.report, condition.metric, base)
    bound = base + least if goal == "max" else base - least
    return replace(empty, outcome=met_or_not(met), reason=reason, value=value, bound=bound, baseline=base)


def _base(case: GateCase, condition: Condition) -> float:
    """The baseline's value. Worst ends are held against its corrected value: it is the model that is already there."""
    other = case.baseline.decision if case.baseline else None
    if other is None or condition.metric not in other.metrics:
        hint = comparable.closest(condition.metric, list(other.metrics) if other else [])
        told = f"; it has {hint}, which is not taken for the same" if hint else ""
        raise _RefusedError(f"the baseline has no metric {condition.metric}{told}", ExitCode.USAGE)
    if condition.on == "value":
        value = other.metrics[condition.metric].value
    elif other.expected is not None and other.expected.metric == condition.metric:
        value = other.expected.value
    else:
        raise _RefusedError(f"the baseline does not say what {condition.metric} is worth {_THERE}; make it anew")
    if not math.isfinite(value):
        raise _RefusedError(f"{condition.metric} has no finite value in the baseline, so there is nothing to compare")
    return value


def _goal(case: GateCase, condition: Condition) -> Goal:
    goal = condition.goal or case.goals.get(condition.metric)
    meaning = case.report.meanings.get(condition.metric)
    goal = goal or (meaning.goal if meaning else None)
    if goal is None:
        raise _RefusedError(
            f"which direction of {condition.metric} is better is not known; write "
            f'{condition.metric}:min=… or {condition.metric}:max=…, or goal = "min" beside it',
            ExitCode.USAGE,
        )
    monitor = case.report.monitor
    if condition.metric == monitor.name and goal != monitor.goal:
        raise _RefusedError(f"{monitor.name} is judged for {goal} here and picked for {monitor.goal}", ExitCode.USAGE)
    other = case.baseline.decision if case.baseline else None
    theirs = other.metrics[condition.metric].goal if other and condition.metric in other.metrics else None
    if theirs is not None and theirs != goal:
        raise _RefusedError(
            f"{condition.metric} is better {_WAY[goal]} here and better {_WAY[theirs]} in the baseline", ExitCode.USAGE
        )
    return goal


_WAY = {"min": "lower", "max": "higher"}


def _what(condition: Condition) -> str:
    said = {
        "value": "",
        "expected": ", corrected for having been picked,",
        "worst": ", at the worst end of its interval,",
    }
    return condition.metric + said[condition.on]
