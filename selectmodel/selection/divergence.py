"""Where the network of a run had diverged: its validation loss is no number, though an accuracy may still be logged.

A diverged network answers the same to everything, which can be right by chance more often than any sound epoch was.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from selectmodel.records import Bools, Series
from selectmodel.selection import alignment


def diverged(candidates: Series, val_loss: Series, train_loss: Series | None) -> Bools:
    """(n,) the candidates at which the validation loss was logged as NaN or infinite; none if it always was.

    A loss that is absent is no sign: it may be logged at every fifth epoch. But tables write NaN as an empty cell, so
    that it counts as NaN where it was logged at each candidate up to one, at none from there on, and the train loss
    ends there too (or one candidate later: the last weights may be ruined by the last batch).
    """
    n = len(candidates.steps)
    if alignment.in_step(val_loss, candidates) and np.count_nonzero(np.isfinite(val_loss.values)) == n:
        return np.zeros(n, dtype=np.bool_)
    loss = alignment.align(replace(val_loss, values=np.where(np.isfinite(val_loss.values), 0.0, 1.0)), candidates)
    if not (loss == 0).any():
        return np.zeros(len(loss), dtype=np.bool_)
    found: Bools = loss == 1
    last = int(np.flatnonzero(~np.isnan(loss))[-1])
    if train_loss is not None and last < len(loss) - 1 and not np.isnan(loss[:last]).any():
        trained = np.isfinite(alignment.align(train_loss, candidates))
        if trained[: last + 1].all() and not trained[last + 2 :].any() and not trained[-1]:
            found[last + 1 :] = True
    return found
