"""The framework kept, or its callback would have kept, another epoch than the best one.

What it measures
    Which epoch the training itself recorded as its best, where its log says so. Else which one the callback of the
    log's own framework keeps on this metric with its defaults, by replay. Either against the best value in the log.

Why it matters
    The file called "best" is then not the best: it was chosen by another metric, the callback took the wrong direction,
    stopped at a NaN, or rounded a tie away.

Often right?
    Not a matter of measurement: the record is the framework's own, and the replay is exact.

What to do
    Give the callback its metric and direction (Keras: mode="max"; Hugging Face: metric_for_best_model and
    greater_is_better), save every epoch, or pick from the log.

Source
    What the training wrote down; the callbacks' own code, see selectmodel explain keras and explain lightning.

Example
    selectmodel pick training.csv --rule keras
    shows what Keras would have kept.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from selectmodel.display.epochs import place
from selectmodel.display.numbers import column, figure, label
from selectmodel.records import Finding, Pick, Question, RecordedBest

CODE = "SM222"
LEVEL = "note"


def find(question: Question, pick: Pick) -> Iterator[Finding]:
    """One finding for what was recorded, else for each callback, that is a worse value or another epoch of the same."""
    if not question.allowed.any():
        return
    best = int(np.argmin(question.cost))
    if question.recorded is not None:
        yield from _recorded(question, question.recorded, best, pick)
        return
    for rule, index in question.replayed.items():
        if index in (best, pick.index) or not question.allowed[index] or _lowest_loss(question, index):
            continue
        yield Finding(
            f"{rule} would keep {place(question, index)}, not {place(question, best)}: {_why(question, index, best)}",
            (index, best),
            {"kept": float(question.values[index]), "best": float(question.values[best])},
        )


def _recorded(question: Question, recorded: RecordedBest, best: int, pick: Pick) -> Iterator[Finding]:
    """What the training recorded, where that is another place than the best and than the recommended one."""
    index, says = question.recorded_at, f"{recorded.by} recorded"
    by = f"by {recorded.metric} {_figure(recorded.value)}".rstrip() if recorded.metric else ""
    if index is None:
        where = _told(recorded)
        if where:
            yield Finding(f"{says} {where} as its best{by and f', {by}'}; {question.monitor} was not logged there")
    elif index != pick.index and recorded.metric not in ("", question.monitor):
        yield Finding(
            f"{says} {place(question, index)} as its best, {by}; by {question.monitor} it is {place(question, best)}",
            (index, best),
            {"kept": float(question.values[index]), "best": float(question.values[best])},
        )
    elif index not in (best, pick.index):
        yield Finding(
            f"{says} {place(question, index)} as its best, not {place(question, best)}: {_why(question, index, best)}",
            (index, best),
            {"kept": float(question.values[index]), "best": float(question.values[best])},
        )


def _told(recorded: RecordedBest) -> str:
    """``step 18`` or ``epoch 3``, as recorded; "" where neither is."""
    if recorded.step is None and recorded.epoch is None:
        return ""
    return f"step {recorded.step}" if recorded.step is not None else f"epoch {label(recorded.epoch or 0.0)}"


def _figure(value: float | None) -> str:
    return "" if value is None else figure(value)


def _why(question: Question, index: int, best: int) -> str:
    """In what a kept candidate is not the best one."""
    if question.cost[index] == question.cost[best]:
        return "a tie"
    shown = column([float(question.values[index]), float(question.values[best])])
    return f"{question.monitor} {shown[0]} instead of {shown[1]}"


def _lowest_loss(question: Question, index: int) -> bool:
    """Whether it has the lowest validation loss, which is what callbacks look at unless told otherwise."""
    if question.val_loss is None or question.val_loss == question.monitor:
        return False
    loss = question.metric(question.val_loss)
    return bool(loss[index] <= np.min(loss[question.allowed & np.isfinite(loss)], initial=np.inf))
