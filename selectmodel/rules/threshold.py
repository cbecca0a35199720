"""The first validation at which every threshold is met.

Formula
    the earliest allowed t at which all `conditions` hold. A condition is NAME < NUMBER, with <, <=, > or >=; NAME is a
    metric as the log writes it. A metric that is missing or not a number at t does not meet its condition.

Use when
    the requirement is fixed beforehand ("accuracy above 0.95 and loss below 0.2") and the soonest model that meets it
    is wanted: it says when training could have stopped.

Avoid when
    the best model is wanted: later epochs may be far better. And do not tune the thresholds on the curves they judge:
    the first value beyond a threshold is often a lucky one, most of all with few validation examples.

Cost
    O(n * c) for n validations and c conditions.

Source
    the custom Keras callback that sets `model.stop_training = True` in on_epoch_end; Lightning's stopping_threshold.

Example
    selectmodel pick training.csv --rule threshold --set "threshold.conditions=val_loss < 0.3, val_accuracy > 0.9"
    ships the first epoch with both val_loss below 0.3 and val_accuracy above 0.9.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Annotated, Any

import numpy as np

from selectmodel.errors import UsageError
from selectmodel.records import Pick, Question
from selectmodel.settings import Setting, did_you_mean

FLIP_MATTERS = "a condition names its own direction"
SHIFT_MATTERS = SCALE_MATTERS = "thresholds are given in the metric's own unit"

_OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "<=": operator.le,
    ">=": operator.ge,
    "<": operator.lt,
    ">": operator.gt,
}


def pick(
    question: Question,
    *,
    conditions: Annotated[tuple[str, ...], Setting("conditions like val_loss < 0.3, all of which must hold")] = (),
) -> Pick:
    """The earliest allowed candidate that meets every condition.

    Raises UsageError for a condition that is not NAME < NUMBER, with <, <=, > or >=.
    """
    parsed = [parse(condition) for condition in conditions]
    if not parsed:
        return Pick(None, f"no threshold.conditions set for {question.monitor}")
    known = [question.monitor, *question.companions]
    met = question.allowed
    for name, sign, bound in parsed:
        if name not in known:
            return Pick(None, f"no metric {name} in the log; {did_you_mean(name, known)}")
        met = met & _OPERATORS[sign](question.metric(name), bound)
    spelled = " and ".join(f"{name} {sign} {bound:.15g}" for name, sign, bound in parsed)
    if not met.any():
        return Pick(None, f"no validation meets {spelled}")
    index = int(np.argmax(met))
    return Pick(index, f"first with {spelled}", {name: float(question.metric(name)[index]) for name, _, _ in parsed})


def parse(condition: str) -> tuple[str, str, float]:
    """Name, operator and bound of one condition. Raises UsageError if it is not one."""
    for sign in _OPERATORS:
        # The last one, for a name may hold these signs and a number cannot.
        name, found, number = condition.rpartition(sign)
        if found and name.strip() and not name.rstrip().endswith(("=", "<", ">", "!")):
            try:
                bound = float(number)
            except ValueError:
                continue
            if math.isfinite(bound):
                return name.strip(), sign, bound
    raise UsageError(
        f"threshold.conditions: {condition!r} is not allowed; it takes NAME < NUMBER with <, <=, > or >=, "
        'such as "val_loss < 0.3"'
    )
