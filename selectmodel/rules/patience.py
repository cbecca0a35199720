"""Early stopping on a smoothed curve, then the best real validation beside the smoothed best.

Formula
    1. Smooth the curve. `ema` looks back only, as a callback must. The mean or median over `window` validations is
       centred, which does not lag; it may look ahead because training is over.
    2. Walk from the first allowed validation. Stop at the first that comes `patience` epochs or more after the last
       improvement, not before `min_epochs` epochs have passed. An improvement is lower (a score: higher) by more than
       `min_delta`. Without a `patience` of your own it is 20 for a loss and 30 for a score, which moves in steps.
    3. Take the best smoothed value up to the stop, and answer with the best raw value among the allowed validations
       inside the window around it, none after the stop.
    Epochs are counted by their number where every validation has one and they never fall, else validations are counted.

Use when
    the log goes on long after the run was of use, or to see what early stopping would have shipped.

Avoid when
    the run is complete: early stopping loses by stopping, not by choosing, as the table below shows; an accuracy needs
    more patience than a loss.
    A min_delta above 0 acts as a shorter patience and only hurt (selectmodel explain advice.early_stopping).

Cost
    O(n) for n validations with ema; O(n * window) with a centred mean or median.

Source
    EarlyStopping of Keras 3 and Lightning (patience, min_delta, min_epochs as start_from_epoch). The figures below are
    written by benchmarks/decisions.

Example
    selectmodel pick training.csv --rule patience --set patience.patience=10 --set patience.weight=0.8
    stops after 10 epochs in which the average of the past found no new best, ships the best epoch beside its best one.
"""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np

from selectmodel.errors import UsageError
from selectmodel.records import Floats, Pick, Question
from selectmodel.settings import Setting
from selectmodel.stats import long_arrays
from selectmodel.stats.patience import USUAL, clock
from selectmodel.stats.smoothing import centred_mean, centred_median, ema

SCALE_MATTERS = "min_delta is in the metric's own unit"
FLIP_MATTERS = "a score, which moves in steps, is given more patience than a loss"

LUCK = 0.136, 0.6
SHOWN = "unless others are named"
STOPS_AFTER = "patience"


def pick(
    question: Question,
    *,
    patience: Annotated[
        int | None, Setting("epochs without improvement before the stop; none = 20 for a loss, 30 for a score", low=1)
    ] = None,
    window: Annotated[int, Setting("validations smoothed and searched, an odd number", low=1, high=101)] = 3,
    smoothing: Annotated[
        Literal["centred", "median", "ema", "none"],
        Setting("centred mean or median, exponential average of the past, or the raw curve"),
    ] = "ema",
    weight: Annotated[float, Setting("ema: share of the past in each value", low=0, high=0.999)] = 0.6,
    min_delta: Annotated[float, Setting("least improvement that counts, in the metric's unit", low=0)] = 0.0,
    min_epochs: Annotated[int, Setting("epochs that pass before a stop, from the first allowed one", low=0)] = 0,
) -> Pick:
    """The best raw value beside the smoothed best of the epochs up to the stop.

    Raises UsageError for an even window.
    """
    if window % 2 == 0:
        raise UsageError(f"patience.window: {window} is not allowed; it takes an odd number, such as {window + 1}")
    if not question.allowed.any():
        return Pick(None, f"no {question.monitor} to choose from")
    goal = "max" if question.monitor in question.errors else question.goal  # an error rate moves in steps as well
    patience = USUAL[goal] if patience is None else patience
    smoothed = _smoothed(question.cost_of(question.monitor), smoothing, window, weight)
    smoothed[: np.argmax(question.allowed)] = np.nan
    counted = clock(question.epochs)
    stop = _stop(smoothed, counted, patience, min_delta, min_epochs)
    last = question.n - 1 if stop is None else stop
    eligible = question.allowed & np.isfinite(smoothed) & (np.arange(question.n) <= last)
    if not eligible.any():
        return Pick(None, f"no {question.monitor} to choose from")
    centre = int(np.argmin(np.where(eligible, smoothed, np.inf)))
    half = window // 2
    near = slice(max(0, centre - half), min(last, centre + half) + 1)
    index = near.start + int(np.argmin(question.cost[near]))
    sign = 1.0 if question.goal == "min" else -1.0
    evidence = {question.monitor: float(question.values[index]), "smoothed": sign * float(smoothed[centre])}
    curve = question.monitor if smoothing == "none" or window == 1 else f"smoothed {question.monitor}"
    if stop is None:
        return Pick(index, f"best {curve}; patience {patience} never ran out", evidence)
    if counted is question.epochs:
        unit, at = "epoch", float(question.epochs[stop])
    else:
        unit, at = "validation", float(stop)
    return Pick(
        index, f"no better {curve} for {patience} {unit}{'s' * (patience != 1)}", evidence | {f"stop_{unit}": at}
    )


def _smoothed(curve: Floats, smoothing: str, window: int, weight: float) -> Floats:
    if smoothing == "centred":
        return centred_mean(curve, window)
    if smoothing == "median":
        return centred_median(curve, window)
    return ema(curve, weight) if smoothing == "ema" else curve.copy()


def _stop(smoothed: Floats, clock: Floats, patience: int, min_delta: float, min_epochs: int) -> int | None:
    walked = np.flatnonzero(np.isfinite(smoothed))
    best, improved = np.inf, 0.0
    begun = clock[walked[0]] if len(walked) else 0.0
    for t, value, at in zip(*map(long_arrays.each, (walked, smoothed[walked], clock[walked])), strict=True):
        if value < best - min_delta:
            best, improved = value, at
        elif at - improved >= patience and at - begun >= min_epochs:
            return int(t)
    return None
