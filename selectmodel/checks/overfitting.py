"""The validation loss ends well above its minimum.

What it measures
    By how much the smoothed validation loss (mean of 3 validations, of 5 from 30 on) ends above its lowest value, and
    since when it has stayed above it. A fit that explodes does so too; then the training loss rises as well, which the
    message says.

Why it matters
    The last epoch is not the one to ship, and what came after the minimum made the probabilities worse. It says nothing
    about accuracy, which often goes on rising: see overconfidence.

Often right?
    Fires in 57 % of 2,158 training runs. Right in 91 % of those (95 % interval 88 to 93 %): the smoothed test loss
    ended more than 5 % above its minimum.

What to do
    Ship the recommended epoch. In the next run stop early, regularise (dropout, weight decay, augmentation), take more
    data or a smaller network, or look for wrong labels.

Source
    L. Prechelt, Early Stopping - But When?, 1998, for the rise over the minimum; 5 % is the border above which the
    loss on test data rises as well.

Example
    selectmodel pick training.csv --set checks.overfitting.threshold=0.1
    finds only what ends more than 10 % above the minimum.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import numpy as np

from selectmodel import trends
from selectmodel.labels import place
from selectmodel.records import Finding, Pick, Question
from selectmodel.settings import Setting

CODE = "SM201"
LEVEL = "warn"


def find(
    question: Question,
    pick: Pick,
    *,
    threshold: Annotated[float, Setting("rise above the minimum, as a share of it", low=0)] = 0.05,
) -> Iterator[Finding]:
    """One finding where the loss ends more than ``threshold`` above its minimum."""
    loss = trends.loss(question)
    if loss is None:
        return
    bottom = loss.lowest()
    lowest, end = float(loss.smooth[bottom]), float(loss.smooth[-1])
    rise = end / lowest - 1
    if not rise > threshold:
        return
    near = np.flatnonzero(loss.smooth <= lowest * (1 + min(threshold, 0.01)))
    since = min(int(near[-1]) + 1, loss.n - 1)
    train = trends.course(question, question.train_loss)
    learning = train is None or float(train.smooth[-1]) <= float(np.interp(loss.at[bottom], train.at, train.smooth))
    start = place(question, int(loss.at[since]))
    yield Finding(
        f"{loss.name} ends {_ends(rise)}, rising since {start}"
        + ("" if learning else "; the training loss rises too, so the fit broke down rather than overfitted"),
        (int(loss.at[bottom]), int(loss.at[since]), int(loss.at[-1])),
        {"rise": rise, "minimum": lowest, "end": end, "window": float(loss.window)},
    )


def _ends(rise: float) -> str:
    return f"{trends.percent(rise)} above its minimum" if rise < 4 else f"at {rise + 1:.3g} times its minimum"
