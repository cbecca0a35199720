"""What the training itself wrote down as its best: which of the candidates it is, and how it is told."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from selectmodel.display import numbers
from selectmodel.records import Bools, RecordedBest, Run, Series

#: How it is called in a table of rules.
NAME = "recorded best"


def placed(run: Run, candidates: Series) -> tuple[RecordedBest | None, int | None]:
    """What the run recorded, step and epoch made whole where they are known, and the candidate that it is.

    No candidate where the record names none of them, or an epoch that was validated more than once.
    """
    recorded = run.recorded
    if recorded is None:
        return None, None
    steps = [run.logged_step(step) for step in candidates.steps.tolist()]
    fits: Bools = np.zeros(len(steps), np.bool_)
    if recorded.step is not None and any(step is not None for step in steps):
        fits = np.array([step == recorded.step for step in steps])
    elif recorded.epoch is not None:
        fits = np.isclose(candidates.epochs, recorded.epoch, rtol=0, atol=1e-6)
    found = np.flatnonzero(fits)
    if len(found) != 1:
        return recorded, None
    at = int(found[0])
    epoch = float(candidates.epochs[at])
    step = recorded.step if steps[at] is None else steps[at]
    return replace(recorded, step=step, epoch=epoch if np.isfinite(epoch) else recorded.epoch), at


def reason(recorded: RecordedBest) -> str:
    """``Hugging Face, by eval_accuracy 0.906``."""
    value = "" if recorded.value is None else f" {numbers.figure(recorded.value)}"
    return f"{recorded.by}, by {recorded.metric}{value}" if recorded.metric else recorded.by
