"""get_best_checkpoint, num_to_keep and get_best_trial of Ray Tune on plain sequences."""

from __future__ import annotations

import math
from bisect import insort
from collections import deque
from collections.abc import Sequence
from typing import Literal

from selectmodel.records import Goal

Method = Literal["analysis", "result"]
Scope = Literal["all", "last", "avg", "last-5-avg", "last-10-avg"]


def retained(values: Sequence[float], *, num_to_keep: int | None, checkpoint_score_order: Goal | None) -> Sequence[int]:
    """The places whose checkpoints are left, in the order Ray lists them: by score, worst first, else by age.

    ``checkpoint_score_order`` is None where no score attribute was given. NaN scores are the worst of all.
    """
    if checkpoint_score_order is None:  # the latest
        return range(0 if num_to_keep is None else max(0, len(values) - num_to_keep), len(values))
    sign = -1.0 if checkpoint_score_order == "min" else 1.0
    scores = [(not math.isnan(value), 0.0 if math.isnan(value) else sign * value) for value in values]
    if num_to_keep is None:
        return sorted(range(len(values)), key=lambda at: scores[at])
    held: list[int] = []
    for place in range(len(values)):
        insort(held, place, key=lambda at: scores[at])
        surplus = held[:-num_to_keep]
        held = ([place] if place in surplus else []) + held[-num_to_keep:]
    return held


def best_checkpoint(
    values: Sequence[float], held: Sequence[int], *, num_to_keep: int | None, mode: Goal, method: Method
) -> int | None:
    """The best of the held places, the first of equals in their order; None if there is none to compare."""
    # The latest is left on disk even where it is not among the num_to_keep best, but then it is not a choice.
    listed = held if num_to_keep is None else held[-num_to_keep:]
    if isinstance(listed, range):
        pairs = zip(listed, values[listed.start : listed.stop], strict=True)
    else:
        pairs = zip(listed, [values[place] for place in listed], strict=True)
    wanted = ((place, value) for place, value in pairs if method == "result" or not math.isnan(value))
    choose = max if mode == "max" else min
    # A NaN is never beaten in max() and min() if it comes first, and never wins later: that is Result's behaviour.
    best = choose(wanted, key=lambda pair: pair[1], default=None)
    return None if best is None else best[0]


def best_trial(
    trials: Sequence[Sequence[float]], *, mode: Goal, scope: Scope = "last", filter_nan_and_inf: bool = True
) -> int | None:
    """ExperimentAnalysis.get_best_trial: the first trial with the best score; one trial alone wins unconditionally."""
    if len(trials) == 1:
        return 0
    best: int | None = None
    best_score = math.nan
    for index, values in enumerate(trials):
        if not values:
            continue
        score = trial_score(values, mode=mode, scope=scope)
        if filter_nan_and_inf and not math.isfinite(score):
            continue
        if best is None or (score > best_score if mode == "max" else score < best_score):
            best, best_score = index, score
    return best


def trial_score(values: Sequence[float], *, mode: Goal, scope: Scope) -> float:
    """One trial's score as Ray's metric_analysis has it after its last report: running values, so NaN may be sticky."""
    if scope == "last":
        return values[-1]
    if scope in ("last-5-avg", "last-10-avg"):
        window = deque(values, maxlen=5 if scope == "last-5-avg" else 10)
        return sum(window) / len(window)
    score = values[0]
    for step, value in enumerate(values[1:], start=2):
        if scope == "avg":
            score = 1 / step * (value + (step - 1) * score)
        else:
            score = max(value, score) if mode == "max" else min(value, score)
    return score
