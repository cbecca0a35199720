"""What a training or who watches it waits for: no better for so long, a value reached, or its end."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from selectmodel.display import epochs, numbers
from selectmodel.errors import UsageError
from selectmodel.records import Question, Run
from selectmodel.selection.stopping import Counted, places_of
from selectmodel.settings import did_you_mean
from selectmodel.stats.patience import new_bests

Unit = Literal["epochs", "validations", "steps"]
#: The same units, as early stopping counts them.
COUNTED: Mapping[Unit, Counted] = {"epochs": "epoch", "validations": "validation", "steps": "step"}
_NUMBER = r"[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]{1,3})?"
_NO_BETTER = re.compile(rf"no better(?: by ({_NUMBER}))? for ([0-9]{{1,9}}) (epoch|validation|step)s?", re.IGNORECASE)
_BOUND = re.compile(rf"(.+?)\s*(<=|>=|<|>)\s*({_NUMBER})")
_FINISHED = "finished"
_ALLOWED = '"no better for 20 epochs", "val_loss<0.3", "val_accuracy>=0.95" or "finished"'


@dataclass(frozen=True, slots=True)
class NoBetter:
    """The monitored metric has no new best, better by more than ``by``, for ``count`` epochs, validations or steps."""

    count: int
    unit: Unit
    by: float = 0.0


@dataclass(frozen=True, slots=True)
class Reached:
    """A metric of the log is below (``<``, ``<=``) or above (``>``, ``>=``) ``value`` at some point."""

    metric: str
    sign: Literal["<", "<=", ">", ">="]
    value: float


@dataclass(frozen=True, slots=True)
class Finished:
    """The training has ended, as far as its log and its files tell."""


Until = NoBetter | Reached | Finished


def parse(text: str) -> Until:
    """The condition that a text states. Raises UsageError, which says what is allowed."""
    asked = " ".join(text.split())
    if asked.lower() == _FINISHED:
        return Finished()
    if (found := _NO_BETTER.fullmatch(asked)) and int(found[2]) > 0 and math.isfinite(float(found[1] or 0)):
        by, count, unit = found.groups()
        units: dict[str, Unit] = {"epoch": "epochs", "validation": "validations", "step": "steps"}
        return NoBetter(int(count), units[unit.lower()], abs(float(by or 0.0)))
    if found := _BOUND.fullmatch(asked):
        metric, sign, value = found.groups()
        signs: dict[str, Literal["<", "<=", ">", ">="]] = {"<": "<", "<=": "<=", ">": ">", ">=": ">="}
        if math.isfinite(float(value)):
            return Reached(metric, signs[sign], float(value))
    raise UsageError(f"{text!r}: is no condition; write {_ALLOWED}")


def shown(until: Until) -> str:
    """The condition as a text that :func:`parse` takes."""
    if isinstance(until, NoBetter):
        by = f" by {until.by:g}" if until.by else ""
        return f"no better{by} for {until.count} {until.unit}"
    return f"{until.metric}{until.sign}{until.value:g}" if isinstance(until, Reached) else _FINISHED


def reached(until: Until, run: Run, question: Question | None) -> str:
    """Why the condition is met by what is logged, as a sentence; "" while it is not.

    ``question`` is None where the log cannot be judged so far. ``Finished`` is never met by a log alone.
    """
    if isinstance(until, NoBetter):
        return "" if question is None else _no_better(until, question)
    if isinstance(until, Reached):
        return _bound(until, run)
    return ""


def not_logged(until: Until, run: Run) -> str:
    """What to say of a metric that the log does not hold so far; "" where it does."""
    if not isinstance(until, Reached) or until.metric in run.series or not run.series:
        return ""
    return f"{until.metric} is not logged so far; {did_you_mean(until.metric, list(run.series))}"


def _no_better(until: NoBetter, question: Question) -> str:
    bests, places = new_bests(question.cost, until.by), places_of(question, COUNTED[until.unit])
    if not len(bests):
        return ""
    best = int(bests[-1])
    passed = float(places[-1]) - float(places[best])
    if not passed >= until.count:  # NaN where the log has no epochs
        return ""
    return (
        f"{question.monitor} is no better since {epochs.place(question, best)} "
        f"({numbers.figure(float(question.values[best]))})"
    )


def _bound(until: Reached, run: Run) -> str:
    series = run.series.get(until.metric)
    if series is None:
        return ""
    met = {
        "<": series.values < until.value, "<=": series.values <= until.value,
        ">": series.values > until.value, ">=": series.values >= until.value,
    }[until.sign]  # fmt: skip
    if not met.any():
        return ""
    first = int(np.argmax(met))
    at = epochs.epoch_or_step(float(series.epochs[first]), int(series.steps[first]))
    return f"{until.metric} was {numbers.figure(float(series.values[first]))} at {at}"
