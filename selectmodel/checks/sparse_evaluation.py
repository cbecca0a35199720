"""Validation was run at few of the epochs, so the best may lie between.

What it measures
    At how many of the logged epochs the monitored metric was measured.

Why it matters
    What was not validated cannot be chosen, patience counts validations rather than epochs, and a checkpoint that is
    written every epoch has no value to judge it by.

Often right?
    Not a matter of measurement: the log says it.

What to do
    Validate every epoch, or on a smaller part more often, at least around the best.

Source
    Definition.

Example
    selectmodel pick training.csv --set checks.sparse_evaluation.share=0.2
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from selectmodel.display.epochs import axis_name
from selectmodel.records import Finding, Pick, Question
from selectmodel.settings import Setting

CODE = "SM220"
LEVEL = "note"


def find(
    question: Question,
    pick: Pick,
    *,
    share: Annotated[float, Setting("share of the epochs that were validated, at most", low=0, high=1)] = 0.5,
) -> Iterator[Finding]:
    """One finding where at most ``share`` of the logged epochs were validated."""
    logged = len(question.timeline)
    unit = axis_name(float(question.epochs[0])) if question.n else "epoch"
    if logged > question.n > 1 and question.n <= share * logged:
        yield Finding(
            f"{question.monitor} was measured at {question.n:,} of {logged:,} logged {unit}s: the best may lie between",
            (),
            {"validated": float(question.n), "logged": float(logged)},
        )
