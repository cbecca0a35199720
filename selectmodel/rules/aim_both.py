"""For right answers and trustworthy probabilities at once: the validation score, with the loss weighing as much.

Formula
    score = m + train_weight * SE * train score - loss_weight * SE * ln(val_loss), highest wins, with
    SE = 0.5 / sqrt(n) for n validation examples (200 if neither given nor recovered from the log) and m the validation
    accuracy (F1, AUC, ...; the monitored metric, where that is better when higher) in 0..1. It is averaged with its
    neighbours, weight ((min(s, t) + 2) / (max(s, t) + 2))^10, unless it jumps more than n examples can explain; of the
    jumps at least n / (n + 1500) is believed.

Use when
    one checkpoint must serve both: classes are counted today, and probabilities are used tomorrow.

Avoid when
    only one of the two matters: aim_accuracy finds more right answers, aim_loss better probabilities.

Cost
    O(n) for n validations.

Source
    Weights chosen on the tuning corpus of benchmarks/decisions, which writes the figures below. That corpus is not
    public; the others on which it was judged are.

Example
    selectmodel pick training.csv --rule aim_both
    is the same as --aim both; it also makes the validation accuracy the monitored metric.
"""

from __future__ import annotations

from typing import Annotated

import numpy as np

from selectmodel.records import Pick, Question
from selectmodel.settings import Setting
from selectmodel.stats.score import averaged

FLIP_MATTERS = "a score counts right answers, a loss does not"
SHIFT_MATTERS = SCALE_MATTERS = "a share of right answers has a noise of its own, which its unit tells"

AIM = "both"
LUCK = LUCK_BY_LOSS = 0.08, 0.4


def pick(
    question: Question,
    *,
    train_weight: Annotated[float, Setting("weight of the train score, in standard errors", low=0)] = 8.0,
    loss_weight: Annotated[float, Setting("weight of ln val_loss, in standard errors", low=0)] = 14.0,
) -> Pick:
    """The allowed candidate with the highest score."""
    name, loss = question.score, question.loss
    if name is None or loss is None:
        return Pick(None, f"no validation {'score' if name is None else 'loss'} in the log")
    scored = averaged(question, name, train=train_weight, loss=loss_weight)
    if not np.isfinite(scored.values).any():
        return Pick(None, f"no finite {name} to choose from")
    both = np.isfinite(question.metric(name)) & np.isfinite(question.metric(loss))
    if not np.isfinite(scored.values[both]).any():
        return Pick(None, f"no validation has both {name} and {loss}")
    index = int(np.argmax(np.where(both, scored.values, -np.inf)))
    evidence = {key: float(question.metric(key)[index]) for key in (name, loss)}
    return Pick(index, f"best of {name} and {loss} together", evidence | {"score": float(scored.values[index])})
