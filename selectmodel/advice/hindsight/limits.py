"""Stopping when the metrics are good enough: limits taken from a finished run, and where it would have met them."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from selectmodel.advice.hindsight.finished_run import Past, unit_of, wiggle
from selectmodel.frameworks.snippets import Limit
from selectmodel.records import Goal, Question

#: Noise of a curve that shows none, as a share of its value: accuracies of a small set move in steps.
_FLAT = 0.005


def estimate(pasts: Sequence[Past], spread: float) -> tuple[Limit, ...] | None:
    """A limit for the validation loss and one for the validation score, as far as every run has them.

    Each is the worst run's value at its recommended candidate, let off by ``spread`` times its noise: the wiggle of the
    curve there and, for a score of known validation size, half a standard error of it. None without any.
    """
    question = pasts[0].question
    found = []
    for name, goal in ((question.loss, "min"), (question.gain, "max")):
        if name is None or any(name not in (p.question.loss, p.question.gain) for p in pasts):
            continue
        limits = [limit for past in pasts if (limit := _limit(past, name, goal, spread)) is not None]  # type: ignore[arg-type]
        if len(limits) == len(pasts):
            found.append((max if goal == "min" else min)(limits, key=lambda limit: limit.value))
    return tuple(found) or None


def _limit(past: Past, name: str, goal: Goal, spread: float) -> Limit | None:
    curve = past.question.metric(name)
    at = float(curve[past.index])
    if not np.isfinite(at):
        return None
    noise = wiggle(curve, past.index)
    if noise <= 1e-6 * abs(at):  # rounding errors of a smooth curve
        noise = _FLAT * abs(at)
    if goal == "max" and past.question.val_size:
        noise = max(noise, 0.25 * unit_of(curve) / past.question.val_size**0.5)
    sign = 1.0 if goal == "min" else -1.0
    return Limit(name, goal, _outward(at + sign * spread * noise, noise, goal), at, noise)


def _outward(value: float, noise: float, goal: Goal) -> float:
    """The limit with two digits of the noise, rounded to the side on which it is easier to meet."""
    if not 0 < noise < math.inf or not math.isfinite(value):
        return value
    places = max(0, min(12, 1 - math.floor(math.log10(noise))))
    unit = 10.0**-places
    rounded = (math.ceil(value / unit) if goal == "min" else math.floor(value / unit)) * unit
    if rounded == value:  # the comparison is strict: a value must meet the limit that it gave
        rounded += unit if goal == "min" else -unit
    return round(rounded, places)


def first_met(question: Question, limits: Sequence[Limit]) -> int | None:
    """The first allowed candidate that meets every limit."""
    met = question.allowed.copy()
    for limit in limits:
        curve = question.metric(limit.name)
        met &= curve < limit.value if limit.goal == "min" else curve > limit.value
    return int(np.argmax(met)) if met.any() else None
