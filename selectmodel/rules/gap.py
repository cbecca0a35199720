"""The monitored value plus a penalty on the gap between training and validation.

Formula
    validation + weight * gap for a loss, validation - weight * gap for a score. The gap is by how much validation is
    worse than its train twin, the same metric on the training data (val_loss and loss); where it is better, the gap is
    0. A gap thus only ever makes a value worse, never better. Ties go to the lowest val_loss.

Use when
    a small gap is a requirement of its own, say because the data will drift and a memorising model is not wanted.

Avoid when
    test performance is all that counts: the penalty favours early epochs, and every weight costs, as the table below
    shows. The default of 0.01 is little more than a tie-breaker: next to nothing with val_loss, more with
    val_accuracy, whose ties the lowest val_loss breaks better than the smallest gap.
    Also where the train metric is a mean over the epoch with dropout on, as Keras logs it: its gap is too small.

Cost
    O(n) for n validations.

Source
    the gap term of stopping callbacks people write for themselves. The figures below are written by
    benchmarks/decisions.

Example
    selectmodel pick training.csv --rule gap --set gap.weight=0.3
    ships the epoch with the lowest val_loss + 0.3 * (val_loss - loss, or 0 if that is negative).
"""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np

from selectmodel.records import Pick, Question
from selectmodel.settings import Setting
from selectmodel.stats.tie_break import lowest_loss

LUCK = 0.16, 0.7
SHOWN = "unless others are named"

CASES: tuple[Any, ...] = (
    ({"weight": 0.0}, {"val_loss": (1.0, 0.8, 0.7), "loss": (1.0, 0.7, 0.1)}, 2),
    ({"weight": 0.1}, {"val_loss": (1.0, 0.8, 0.7), "loss": (1.0, 0.7, 0.1)}, 2),  # 1.0, 0.81, 0.76
    ({"weight": 0.5}, {"val_loss": (1.0, 0.8, 0.7), "loss": (1.0, 0.7, 0.1)}, 1),  # 1.0, 0.85, 1.0
    ({"weight": 3.0}, {"val_loss": (1.0, 0.8, 0.7), "loss": (1.0, 0.7, 0.1)}, 0),  # 1.0, 1.1, 2.5
    ({"weight": 0.5}, {"val_accuracy": (0.5, 0.7, 0.8), "accuracy": (0.5, 0.75, 1.0)}, 2),  # 0.5, 0.675, 0.7
    ({"weight": 1.0}, {"val_accuracy": (0.5, 0.7, 0.8), "accuracy": (0.5, 0.75, 1.0)}, 1),  # 0.5, 0.65, 0.6
    ({"weight": 1.0}, {"val_loss": (0.9, 0.8), "loss": (9.0, 0.8)}, 1),  # a train loss above val is no merit
    ({"weight": 1.0}, {"val_loss": (0.7, 0.8), "loss": (np.nan, 0.8)}, 1),
    ({}, {"val_loss": (0.7, 0.8)}, None),
)


def pick(
    question: Question,
    *,
    weight: Annotated[float, Setting("penalty per unit of gap, in units of the metric", low=0)] = 0.01,
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
        f"{word} {question.monitor} {sign} {weight:.15g} × gap",
        {
            question.monitor: float(question.values[index]),
            question.train_twin: float(question.metric(question.train_twin)[index]),
            "gap": float(signed[index]),
            "eligible": float(eligible.sum()),
        },
    )
