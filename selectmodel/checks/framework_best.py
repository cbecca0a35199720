"""The framework's own callback would have kept another epoch than the best one.

What it measures
    Which epoch the callback of the log's own framework keeps on this metric with its defaults, by replay, against the
    best value in the log.

Why it matters
    The file called "best" is then not the best: the callback took the wrong direction, stopped at a NaN, or rounded a
    tie away.

Often right?
    Not a matter of measurement: the replay is exact.

What to do
    Give the callback its direction (Keras: mode="max"), save every epoch, or pick from the log.

Source
    The callbacks' own code; see selectmodel explain keras and explain lightning.

Example
    selectmodel pick training.csv --rule keras
    shows what Keras would have kept.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from selectmodel.display.epochs import place
from selectmodel.display.numbers import column
from selectmodel.records import Finding, Pick, Question

CODE = "SM222"
LEVEL = "note"


def find(question: Question, pick: Pick) -> Iterator[Finding]:
    """One finding for each callback that kept a worse value, or another epoch of the same value than the pick."""
    if not question.allowed.any():
        return
    best = int(np.argmin(question.cost))
    for rule, index in question.replayed.items():
        if index in (best, pick.index) or not question.allowed[index] or _lowest_loss(question, index):
            continue
        tie = question.cost[index] == question.cost[best]
        shown = column([float(question.values[index]), float(question.values[best])])
        why = "a tie" if tie else f"{question.monitor} {shown[0]} instead of {shown[1]}"
        yield Finding(
            f"{rule} would keep {place(question, index)}, not {place(question, best)}: {why}",
            (index, best),
            {"kept": float(question.values[index]), "best": float(question.values[best])},
        )


def _lowest_loss(question: Question, index: int) -> bool:
    """Whether it has the lowest validation loss, which is what callbacks look at unless told otherwise."""
    if question.val_loss is None or question.val_loss == question.monitor:
        return False
    loss = question.metric(question.val_loss)
    return bool(loss[index] <= np.min(loss[question.allowed & np.isfinite(loss)], initial=np.inf))
