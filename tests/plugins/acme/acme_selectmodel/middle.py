"""The middle validation, for no good reason.

Formula
    the candidate in the middle of the allowed ones, `shift` places further on.

Use when
    never.

Avoid when
    always.

Cost
    O(n) for n validations.

Source
    Made up to show what a rule is.

Example
    selectmodel pick training.csv --rule middle --set middle.shift=1
"""

from __future__ import annotations

from typing import Annotated

import numpy as np

from selectmodel.records import Pick, Question
from selectmodel.settings import Setting

CASES = (
    ({}, {"val_loss": (0.5, 0.4, 0.6)}, 1),
    ({"shift": 1}, {"val_loss": (0.5, 0.4, 0.6)}, 2),
    ({"shift": 3}, {"val_accuracy": (0.5, 0.4, 0.6, 0.7)}, 3),
)


def pick(question: Question, *, shift: Annotated[int, Setting("places further on", low=0, high=3)] = 0) -> Pick:
    """The allowed candidate in the middle."""
    allowed = np.flatnonzero(question.allowed)
    if not len(allowed):
        return Pick(None, "nothing is allowed")
    place = min(len(allowed) // 2 + shift, len(allowed) - 1)
    return Pick(int(allowed[place]), "in the middle", {"shift": float(shift)})
