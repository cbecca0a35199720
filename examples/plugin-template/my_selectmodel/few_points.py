"""The run was validated only a few times.

What it measures
    How many validations of the judged metric the log holds.

Why it matters
    The best of two or three values says little of where the best lies.

Often right?
    Not measured.

What to do
    Validate more often.

Source
    Made up as an example.

Example
    selectmodel pick training.csv --set checks.few_points.least=5
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from selectmodel.records import Finding, Pick, Question
from selectmodel.settings import Setting

CODE = "MY1"
LEVEL = "note"
# Settings, a log by columns, and a part of what must be said; "" where it must say nothing.
CASES = (
    ({}, {"val_loss": (0.5, 0.4)}, "only 2 validations"),
    ({}, {"val_loss": (0.5, 0.4, 0.3, 0.2)}, ""),
    ({"least": 6}, {"val_accuracy": (0.5, 0.4, 0.3, 0.2)}, "only 4 validations"),
)


def find(
    question: Question, pick: Pick, *, least: Annotated[int, Setting("validations that are enough", low=1)] = 4
) -> Iterator[Finding]:
    """One finding where there are fewer."""
    if 0 < question.n < least:
        yield Finding(f"only {question.n} validations", (question.n - 1,), {"validations": float(question.n)})
