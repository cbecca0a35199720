"""Validation is better than training throughout.

What it measures
    Whether the validation loss lies below the training loss, by more than a share of it, at nearly all validations of
    the second half of the run.

Why it matters
    Usually harmless: dropout, augmentation and label noise act on the training data only, and a training loss that is a
    running mean over the epoch lags half an epoch behind. If none of that is used, validation examples may be easier
    than, or copies of, training examples.

Often right?
    Fires in 5 % of 2,158 training runs. Right, with thresholds of other data sets, in 85 % (95 % interval 75 to 92 %):
    training was the better one in evaluation mode, or its labels were noisy, smoothed or flooded. In 1,792 public runs
    on which nothing was chosen it fires in 2 %.

What to do
    Evaluate the training data once in evaluation mode: if the training loss is then the lower one, all is well. If not,
    look for duplicates between the two sets, and at how they were split (by patient, day, document?).

Source
    Keras FAQ, Why is my training loss much higher than my testing loss?

Example
    selectmodel pick training.csv --set checks.val_better_than_train=off
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

CODE = "SM209"
LEVEL = "note"


def find(
    question: Question,
    pick: Pick,
    *,
    margin: Annotated[float, Setting("how far below, as a share of the training loss", low=0, high=1)] = 0.1,
) -> Iterator[Finding]:
    """One finding where at least nine in ten validations of the second half are better than training."""
    loss = curves.loss(question)
    name = None if loss is None else _of_training(question, loss.name)
    if loss is None or name is None:
        return
    half = loss.at[loss.n // 2 :]
    train, val = question.metric(name)[half], question.metric(loss.name)[half]
    both = np.isfinite(train)
    below = both & (val < (1 - margin) * train)
    if both.sum() < 3 or below.sum() < 0.9 * both.sum() or not below[-1]:
        return
    shown = column([float(val[-1]), float(train[-1])])
    count, of = int((both & (val < train)).sum()), int(both.sum())
    yield Finding(
        f"{loss.name} is below {name} at {'each' if count == of else count} of {of} validations of the second half "
        f"({shown[0]} against {shown[1]} at {place(question, int(half[-1]))}), as dropout, augmentation and running "
        "means make it; without any of them look for leakage",
        (int(half[0]), int(half[-1])),
        {"validation": float(val[-1]), "training": float(train[-1]), "share below": float(below.sum() / both.sum())},
    )


def _of_training(question: Question, name: str) -> str | None:
    """The same on the training data: a loss is never above or below an error of another unit."""
    return question.train_loss if name == question.val_loss else question.train_twin


def lacks(question: Question) -> str:
    """What the log does not hold that this takes; "" where it can be judged."""
    lacking = curves.lacking_loss(question)
    name = question.val_loss or question.monitor
    return lacking or ("" if _of_training(question, name) else f"the log has no {name} of the training data")
