"""What early stopping would do at this point of a training: the raw curve of the monitored metric, with a patience."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from selectmodel import registry
from selectmodel.policy.policy import Policy
from selectmodel.records import Floats, Question, Run
from selectmodel.selection.question import ask
from selectmodel.stats.patience import USUAL, clock, new_bests

#: What the patience counts.
Counted = Literal["epoch", "validation", "step"]


@dataclass(frozen=True, slots=True)
class StopAhead:
    """Where a patience ends a training.

    ``best`` is the place of the best value before the stop and ``at`` that of the stop, both in the ``unit`` that is
    counted: the epochs and steps as logged, validations from 1. Where it has not ``stopped``, it stops at ``at`` unless
    a better value comes before.
    """

    metric: str
    patience: int
    unit: Counted
    best: float
    at: float
    stopped: bool


def would_stop(
    question: Question, patience: int, unit: Counted | None = None, min_delta: float = 0.0
) -> StopAhead | None:
    """What EarlyStopping(patience, min_delta) does; None where no value is known, or the log does not count ``unit``.

    A ``unit`` of None is the epochs as logged, or validations where those do not tell.
    """
    counted = clock(question.epochs)
    if unit is None:
        unit = "epoch" if counted is question.epochs else "validation"
    places, bests = places_of(question, unit), new_bests(question.cost, min_delta)
    if not len(bests) or not np.isfinite(places).all():
        return None
    for best, following in zip(bests, [*bests[1:], question.n], strict=True):
        waited = places[best + 1 : following] - places[best] >= patience
        if waited.any():
            stop = float(places[best + 1 + int(np.argmax(waited))])
            return StopAhead(question.monitor, patience, unit, float(places[best]), stop, True)
    since = float(places[bests[-1]])
    return StopAhead(question.monitor, patience, unit, since, since + patience, False)


def saved_or_not(question: Question, run: Run, policy: Policy) -> Question:
    """The question about all epochs, with a file or without: a training becomes better whether or not that is saved."""
    return ask(run, replace(policy, only_saved=False)).question if policy.only_saved else question


def places_of(question: Question, unit: Counted) -> Floats:
    """(n,) where each candidate lies in this unit: epochs and steps as logged, validations from 1."""
    if unit == "epoch":
        return question.epochs
    return np.asarray(question.steps if unit == "step" else np.arange(1, question.n + 1), dtype=np.float64)


def usual_patience(question: Question, policy: Policy) -> int:
    """The patience that the policy gives a rule that waits so, else what is usual for such a metric."""
    for rule, given in policy.rules.items():
        asked = given.get(registry.constant("rules", rule, "STOPS_AFTER") or "")
        if isinstance(asked, int) and not isinstance(asked, bool):
            return asked
    return USUAL["max" if question.monitor in question.errors else question.goal]
