"""How long a training is waited for to get better, where nobody says, and what is counted meanwhile."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from selectmodel.records import Floats, Goal, Ints

#: Epochs without improvement. A score moves in steps, and is given more of them than a loss.
USUAL: Mapping[Goal, int] = {"min": 20, "max": 30}


def clock(epochs: Floats) -> Floats:
    """(n,) what a patience counts at each validation: the epochs as logged, or the validations where these do not tell.

    It is ``epochs`` itself where that can be used.
    """
    known = bool(np.isfinite(epochs).all() and np.all(np.diff(epochs) >= 0))
    return epochs if known else np.arange(len(epochs), dtype=np.float64)


def new_bests(cost: Floats, by: float = 0.0) -> Ints:
    """(k,) the places of ``cost`` (n,) lower than all before by more than ``by``, as Keras counts; the first finite."""
    best, found = math.inf, list[int]()
    for place, value in enumerate(cost.tolist()):
        if math.isfinite(value) and (value < best - by or not found):
            best = value
            found.append(place)
    return np.array(found, dtype=np.int64)
