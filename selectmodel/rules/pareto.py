"""The best compromise between validation loss and validation score.

Formula
    Of the validations that no other beats in loss and score together, the one nearest to the ideal point:
    least sqrt((1-s)^2 * l^2 + s^2 * a^2), where l is how far its loss lies above the lowest, a how far its score lies
    below the highest, each divided by the range over the candidates, and s is `score_weight`. The first of equals.

Use when
    both the decisions and the probabilities of the model matter: of accuracy and of loss it loses amounts between those
    of the lowest val_loss and of the highest accuracy.

Avoid when
    only one of them matters: its own best value is better then. The first epochs set the range, so a loss that starts
    very high makes late differences in loss look small.

Cost
    O(n log n) for n validations.

Source
    distance to the ideal point: M. Zeleny, Compromise Programming (1973). The figures below are written by
    benchmarks/decisions.

Example
    selectmodel pick training.csv --rule pareto --set pareto.score_weight=0.7
    ships a compromise that leans towards accuracy.
"""

from __future__ import annotations

from typing import Annotated

import numpy as np

from selectmodel.records import Bools, Floats, Pick, Question
from selectmodel.settings import Setting

LUCK = 0.12, 0.55


def pick(
    question: Question,
    *,
    score_weight: Annotated[float, Setting("weight of the score against the loss", low=0, high=1)] = 0.5,
) -> Pick:
    """The allowed, undominated candidate nearest to the best loss and the best score."""
    if question.val_loss is None or question.val_score is None:
        lost = "val loss" if question.val_loss is None else "val score"
        return Pick(None, f"no {lost} beside {question.monitor}")
    loss, score = question.cost_of(question.val_loss), question.cost_of(question.val_score)
    eligible = np.flatnonzero(question.allowed & np.isfinite(loss) & np.isfinite(score))
    if len(eligible) == 0:
        return Pick(None, f"no validation has both {question.val_loss} and {question.val_score}")
    loss, score = loss[eligible], score[eligible]
    front = _undominated(loss, score)
    far = np.hypot((1 - score_weight) * _share(loss), score_weight * _share(score))
    index = int(eligible[np.argmin(np.where(front, far, np.inf))])
    names = (question.val_loss, question.val_score)
    evidence = {name: float(question.metric(name)[index]) for name in names} | {"front": float(front.sum())}
    return Pick(index, f"best compromise of {question.val_loss} and {question.val_score}", evidence)


def _undominated(first: Floats, second: Floats) -> Bools:
    """(n,) which points no other one beats: lower in one cost and not higher in the other."""
    order = np.lexsort((second, first))
    ordered = second[order]
    before = np.concatenate([[np.inf], np.minimum.accumulate(ordered)[:-1]])
    equal = np.concatenate([[False], (np.diff(first[order]) == 0) & (np.diff(ordered) == 0)])
    kept = np.zeros(len(first), dtype=np.bool_)
    # A point equal to its neighbour shares that neighbour's fate.
    leads = np.flatnonzero(~equal)
    kept[order] = (ordered < before)[leads][np.cumsum(~equal) - 1]
    return kept


def _share(cost: Floats) -> Floats:
    with np.errstate(over="ignore"):
        above, span = cost - cost.min(), float(np.ptp(cost))
    return above / span if 0 < span < np.inf else np.zeros(len(cost))
