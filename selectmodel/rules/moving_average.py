"""The best value of the curve smoothed over past epochs, as TensorBoard and Ray smooth.

Formula
    ema: last = w * last + (1 - w) * x; shown as last / (1 - w^n), n the number of values so far (w is `weight`).
    trailing: mean of a value and the window - 1 before it, fewer at the start.
    The answer is the validation at which the smoothed curve is best; the first of equals. The curve is smoothed over
    every finite value, the answer is one of the allowed.

Use when
    an accuracy is monitored and validation is small or unstable: with ema and weight 0.6 it loses less than the first
    of the highest values, and about as much as the last of them.

Avoid when
    a loss is monitored or the best epoch itself matters: the average looks back, so its best lies about w / (1 - w) or
    (window - 1) / 2 validations too late (weight 0.9: late in 36 of 40 public logs, by 7.5 epochs in the median).
    With accuracy smoothed the test loss lies far above its best, with val_loss smoothed no lower than with it plain.

Cost
    O(n) for ema, O(n * window) for trailing, for n validations.

Source
    TensorBoard 2.21 (slider, 0.6 at the start); Ray Tune 2.60, scopes last-5-avg and last-10-avg. The figures below are
    written by benchmarks/decisions; the delay: 40 training histories of OverfitGuard (arXiv 2401.10359).

Example
    selectmodel pick training.csv --metric val_accuracy --rule moving_average --set moving_average.weight=0.9
    ships the epoch at which TensorBoard's curve at smoothing 0.9 is highest.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import numpy as np

from selectmodel.records import Pick, Question
from selectmodel.settings import Setting
from selectmodel.stats.smoothing import ema, trailing_mean

LUCK = 0.13, 0.6

CASES: tuple[Any, ...] = (
    ({"kind": "trailing", "window": 3}, {"val_loss": (5, 1, 5, 2, 2, 2, 3)}, 5),
    ({"kind": "trailing", "window": 1}, {"val_loss": (5, 1, 5, 2, 2, 2, 3)}, 1),
    ({"weight": 0.0}, {"val_loss": (5, 1, 5, 2, 2, 2, 3)}, 1),
    ({}, {"val_loss": (5, 1, 5, 2, 2, 2, 3)}, 5),
    ({}, {"val_loss": (4, 3, 2, 1, 1.5, 3, 4)}, 4),  # it looks back, and so is late
    ({}, {"val_loss": (1, 1, 1)}, 0),
    ({"kind": "trailing", "window": 2}, {"val_loss": (4, np.nan, 2, np.inf, 1)}, 4),
)


def pick(
    question: Question,
    *,
    kind: Annotated[Literal["ema", "trailing"], Setting("exponential average, or mean of the last values")] = "ema",
    weight: Annotated[float, Setting("ema: share of the past in each value", low=0, high=0.999)] = 0.6,
    window: Annotated[int, Setting("trailing: validations averaged", low=1, high=1000)] = 5,
) -> Pick:
    """The allowed candidate at which the smoothed curve is best."""
    curve = question.cost_of(question.monitor)
    smoothed = ema(curve, weight) if kind == "ema" else trailing_mean(curve, window)
    eligible = question.allowed & np.isfinite(smoothed)
    if not eligible.any():
        return Pick(None, f"no {question.monitor} to choose from")
    index = int(np.argmin(np.where(eligible, smoothed, np.inf)))
    word = "lowest" if question.goal == "min" else "highest"
    how = f"EMA {weight:g}" if kind == "ema" else f"mean of {window}"
    sign = 1.0 if question.goal == "min" else -1.0
    evidence = {question.monitor: float(question.values[index]), "smoothed": sign * float(smoothed[index])}
    return Pick(index, f"{word} {how} of {question.monitor}", evidence)
