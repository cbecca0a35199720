"""What early stopping would do at this point of a training: the raw curve of the monitored metric, with a patience."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from selectmodel.policy.policy import Policy
from selectmodel.records import Question
from selectmodel.stats.patience import USUAL, clock

#: What the patience counts.
Counted = Literal["epoch", "validation", "step"]


@dataclass(frozen=True, slots=True)
class Stopping:
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
) -> Stopping | None:
    """What EarlyStopping(patience, min_delta) does; None where no value is known, or the log does not count ``unit``.

    A ``unit`` of None is the epochs as logged, or validations where those do not tell.
    """
    counted = clock(question.epochs)
    if unit is None:
        unit = "epoch" if counted is question.epochs else "validation"
    if unit == "epoch":
        places = question.epochs
    else:
        places = np.asarray(question.steps if unit == "step" else np.arange(1, question.n + 1), dtype=np.float64)
    if not np.isfinite(places).all():
        return None
    best, since = math.inf, math.nan
    for cost, at in zip(question.cost.tolist(), places.tolist(), strict=True):
        if math.isfinite(cost) and (cost < best - min_delta or math.isnan(since)):
            best, since = cost, at
        elif at - since >= patience:
            return Stopping(question.monitor, patience, unit, since, at, True)
    return None if math.isnan(since) else Stopping(question.monitor, patience, unit, since, since + patience, False)


def usual_patience(question: Question, policy: Policy) -> int:
    """The patience that the policy gives its rule of that name, else what is usual for such a metric."""
    asked = policy.rules.get("patience", {}).get("patience")
    if isinstance(asked, int) and not isinstance(asked, bool):
        return asked
    return USUAL["max" if question.monitor in question.errors else question.goal]
