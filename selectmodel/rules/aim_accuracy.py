"""For right answers: the validation score, with train score and validation loss as tie-breakers.

Formula
    score = m + (train_weight * train score - loss_weight * ln(val_loss / lowest val_loss)) / n, highest wins.
    m is the validation accuracy (F1, AUC, ...; the monitored metric, where that is better when higher) in 0..1, n the
    number of validation examples (200 if neither given nor recovered from the log). The weights count in examples: the
    smaller the validation set, the more the tie-breakers say. The logarithm counts up to 1. The score is averaged with
    its neighbours, weight ((min(s, t) + 2) / (max(s, t) + 2))^10, unless it jumps more than n examples can explain; of
    the jumps at least n / (n + 1500) is believed. Metrics that hardly wiggle by sampling (IoU, Dice, R2) are taken
    plain: their highest value wins.

Use when
    it counts how many answers are right: accuracy, F1, MCC, precision, recall.

Avoid when
    probabilities must be trustworthy: rules of this kind cost about 5 % of test loss. Or the data in use will differ
    from the validation set: there nothing beats the lowest validation loss for certain.

Cost
    O(n) for n validations.

Source
    A form of the gated score, which lost 1.55 points of test accuracy to the best epoch on 2,188 training runs that had
    no part in tuning it (lowest val_loss 2.75, highest val_accuracy 1.84, its moving average 1.79).

Example
    selectmodel pick training.csv --rule aim_accuracy --val-size 1000
    is the same as --aim accuracy; it also makes the validation accuracy the monitored metric.
"""

from __future__ import annotations

from typing import Annotated

import numpy as np

from selectmodel.records import Pick, Question
from selectmodel.score import as_good_as, examples, score_of
from selectmodel.settings import Setting

FLIP_MATTERS = "a score counts right answers, a loss does not"
SHIFT_MATTERS = SCALE_MATTERS = "a share of right answers has a noise of its own, which its unit tells"


def pick(
    question: Question,
    *,
    train_weight: Annotated[float, Setting("weight of the train score, in validation examples", low=0)] = 15.0,
    loss_weight: Annotated[float, Setting("weight of ln val_loss, in validation examples", low=0)] = 7.5,
) -> Pick:
    """The allowed candidate with the highest score."""
    name = question.score
    if name is None:
        return Pick(None, "no validation score in the log")
    if question.score_kind == "smooth":
        score = np.where(question.allowed & np.isfinite(question.metric(name)), question.metric(name), -np.inf)
    else:
        n = examples(question)
        score = score_of(question, name, train=train_weight / n, loss=loss_weight / n, cap=1.0)
    if not np.isfinite(score).any():
        return Pick(None, f"no finite {name} to choose from")
    index = int(np.argmax(score))
    evidence = {name: float(question.metric(name)[index]), "score": float(score[index])}
    alike = () if question.score_kind == "smooth" else as_good_as(question, name, score)
    return Pick(index, f"best {name}, with loss and train score", evidence, alike)
