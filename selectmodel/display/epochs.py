"""How a candidate is named to a person: by its epoch as logged, by its step where the log has no epochs."""

from __future__ import annotations

import math

from selectmodel.display import numbers
from selectmodel.records import Question


def axis_name(epoch: float | None) -> str:
    """The word "epoch", or "step" where a log has none: ``epoch`` is then None or NaN."""
    return "step" if epoch is None or not math.isfinite(epoch) else "epoch"


def logged(epoch: float | None, step: int | None) -> float | int | None:
    """The epoch as logged, 3 for 3.0, or the step where the log has no epochs."""
    return step if epoch is None or not math.isfinite(epoch) else numbers.number(float(epoch))


def epoch_or_step(epoch: float | None, step: int | None) -> str:
    """``epoch 41`` or ``step 549``."""
    return f"{axis_name(epoch)} {shown(epoch, step)}"


def shown(epoch: float | None, step: int | None) -> str:
    """``41``, ``0.177778`` or, of a log without epochs, the step; "–" where neither is known."""
    at = logged(epoch, step)
    return "–" if at is None else numbers.label(at)


def place_of(epoch: float | None, step: int | None) -> str:
    """``epoch 1.5, step 3000``, of a pick: all that the log says of where it is; -1 stands for no step."""
    both = epoch is not None and math.isfinite(epoch) and step is not None and step >= 0
    return epoch_or_step(epoch, step) + (f", step {step}" if both else "")


def label(question: Question, index: int) -> float | int:
    """The epoch of a candidate as logged, or its step."""
    at = logged(question.epochs[index], int(question.steps[index]))
    assert at is not None  # a step is one
    return at


def place(question: Question, index: int) -> str:
    """``epoch 41`` or ``step 549``, of a candidate."""
    return f"{axis_name(question.epochs[index])} {numbers.label(label(question, index))}"


def span(question: Question, first: int, last: int) -> str:
    """``epochs 34–41``, or ``epoch 34`` where both are one."""
    if first == last:
        return place(question, first)
    unit, _, start = place(question, first).partition(" ")
    return f"{unit}s {start}–{numbers.label(label(question, last))}"
