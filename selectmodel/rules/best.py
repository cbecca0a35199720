"""The lowest or highest monitored value.

Formula
    argmin of the metric where lower is better, argmax where higher is better, over the allowed validations.
    Equal values: `ties` takes the first, the last, or the one with the lowest validation loss (then the first), which
    is the default.

Use when
    the metric is a loss or another smooth number (IoU, Dice, R2, MAE, Brier): nothing beats its plain best value there.
    Also for an accuracy on more than about 1,000 validation examples.

Avoid when
    an accuracy on few examples is monitored: its highest value is partly luck, and ties are common, of which the first
    is the worst choice. And avoid the lowest val_loss when accuracy is what counts: it loses more, and on large sets as
    well. Below it says how much.

Cost
    O(n) for n validations.

Source
    Keras ModelCheckpoint(save_best_only=True) and Lightning ModelCheckpoint(save_top_k=1), both with ties=first. The
    figures below, and those of large sets, are written by benchmarks/decisions.

Example
    selectmodel pick training.csv --rule best --set best.ties=last
    ships the last of the epochs that share the best value.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import numpy as np

from selectmodel.records import Pick, Question
from selectmodel.settings import Setting
from selectmodel.stats.tie_break import lowest_loss

AIM = "metric"
LUCK = "highest score"
LUCK_BY_LOSS = "lowest loss"
SHOWN = "without a loss"

CASES: tuple[Any, ...] = (
    ({}, {"val_loss": (3, 1, 2)}, 1),
    ({}, {"val_accuracy": (0.3, 0.1, 0.2)}, 0),
    ({}, {"val_loss": (1, np.nan, 1, -np.inf)}, 0),
    ({"ties": "last"}, {"val_loss": (1, 2, 1)}, 2),
    ({}, {"val_accuracy": (0.9, 0.9, 0.9, 0.8), "val_loss": (3, np.nan, 2, 1)}, 2),
    ({"ties": "first"}, {"val_accuracy": (0.9, 0.9, 0.9), "val_loss": (2, 1, 1)}, 0),
    ({}, {"val_accuracy": (0.9, 0.9, 0.9), "val_loss": (2, 1, 1)}, 1),
)


def pick(
    question: Question,
    *,
    ties: Annotated[
        Literal["first", "last", "val_loss"],
        Setting("which of equal values: the first, the last, or the one with the lowest val loss (then the first)"),
    ] = "val_loss",
) -> Pick:
    """The allowed candidate with the best value."""
    if not question.allowed.any():
        return Pick(None, f"no {question.monitor} to choose from")
    equals = np.flatnonzero(question.cost == question.cost.min())
    index = int(equals[-1] if ties == "last" else equals[0])
    if ties == "val_loss":
        index = lowest_loss(question, equals)
    word = "lowest" if question.goal == "min" else "highest"
    allowed = int(question.allowed.sum())
    reason = f"{word} {question.monitor} of {allowed} validations" if allowed > 1 else "the only validation"
    if len(equals) > 1:
        reason = f"{word} {question.monitor}, shared by {len(equals)} validations"
    return Pick(index, reason, {question.monitor: float(question.values[index]), "equals": float(len(equals))})
