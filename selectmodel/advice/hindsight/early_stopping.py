"""Early stopping by replay: where a framework's own callback would have ended a finished run, and what that costs."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np

from selectmodel.advice.hindsight.finished_run import Past, unit_of, until, wiggle
from selectmodel.frameworks import huggingface, keras, lightning
from selectmodel.frameworks.callback_run import CallbackRun
from selectmodel.frameworks.snippets import Framework
from selectmodel.records import Floats, Goal, Question
from selectmodel.stats import long_arrays
from selectmodel.stats.smoothing import ema

Kind = Literal["loss", "score", "loss_ema"]

#: Points of accuracy that are a loss, however noisy the curve.
_A_POINT = 0.01
PATIENCES = (3, 5, 10, 20, 30, 50)
#: What a patience may be of the length of a run, and the least that it is: a score moves in steps, and needs more.
SHARES = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5)
LEAST: Mapping[Kind, int] = {"loss": 20, "score": 30}
#: Weight of the past in the smoothed loss.
WEIGHT = 0.7


class WatchedCurve(NamedTuple):
    """A curve that early stopping may watch. ``name`` is the metric's; ``kind`` tells how it is watched."""

    kind: Kind
    name: str
    goal: Goal
    curve: Floats

    @property
    def shown(self) -> str:
        return f"EMA of {self.name}" if self.kind == "loss_ema" else self.name


@dataclass(frozen=True, slots=True)
class Stop:
    """What early stopping would have done to one run.

    Attributes:
        index: the candidate after which it ends the run, None if it never does.
        picked: the candidate that the policy's rule picks of what was run, None if none.
        saved: share of the epochs that are not run.
        lost: by how much the monitored metric of the question is worse at ``picked`` than at the recommended candidate.
        shift: the same of the metric that counts right answers, in points (hundredths); NaN if the log has none.
    """

    index: int | None
    picked: int | None
    saved: float
    lost: float
    shift: float


def monitors(question: Question) -> Iterator[WatchedCurve]:
    """The validation loss, its smoothed logarithm, and the validation score, as far as the log has them."""
    if question.loss is not None:
        loss = question.metric(question.loss)
        if np.isfinite(loss).any():
            yield WatchedCurve("loss", question.loss, "min", loss)
            positive = loss[np.isfinite(loss)].min() > 0
            with np.errstate(invalid="ignore", divide="ignore"):
                yield WatchedCurve("loss_ema", question.loss, "min", ema(np.log(loss) if positive else loss, WEIGHT))
    if question.gain is not None and np.isfinite(question.metric(question.gain)).any():
        yield WatchedCurve("score", question.gain, "max", question.metric(question.gain))


def of_length(kind: Kind, n: int, share: float) -> int:
    """The patience for a run of ``n`` validations."""
    return max(LEAST[kind], round(share * n))


def min_deltas(question: Question, monitor: WatchedCurve) -> tuple[float, ...]:
    """0, a hundredth and a tenth of the power of ten of the metric's best value: 0.001 and 0.01 for 0.1 to 1."""
    values = question.metric(monitor.name)
    finite = np.abs(values[np.isfinite(values)])
    sizes = finite[finite > 0]
    if not len(sizes) or monitor.kind == "loss_ema":
        return (0.0,)
    best = float(sizes.min() if monitor.goal == "min" else sizes.max())
    power = math.floor(math.log10(min(max(best, 1e-100), 1e100)))
    return (0.0, 10.0 ** (power - 2), 10.0 ** (power - 1))


def replay(
    past: Past, monitor: WatchedCurve, patience: int, min_delta: float = 0.0, along: CallbackRun | None = None
) -> Stop:
    """Early stopping of the run's own framework (Keras where the log tells none) on one monitor.

    ``along`` is what ``followed`` gives for both, to be made once where many settings are replayed.
    """
    question = past.question
    course = along or followed(past, monitor)
    place = _stop(course, monitor.goal, past.framework or "keras", patience, min_delta)
    index = None if place is None else course.candidates[place]
    if place is None or index is None or index < 0:
        return Stop(None, past.index, 0.0, 0.0, 0.0 if question.gain else math.nan)
    saved = 1 - (place + 1) / len(course.candidates)
    picked = past.pick(until(question, index + 1))
    if picked is None:
        return Stop(index, None, saved, math.inf, math.nan)
    sign = 1.0 if question.goal == "min" else -1.0
    lost = sign * float(question.values[picked] - question.values[past.index]) + 0.0  # no -0
    return Stop(index, picked, saved, lost, _points(past, picked))


def _points(past: Past, picked: int) -> float:
    name = past.question.gain
    if name is None:
        return math.nan
    score = past.question.metric(name)
    return 100.0 * float(score[past.index] - score[picked])


def noise_of(past: Past) -> float:
    """What the monitored metric may lose unnoticed: its wiggle around the recommended candidate, a point at most."""
    question = past.question
    noise = wiggle(question.values, past.index)
    counts = question.monitor == question.score and question.score_kind == "counts"
    return min(noise, _A_POINT * unit_of(question.values)) if counts else noise


def longest_wait(monitor: WatchedCurve) -> int:
    """The most validations in a row without a new best before the best one: a patience must be larger."""
    curve = monitor.curve if monitor.goal == "min" else -monitor.curve
    finite = np.where(np.isfinite(curve), curve, np.inf)
    if not np.isfinite(finite).any():
        return 0
    best = np.minimum.accumulate(finite)
    records = np.flatnonzero(np.concatenate([[np.isfinite(best[0])], best[1:] < best[:-1]]))
    return int(np.diff(records).max()) if len(records) > 1 else 0


def followed(past: Past, monitor: WatchedCurve) -> CallbackRun:
    """The places of a run, with what the monitor shows at each."""
    question, validated_only = past.question, past.framework == "huggingface"
    if monitor.name == question.monitor and monitor.kind != "loss_ema":
        return CallbackRun.of(question, validated_only=validated_only)
    course = CallbackRun.of(question, values=monitor.curve, validated_only=validated_only)
    # A companion is NaN where it was not logged. Only a tail of NaN is a metric that diverged: callbacks met that one.
    logged = np.isfinite(monitor.curve)
    finite = np.flatnonzero(logged)
    last = finite[-1] if len(finite) else -1
    at = np.array(course.candidates, dtype=np.int64)
    present = (at > last) | ((at >= 0) & logged[at])
    return course._replace(present=long_arrays.plain(present))


def _stop(course: CallbackRun, goal: Goal, framework: Framework, patience: int, min_delta: float) -> int | None:
    values, present = course.values, course.present
    if framework == "keras":
        epochs = range(len(values))
        return keras.early_stopping(values, present, epochs, goal=goal, patience=patience, min_delta=min_delta).stop
    if framework == "lightning":
        given = lightning.Stopping(patience, min_delta)
        return lightning.early_stopping(values, present, present, given, goal=goal).stop
    done = huggingface.replay(
        values,
        present,
        greater_is_better=goal == "max",
        early_stopping_patience=patience,
        early_stopping_threshold=min_delta,
    )
    return done.stop
