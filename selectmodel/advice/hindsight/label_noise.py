"""Are training labels wrong? What the curves show when a network first learns the rule and then the mistakes."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from selectmodel.advice.hindsight.finished_run import Past, unit_of
from selectmodel.stats.smoothing import centred_mean


class Suspicion(NamedTuple):
    """Shares of right answers: ``train`` and ``val`` where validation was best, and both at the end."""

    train: float
    val: float
    train_end: float
    val_end: float


def suspected(past: Past, margin: float = 0.05) -> Suspicion | None:
    """Says so where both of this hold: at the best validation score (smoothed) the training score is lower than it by
    ``margin`` or more, and from there on the training score passes it while the validation score falls by half of that.

    Dropout alone does the first, overfitting alone the second.
    """
    question = past.question
    score, train_score = question.gain, question.train_score
    if score is None or train_score is None or train_score in question.errors or question.score_kind == "smooth":
        return None
    val, train = question.metric(score), question.metric(train_score)
    both = np.isfinite(val) & np.isfinite(train)
    if both.sum() < 10:
        return None
    unit = unit_of(np.concatenate([val[both], train[both]]))
    val, train = centred_mean(val[both], 5) / unit, centred_mean(train[both], 5) / unit
    best = int(np.argmax(val))
    found = Suspicion(float(train[best]), float(val[best]), float(train[-1]), float(val[-1]))
    if not all(math.isfinite(value) for value in (found.train, found.val, found.train_end, found.val_end)):
        return None
    learns_mistakes = found.train_end > found.val_end + margin and found.val - found.val_end >= margin / 2
    return found if found.val - found.train >= margin and learns_mistakes else None
