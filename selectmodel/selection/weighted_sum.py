"""Adds to a run the metric that the user made of several: ``--metric "0.5*val_f1 + 0.5*val_auc"``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace

import numpy as np

from selectmodel.errors import ChoiceError, LogError, SelectModelError, UsageError
from selectmodel.metrics import monitor, units, weighted
from selectmodel.metrics.meaning import Meaning, Meanings
from selectmodel.metrics.weighted import Term
from selectmodel.policy.policy import Policy
from selectmodel.records import Goal, Hint, Note, Run, Series, Split, frozen
from selectmodel.selection import alignment

#: No metric of a log has this base, so that a sum is no metric's twin.
_BASE = "weighted sum"


def added(run: Run, meanings: Meanings, policy: Policy) -> tuple[Run, Meanings, tuple[Note, ...]]:
    """The run and its meanings with the sums that the policy judges by, and what must be known of the one that selects.

    Raises UsageError for a sum that cannot be read, for a name that the log does not hold, and for metrics that pull
    in two directions; LogError where the metrics are never logged together. A condition of a gate that is no sum of
    this log adds nothing: the gate refuses it.
    """
    found: dict[str, tuple[Series, Meaning]] = {}
    notes: tuple[Note, ...] = ()
    for condition in policy.gate:
        if condition.metric not in run.series and weighted.is_sum(condition.metric):
            with suppress(SelectModelError):
                found[condition.metric] = _made(condition.metric, condition.goal, run, meanings, policy.goals)
    name, said = _asked(policy.metric, run)
    if name is not None:
        found[name] = _made(name, said, run, meanings, policy.goals)
        notes = (_no_callback(name, run), *_units(weighted.terms(name), run, meanings))
    if not found:
        return run, meanings, ()
    series = {**run.series, **{of: made[0] for of, made in found.items()}}
    known = {of: made[1] for of, made in found.items()}
    # The run is handed on, and may be asked again: then the sum is a metric like others.
    hints = {**run.hints, **{of: Hint(own.split, own.goal, own.goal_why) for of, own in known.items()}}
    return replace(run, series=series, hints=hints), Meanings({**meanings, **known}), notes


def _asked(metric: str | None, run: Run) -> tuple[str | None, Goal | None]:
    """The sum that is asked for, and the direction said behind it; None where a metric of the log is named."""
    if metric is None:
        return None, None
    name, said = monitor.name_and_goal(metric, run.series)
    return (name, said) if name not in run.series and weighted.is_sum(name) else (None, None)


def _made(
    name: str, said: Goal | None, run: Run, meanings: Meanings, goals: Mapping[str, Goal]
) -> tuple[Series, Meaning]:
    terms = weighted.terms(name)
    for term in terms:
        _refuse_unfit(term.name, run, meanings)
    return _sum(name, terms, run), _meaning(name, terms, meanings, goals, said)


def _refuse_unfit(name: str, run: Run, meanings: Meanings) -> None:
    offered = [of for of, meaning in meanings.items() if meaning.quality and run.series[of].values.size]
    if name not in run.series:
        raise UsageError(f"{monitor.unknown(name, meanings, offered)} (in a sum, names with - or spaces need quotes)")
    if not alignment.ever_finite(run.series[name].values):
        raise UsageError(f"--metric: {name!r} holds no finite value in this log")
    if not meanings[name].quality:
        raise UsageError(f"--metric: {name!r} does not measure quality: {meanings[name].quality_why}")


def _meaning(
    name: str, terms: Sequence[Term], meanings: Meanings, goals: Mapping[str, Goal], said: Goal | None
) -> Meaning:
    parts = [meanings[term.name] for term in terms]
    split, split_why = _split(parts)
    goal, why = _goal(name, terms, meanings, goals, said)
    weak = any(part.weak and part.name not in goals for part in parts)
    return Meaning(name, _BASE, split, split_why, goal, why, True, "a sum of metrics", weak)


def _split(parts: Sequence[Meaning]) -> tuple[Split | None, str]:
    """The split that asks for most caution: what is measured on training or test data even in part is so as a whole."""
    for split in ("train", "test", None):
        found = next((part for part in parts if part.split == split), None)
        if found is not None:
            return found.split, f"that of {found.name}: {found.split_why}"
    return "val", f"that of {', '.join(dict.fromkeys(part.name for part in parts))}"


def _goal(
    name: str, terms: Sequence[Term], meanings: Meanings, goals: Mapping[str, Goal], said: Goal | None
) -> tuple[Goal | None, str]:
    """Which way the sum is better: a metric that is subtracted counts the other way round."""
    ways: dict[Goal, list[str]] = {"max": [], "min": []}
    for term in terms:
        own = goals.get(term.name) or meanings[term.name].goal
        if own is None and said is None:
            both = " or ".join(monitor.flag(name, goal) for goal in ("max", "min"))
            raise ChoiceError(
                f"which direction of {term.name!r} is better is not known: {meanings[term.name].goal_why}; add {both}"
            )
        if own is not None and term.weight:
            ways[own if term.weight > 0 else _OTHER[own]].append(term.name)
    if ways["max"] and ways["min"]:
        raise UsageError(
            f"--metric: in {name!r} more is better by {', '.join(dict.fromkeys(ways['max']))} and less by "
            f"{', '.join(dict.fromkeys(ways['min']))}: such a sum has no direction; subtract what is better low"
        )
    for goal, by in ways.items():
        if by:
            return goal, f"{'more' if goal == 'max' else 'less'} is better by {', '.join(dict.fromkeys(by))}"
    return None, "the direction of none of its metrics is known"


_OTHER: Mapping[Goal, Goal] = {"max": "min", "min": "max"}


def _sum(name: str, terms: Sequence[Term], run: Run) -> Series:
    """The sum at the steps where every metric is logged: values of two steps are of two models."""
    parts = [run.series[term.name] for term in terms]
    first = parts[0]
    there = np.ones(len(first.steps), np.bool_)
    for part in parts[1:]:
        if not alignment.in_step(part, first):
            there &= np.isin(first.steps, part.steps)
    if not there.any():
        names = ", ".join(dict.fromkeys(term.name for term in terms))
        raise LogError(f"{run.source}: {names} are never logged at the same step, so they have no sum")
    steps = first.steps[there]
    values = np.zeros(len(steps))
    with np.errstate(invalid="ignore", over="ignore"):
        for term, part in zip(terms, parts, strict=True):
            values += term.weight * part.values[np.searchsorted(part.steps, steps)]
    return Series(name, frozen(steps, np.int64), frozen(first.epochs[there]), frozen(values))


def _no_callback(name: str, run: Run) -> Note:
    message = f"{name} is added up here: a callback can stop or save by it only if the training logs it by itself"
    return Note("SM276", message, run.source)


def _units(terms: Sequence[Term], run: Run, meanings: Meanings) -> list[Note]:
    scales = {term.name: units.rate_scale(meanings[term.name].base, run.series[term.name].values) for term in terms}
    percent = [name for name, scale in scales.items() if scale == units.SCALE["percent"]]
    shares = [name for name, scale in scales.items() if scale == units.SCALE["share"]]
    if not percent or not shares:
        return []
    message = f"{', '.join(percent)} in percent and {', '.join(shares)} as a share of 1 are added as they are logged"
    return [Note("SM275", f"{message}: a point of the one counts a hundred times as much", run.source, "warn")]
