"""A drop of the learning rate explains a jump of the validation loss.

What it measures
    The epochs at which the learning rate falls at once by a factor, and the mean validation loss of the three
    validations before and after.

Why it matters
    The jump is the schedule's doing, not the epoch's: what came before the drop says little about what comes after, and
    a patience that counts across it, or a comparison with a run that was stopped before it, misleads.

Often right?
    Fires in 1 % of 2,158 training runs. Right, with thresholds of other data sets, in 77 % (95 % interval 61 to 91 %):
    the test loss jumped there too. In 1,792 public runs on which nothing was chosen it found nothing.

What to do
    Compare runs at the same place of the schedule. If the drop helped at once, an earlier one saves epochs.

Source
    K. He et al., Deep Residual Learning, 2016, whose error falls at each step of the schedule.

Example
    selectmodel pick training.csv --set checks.lr_drop.factor=5
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import numpy as np

from selectmodel.display.epochs import place
from selectmodel.display.numbers import column
from selectmodel.records import Finding, Pick, Question
from selectmodel.settings import Setting
from selectmodel.stats import curves

CODE = "SM214"
LEVEL = "note"
_SIDE = 3


def find(
    question: Question,
    pick: Pick,
    *,
    factor: Annotated[float, Setting("how many times smaller the learning rate becomes at once", low=1.1)] = 2.0,
    change: Annotated[float, Setting("change of the loss, as a share of it", low=0)] = 0.05,
) -> Iterator[Finding]:
    """One finding for the drop that changed the loss most."""
    loss, rates = curves.loss(question), question.learning_rate
    if loss is None or rates is None or loss.n <= 2 * _SIDE:
        return
    rate = rates[loss.at]
    drops = [
        i for i in range(_SIDE, loss.n - _SIDE + 1) if i < loss.n and rate[i] > 0 and rate[i - 1] / rate[i] >= factor
    ]
    found = []
    for i in drops:
        before, after = float(np.mean(loss.values[i - _SIDE : i])), float(np.mean(loss.values[i : i + _SIDE]))
        found.append((before / after - 1, i, before, after))
    if not found:
        return
    gain, i, before, after = max(found)
    if gain > change:
        rates_shown, losses = column([float(rate[i - 1]), float(rate[i])]), column([before, after])
        yield Finding(
            f"the learning rate falls from {rates_shown[0]} to {rates_shown[1]} at {place(question, int(loss.at[i]))}, "
            f"and {loss.name} with it from {losses[0]} to {losses[1]} (means of {_SIDE} validations): the schedule "
            "explains the jump",
            (int(loss.at[i]),),
            {"before": before, "after": after, "rate before": float(rate[i - 1]), "rate after": float(rate[i])},
        )


def lacks(question: Question) -> str:
    """What the log does not hold that this takes; "" where it can be judged."""
    if question.learning_rate is None:
        return "the log has no learning rate"
    return curves.lacking_loss(question, least=2 * _SIDE + 1)
