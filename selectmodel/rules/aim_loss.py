"""For trustworthy probabilities: the lowest validation loss.

Formula
    argmin of the validation loss (of the monitored metric, where that is better when lower) over the allowed
    validations; the first of equal ones.

Use when
    the probabilities matter, not only which answer is first: ranking, thresholds, expected costs, calibration; and for
    regression, where the loss is what counts.

Avoid when
    right answers are what counts: it loses more test accuracy than aim_accuracy, and the gap does not close on larger
    validation sets.

Cost
    O(n) for n validations.

Source
    The plain definition; that nothing else is better on test loss for certain, benchmarks/decisions measures
    (public.md), and the figures below.

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
