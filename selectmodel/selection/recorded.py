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
    fits: Bools = np.zeros(len(candidates.steps), np.bool_)
    if recorded.step is not None and run.x_axis == "step":
        fits = candidates.steps == recorded.step
    elif recorded.step is not None and run.logged_steps:
        fits = np.array([run.logged_step(step) == recorded.step for step in candidates.steps.tolist()])
    elif recorded.epoch is not None:
        fits = np.isclose(candidates.epochs, recorded.epoch, rtol=0, atol=1e-6)
    found = np.flatnonzero(fits)
    if len(found) != 1:
        return recorded, None
    at = int(found[0])
    epoch = float(candidates.epochs[at])
    logged = run.logged_step(int(candidates.steps[at]))
    return replace(
        recorded,
        step=recorded.step if logged is None else logged,
        epoch=epoch if np.isfinite(epoch) else recorded.epoch,
    ), at


def reason(recorded: RecordedBest) -> str:
    """``Hugging Face, by eval_accuracy 0.906``."""
    value = "" if recorded.value is None else f" {numbers.figure(recorded.value)}"
    return f"{recorded.by}, by {recorded.metric}{value}" if recorded.metric else recorded.by
