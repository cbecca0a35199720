"""load_best_model_at_end and EarlyStoppingCallback of the Hugging Face Trainer on a plain sequence."""

from __future__ import annotations

import math
from array import array
from collections.abc import Sequence
from typing import Literal

from selectmodel.frameworks.callback_run import CallbackOutcome

SaveStrategy = Literal["epoch", "steps", "best"]


def greater_is_better(metric_for_best_model: str) -> bool:
    """The Trainer's default direction of a metric."""
    return not metric_for_best_model.endswith("loss")


def replay(
    values: Sequence[float],
    present: Sequence[bool],
    *,
    greater_is_better: bool,
    save_strategy: SaveStrategy = "epoch",
    save_every: int = 1,
    save_total_limit: int | None = None,
    early_stopping_patience: int | None = None,
    early_stopping_threshold: float = 0.0,
) -> CallbackOutcome:
    """The Trainer on (m,) values, one optimizer step a place; it evaluates at the places that are present.

    With ``save_strategy`` "steps" the last place is saved too, as the Trainer does when it reaches max_steps.
    """
    sign = -1.0 if greater_is_better else 1.0
    cost: float | None = None
    best: int | None = None
    loaded: int | None = None
    stop: int | None = None
    kept: list[int] | array[int] = array("q") if save_total_limit is None else []  # of all, an array is the smaller
    counter = 0
    for place, (value, there) in enumerate(zip(values, present, strict=True)):
        saving = save_strategy == "epoch" or place == len(values) - 1 or (place + 1) % save_every == 0
        new = False
        if there:
            enough = cost is None or (sign * value < cost and abs(sign * value - cost) > early_stopping_threshold)
            counter = 0 if enough else counter + 1
            if early_stopping_patience is not None and counter >= early_stopping_patience:
                stop = place
            cost = math.inf if cost is None else cost
            new = sign * value < cost
            if new:
                cost, best = sign * value, place
        if new if save_strategy == "best" else saving:
            kept.append(place)
            loaded = place if best == place else loaded
            kept = kept if save_total_limit is None else _rotated(kept, loaded, save_total_limit)
        if stop is not None:
            break
    if save_total_limit == 1 and loaded is not None:
        kept = [loaded]
    last_run = len(values) - 1 if stop is None else stop
    return CallbackOutcome(best=best, stop=stop, last_run=last_run, restored=loaded, kept=kept)


def _rotated(kept: Sequence[int], loaded: int | None, limit: int) -> list[int]:
    """The checkpoints left under save_total_limit: the oldest go, never the latest nor the one to be loaded."""
    safe = {kept[-1]} if loaded is None else {kept[-1], loaded}
    others = [place for place in kept if place not in safe]
    room = max(0, limit - len(safe))
    return sorted(safe | set(others[len(others) - room :]))
