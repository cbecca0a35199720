"""For trustworthy probabilities: the lowest validation loss.

Formula
    argmin of the validation loss (of the monitored metric, where that is better when lower) over the allowed
    validations; the first of equal ones.

Use when
    the probabilities matter, not only which answer is first: ranking, thresholds, expected costs, calibration; and for
    regression, where the loss is what counts.

Avoid when
    right answers are what counts: it lost 2.58 points of test accuracy to the best epoch where aim_accuracy lost 1.37,
    and the gap does not close on larger validation sets.

Cost
    O(n) for n validations.

Source
    On 2,188 training runs with a test set that no rule had seen, nothing was better on test loss for certain: 5.6 %
    above the best epoch, smoothed losses 5.6 to 7 %, the highest accuracy 14 %.

Example
    selectmodel pick training.csv --rule aim_loss
    is the same as --aim loss; it also makes the validation loss the monitored metric.
"""

from __future__ import annotations

import numpy as np

from selectmodel.records import Pick, Question

FLIP_MATTERS = "it judges the loss, whatever is monitored"

AIM = "loss"
LUCK = LUCK_BY_LOSS = "lowest loss"
SHOWN = "unless others are named"


def pick(question: Question) -> Pick:
    """The allowed candidate with the lowest validation loss."""
    name = question.loss
    if name is None:
        return Pick(None, "no validation loss in the log")
    loss = question.metric(name)
    eligible = question.allowed & np.isfinite(loss)
    if not eligible.any():
        return Pick(None, f"no finite {name} to choose from")
    index = int(np.argmin(np.where(eligible, loss, np.inf)))
    return Pick(index, f"lowest {name}", {name: float(loss[index])})
