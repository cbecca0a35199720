"""The run has many validations.

What it measures
    How many validations there are.

Why it matters
    It does not.

Often right?
    Always: it counts.

What to do
    Nothing.

Source
    Made up to show what a check is.

Example
    selectmodel pick training.csv --set checks.long_run=off
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from selectmodel.records import Finding, Pick, Question
from selectmodel.settings import Setting

CODE = "ACME1"
LEVEL = "note"
CASES = (
    ({}, {"val_loss": (0.5, 0.4, 0.3, 0.2, 0.1)}, "5 validations"),
    ({}, {"val_loss": (0.5, 0.4, 0.3)}, ""),
    ({"least": 3}, {"val_accuracy": (0.5, 0.4, 0.3)}, "3 validations"),
)


def find(
    question: Question, pick: Pick, *, least: Annotated[int, Setting("validations that are many", low=1)] = 5
) -> Iterator[Finding]:
    """One finding where there are many validations."""
    if question.n >= least:
        yield Finding(f"the run has {question.n} validations", (question.n - 1,), {"validations": float(question.n)})
