"""What checks see of a curve: its finite points, smoothed so that one odd validation does not decide.

The window grows with the log: the mean of 3 validations, of 5 from 30 on. On 2,158 training runs and on parts of them
of 4 to 30 validations, these windows told a rise of the test loss best.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from selectmodel.metrics import meaning, units
from selectmodel.records import Floats, Ints, Question
from selectmodel.stats import noise, smoothing

_LONG = 30


class Course(NamedTuple):
    """The finite points of a metric.

    Attributes:
        name: the metric.
        at: (m,) the candidates where it is finite, ascending.
        values: (m,) as logged.
        smooth: (m,) mean over neighbouring validations.
        window: how many validations that mean is taken over.
    """

    name: str
    at: Ints
    values: Floats
    smooth: Floats
    window: int

    @property
    def n(self) -> int:
        return len(self.at)

    def lowest(self) -> int:
        """Place of the lowest smoothed value (the first, if several)."""
        return int(np.argmin(self.smooth))

    def highest(self) -> int:
        """Place of the highest smoothed value (the first, if several)."""
        return int(np.argmax(self.smooth))

    def wiggle(self) -> float:
        """Standard deviation of the curve around its trend; NaN where there are too few points."""
        return noise.curve_noise(self.values)


def course(question: Question, name: str | None, *, least: int = 4) -> Course | None:
    """The course of a metric; None without a name or with fewer than ``least`` finite values."""
    if name is None:
        return None
    logged = question.metric(name)
    at = np.flatnonzero(np.isfinite(logged))
    if len(at) < least:
        return None
    return _smoothed(name, at, logged if len(at) == len(logged) else logged[at], 5 if len(at) >= _LONG else 3)


def _smoothed(name: str, at: Ints, values: Floats, window: int) -> Course:
    # A mean of numbers of very different sizes can round to one outside of them, and a positive loss to 0.
    smooth = smoothing.centred_mean(values, window)
    np.clip(smooth, values.min(), values.max(), out=smooth)
    return Course(name, at, values, smooth, window)


def by_epoch(question: Question, seen: Course) -> Course:
    """The course with a window of at most 5 epochs, for a log that was not validated at every epoch.

    Validations that lie epochs apart differ by more than noise: a mean over them flattens what is to be seen.
    """
    steps = np.diff(question.epochs[seen.at])
    apart = float(np.median(steps)) if np.isfinite(steps).all() else 1.0
    window = seen.window if apart < 2 else 3 if apart < 3 else 1
    return seen if window == seen.window else _smoothed(seen.name, seen.at, seen.values, window)


def loss(question: Question, *, least: int = 4) -> Course | None:
    """The course of the validation loss, which must be positive: percentages of others say nothing.

    An error that is monitored, such as a mean absolute one, stands for it; a share of wrong answers is a score.
    """
    name = question.val_loss or (question.loss if question.split == "val" else None)
    found = course(question, name, least=least)
    return found if found is not None and float(found.values.min()) > 0 else None


def score(question: Question, *, least: int = 4) -> Course | None:
    """The course of the validation score, in 0..1; None where it is no share of right answers."""
    return share(question, question.val_score, least=least)


def share(question: Question, name: str | None, *, least: int = 4) -> Course | None:
    """The course of a metric of right answers that lies in 0..1, or in 0..100 as percentages, which are divided.

    None for one that counts errors: what is said of high values would be said of low ones.
    """
    found = None if name in question.errors else course(question, name, least=least)
    unit = None if found is None else units.scale_of(found.values)
    if found is None or unit is None:
        return None
    return Course(found.name, found.at, found.values / unit, found.smooth / unit, found.window)


def validated(question: Question) -> bool:
    """Whether the log holds a validation metric beside the monitored one, the main ones or any that its name tells."""
    if question.val_loss or question.val_score:
        return True
    found = meaning.understand(question.companions)
    return any(
        found[name].split == "val" and found[name].quality and bool(np.isfinite(values).any())
        for name, values in question.companions.items()
    )


def lacking_loss(question: Question, *, least: int = 4) -> str:
    """What is in the way of :func:`loss`; "" where there is one."""
    return "" if loss(question, least=least) else f"the log has no positive validation loss at {least} or more epochs"


def lacking_score(question: Question, *, least: int = 4) -> str:
    """What is in the way of :func:`score`; "" where there is one."""
    return lacking_share(question, question.val_score, "validation", least=least)


def lacking_share(question: Question, name: str | None, split: str, *, least: int = 4) -> str:
    """What is in the way of :func:`share`; "" where there is one. ``split`` is the data it is measured on."""
    if share(question, name, least=least):
        return ""
    return f"the log has no {split} score in 0 to 1, or in percent, at {least} or more epochs"


def too_short(name: str, least: int) -> str:
    """Says that a metric has fewer values than it takes."""
    return f"{name} has fewer than {least} values"


def not_finite_since(question: Question, name: str) -> int | None:
    """The first candidate after the last finite value at which the metric was logged and is no number.

    None where there is no such, or no finite value. A metric that was not logged tells nothing.
    """
    finite = np.flatnonzero(np.isfinite(question.metric(name)))
    broken = np.flatnonzero(question.broken(name))
    later = broken[broken > finite[-1]] if len(finite) else broken[:0]
    return int(later[0]) if len(later) else None


def broke(question: Question, *names: str | None) -> tuple[str, int] | None:
    """The first of these metrics that is no number to its end, and the candidate from which on; None where none is."""
    for name in dict.fromkeys(filter(None, names)):
        since = not_finite_since(question, name)
        if since is not None:
            return name, since
    return None


def standard_error(question: Question, value: float) -> float:
    """Standard error of a share of right answers; NaN where the number of examples is not known."""
    size = question.val_size
    return noise.binomial_se(min(max(value, 0.0), 1.0), size) if size else math.nan


def averaged(*courses: Course) -> str:
    """Says that numbers of these courses are smoothed: " (means of up to 3 validations)", "" where they are not."""
    windows = sorted({course.window for course in courses if course.window > 1})
    return f" (means of up to {' and '.join(map(str, windows))} validations)" if windows else ""


def percent(ratio: float) -> str:
    """0.437 as "44 %", 0.004 as "0.4 %"."""
    share = 100 * ratio
    if 0 < abs(share) < 0.5:
        return f"{share:.1g} %"
    return f"{share:,.0f} %" if abs(share) < 1e6 else f"{share:.1e} %"


def points(difference: float) -> str:
    """A difference of two shares of right answers: 0.012 as "1.2 percentage points"."""
    shown = 100 * difference
    return f"{shown:.1g} percentage points" if 0 < abs(shown) < 0.05 else f"{shown:.1f} percentage points"


def full(share: float) -> str:
    """A share of right answers of nearly all: 1 as "100 %", 0.99951 as "99.95 %", never rounded up."""
    return f"{math.floor(1e4 * share * (1 + 1e-12)) / 100:g} %"
