"""Train longer, or shorter: whether the run ended before or long after its best epoch.

Formula
    Longer where the check `still_improving` fired. Shorter where the recommended epoch lies in the first half and the
    run did not come near it again; then as many epochs as it took, and `reserve` of that on top.

Use when
    the number of epochs is set by hand.

Avoid when
    the learning rate follows a schedule over all epochs: it has to be stretched or shortened with them.

Cost
    O(1).

Source
    Runs of 80 epochs or more, cut in the middle and compared with how they went on; written by benchmarks/advice.

Example
    selectmodel advise training.csv --set advice.training_length.reserve=1
    leaves as many epochs again for a slower start.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Annotated

import numpy as np

from selectmodel.advice.hindsight import corpus
from selectmodel.advice.hindsight.finished_run import Past, by_the_epoch, unit
from selectmodel.display import epochs, numbers
from selectmodel.records import Advice
from selectmodel.settings import Setting


def advise(
    pasts: Sequence[Past],
    *,
    reserve: Annotated[float, Setting("epochs beyond the best, as a share of those up to it", low=0, high=10)] = 0.5,
) -> Iterator[Advice]:
    """At most one piece of advice a run."""
    for past in pasts:
        whose = "" if len(pasts) == 1 else f"{past.name}: "
        n = past.question.n
        if past.found("still_improving") is not None and past.found("too_good") is None:
            yield _longer(past, whose)
        elif _lower_the_second_time(past):
            yield Advice(
                f"{whose}Do not stop at the first rise: the validation loss came down a second time, and lower.",
                why="A patience must outlast the hill between the two; early stopping above was replayed over it.",
            )
        elif n >= 20 and past.share <= 0.5 and max(past.alike, default=past.index) < n // 2:
            enough = math.ceil((past.index + 1) * (1 + reserve))
            later = _best_of_the_second_half(past)
            if later is None or enough >= n:
                continue
            yield Advice(
                f"{whose}About {enough} of the {n} {unit(past.question)} are enough: the best is "
                f"{epochs.place(past.question, past.index)}, and {past.question.monitor} is no better than {later} in "
                "the second half.",
                evidence={unit(past.question): float(enough)},
                why="Early stopping adapts to the run and is the better guard. A learning rate schedule that spans the "
                "run has to be shortened with it.",
            )


def _lower_the_second_time(past: Past) -> bool:
    """Whether the validation loss fell twice, and lower the second time: else the first minimum was the best."""
    finding = past.found("double_descent")
    return finding is not None and finding.evidence.get("second to first", 1.0) < 1


def _longer(past: Past, whose: str) -> Advice:
    finding = past.found("still_improving")
    assert finding is not None
    known = corpus.figures()["longer"]["late"]
    why = (
        f"{finding.code}: {finding.message}. {known['runs']} other runs that were still improving after half of their "
        f"epochs gained {known['gained']:g} percentage points of test accuracy by the second half on average: more "
        f"than half a point in {100 * known['better']:.0f} %, and lost as much in {100 * known['worse']:.0f} %."
    )
    n, evidence = past.question.n, {"times": 2.0}
    much = "twice as long"
    if by_the_epoch(past.question):
        much, evidence = f"{2 * n} epochs instead of {n}", {"epochs": 2.0 * n}
    elif not np.isfinite(past.question.epochs).any():
        much += f" (to {epochs.axis_name(None)} {2 * int(past.question.steps[-1]):,})"
    message = f"{whose}Train longer, such as {much}: it was still improving at the end."
    return Advice(message, evidence=evidence, why=why, worth=0.9)


def _best_of_the_second_half(past: Past) -> str | None:
    """The monitored metric there, written so that it differs from the recommended one; None if it is not worse."""
    question = past.question
    rest = question.cost[question.n // 2 :]
    if not np.isfinite(rest).any() or not rest.min() > question.cost[past.index]:
        return None
    place = question.n // 2 + int(np.argmin(rest))
    return numbers.column([float(question.values[place]), float(question.values[past.index])])[0]
