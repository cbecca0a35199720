"""The epoch is chosen on the training data.

What it measures
    The split of the monitored metric.

Why it matters
    Training metrics cannot see overfitting: they usually get better to the end, and so the last epoch wins.

Often right?
    Not a matter of measurement: the log says it.

What to do
    Name a validation metric with --metric; the log holds some.

Source
    Definition.

Example
    selectmodel pick training.csv --metric val_loss
"""

from __future__ import annotations

from collections.abc import Iterator

from selectmodel.records import Finding, Pick, Question
from selectmodel.stats import curves

CODE = "SM217"
LEVEL = "warn"
SAYS = (("SM165", "selecting on training data"),)


def find(question: Question, pick: Pick) -> Iterator[Finding]:
    """One finding where it is so."""
    if question.split == "train" and curves.validated(question):
        yield Finding(
            f"{question.monitor} is measured on training data, though the log has validation values: it cannot see "
            "overfitting"
        )


def lacks(question: Question) -> str:
    """What the log does not hold that this takes; "" where it can be judged."""
    return "" if question.split else f"the log does not tell on which data {question.monitor} was measured"
