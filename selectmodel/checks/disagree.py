"""Validation loss and validation accuracy are best at different epochs, and each costs something at the other's.

What it measures
    The epochs of the lowest smoothed validation loss and of the highest smoothed validation accuracy, and what each
    metric loses at the other's epoch. Where the accuracy comes later while the loss rises, overconfidence says it.

Why it matters
    There is no best epoch, only one for each purpose.

Often right?
    Fires in 1 % of 2,158 training runs. Right, with thresholds of other data sets, in 59 % (95 % interval 42 to 74 %):
    test loss and test accuracy disagreed in the same way. In 1,792 public runs on which nothing was chosen it fires in
    1 % and is right in 12 % (95 % interval 0 to 25 %).

What to do
    Say what the model is for: --aim accuracy, --aim loss, or --aim both for the best compromise.

Source
    Definition.

Example
    selectmodel pick training.csv --aim both
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import numpy as np

from selectmodel.display.epochs import place
from selectmodel.records import Finding, Pick, Question
from selectmodel.settings import Setting
from selectmodel.stats import curves

CODE = "SM212"
LEVEL = "note"
#: Number of validation examples taken where it is not known.
_UNKNOWN = 200


def find(
    question: Question,
    pick: Pick,
    *,
    errors: Annotated[float, Setting("accuracy lost at the lowest loss, in standard errors", low=0)] = 1.0,
    loss_lost: Annotated[float, Setting("loss above its minimum at the highest accuracy, as a share", low=0)] = 0.05,
) -> Iterator[Finding]:
    """One finding where the accuracy is best well before the loss is."""
    loss, score = curves.loss(question), curves.score(question)
    if loss is None or score is None:
        return
    low, high = int(loss.at[loss.lowest()]), int(score.at[score.highest()])
    best = float(score.smooth.max())
    lost = best - float(np.interp(low, score.at, score.smooth))
    more = float(np.interp(high, loss.at, loss.smooth)) / float(loss.smooth.min()) - 1
    error = 0.5 / np.sqrt(question.val_size or _UNKNOWN)
    if high < low and lost > errors * error and more > loss_lost:
        yield Finding(
            f"{score.name} is best around {place(question, high)}, {loss.name} only around {place(question, low)}: the "
            f"one costs {curves.percent(more)} of loss, the other {curves.points(lost)} of {score.name}"
            f"{curves.averaged(loss, score)}",
            (high, low),
            {"accuracy lost": lost, "loss lost": more, "standard error": float(error)},
        )


def lacks(question: Question) -> str:
    """What the log does not hold that this takes; "" where it can be judged."""
    return curves.lacking_loss(question) or curves.lacking_score(question)
