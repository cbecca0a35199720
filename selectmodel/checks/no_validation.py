"""The log has no validation values at all.

What it measures
    Whether any validation metric is there, beside the monitored one.

Why it matters
    Without validation data no log can say which epoch is best elsewhere. Training loss falls to the end whatever the
    model is worth.

Often right?
    Not a matter of measurement: the log says it.

What to do
    Hold out a part of the training data (Keras: validation_split=0.2) and log it every epoch. Until then ship the last
    epoch, or what a fixed schedule gives.

Source
    Definition.

Example
    selectmodel pick training.csv --metric loss:min
"""

from __future__ import annotations

from collections.abc import Iterator

from selectmodel.records import Finding, Pick, Question
from selectmodel.stats import curves

CODE = "SM218"
LEVEL = "warn"
SAYS = (("SM165", "selecting on training data"),)


def find(question: Question, pick: Pick) -> Iterator[Finding]:
    """One finding where only training is logged."""
    if question.split == "train" and not curves.validated(question):
        yield Finding(
            f"the log has no validation values: {question.monitor} cannot tell which epoch is best on data that it "
            "was not trained on; hold out a part of the training data (Keras: validation_split=0.2)"
        )


def lacks(question: Question) -> str:
    """What the log does not hold that this takes; "" where it can be judged."""
    return "" if question.split else f"the log does not tell on which data {question.monitor} was measured"
