"""The validation set is too small to tell the best epochs apart.

What it measures
    The standard error of the validation accuracy, from the number of validation examples, and how many epochs lie
    within one of the best. How many examples it would take to tell the best from the middle one of those (as --between
    says it: for the difference of the two epochs to point to the better one in 95 of 100 cases).

Why it matters
    Among those epochs the highest validation accuracy is luck, and the value shown is too high.

Often right?
    Fires in 62 % of 2,158 training runs. Right, with thresholds of other data sets, in 83 % (95 % interval 80 to 86 %):
    the best of those epochs was no point above their middle on test data. In 1,792 public runs on which nothing was
    chosen it fires in 71 % and is right in 84 % (95 % interval 80 to 87 %).

What to do
    Take a larger validation set or cross-validate. Until then prefer a rule that uses training accuracy and loss as
    well (--aim accuracy), and do not report the validation accuracy of the chosen epoch as the model's.

Source
    Binomial standard error; the error of the difference of two epochs was measured on 889 training runs.

Example
    selectmodel pick training.csv --val-size 60
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import numpy as np

from selectmodel.display.numbers import column, counted
from selectmodel.records import Finding, Pick, Question
from selectmodel.settings import Setting
from selectmodel.stats import curves, two_epochs

CODE = "SM208"
LEVEL = "note"


def find(
    question: Question,
    pick: Pick,
    *,
    error: Annotated[float, Setting("standard error of the accuracy from which on it is too large", low=0)] = 0.02,
    alike: Annotated[int, Setting("other epochs within one standard error of the best, at least", low=1)] = 3,
) -> Iterator[Finding]:
    """One finding where the standard error is large and several epochs cannot be told from the best."""
    score = curves.score(question, least=2)
    if score is None or question.val_size is None or question.score_kind != "counts":
        return
    best = float(score.values.max())
    margin = curves.standard_error(question, best)
    near = np.flatnonzero(score.values >= best - margin)
    if not (margin >= error and len(near) > alike):
        return
    ordered = near[np.argsort(score.values[near], kind="stable")]
    middle, top = int(ordered[len(ordered) // 2]), int(np.argmax(score.values))
    needed = two_epochs.examples_needed(question, (int(score.at[top]), int(score.at[middle])), score.name)
    logged = question.metric(score.name)[score.at]
    one, other = column([float(logged[top]), float(logged[middle])])
    takes = (
        f"; to tell {one} from {other} takes about {needed:,}" if needed and needed <= two_epochs.WORTH_SAYING else ""
    )
    yield Finding(
        f"{counted(question.val_size, 'validation example')} leave{'s' * (question.val_size == 1)} a standard error of "
        f"{curves.points(margin)}: {len(near)} of {score.n} validations are within it of the best {score.name}{takes}",
        tuple(int(i) for i in score.at[near]),
        {"standard error": margin, "alike": float(len(near)), "needed": float(needed or 0)},
    )


def lacks(question: Question) -> str:
    """What the log does not hold that this takes; "" where it can be judged."""
    if question.val_size is None:
        return "the number of validation examples is not known (--val-size N)"
    return curves.lacking_score(question, least=2)
