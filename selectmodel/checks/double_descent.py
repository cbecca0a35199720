"""After its first minimum the validation curve rose and then fell again: epoch-wise double descent.

What it measures
    The smoothed validation loss: a rise over a first minimum, and a fall after the peak, each by more than a share of
    the minimum and more than the wiggle of the curve. And where early stopping would have ended.

Why it matters
    The first minimum need not be the last. A patience that ends in the rise never sees the second descent; where that
    one is lower, the better model was missed. More common with wrong labels and large networks.

Often right?
    Fires in 15 % of 2,158 training runs. Right, with thresholds of other data sets, in 77 % (95 % interval 72 to 82 %):
    the test loss rose and fell there too, by half as much. In 1,792 public runs on which nothing was chosen it fires in
    15 % and is right in 77 % (95 % interval 68 to 85 %).

What to do
    Where the second descent is the lower one: train with more patience, or without early stopping, and keep the best.
    Otherwise nothing: the first minimum was the best.

Source
    P. Nakkiran et al., Deep Double Descent, 2020.

Example
    selectmodel pick training.csv --set checks.double_descent.patience=20
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import numpy as np

from selectmodel.display.epochs import place
from selectmodel.records import Finding, Floats, Pick, Question
from selectmodel.settings import Setting
from selectmodel.stats import curves

CODE = "SM204"
LEVEL = "note"
#: Share of the rise that must be undone: less is a wave on a curve that goes on rising.
_OF_THE_RISE = 0.2
#: Share of the run for which the curve stays above half of the rise, at least.
_WIDTH = 0.05


def find(
    question: Question,
    pick: Pick,
    *,
    threshold: Annotated[float, Setting("rise and fall, as a share of the minimum", low=0)] = 0.1,
    wiggles: Annotated[float, Setting("rise and fall, in standard deviations of the curve's wiggle", low=0)] = 3.0,
    patience: Annotated[int, Setting("patience for which to say where it would have stopped", low=1)] = 10,
) -> Iterator[Finding]:
    """One finding where the loss fell twice."""
    loss = curves.loss(question, least=10)
    if loss is None:
        return
    shape = _up_and_down(loss.smooth)
    if shape is None:
        return
    first, peak, second = shape
    bottom, top, again = (float(loss.smooth[i]) for i in shape)
    up, down = top / bottom - 1, (top - again) / bottom
    if not (
        min(up, down) > threshold
        and down > _OF_THE_RISE * up
        and min(top - bottom, top - again) > wiggles * loss.wiggle()
    ):
        return
    above = int(np.count_nonzero(loss.smooth[first : second + 1] > (bottom + top) / 2))
    if above < max(2 * loss.window, _WIDTH * loss.n):
        return  # a spike, not a descent that comes back
    stop = _stopped(loss.values, patience)
    lower = again < bottom
    apart = curves.percent(abs(again / bottom - 1))
    yield Finding(
        f"{loss.name} fell to {place(question, int(loss.at[first]))}, rose by {curves.percent(up)} to "
        f"{place(question, int(loss.at[peak]))} and fell again by {curves.percent(1 - again / top)}, "
        f"{apart} {'below' if lower else 'above'} the first minimum{curves.averaged(loss)}; patience {patience} would "
        + _told(question, loss, stop, (peak, second)),
        (int(loss.at[first]), int(loss.at[peak]), int(loss.at[second])),
        {"up": up, "down": down, "second to first": again / bottom},
    )


def lacks(question: Question) -> str:
    """What the log does not hold that this takes; "" where it can be judged."""
    return curves.lacking_loss(question, least=10)


def _told(question: Question, loss: curves.Course, stop: int | None, descent: tuple[int, int]) -> str:
    """Where a patience would have ended the training, and on which side of the second descent that is."""
    if stop is None:
        return "not have stopped it"
    peak, second = descent
    when = "before the second descent" if stop <= peak else "within the second descent" if stop < second else "after it"
    return f"have stopped at {place(question, int(loss.at[stop]))}, {when}"


def _up_and_down(curve: Floats) -> tuple[int, int, int] | None:
    """Places of the first minimum, the peak and the second minimum for which rise and fall are the largest. O(n)."""
    before = np.minimum.accumulate(curve)
    height = np.minimum.accumulate(curve[::-1])[::-1]
    np.subtract(curve, np.maximum(before, height, out=height), out=height)  # in place: they are as long as the log
    peak = int(np.argmax(height))
    if not height[peak] > 0:
        return None
    return int(np.argmin(curve[: peak + 1])), peak, peak + int(np.argmin(curve[peak:]))


def _stopped(values: Floats, patience: int) -> int | None:
    """Where ``EarlyStopping(patience)`` on the plain values would have ended the training; None if never."""
    best, since = float("inf"), 0
    for place_, value in enumerate(values.tolist()):
        since = 0 if value < best else since + 1
        best = min(best, value)
        if since >= patience:
            return place_
    return None
