"""The earliest validation within k standard errors of the best.

Formula
    earliest t with value(t) no worse than best + k * SE, the standard error at the best.
    SE of a count metric in 0..1 with known validation size n: sqrt(a(1-a)/n), a the best value.
    SE of any other metric: the wiggle of its curve, 1.4826 * median|x[i] - 2x[i+1] + x[i+2]| / sqrt(6); at least three
    values are needed. With SE 0 (a curve in steps) only equals of the best are left.

Use when
    an earlier epoch is worth something in itself: a less fitted model, or to see how soon training could have ended.

Avoid when
    test performance is all that counts. Epochs are judged on the same examples, so a standard error is 2 to 4 times too
    wide for the difference of two epochs: this rule loses more than the best value itself, as the table below shows.

Cost
    O(n) for n validations.

Source
    L. Breiman et al., Classification and Regression Trees (1984), 3.4.3; for epochs "simplest" is read as earliest.
    The figures below are written by benchmarks/decisions.

Example
    selectmodel pick training.csv --rule one_se --val-size 500 --set one_se.k=0.5
    ships the earliest epoch within half a standard error of the best, on 500 validation examples.
"""

from __future__ import annotations

import math
from typing import Annotated

import numpy as np

from selectmodel.metrics import units
from selectmodel.records import Pick, Question
from selectmodel.settings import Setting
from selectmodel.stats.noise import binomial_se, curve_noise, indistinguishable

SHIFT_MATTERS = SCALE_MATTERS = "an accuracy has a standard error of its own, which depends on its value"

LUCK = 0.12, 0.55


def pick(
    question: Question,
    *,
    k: Annotated[float, Setting("width of the band below the best, in standard errors", low=0)] = 1.0,
) -> Pick:
    """The earliest allowed candidate within ``k`` standard errors of the best."""
    if not question.allowed.any():
        return Pick(None, f"no {question.monitor} to choose from")
    se, source = _standard_error(question)
    if math.isnan(se):
        return Pick(None, f"too few values of {question.monitor} to tell its noise")
    near = indistinguishable(question.cost, se, k)
    index = int(np.argmax(near))
    return Pick(
        index,
        f"first within {k:g} SE of the best {question.monitor}",
        {
            question.monitor: float(question.values[index]),
            "best": float(question.values[np.argmin(question.cost)]),
            source: se,
            "within": float(near.sum()),
        },
    )


def _standard_error(question: Question) -> tuple[float, str]:
    best = float(question.values[int(np.argmin(question.cost))])
    # A metric that counts right answers, or errors, is a share of the validation set.
    unit = units.scale_of(question.values[question.allowed])
    if unit and question.monitor == question.val_score and question.val_size:
        return unit * binomial_se(min(max(best / unit, 0.0), 1.0), question.val_size), "binomial_se"
    return curve_noise(question.cost[question.allowed]), "curve_noise"
