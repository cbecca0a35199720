"""EarlyStopping and ModelCheckpoint of Keras 3 and of tf_keras (the Keras 2 line) on a plain sequence."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np

from selectmodel.frameworks.callback_run import CallbackOutcome
from selectmodel.records import Goal

Line = Literal["3", "2"]


@np.errstate(over="ignore")
def early_stopping(
    values: Sequence[float],
    present: Sequence[bool],
    epochs: Sequence[int],
    *,
    goal: Goal,
    patience: int,
    min_delta: float = 0.0,
    baseline: float | None = None,
    start_from_epoch: int = 0,
    restore_best_weights: bool = False,
    line: Line = "3",
) -> CallbackOutcome:
    """Keras EarlyStopping on (m,) values; ``epochs`` are the 0-based numbers Keras gave the callback."""
    better = _comparison(goal, line)
    delta = abs(min_delta)
    reference = None if line == "3" else _worst(goal)
    first: int | None = None
    best: int | None = None
    stop: int | None = None
    wait = 0
    for place, (value, there, epoch) in enumerate(zip(values, present, epochs, strict=True)):
        if not there or epoch < start_from_epoch:
            continue
        first = place if first is None else first
        wait += 1
        if reference is None or better(value, reference, delta):
            best, reference = place, value
            if baseline is None or better(value, baseline, delta):
                wait = 0
        elif wait >= patience and epoch > 0:
            stop = place
            break
    last_run = len(values) - 1 if stop is None else stop
    # Weights are stored at the first value seen, better or not, so there is something to restore even without a best.
    held = first if best is None else best
    return CallbackOutcome(best=best, stop=stop, last_run=last_run, restored=held if restore_best_weights else None)


@np.errstate(over="ignore")
def model_checkpoint(
    values: Sequence[float],
    present: Sequence[bool],
    *,
    goal: Goal,
    filepath: str = "best.keras",
    save_best_only: bool = True,
    initial_value_threshold: float | None = None,
    line: Line = "3",
) -> CallbackOutcome:
    """Keras ModelCheckpoint(save_freq="epoch") on (m,) values."""
    better = _comparison(goal, line)
    reference = initial_value_threshold
    if reference is None and line == "2":
        reference = _worst(goal)
    best: int | None = None
    saved: list[int] = []
    for place, (value, there) in enumerate(zip(values, present, strict=True)):
        if not save_best_only or (not there and line == "3"):
            saved.append(place)
        elif there and (reference is None or better(value, reference, 0.0)):
            best, reference = place, value
            saved.append(place)
    kept = saved if "{epoch" in filepath else saved[-1:]
    return CallbackOutcome(best=best, last_run=len(values) - 1, kept=tuple(kept), saved=tuple(saved))


def _comparison(goal: Goal, line: Line) -> Callable[[float, float, float], bool]:
    """Is a value better than a reference by more than delta, in the precision of that Keras line?"""
    sign = 1.0 if goal == "min" else -1.0

    def in_double(value: float, reference: float, delta: float) -> bool:
        return sign * value + delta < sign * reference

    def in_single(value: float, reference: float, delta: float) -> bool:
        return bool(np.float32(sign * value + delta) < np.float32(sign * reference))

    return in_single if line == "3" else in_double


def _worst(goal: Goal) -> float:
    return math.inf if goal == "min" else -math.inf
