"""Training accuracy reached 100 %: what happened afterwards.

What it measures
    The first epoch from which nearly every training example is right, and what validation loss, validation accuracy and
    training loss did from there to the end. While the training loss goes on falling the margins still grow.

Why it matters
    People stop there, and are often right about the loss, but not always about the accuracy: the network goes on
    changing after the last training example is right.

Often right?
    Fires in 24 % of 2,158 training runs. Right, with thresholds of other data sets, in 82 % (95 % interval 75 to 90 %):
    no later epoch was more than 0.5 points of test accuracy better than the best until then. In 1,792 public runs on
    which nothing was chosen it fires in 34 % and is right in 63 % (95 % interval 53 to 73 %).

What to do
    Nothing by itself. Stop by the validation metric you ship for, with patience, rather than at 100 %.

Source
    D. Soudry et al., The Implicit Bias of Gradient Descent on Separable Data, 2018, for margins that grow after the
    training error is zero.

Example
    selectmodel pick training.csv --set checks.saturated.level=off
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import numpy as np

from selectmodel.display.epochs import place
from selectmodel.display.numbers import column
from selectmodel.records import Finding, Floats, Pick, Question
from selectmodel.settings import Setting
from selectmodel.stats import curves
from selectmodel.stats.curves import Course

CODE = "SM202"
LEVEL = "note"
#: How many had a test accuracy more than 0.5 points better than the best until then: 1 - right in measured.json, by
#: folds and on the public runs.
_ODDS = "1 in 5 to 2 in 5"


def find(
    question: Question,
    pick: Pick,
    *,
    level_reached: Annotated[float, Setting("training accuracy that counts as 100 %", low=0.5, high=1)] = 0.999,
    left: Annotated[int, Setting("validations after it, at least", low=1)] = 5,
) -> Iterator[Finding]:
    """One finding where training went on for ``left`` validations after its accuracy was full."""
    train = curves.share(question, question.train_score)
    if train is None:
        return
    full = train.values >= level_reached
    if not full.any():
        return
    stays = int(np.flatnonzero(~full)[-1]) + 1 if not full.all() else 0
    begin = stays if train.n - stays > left else int(np.argmax(full))
    if train.n - begin <= left:
        return
    first, low = int(train.at[begin]), float(train.values[begin:].min())
    seen: list[str] = []
    evidence = {"reached": float(train.values[begin])}
    score = curves.score(question)
    for course, falling in ((curves.loss(question), True), (score, False)):
        after = _after(course, first)
        if course is not None and after is not None:
            start, best, end = (
                float(value) for value in (after[0], after.min() if falling else after.max(), after[-1])
            )
            shown = column([start, best, end])
            seen.append(f"{course.name} {shown[0]} → {shown[2]} (best {shown[1]})")
            evidence |= {f"{course.name} then": start, f"{course.name} best since": best, f"{course.name} end": end}
    loss = curves.course(question, question.train_loss)
    after = _after(loss, first)
    if loss is not None and after is not None and after[0] > 0:
        ratio = float(after[-1] / after[0])
        seen.append(_of_training(ratio))
        evidence["training loss, end to then"] = ratio
    since = "; since then " + ", ".join(seen) if seen else ""
    if score is not None and float(score.values.max()) < 1:
        since += f"; {_ODDS} of such runs had a clearly better accuracy later"
    if begin == stays:
        said = f"is {'at least ' * (low < 1)}{curves.full(low)} from {place(question, first)} on"
    else:
        said = f"reaches {curves.full(float(train.values[begin]))} at {place(question, first)}"
    yield Finding(f"{train.name} {said}{since}", (first, int(train.at[-1])), evidence)


def lacks(question: Question) -> str:
    """What the log does not hold that this takes; "" where it can be judged."""
    return curves.lacking_share(question, question.train_score, "training")


def _of_training(ratio: float) -> str:
    """What the training loss did, from its value at the end over that when its accuracy was full."""
    if ratio > 1:
        return "the training loss rose"
    return (
        "the training loss went on falling, so margins still grew" if ratio < 0.8 else "the training loss hardly fell"
    )


def _after(course: Course | None, first: int) -> Floats | None:
    """The values as logged from candidate ``first`` on; None if there are not two."""
    if course is None:
        return None
    after = course.values[course.at >= first]
    return after if len(after) > 1 else None
