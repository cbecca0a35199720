"""The validation loss ends well above its minimum.

What it measures
    By how much the smoothed validation loss (mean of 3 validations, of 5 from 30 on, of fewer where they lie epochs
    apart) ends above its lowest value; told of the values as logged, if these show it. It asks for a tenth less than
    the threshold where the training loss fell by a fifth or more meanwhile, for a tenth more where it did not fall;
    and, from 8 validations on, for more than one of them above it. A fit that explodes ends high too; then the training
    loss rises as well, which the message says.

Why it matters
    The last epoch is not the one to ship, and what came after the minimum made the probabilities worse. It says nothing
    about accuracy, which often goes on rising: see overconfidence.

Often right?
    Fires in 56 % of 2,158 training runs. Right, with thresholds of other data sets, in 91 % (95 % interval 88 to 93 %):
    the smoothed test loss ended more than 5 % above its minimum. In 1,792 public runs on which nothing was chosen it
    fires in 66 % and is right in 87 % (95 % interval 83 to 91 %).

What to do
    Ship the recommended epoch. Then stop early, regularise, take more data or a smaller network, look for wrong labels.

Source
    L. Prechelt, Early Stopping - But When?, 1998, for the rise over the minimum; 5 % is the border above which the
    loss on test data rises as well. The rest was chosen on real runs, whole, cut and thinned: benchmarks/checks.

Example
    selectmodel pick training.csv --set checks.overfitting.threshold=0.1
    finds only what ends more than 10 % above the minimum.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Annotated

import numpy as np

from selectmodel.display.epochs import place
from selectmodel.display.numbers import column
from selectmodel.records import Finding, Pick, Question
from selectmodel.settings import Setting
from selectmodel.stats import curves

CODE = "SM201"
LEVEL = "warn"

#: Share of the threshold that the training loss may move it by, either way.
_LEEWAY = 0.1
#: From this many validations on a single one above the minimum is luck. Within so much of it a value is near it.
_ONE_IS_LUCK, _NEAR = 8, 0.01


def find(
    question: Question,
    pick: Pick,
    *,
    threshold: Annotated[float, Setting("rise above the minimum, as a share of it", low=0)] = 0.05,
) -> Iterator[Finding]:
    """One finding where the loss ends more than ``threshold`` above its minimum."""
    loss = curves.loss(question)
    if loss is None or curves.broke(question, loss.name, question.train_loss):
        return  # the latter is for the check diverged to say
    loss = curves.by_epoch(question, loss)
    bottom = loss.lowest()
    lowest, end = float(loss.smooth[bottom]), float(loss.smooth[-1])
    rise, (learnt, broke) = end / lowest - 1, _training(question, loss, bottom, threshold)
    asked = threshold * min(max(1 + _LEEWAY - learnt, 1 - _LEEWAY), 1 + _LEEWAY) if math.isfinite(learnt) else threshold
    alone = np.count_nonzero(loss.values[bottom:] > lowest * (1 + asked)) < 2 and loss.n >= _ONE_IS_LUCK
    if not rise > asked or alone:
        return
    shown = loss if loss.values[-1] / loss.values.min() - 1 <= asked else loss._replace(smooth=loss.values, window=1)
    yield _told(question, shown, asked, min(threshold, _NEAR), broke)


def lacks(question: Question) -> str:
    """What the log does not hold that this takes; "" where it can be judged."""
    if broke := curves.broke(question, question.val_loss, question.train_loss):
        name, since = broke
        return f"{name} is not finite from {place(question, since)} on"
    return curves.lacking_loss(question)


def _told(question: Question, loss: curves.Course, asked: float, near: float, broke: str) -> Finding:
    """The finding, told of the smoothed values of a course."""
    values, bottom = loss.smooth, loss.lowest()
    lowest, end = float(values[bottom]), float(values[-1])
    since = min(int(np.flatnonzero(values <= lowest * (1 + near))[-1]) + 1, loss.n - 1)
    told = f"{loss.name} ends {_ends(end / lowest - 1)} of {place(question, int(loss.at[bottom]))}"
    if bottom + 1 < since < loss.n - 1:
        told += f" and stays more than {100 * near:g} % above it from {place(question, int(loss.at[since]))} on"
    evidence = {"rise": end / lowest - 1, "asked": asked, "minimum": lowest, "end": end, "window": float(loss.window)}
    return Finding(
        told + curves.averaged(loss) + broke,
        (int(loss.at[bottom]), int(loss.at[since]), int(loss.at[-1])),
        evidence | ({"broke down": 1.0} if broke else {}),
    )


def _training(question: Question, loss: curves.Course, bottom: int, least: float) -> tuple[float, str]:
    """ln of how many times the training loss fell since the minimum, NaN if not known; what to say where it rose."""
    train = curves.course(question, question.train_loss)
    if train is None:
        return math.nan, ""
    means = curves.by_epoch(question, train).smooth
    then, now = float(np.interp(loss.at[bottom], train.at, means)), float(means[-1])
    learnt = math.log(then) - math.log(now) if then > 0 and now > 0 else -1.0 if now > then else math.nan
    lowest = int(loss.at[int(np.argmin(loss.values))])
    logged = [float(train.values[int(np.argmin(np.abs(train.at - lowest)))]), float(train.values[-1])]
    if not (learnt < 0 and logged[1] - logged[0] > least * abs(logged[0])):
        return learnt, ""
    told = " to ".join(column(logged))
    return learnt, f"; the training loss rises too, from {told}, so the fit broke down rather than overfitted"


def _ends(rise: float) -> str:
    return f"{curves.percent(rise)} above its minimum" if rise < 4 else f"at {rise + 1:.3g} times its minimum"
