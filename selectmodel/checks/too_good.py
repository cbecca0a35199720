"""Validation is perfect, or nearly so from the first epoch on.

What it measures
    Whether every validation example is right in most of the second half of the run, or nearly all are at the first
    validation.

Why it matters
    Real data hardly ever allows it. Copies of validation examples in the training set, or an input that gives the
    answer away (a file name, a date, an identifier), do.

Often right?
    Fires in under 1 % of 2,158 training runs. Whether it was right cannot be told there. In 1,792 public runs on which
    nothing was chosen it fires in 1 %.

What to do
    Look for duplicates and near-duplicates between the sets, split by group instead of by row, and train once on one
    input column alone. If the task is that easy, a smaller network will do.

Source
    S. Kapoor, A. Narayanan, Leakage and the reproducibility crisis in machine-learning-based science, 2023.

Example
    selectmodel pick training.csv --set checks.too_good=warn
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

CODE = "SM210"
LEVEL = "note"
BEYOND_BELIEF = True


def find(
    question: Question,
    pick: Pick,
    *,
    perfect: Annotated[float, Setting("accuracy that counts as perfect", low=0.5, high=1)] = 0.9995,
    early: Annotated[float, Setting("accuracy at the first validation that is too good", low=0.5, high=1)] = 0.98,
) -> Iterator[Finding]:
    """One finding where accuracy is perfect, or too good at once."""
    score = curves.score(question, least=3)
    if score is None:
        return
    late = score.values[score.n // 2 :]
    evidence = {"first": float(score.values[0]), "median of the second half": noise.median(late)}
    look = "look for copies of validation examples in the training set, and for inputs that give the answer away"
    if noise.median(late) >= perfect:
        told, first = _perfect(question, score, perfect)
        yield Finding(f"{score.name} is {told}: {look}", (first,), evidence)
    elif float(score.values[0]) >= early:
        first = int(score.at[0])
        value = figure(float(question.metric(score.name)[first]))
        yield Finding(f"{score.name} is {value} at {place(question, first)} already: {look}", (first,), evidence)


def _perfect(question: Question, score: curves.Course, least: float) -> tuple[str, int]:
    """How good it is and where, and the first candidate of those: from one on if all later ones are, else how many."""
    good = score.values >= least
    ends = score.n - int(np.argmin(good[::-1])) if not good.all() else 0  # the first after the last that is not
    stays = 2 * (score.n - ends) >= np.count_nonzero(good)
    meant = np.arange(score.n) >= ends if stays else good
    first = int(score.at[int(np.argmax(meant))])
    level = "perfect" if bool((score.values[meant] >= 1).all()) else f"at least {curves.full(least)}"
    if stays:
        return f"{level} from {place(question, first)} on", first
    on = f", and from {place(question, int(score.at[ends]))} on" if ends < score.n else ""
    return f"{level} at {np.count_nonzero(good)} of {score.n} validations{on}", first


def lacks(question: Question) -> str:
    """What the log does not hold that this takes; "" where it can be judged."""
    return curves.lacking_score(question, least=3)
