"""A finished run as advice looks back on it: its question, what was recommended, what the checks found."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from selectmodel.frameworks.snippets import Framework
from selectmodel.metrics import units
from selectmodel.records import CheckFinding, Floats, Question, frozen
from selectmodel.stats import noise

#: Candidates looked at on either side of the recommended one.
_AROUND = 15


@dataclass(frozen=True, eq=False)
class Past:
    """One finished run.

    Attributes:
        name: what tells it from other runs that are looked back on together.
        question, index: what was asked of it, and the recommended candidate.
        pick: the policy's rule: the candidate it recommends for the question cut by :func:`until`, None if none.
        framework: the one that wrote the log, None if the log does not tell.
        findings: what the checks saw.
        alike: the candidates that the log cannot tell from the recommended one, itself included.
        files: path of the checkpoint of each candidate that has one.
    """

    name: str
    question: Question
    index: int
    pick: Callable[[Question], int | None]
    framework: Framework | None = None
    findings: tuple[CheckFinding, ...] = ()
    alike: tuple[int, ...] = ()
    files: Mapping[int, str] = field(default_factory=dict)

    def found(self, *checks: str) -> CheckFinding | None:
        """The first finding of one of these checks."""
        return next((finding for finding in self.findings if finding.check in checks), None)

    def curve(self, name: str | None) -> Floats:
        """(n,) a metric on the candidates; all NaN where the log has none of that name."""
        return np.full(self.question.n, math.nan) if name is None else self.question.metric(name)

    @property
    def share(self) -> float:
        """How far into the run the recommended candidate lies, 0 to 1."""
        return (self.index + 1) / self.question.n


def until(question: Question, count: int) -> Question:
    """The question as it stood after the first ``count`` candidates."""
    places = question.timeline
    seen = np.flatnonzero(places == count - 1)
    cut = slice(0, count)
    rate = question.learning_rate
    return replace(
        question,
        epochs=question.epochs[cut],
        steps=question.steps[cut],
        values=question.values[cut],
        cost=question.cost[cut],
        allowed=question.allowed[cut],
        has_file=question.has_file[cut],
        companions={name: column[cut] for name, column in question.companions.items()},
        timeline=places[: seen[0] + 1] if len(seen) else frozen(range(count), np.int64),
        learning_rate=None if rate is None else rate[cut],
        diverged=None if question.diverged is None else question.diverged[cut],
        point_errors=None if question.point_errors is None else question.point_errors[cut],
        absent={name: column[cut] for name, column in question.absent.items()},
        replayed={},
        recorded=None,
        recorded_at=None,
    )


def wiggle(curve: Floats, index: int) -> float:
    """Standard deviation of the noise of a curve (n,) around one candidate, 0 where too few points show any."""
    near = curve[max(0, index - _AROUND) : index + _AROUND + 1]
    sd = noise.curve_noise(near) if np.isfinite(near).sum() >= 5 else 0.0
    return sd if math.isfinite(sd) else 0.0


def unit_of(values: Floats) -> float:
    """100 for a score (n,) that is logged in percent, else 1."""
    return units.scale_of(values) or 1.0


def by_the_epoch(question: Question) -> bool:
    """Whether each validation is one epoch of the training, counted from 0 or 1: then its length is one in epochs."""
    epochs = question.epochs
    counts = question.n > 0 and len(question.timeline) == question.n and epochs[0] in (0, 1)
    return bool(counts and np.array_equal(epochs, epochs[0] + np.arange(question.n)))


def unit(question: Question) -> str:
    """What a share of the run is a share of: its epochs, or its validations where these may lie unevenly."""
    if len(question.timeline) > question.n and np.isfinite(question.epochs).all():
        return "epochs"
    apart = np.diff(question.epochs)
    even = bool(np.isfinite(apart).all() and (apart > 0).all() and (apart == apart[:1]).all())
    whole = even and bool((question.epochs == np.floor(question.epochs)).all())
    return "epochs" if whole else "validations"


def several(pasts: Sequence[Past]) -> str:
    """``this run`` or ``these 3 runs``."""
    return "this run" if len(pasts) == 1 else f"these {len(pasts)} runs"
