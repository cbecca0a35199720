"""A validation metric does not move.

What it measures
    Whether the monitored metric, the validation loss or the validation score is the same at every epoch, a loss
    also for the last four fifths of them.

Why it matters
    A metric that is stuck chooses nothing: the network predicts one class, the metric is given the wrong thing, or the
    weights are not updated.

Often right?
    Fires in 1 % of 2,158 training runs. Right, with thresholds of other data sets, in 92 % (95 % interval 60 to 100 %):
    the test metric was as stuck. In 1,792 public runs on which nothing was chosen it found nothing.

What to do
    Look at a few predictions. Check the learning rate, dead units, the labels' encoding, and what the metric is given.

Source
    Definition.

Example
    selectmodel pick training.csv --set checks.constant=fail
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

import numpy as np

from selectmodel.display.epochs import place
from selectmodel.display.numbers import figure
from selectmodel.records import Finding, Pick, Question
from selectmodel.settings import Setting
from selectmodel.stats import curves

CODE = "SM211"
LEVEL = "warn"
#: A metric that stands still for this share of the run is stuck rather than settled.
_MOST_OF_IT = 0.8
CASES: tuple[Any, ...] = (
    ({}, {"val_loss": (0.7,) * 20}, "0.700 at every one of 20 validations"),
    ({}, {"val_loss": (1.0, 0.9, 0.8, 0.7, 0.6) + (0.5,) * 55}, "stuck at 0.500 from epoch 5 on"),
    ({}, {"val_loss": (0.7, 0.7, 0.7)}, ""),
    ({}, {"val_loss": (3, 2, 1, 2, 3)}, ""),
)
SAYS = (("SM164", "is the same at every epoch"), ("SM170", " at every validation; "))


def find(
    question: Question,
    pick: Pick,
    *,
    least: Annotated[int, Setting("validations that it takes to say so", low=2)] = 4,
) -> Iterator[Finding]:
    """One finding for each metric that is stuck."""
    for name in dict.fromkeys(n for n in (question.monitor, question.val_loss, question.val_score) if n is not None):
        course = curves.course(question, name, least=2)
        if course is None:
            continue
        values, known = course.values, {"value": float(course.values[-1]), "validations": float(course.n)}
        if float(values.min()) == float(values.max()):
            if course.n >= least:
                every = "every one of" if course.n == question.n else "all that it was logged at:"
                shown = figure(float(values[0]))
                message = f"{name} is {shown} at {every} {course.n} validations: it cannot choose one"
                yield Finding(message, (int(course.at[0]), int(course.at[-1])), known)
            continue
        stuck = course.n - 1 - int(np.flatnonzero(values != values[-1])[-1])
        settles = name == question.score  # shares of few examples often stop moving on a healthy run
        if not settles and stuck >= max(2 * least, _MOST_OF_IT * course.n):
            since = place(question, int(course.at[-stuck]))
            message = f"{name} is stuck at {figure(float(values[-1]))} from {since} on"
            yield Finding(message, (int(course.at[-stuck]), int(course.at[-1])), known | {"stuck": float(stuck)})


def lacks(question: Question) -> str:
    """What the log does not hold that this takes; "" where it can be judged."""
    return "" if curves.course(question, question.monitor, least=2) else curves.too_short(question.monitor, 2)
