"""The fitness, best.pt and EarlyStopping of the Ultralytics trainer on a plain sequence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from selectmodel.frameworks.callback_run import CallbackOutcome
from selectmodel.records import Floats

_KINDS = ("(B)", "(M)", "(P)")
#: The columns that fitness is made of, the first of them first.
FITNESS = ("metrics/accuracy_top1", *(f"metrics/mAP50-95{kind}" for kind in _KINDS), "metrics/mAP_0.5:0.95")


def fitness(columns: Mapping[str, Floats], *, map50_weight: float = 0.0) -> Floats | None:
    """(n,) fitness from the columns of results.csv, higher is better; None if the columns it needs are not there."""
    top = [f"metrics/accuracy_top{k}" for k in (1, 5)]
    if all(name in columns for name in top):
        return (np.nan_to_num(columns[top[0]]) + np.nan_to_num(columns[top[1]])) / 2
    older = [columns.get(f"metrics/mAP_0.5{strict}") for strict in ("", ":0.95")]
    if older[0] is not None and older[1] is not None:  # YOLOv5, which always weighs them so
        return np.asarray(0.1 * np.nan_to_num(older[0]) + 0.9 * np.nan_to_num(older[1]), dtype=np.float64)
    kinds = [kind for kind in _KINDS if f"metrics/mAP50-95{kind}" in columns]
    needed = [f"metrics/mAP50{kind}" for kind in kinds] if map50_weight else []
    if not kinds or any(name not in columns for name in needed):
        return None
    parts = []
    for kind in kinds:
        strict = np.nan_to_num(columns[f"metrics/mAP50-95{kind}"])
        loose = np.nan_to_num(columns[f"metrics/mAP50{kind}"]) if map50_weight else np.zeros_like(strict)
        parts.append(map50_weight * loose + (1 - map50_weight) * strict)
    return np.asarray(np.sum(parts, axis=0), dtype=np.float64)


def replay(values: Sequence[float], present: Sequence[bool], *, patience: int = 100) -> CallbackOutcome:
    """The trainer on (m,) fitness values, one place an epoch: best.pt is ``best``, EarlyStopping's ``stopper_best``."""
    highest: float | None = None
    best: int | None = None
    stopper_fitness, stopper_best = 0.0, None
    stop: int | None = None
    for place, (value, there) in enumerate(zip(values, present, strict=True)):
        if not there:
            continue
        if highest is None or value > highest:
            highest = value
        if value == highest:
            best = place
        if stopper_best is None or stopper_fitness == 0 or value > stopper_fitness:
            stopper_fitness, stopper_best = value, place
        if patience and place - stopper_best >= patience:
            stop = place
            break
    last_run = len(values) - 1 if stop is None else stop
    kept = () if best is None else (best,)
    return CallbackOutcome(best=best, stop=stop, last_run=last_run, kept=kept, stopper_best=stopper_best)
