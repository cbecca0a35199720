"""EarlyStopping and ModelCheckpoint of Lightning on a plain sequence.

One place an epoch. ``present``: the metric was logged there. ``called``: the callback ran there, at the end of the
epoch or of its validation; where it ran without a new value it met the last one again.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from selectmodel.frameworks.callback_run import CallbackOutcome
from selectmodel.records import Goal


class Stopping(NamedTuple):
    """Arguments of Lightning's EarlyStopping; ``min_epochs`` is the Trainer's."""

    patience: int = 3
    min_delta: float = 0.0
    check_finite: bool = True
    stopping_threshold: float | None = None
    divergence_threshold: float | None = None
    min_epochs: int = 0


class Saving(NamedTuple):
    """Arguments of Lightning's ModelCheckpoint; ``monitored`` is False where it was given no monitor."""

    save_top_k: int = 1
    every_n_epochs: int = 1
    save_last: bool = False
    monitored: bool = True


@np.errstate(over="ignore")
def early_stopping(
    values: Sequence[float],
    present: Sequence[bool],
    called: Sequence[bool],
    stopping: Stopping,
    *,
    goal: Goal,
    monitor: str = "metric",
) -> CallbackOutcome:
    """Lightning's EarlyStopping on (m,) values; ``monitor`` is the name used in the message."""
    current: Any = None
    score = np.float32(math.inf if goal == "min" else -math.inf)
    best: int | None = None
    stop: int | None = None
    reason: str | None = None
    message: str | None = None
    wait = 0
    for place, (value, there, runs) in enumerate(zip(values, present, called, strict=True)):
        asked = False
        current = np.float32(value) if there else current
        if runs and current is not None:
            verdict = _verdict(current, score, wait, stopping, goal)
            if verdict == "improved":
                best, score, wait = place, current, 0
            else:
                wait += verdict in ("waiting", "patience_exhausted")
                asked = verdict != "waiting"
            if asked:
                reason = verdict
                message = _message(verdict, monitor, current, score, wait, stopping, goal)
        # A stop asked for before min_epochs is not forgotten: it takes effect when they have passed.
        if (reason is not None and place + 1 >= stopping.min_epochs) or (asked and place == len(values) - 1):
            stop = place
            break
    last_run = len(values) - 1 if stop is None else stop
    return CallbackOutcome(best=best, stop=stop, last_run=last_run, reason=reason, message=message)


def _verdict(current: Any, score: Any, wait: int, stopping: Stopping, goal: Goal) -> str:
    """What one check finds: "improved", "waiting", or the reason to stop."""
    sign = np.float32(1 if goal == "min" else -1)
    if stopping.check_finite and not np.isfinite(current):
        return "non_finite_metric"
    if stopping.stopping_threshold is not None and sign * current < sign * np.float32(stopping.stopping_threshold):
        return "stopping_threshold"
    if stopping.divergence_threshold is not None and sign * current > sign * np.float32(stopping.divergence_threshold):
        return "divergence_threshold"
    if sign * current + np.float32(stopping.min_delta) < sign * score:
        return "improved"
    return "patience_exhausted" if wait + 1 >= stopping.patience else "waiting"


def _message(verdict: str, monitor: str, current: Any, score: Any, wait: int, stopping: Stopping, goal: Goal) -> str:
    """Lightning's own sentence, so that it can be found in a training's console output."""
    sign = "<" if goal == "min" else ">"
    if verdict == "non_finite_metric":
        told = f"Monitored metric {monitor} = {float(current)} is not finite. Previous best value was {score:.3f}."
    elif verdict == "stopping_threshold":
        told = f"Stopping threshold reached: {monitor} = {float(current)} {sign} {stopping.stopping_threshold}."
    elif verdict == "divergence_threshold":
        told = f"Divergence threshold reached: {monitor} = {float(current)} {sign} {stopping.divergence_threshold}."
    else:
        told = f"Monitored metric {monitor} did not improve in the last {wait} records. Best score: {score:.3f}."
    return told + " Signaling Trainer to stop."


@np.errstate(over="ignore")
def model_checkpoint(
    values: Sequence[float], present: Sequence[bool], called: Sequence[bool], saving: Saving, *, goal: Goal
) -> CallbackOutcome:
    """Lightning's ModelCheckpoint on (m,) values, up to the last one run."""
    sign = np.float32(1 if goal == "min" else -1)
    current: Any = None
    held: dict[int, Any] = {}  # place → cost, in the order written: the earliest of equals comes first
    last: int | None = None
    for place, (value, there, runs) in enumerate(zip(values, present, called, strict=True)):
        current = sign * np.float32(value) if there else current
        due = runs and (place + 1) % saving.every_n_epochs == 0
        if not due or saving.save_top_k == 0 or (saving.monitored and current is None):
            continue
        full = 0 < saving.save_top_k <= len(held)
        if saving.monitored:
            worst = max(held, key=lambda at: held[at]) if full else None
            if worst is not None and not current < held[worst]:
                continue
            if worst is not None:
                del held[worst]
            held[place] = np.float32(np.inf) if np.isnan(current) else current
        else:
            held = {place: 0} if full else {**held, place: 0}
        last = place
    best = min(held, key=lambda at: held[at]) if saving.monitored and held else last
    if last is None and len(values):
        last = len(values) - 1
    kept = tuple(sorted(held))
    return CallbackOutcome(best=best, last_run=len(values) - 1, kept=kept, last=last if saving.save_last else None)
