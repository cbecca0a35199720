"""Prechelt's stopping criteria, then the lowest validation error up to the stop.

Formula
    E is the validation error, Eopt its lowest so far. Every k validations are a strip (from the first allowed one).
    GL: stop when GL(t) = 100 * (E(t) / Eopt(t) - 1) > alpha.
    PQ: stop at the end of a strip when GL(t) / P(t) > alpha, with the progress
        P(t) = 1000 * (mean / lowest train error of the strip - 1); P = 0 with GL > 0 stops.
    UP: stop when E was higher at the end of each of the last s strips than at the end of the strip before.
    With `progress_floor`, also stop at the end of a strip with P(t) below it. `measure_at` says whether E counts at
    every validation or at ends of strips only. The answer is the lowest E up to the stop, the earliest of equals.
    A quotient that exceeds its threshold by less than 1 in 10^9 is taken for equal: rounding makes such differences.

Use when
    you want the textbook criteria, or a stop that waits while training still makes progress (PQ) or through isolated
    jumps (UP).

Avoid when
    the run is complete: stopping can only lose. PQ and UP lose little beyond the lowest val_loss of the whole run, GL
    much, as the table below shows: it stops at the first noisy jump. Scores to be maximised and losses below 0 cannot
    be judged: the criteria are ratios of errors.

Cost
    O(n) for n validations.

Source
    L. Prechelt, Early Stopping - But When? In: Neural Networks: Tricks of the Trade (1998). The figures below are
    written by benchmarks/decisions.

Example
    selectmodel pick training.csv --rule prechelt --set prechelt.criterion=GL --set prechelt.alpha=5
    ships the lowest val_loss before the first epoch at which it is more than 5 % above its lowest so far.
"""

from __future__ import annotations

import math
from typing import Annotated, Literal

import numpy as np

from selectmodel.records import Floats, Pick, Question
from selectmodel.settings import Setting
from selectmodel.stats import long_arrays

#: The criteria are made for an error: the validation loss is judged unless the user names a metric.
MONITORS_THE_LOSS = True

SHIFT_MATTERS = "the criteria are ratios of errors"

_ROUNDING = 1e-9


def pick(
    question: Question,
    *,
    criterion: Annotated[Literal["GL", "PQ", "UP"], Setting("generalization loss, quotient, or rising strips")] = "UP",
    alpha: Annotated[float, Setting("GL: percent above the lowest; PQ: quotient", low=0)] = 1.0,
    k: Annotated[int, Setting("validations in a strip", low=1)] = 5,
    s: Annotated[int, Setting("UP: strips in a row that rise", low=1)] = 3,
    measure_at: Annotated[Literal["epoch", "strip_end"], Setting("where the error counts")] = "epoch",
    progress_floor: Annotated[float | None, Setting("stop when training progress is below, per mille", low=0)] = None,
) -> Pick:
    """The lowest error among the allowed candidates up to the stop."""
    if not question.allowed.any():
        return Pick(None, f"no {question.monitor} to choose from")
    errors = train = question.cost_of(question.monitor)
    if criterion == "PQ" or progress_floor is not None:
        twin = question.twin
        if twin is None:
            return Pick(None, f"no train twin of {question.monitor} in the log")
        train = twin * (1.0 if question.goal == "min" else -1.0)
    seen = np.isfinite(errors) & np.isfinite(train) & (np.arange(question.n) >= np.argmax(question.allowed))
    walked = np.flatnonzero(seen)
    if np.any(errors[walked] <= 0) or np.any(train[walked] <= 0):
        return Pick(None, f"{question.monitor} is not a positive error")
    strip = k if measure_at == "strip_end" else 1
    limit = {"GL": alpha, "PQ": alpha, "UP": s}[criterion]
    stop, why = _stop(errors[walked], train[walked], (criterion, limit), k=k, measured=strip, floor=progress_floor)
    eligible = walked[strip - 1 : stop + 1 : strip]
    eligible = eligible[question.allowed[eligible]]
    if len(eligible) == 0:
        return Pick(None, f"no {question.monitor} at the end of a strip of {k}")
    index = int(eligible[np.argmin(errors[eligible])])
    evidence = {question.monitor: float(question.values[index])}
    what = f"{'lowest' if question.goal == 'min' else 'highest'} {question.monitor}"
    what += f" at the ends of strips of {k}" if strip > 1 else ""
    if not why:
        return Pick(index, f"{what}; no early stop by {criterion}", evidence)
    epoch = float(question.epochs[walked[stop]])
    evidence |= {"stop_epoch": epoch} if np.isfinite(epoch) else {"stop_validation": float(walked[stop])}
    return Pick(index, f"{what} up to the {why} stop", evidence)


def _stop(
    errors: Floats, train: Floats, when: tuple[str, float], *, k: int, measured: int, floor: float | None
) -> tuple[int, str]:
    """Place of the stop and its cause, or the last place and ``""``. E counts at every ``measured``-th place."""
    criterion, limit = when
    lowest, before, rises = math.inf, math.inf, 0
    for t, error in enumerate(long_arrays.each(errors)):
        ends = (t + 1) % k == 0
        if (t + 1) % measured:
            continue
        lowest = min(lowest, error)
        loss = 100 * (error / lowest - 1)
        hit = criterion == "GL" and _above(loss, limit)
        if ends:
            if criterion == "PQ" or floor is not None:
                progress = _progress(train[t + 1 - k : t + 1].tolist())
            rises, before = rises + 1 if error > before else 0, error
            if criterion == "PQ":
                hit = _above(loss, limit * progress)
            elif criterion == "UP":
                hit = rises >= limit
        if hit:
            return t, criterion
        if ends and floor is not None and progress < floor:
            return t, "progress"
    return len(errors) - 1, ""


def _progress(strip: list[float]) -> float:
    return max(0.0, 1000 * (sum(strip) / len(strip) / min(strip) - 1))


def _above(value: float, limit: float) -> bool:
    return value > limit * (1 + _ROUNDING)
