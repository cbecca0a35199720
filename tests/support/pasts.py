"""Builds finished runs for tests of advice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from selectmodel import registry
from selectmodel.advice.hindsight.finished_run import Past
from selectmodel.records import CheckFinding, Question

ALL_CHECKS = registry.names("checks")


def finding(check: str, **evidence: float) -> CheckFinding:
    """A finding made up for a test."""
    return CheckFinding(check, "SM299", "warn", f"{check} was found", (), evidence)


def past_of(
    question: Question,
    *,
    rule: str = "best",
    name: str = "run",
    framework: Any = None,
    findings: Sequence[CheckFinding] = (),
) -> Past | None:
    """The run behind a question, with the pick of a rule; None if the rule has none. Train names are understood."""

    def pick(asked: Question) -> int | None:
        index: int | None = registry.load("rules", rule).pick(asked).index
        return index

    known = question.companions
    question = replace(
        question,
        train_loss=next((key for key in ("loss", "train_loss") if key in known), None),
        train_score=next((key for key in ("accuracy", "train_accuracy") if key in known), None),
    )
    index = pick(question)
    return None if index is None else Past(name, question, index, pick, framework, tuple(findings))
