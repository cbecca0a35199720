"""For right answers: the most likely true validation score, with train score and validation loss as evidence.

Formula
    score = E(true m | logged m, train score, val_loss), the mean of what may be true given the log; highest wins. m is
    the validation accuracy (F1, MCC, ...; the monitored metric, where that is better when higher) in 0..1:
      true m   = train_weight * train score - loss_weight * ln(val_loss / lowest) + random walk in ln t
      logged m = true m + an error of n examples, which neighbouring validations share
    (kriging; stats/kriging.py has the variances). On sets of at most 156 examples a value more than 4 standard
    deviations above what the others let expect counts as 4. The logarithm counts up to 1; t counts the validations; n
    is given, recovered from the log, or else the smallest that fits it, or 200. Without a train score ln t / 100 stands
    in for it. Epochs at which the network had diverged (val_loss is no number) are left out.
    AUC, mAP, BLEU, reward: m + SE (4 train score - 2 ln(val_loss / lowest)), averaged with its neighbours unless it
    jumps more than SE explains; SE is 0.5 / sqrt(n) or 0.02, at most 6 times the sd of the second half; for what is no
    share (reward) at least twice the noise of the curve.
    Metrics that hardly wiggle by sampling (IoU, Dice, R2) are taken plain: their highest value wins.

Use when
    it counts how many answers are right: accuracy, F1, MCC.

Avoid when
    probabilities must be trustworthy: its choices had 8 % more test loss than the lowest val_loss. Or the data in use
    will differ from the validation set: there nothing beats the lowest validation loss for certain.

Cost
    O(n) for n validations; 8 ms for 1,000, less for the next run of the same length.

Source
    Constants chosen on 1,898 training runs on 26 datasets, where it lost 1.38 points of test accuracy to the best
    epoch, as much with the constants that the other datasets choose (lowest val_loss 2.58, highest val_accuracy 1.62,
    its moving average 1.65). An older, averaged form lost 1.55 on 2,188 runs that had no part in tuning it (2.75, 1.84,
    1.79). Kriging: G. Matheron, Economic Geology 58 (1963).

Example
    selectmodel pick training.csv --rule aim_accuracy --val-size 1000
    is the same as --aim accuracy; it also makes the validation accuracy the monitored metric.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import numpy as np

from selectmodel.records import Pick, Question
from selectmodel.settings import Setting
from selectmodel.stats import score, tie_break

FLIP_MATTERS = "a score counts right answers, a loss does not"
SHIFT_MATTERS = SCALE_MATTERS = "a share of right answers has a noise of its own, which its unit tells"

#: Standard errors that a unit of train score and of the logarithm is worth, for each unit of their weights.
_IN_ERRORS = 4 / 0.1, 2 / 0.07

#: Luck of its choice where accuracies are judged, as expectation.expected takes it.
LUCK = 0.11, 0.5


TRAIN_WEIGHT, LOSS_WEIGHT = 0.10, 0.07


def pick(
    question: Question,
    *,
    train_weight: Annotated[float, Setting("true score expected per unit of train score", low=0)] = TRAIN_WEIGHT,
    loss_weight: Annotated[float, Setting("true score lost per unit of ln val_loss", low=0)] = LOSS_WEIGHT,
) -> Pick:
    """The allowed candidate with the highest score."""
    return pick_all([question], train_weight=train_weight, loss_weight=loss_weight)[0]


def pick_all(
    questions: Sequence[Question], *, train_weight: float = TRAIN_WEIGHT, loss_weight: float = LOSS_WEIGHT
) -> list[Pick]:
    """The same of many questions, in less time than one by one."""
    counting = [place for place, question in enumerate(questions) if _counts(question)]
    scores = score.likely([questions[place] for place in counting], train=train_weight, loss=loss_weight)
    likely = dict(zip(counting, scores, strict=True))
    weights = train_weight * _IN_ERRORS[0], loss_weight * _IN_ERRORS[1]
    return [_pick(question, likely.get(place), weights) for place, question in enumerate(questions)]


def _counts(question: Question) -> bool:
    """Whether the score is a share of right answers that is seen where a candidate is allowed."""
    if question.score is None or question.score_kind != "counts":
        return False
    values = question.metric(question.score)
    return bool(np.count_nonzero(question.allowed & np.isfinite(values))) and score.is_share(values)


def _pick(question: Question, scored: score.Scored | None, weights: tuple[float, float]) -> Pick:
    name = question.score
    if name is None:
        return Pick(None, "no validation score in the log")
    values, reason = question.metric(name), f"highest likely true {name}"
    if scored is None:
        finite = question.allowed & np.isfinite(values)
        if not np.count_nonzero(finite):
            return Pick(None, f"no finite {name} to choose from")
        if question.score_kind == "smooth":
            highest = np.flatnonzero(finite & (values == values[finite].max()))
            index = tie_break.lowest_loss(question, highest)
            return Pick(index, f"highest {name}", {name: float(values[index])})
        scored = score.averaged(question, name, train=weights[0], loss=weights[1], cap=1.0)
        reason = f"best {name}, averaged with its neighbours"
    index = int(scored.values.argmax())
    evidence = {name: float(values[index]), "score": float(scored.values[index])}
    return Pick(index, reason, evidence, scored.alike)
