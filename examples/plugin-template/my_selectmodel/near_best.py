"""The last epoch that is nearly as good as the best.

Formula
    the last allowed validation whose distance from the best value is at most `within` of the distance between the best
    and the worst.

Use when
    longer training is worth having, and a small loss of the metric is not noticed.

Avoid when
    the metric is noisy: one bad epoch makes the span wide, and much counts as near.

Cost
    O(n) for n validations.

Source
    Made up as an example.

Example
    selectmodel pick training.csv --rule near_best --set near_best.within=0.1
"""

from __future__ import annotations

from typing import Annotated

import numpy as np

from selectmodel.records import Pick, Question
from selectmodel.settings import Setting

AIM = "metric"
# Settings, a log by columns (the first is judged), and the epoch that must be picked.
CASES = (
    ({}, {"val_loss": (1.0, 0.5, 0.51, 0.9)}, 2),
    ({"within": 0.0}, {"val_loss": (1.0, 0.5, 0.51, 0.9)}, 1),
    ({}, {"val_accuracy": (0.1, 0.9, 0.89, 0.5)}, 2),
    ({}, {"val_loss": (0.5, 0.5, float("nan"))}, 1),
)


def pick(
    question: Question,
    *,
    within: Annotated[float, Setting("share of the span between best and worst", low=0, high=1)] = 0.05,
) -> Pick:
    """The last candidate near the best one; None where none is allowed."""
    allowed = np.flatnonzero(question.allowed)
    if not len(allowed):
        return Pick(None, "nothing is allowed")
    cost = question.cost[allowed]  # (n,) lower is better, whatever the metric
    with np.errstate(over="ignore", invalid="ignore"):
        near = allowed[cost - cost.min() <= within * (cost.max() - cost.min())]
    last = near[-1] if len(near) else allowed[cost.argmin()]
    return Pick(int(last), f"the last within {within:g} of the span above the best", {"near": float(len(near))})
