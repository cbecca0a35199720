"""How a candidate is named to a person: by its epoch as logged, by its step where the log has no epochs."""

from __future__ import annotations

import math

from selectmodel.display import numbers
from selectmodel.records import Question


def label(question: Question, index: int) -> float | int:
    """The epoch as logged, or the step."""
    epoch = float(question.epochs[index])
    if math.isfinite(epoch):
        return int(epoch) if epoch.is_integer() else epoch
    return int(question.steps[index])


def place(question: Question, index: int) -> str:
    """``epoch 41`` or ``step 549``."""
    unit = "epoch" if math.isfinite(float(question.epochs[index])) else "step"
    return f"{unit} {numbers.label(float(label(question, index)))}"


def span(question: Question, first: int, last: int) -> str:
    """``epochs 34–41``, or ``epoch 34`` where both are one."""
    if first == last:
        return place(question, first)
    unit, _, start = place(question, first).partition(" ")
    return f"{unit}s {start}–{numbers.label(float(label(question, last)))}"


def epoch_or_step(epoch: float | None, step: int | None) -> str:
    """Where a candidate is, in the log's own terms."""
    return f"step {step}" if epoch is None else f"epoch {numbers.number(epoch)}"
