"""Where a regression is judged by its loss and the log holds an error of its own, which may be best elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from selectmodel.display import epochs, numbers
from selectmodel.metrics.meaning import Meaning
from selectmodel.metrics.monitor import flag
from selectmodel.records import Floats, Note, Question
from selectmodel.stats import noise

#: Percentage errors count as scores, and are judged before a loss.
_ERRORS = frozenset((
    "mae", "mse", "rmse", "msle", "rmsle", "mean_absolute_error", "mean_squared_error", "root_mean_squared_error",
    "mean_squared_logarithmic_error", "median_absolute_error",
))  # fmt: skip
#: Standard deviations of its own wiggle by which it must be better elsewhere.
_CLEARLY = 3.0


def told(question: Question, meanings: Mapping[str, Meaning], where: str) -> Iterator[Note]:
    """For the first such error that is clearly better at another epoch than at the best of the validation loss."""
    if question.monitor != question.val_loss or question.score is not None or not question.allowed.any():
        return
    best = int(np.argmin(question.cost))
    for name, values in question.companions.items():
        if meanings[name].split != "val" or meanings[name].base not in _ERRORS:
            continue
        own = _lowest(question, values)
        if own is None or not _clearly_better(values, own, best):
            continue
        shown = numbers.column([float(values[own]), float(values[best])])
        message = (
            f"{name} is lowest at {epochs.place(question, own)} ({shown[0]}; {shown[1]} where {question.monitor} is "
            f"lowest), and {question.monitor} was judged; to judge by it add {flag(name)}"
        )
        yield Note("SM271", message, where)
        return


def _lowest(question: Question, values: Floats) -> int | None:
    there = question.allowed & np.isfinite(values)
    return int(np.argmin(np.where(there, values, np.inf))) if there.any() else None


def _clearly_better(values: Floats, own: int, other: int) -> bool:
    with np.errstate(over="ignore", invalid="ignore"):
        gain = float(values[other] - values[own])
    wiggle = noise.curve_noise(values)
    return bool(np.isfinite(gain) and np.isfinite(wiggle) and gain > max(_CLEARLY * wiggle, 1e-6 * abs(values[own])))
