"""Which of several equally good candidates to take."""

from __future__ import annotations

import numpy as np

from selectmodel.records import Ints, Question


def lowest_loss(question: Question, equals: Ints) -> int:
    """The one of ``equals`` (m,), candidates in ascending order, with the lowest validation loss, else the first.

    Accuracies of few examples tie often, and the first of the highest loses more test accuracy than that of the lowest
    loss: benchmarks/decisions/public.md.
    """
    if question.val_loss is None:
        return int(equals[0])
    losses = question.cost_of(question.val_loss)[equals]
    return int(equals[np.argmin(np.where(np.isnan(losses), np.inf, losses))])
