"""What the replays of framework callbacks share: the run as a callback met it, and its answer as a Pick.

Places: a callback is called once an epoch (or once an evaluation); its k-th call is place k, counted from 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from selectmodel.display import numbers
from selectmodel.records import Floats, Pick, Question
from selectmodel.stats import long_arrays


class CallbackOutcome(NamedTuple):
    """What a callback had done when training ended. Every number is a place; None where the callback has no such thing.

    Attributes:
        best: the place it held for best; ``stopper_best`` is what early stopping held, where that is another object.
        stop: the place after which it ended training, None if the values ran out.
        last_run: the last place that was run.
        restored: the place whose weights were put back into the model.
        kept: the places whose checkpoints were left, ascending; ``saved`` are all that were written, in order.
        last: what the framework's separate "last" checkpoint held.
        reason, message: the framework's own name of why it stopped, and its sentence.
    """

    best: int | None = None
    stop: int | None = None
    last_run: int | None = None
    restored: int | None = None
    kept: Sequence[int] = ()
    saved: tuple[int, ...] = ()
    stopper_best: int | None = None
    last: int | None = None
    reason: str | None = None
    message: str | None = None


class CallbackRun(NamedTuple):
    """The places of a question, in order.

    Attributes:
        candidates: (m,) the candidate of each place, -1 where the monitored metric was not logged.
        values: (m,) the monitored metric as logged, NaN also where it was not; ``present`` tells the two apart.
    """

    question: Question
    candidates: Sequence[int]
    values: Sequence[float]
    present: Sequence[bool]

    @classmethod
    def of(cls, question: Question, *, values: Floats | None = None, validated_only: bool = False) -> CallbackRun:
        """``values`` (n,) replace the monitored metric; ``validated_only`` leaves out the places without it."""
        column = np.append(
            question.values if values is None else values, np.nan
        )  # the last one is that of no candidate
        places = question.timeline if len(question.timeline) else np.arange(question.n)
        candidates = places[places >= 0] if validated_only else places
        seen, present = column[candidates], candidates >= 0
        return cls(question, long_arrays.plain(candidates), long_arrays.plain(seen), long_arrays.plain(present))

    def number(self, place: int) -> tuple[str, float]:
        """What the log calls a place: "epoch" or "step" and its number.

        A place without a candidate has no number in a Question. It is inferred where the others' epochs count the
        places; else the place itself is told, counted from 1.
        """
        index = self.candidates[place]
        if index >= 0:
            epoch = float(self.question.epochs[index])
            return ("epoch", epoch) if np.isfinite(epoch) else ("step", float(self.question.steps[index]))
        known = [at for at, index in enumerate(self.candidates) if index >= 0]
        offsets = {float(self.question.epochs[self.candidates[at]]) - at for at in known}
        offset = offsets.pop() if len(offsets) == 1 else np.nan
        return ("epoch", place + offset) if np.isfinite(offset) else ("place", place + 1.0)

    def evidence(self, role: str, place: int | None) -> dict[str, float]:
        """``{"stop_epoch": 12.0}`` for role "stop"; empty without a place."""
        if place is None:
            return {}
        unit, number = self.number(place)
        return {f"{role}_{unit}": number}

    def pick(self, place: int | None, reason: str, *, keeper: str, stop: int | None = None) -> Pick:
        """The candidate at ``place``, or no answer where that is none that may be shipped.

        ``keeper`` names in a few words what kept it ("best.pt"). Evidence holds ``kept_epoch`` and ``stop_epoch``.
        """
        evidence = self.evidence("stop", stop) | self.evidence("kept", place)
        if place is None:
            return Pick(None, f"{keeper} would hold nothing", evidence)
        unit, number = self.number(place)
        held = f"{keeper} would hold {unit} {numbers.label(number)}"
        index, monitor = self.candidates[place], self.question.monitor
        if index < 0:
            return Pick(None, f"{held}, which has no {monitor}", evidence)
        value = float(self.question.values[index])
        if not np.isfinite(value):
            return Pick(None, f"{held}, where {monitor} is {value}", evidence)
        if not self.question.allowed[index]:
            return Pick(None, f"{held}, which is not allowed", evidence)
        return Pick(index, reason, evidence)
