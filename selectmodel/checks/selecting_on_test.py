"""The epoch is chosen on the test set.

What it measures
    The split of the monitored metric.

Why it matters
    The test value at the chosen epoch is then the best of many and no longer a fair estimate; the more epochs, the more
    it flatters.

Often right?
    Not a matter of measurement: the log says it.

What to do
    Split off validation data and choose on them; measure on the test set once, at the chosen epoch.

Source
    Definition.

Example
    selectmodel pick training.csv --metric test_acc --set checks.selecting_on_test=fail
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from selectmodel.records import Finding, Pick, Question

CODE = "SM216"
LEVEL = "warn"
BEYOND_BELIEF = True
CASES: tuple[Any, ...] = (
    ({}, {"test_loss": (3, 1, 2)}, "measured on test data"),
    ({}, {"val_loss": (3, 1, 2), "test_loss": (3, 1, 2)}, ""),
)
SAYS = (("SM165", "selecting on the test set"),)


def find(question: Question, pick: Pick) -> Iterator[Finding]:
    """One finding where it is so."""
    if question.split == "test":
        yield Finding(
            f"{question.monitor} is measured on test data: chosen on it, its value there is no longer a fair estimate"
        )


def lacks(question: Question) -> str:
    """What the log does not hold that this takes; "" where it can be judged."""
    return "" if question.split else f"the log does not tell on which data {question.monitor} was measured"
