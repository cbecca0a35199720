"""A loss turned NaN or infinite, or exploded, and did not come back.

What it measures
    The first epoch from which training or validation loss (or the monitored metric) is no finite number to the end, or
    is more than ten times its minimum while the training loss is too. With the learning rate there, if it is logged.

Why it matters
    All that was trained from there on is lost, and the last checkpoint is worthless.

Often right?
    Fires in 1 % of 2,158 training runs. Right, with thresholds of other data sets, in 100 % (95 % interval 100 to 100
    %): the test loss broke as well. In 1,792 public runs on which nothing was chosen it fires in 2 % and is right in
    100 % (95 % interval 100 to 100 %).

What to do
    Ship the recommended epoch. In the next run lower the learning rate, warm it up or clip gradients; look for zeros in
    divisions and logarithms, and for overflow in half precision.

Source
    Definition.

Example
    selectmodel pick training.csv --set checks.diverged=fail
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import numpy as np

from selectmodel.display.epochs import place
from selectmodel.display.numbers import figure
from selectmodel.records import Finding, Pick, Question
from selectmodel.settings import Setting
from selectmodel.stats import curves, noise

CODE = "SM206"
LEVEL = "warn"
SAYS = (("SM167", "is not finite"), ("SM176", "loss is not finite"))


def find(
    question: Question,
    pick: Pick,
    *,
    factor: Annotated[float, Setting("how many times its minimum a loss is when it has exploded", low=1)] = 10.0,
) -> Iterator[Finding]:
    """One finding for the loss that broke first."""
    names = dict.fromkeys(n for n in (question.train_loss, question.val_loss, question.monitor) if n is not None)
    broken = [(since, name) for name in names if (since := curves.not_finite_since(question, name)) is not None]
    if broken:
        since, name = min(broken)
        yield Finding(
            f"{name} is not finite from {place(question, since)} on{_rate(question, since)}",
            (since,),
            {"since": float(since), "of": float(question.n)},
        )
        return
    train, val = curves.course(question, question.train_loss), curves.loss(question)
    if train is None or val is None or not float(train.values.min()) > 0:
        return
    ratios = [float(noise.median(course.values[-3:]) / course.values.min()) for course in (train, val)]
    start = float(noise.median(train.values[-3:]) / train.values[0])
    if min(ratios) > factor and start > 1:
        since = int(val.at[int(np.flatnonzero(val.values <= val.values.min() * 2)[-1])])
        yield Finding(
            f"{val.name} exploded after {place(question, since)}, to {figure(ratios[1])} times its minimum, and the "
            f"training loss with it{_rate(question, since)}",
            (since,),
            {"times": ratios[1], "training times": ratios[0]},
        )


def lacks(question: Question) -> str:
    """What the log does not hold that this takes; "" where it can be judged."""
    return "" if question.train_loss or question.val_loss or question.goal == "min" else "the log has no loss"


def _rate(question: Question, since: int) -> str:
    """The learning rate there, which is what to lower."""
    if question.learning_rate is None or not np.isfinite(question.learning_rate[since]):
        return "; a lower learning rate or clipped gradients are the first things to try"
    return f"; the learning rate was {figure(float(question.learning_rate[since]))} there: try a third of it, or clip"
