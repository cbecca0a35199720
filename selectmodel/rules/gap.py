"""The monitored value plus a penalty on the gap between training and validation.

Formula
    validation + weight * gap for a loss, validation - weight * gap for a score. The gap is by how much validation is
    worse than its train twin, the same metric on the training data (val_loss and loss); where it is better, the gap is
    0. A gap thus only ever makes a value worse, never better. Ties go to the lowest val_loss.

Use when
    a small gap is a requirement of its own, say because the data will drift and a memorising model is not wanted.

Avoid when
    test performance is all that counts: the penalty favours early epochs. With val_loss, test accuracy lost to the best
    epoch at weight 0: 2.75 points, 0.1: 3.01, 0.25: 3.44, 1: 5.01; test loss 5.6, 5.7, 6.3 and 9.6 %. The default of
    0.05 is the price of a tie-breaker: 0.15 points and 0.1 % on the runs used for tuning (0.05 points with accuracy).
    Also where the train metric is a mean over the epoch with dropout on, as Keras logs it: its gap is too small.

Cost
    O(n) for n validations.

Source
    the gap term of stopping callbacks people write for themselves. Figures: 2,348 training runs on 32 datasets not used
    for tuning, for the default 2,158 runs on 30 others.

Example
    selectmodel pick training.csv --rule gap --set gap.weight=0.3
    ships the epoch with the lowest val_loss + 0.3 * (val_loss - loss, or 0 if that is negative).
"""

from __future__ import annotations

from typing import Annotated

import numpy as np

from selectmodel.records import Pick, Question
from selectmodel.settings import Setting
from selectmodel.ties import lowest_loss


def pick(
    question: Question,
    *,
    weight: Annotated[float, Setting("penalty per unit of gap, in units of the metric", low=0)] = 0.05,
) -> Pick:
    """The allowed candidate with the best value once ``weight`` times its gap is added."""
    with np.errstate(over="ignore", invalid="ignore"):
        signed = question.gap
    if signed is None or question.train_twin is None:
        return Pick(None, f"no train twin of {question.monitor} in the log")
    with np.errstate(over="ignore", invalid="ignore"):
        gap = np.maximum(signed, 0.0)
        score = question.cost + weight * gap
    eligible = question.allowed & np.isfinite(score)
    if not eligible.any():
        return Pick(None, f"no validation has both {question.monitor} and {question.train_twin}")
    penalised = np.where(eligible, score, np.inf)
    index = lowest_loss(question, np.flatnonzero(penalised == penalised.min()))
    sign = "+" if question.goal == "min" else "-"
    word = "lowest" if question.goal == "min" else "highest"
    return Pick(
        index,
        f"{word} {question.monitor} {sign} {weight:g} × gap",
        {
            question.monitor: float(question.values[index]),
            question.train_twin: float(question.metric(question.train_twin)[index]),
            "gap": float(signed[index]),
            "eligible": float(eligible.sum()),
        },
    )
