"""Which of two given epochs, and whether their difference means anything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from selectmodel.answer import Count, Share
from selectmodel.display import numbers
from selectmodel.errors import UsageError
from selectmodel.records import Floats, Question, frozen
from selectmodel.selection import in_words
from selectmodel.stats import long_arrays
from selectmodel.stats.two_epochs import OFTEN, Pair, shipped

#: A log of fewer validations than this may show only those that somebody noticed.
_FEW = 10


@dataclass(frozen=True, slots=True)
class Between:
    """The comparison of two epochs (steps, where epochs do not tell validations apart), as the log numbers them.

    Attributes:
        epochs: the two, in the order in which they were named; ``chosen`` is the one that the rule takes.
        metric: what they are compared by; ``values`` are theirs.
        standard_error: of the difference, as far as it is chance; None where the log cannot tell.
        pointing_right: how often the chosen epoch of such a pair is the better one, 0 to 1; what was found differs from
            it by up to ten points, so that the sentence puts it in broad words.
        clear: True from 0.95 on, False below, None where the log cannot tell.
        examples_needed: validation examples for it to be clear.
        sentence: the same in words.
    """

    epochs: tuple[float | int, float | int]
    chosen: float | int
    metric: str
    values: tuple[float, float]
    standard_error: float | None
    pointing_right: Share | None
    clear: bool | None
    examples_needed: Count | None
    sentence: str

    @property
    def other(self) -> float | int:
        return self.epochs[1] if self.chosen == self.epochs[0] else self.epochs[0]


def found(question: Question, wanted: tuple[float, float], source: str, *, start_over: bool = False) -> tuple[int, int]:
    """The candidates of two epochs as the log numbers them.

    Raises UsageError, with the nearest epoch, for one that is not there or not allowed, or if both are the same.
    ``start_over``: the steps of the log do in each epoch, so that no number names a validation.
    """
    labels, unit = told_by(question)
    if start_over and unit == "step":
        raise UsageError(
            f"--between: {source} validates an epoch several times and its steps start over, so that no number tells "
            "two validations apart; to name them by their rows, counted from 0: --index row"
        )
    if wanted[0] == wanted[1]:
        raise UsageError(f"--between: {numbers.label(wanted[0])} is named twice; two {unit}s are needed")
    places = []
    for label in wanted:
        there = np.flatnonzero(labels == label)
        if not len(there):  # a fraction of 17 digits, given as it is shown
            there = np.flatnonzero([numbers.label(at) == numbers.label(label) for at in labels.tolist()])
        if not len(there):
            allowed = labels[question.allowed]
            nearest = numbers.label(float(allowed[np.argmin(np.abs(allowed - label))]))
            span = f"{numbers.label(float(labels[0]))} to {numbers.label(float(labels[-1]))}"
            why = "" if unit == "epoch" else "; steps are asked for, because an epoch was validated several times"
            raise UsageError(
                f"--between: {source} has no {unit} {numbers.label(label)} with {question.monitor}; "
                f"the nearest is {nearest} ({unit}s {span}){why}"
            )
        places.append(int(there[0]))
        if not question.allowed[places[-1]]:
            raise UsageError(
                f"--between: {unit} {numbers.label(label)} does not count: {question.monitor} is not finite there, "
                "or it is excluded by --min-epoch, --min-step or --only-saved"
            )
    return places[0], places[1]


def only(question: Question, places: tuple[int, int]) -> Question:
    """The question with these two candidates allowed and no other; what surrounds them stays known."""
    allowed = np.zeros(question.n, dtype=np.bool_)
    allowed[list(places)] = True
    allowed &= question.allowed
    return replace(question, allowed=frozen(allowed, np.bool_), cost=frozen(np.where(allowed, question.cost, np.inf)))


def judged(question: Question, places: tuple[int, int], chosen: int) -> Between:
    """What the difference of two candidates of the whole ``question`` is worth, one of which is ``chosen``."""
    labels, unit = told_by(question)
    epochs = numbers.number(float(labels[places[0]])), numbers.number(float(labels[places[1]]))
    values = float(question.values[places[0]]), float(question.values[places[1]])
    chance: Mapping[str, Any] = dict.fromkeys(("standard_error", "pointing_right", "clear", "examples_needed"))
    other = places[1] if chosen == places[0] else places[0]
    pair, scale = shipped(question, (chosen, other))
    first = _first_words(question, places, chosen, unit)
    if pair is None:
        sentence = f"{first} How much of such a difference is chance, a log cannot tell for {question.monitor}."
    elif pair.difference == 0:
        sentence = first
    else:
        needed, size = pair.examples_needed, question.val_size
        sentence = f"{first} {_worth(pair, size)}{_caution(question, pair)}"
        chance = {**chance, "examples_needed": needed}
        if size:
            right = pair.shipped_is_better(size)
            chance = {
                **chance, "standard_error": pair.error(size) * scale, "pointing_right": right, "clear": right >= OFTEN
            }  # fmt: skip
    return Between(
        epochs=epochs,
        chosen=numbers.number(float(labels[chosen])),
        metric=question.monitor,
        values=values,
        sentence=sentence,
        **chance,
    )


def told_by(question: Question) -> tuple[Floats, str]:
    """(n,) what tells the candidates apart: their epochs, or their steps where an epoch was validated several times."""
    if np.isfinite(question.epochs).all() and long_arrays.distinct(question.epochs) == question.n:
        return question.epochs, "epoch"
    return question.steps.astype(np.float64), "step"


def _first_words(question: Question, places: tuple[int, int], chosen: int, unit: str) -> str:
    """Which has the better value, and that the rule chose otherwise where it did."""
    other = places[1] if chosen == places[0] else places[0]
    labels = [numbers.label(float(told_by(question)[0][place])) for place in (chosen, other)]
    mine, theirs = float(question.values[chosen]), float(question.values[other])
    if mine == theirs:
        return f"Both have the same {question.monitor}."
    shown = numbers.column([mine, theirs])
    better = (mine < theirs) == (question.goal == "min")
    words = f"{unit.capitalize()} {labels[0]} has {question.monitor} {shown[0]}, {unit} {labels[1]} has {shown[1]}"
    return f"{words}." if better else f"{words}; the rule weighs more than that."


def _worth(pair: Pair, size: int | None) -> str:
    needed = pair.examples_needed
    takes = "" if needed is None else f"it takes about {needed:,} validation examples"
    if size is None:
        return (
            f"For such a difference to point to the better epoch in 95 of 100 cases {takes}. The log does not tell how "
            "many there were; if you know, give --val-size N."
        )
    right = pair.shipped_is_better(size)
    often = in_words.of_two(right)
    shown = f"the epoch shipped is the better one in {often} such cases"
    if right >= OFTEN:
        return f"With {size:,} validation examples that means something: {shown}."
    judged = shown if often else "that is chance, either may be the better one"
    worth = f"With {size:,} validation examples {judged}"
    return f"{worth}; for 95 of 100 {takes}." if needed and needed > size else f"{worth}."


def _caution(question: Question, pair: Pair) -> str:
    if pair.highest == 0 or question.n >= _FEW:
        return ""
    return " If it was noticed because it is the best of a longer training, trust it less."
