"""For right answers: the highest validation score, averaged over neighbours unless it jumps more than luck explains.

Formula
    score = keep * m + (1 - keep) * mean of m over the neighbouring validations, highest wins, with
      m = v + train_weight * SE * train score - loss_weight * SE * ln(val_loss / lowest), in 0..1
      keep = 1 - (SE / 2)^2 / wiggle^2, at least n / (n + 1500)
    v is the validation accuracy (F1, MCC, ...; the monitored metric, where that is a score; one minus an error rate),
    SE = 0.5 / sqrt(n) its standard error, in which both weights are counted. The number n of validation examples is
    given, recovered from the log, else the smallest that fits it, or 200. ln(val_loss / lowest) counts up to 1. Without
    a train score ln t / 10 stands in for it; t counts the validations. In the mean of validation t the weight of s is
    ((min(s, t) + 2) / (max(s, t) + 2))^10. So keep is the part of the wiggle around the mean that n examples do not
    explain; wiggle^2 is its mean square in the last three quarters of the log. Epochs at which the network had diverged
    (val_loss is no number) are left out.
    AUC, mAP, BLEU, reward: SE is 0.5 / sqrt(n) or 0.02, at most 6 times the sd of the second half; for what is no share
    (reward) at least twice the noise of the curve; keep may be 0. Where the log holds the single episodes of each
    evaluation (evaluations.npz), SE / 2 is the true standard error of their mean.
    Metrics that hardly wiggle by sampling (IoU, Dice, R2) are taken plain: their highest value wins.

Use when
    it counts how many answers are right: accuracy, F1, MCC.

Avoid when
    probabilities must be trustworthy: its choices have more test loss than the lowest val_loss. Or the data in use will
    differ from the validation set: there nothing beats the lowest validation loss for certain.

Cost
    O(n) for n validations.

Source
    Constants chosen on the tuning corpus of benchmarks/decisions, which writes the figures below: that corpus is not
    public, the others on which it was judged are. Other forms, and what they lost, are in its tried.md; that the train
    accuracy helps F1 and AUC as well, in other_scores.md.
    What it cannot tell apart: the epochs less than 0.45 SE (60 / n)^(1/4), from n = 60 on, below the highest score by
    the mean of score and v, or less than half of that by the score alone. benchmarks/decisions/sure.md says by folds of
    datasets, on a public corpus too, how many they are, how often one of them is as good as the best, and what the
    worst of them costs.

Example
    selectmodel pick training.csv --rule aim_accuracy --val-size 1000
    is the same as --aim accuracy; it also makes the validation accuracy the monitored metric.
"""

from __future__ import annotations

from typing import Annotated

import numpy as np

from selectmodel.records import Pick, Question
from selectmodel.settings import Setting
from selectmodel.stats import score, tie_break

FLIP_MATTERS = "a score counts right answers, a loss does not"
SHIFT_MATTERS = SCALE_MATTERS = "a share of right answers has a noise of its own, which its unit tells"

AIM = "accuracy"
LUCK = LUCK_BY_LOSS = 0.12, 0.5
CHANCE_KNOWN = True


def pick(
    question: Question,
    *,
    train_weight: Annotated[float, Setting("weight of the train score, in standard errors", low=0)] = score.TRAIN,
    loss_weight: Annotated[float, Setting("weight of ln val_loss, in standard errors", low=0)] = score.LOSS,
) -> Pick:
    """The allowed candidate with the highest score."""
    name = question.score
    if name is None:
        return Pick(None, "no validation score in the log")
    if question.score_kind == "smooth":
        return _highest(question, name)
    scored = score.averaged(question, name, train=train_weight, loss=loss_weight, cap=score.LOSS_CAP)
    index = int(scored.values.argmax()) if question.n else 0
    if not question.n or not np.isfinite(scored.values[index]):
        return Pick(None, f"no finite {name} to choose from")
    evidence = {name: float(question.metric(name)[index]), "score": float(scored.values[index])}
    return Pick(index, f"{_word(question, name)} likely true {name}", evidence, scored.alike)


def _highest(question: Question, name: str) -> Pick:
    values = question.right(name)
    finite = question.allowed & np.isfinite(values)
    if not np.count_nonzero(finite):
        return Pick(None, f"no finite {name} to choose from")
    index = tie_break.lowest_loss(question, np.flatnonzero(finite & (values == values[finite].max())))
    return Pick(index, f"{_word(question, name)} {name}", {name: float(question.metric(name)[index])})


def _word(question: Question, name: str) -> str:
    return "lowest" if name in question.errors else "highest"
