"""Every rule and check answers the cases that its own file declares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest

from selectmodel import registry
from selectmodel.policy.policy import Policy
from selectmodel.records import Pick, Question, Run, Series
from selectmodel.selection import question as questions

RULE_CASES = [
    pytest.param(rule, *case, id=f"{rule}-{place}")
    for rule in registry.names("rules")
    for place, case in enumerate(registry.load("rules", rule).cases)
]
CHECK_CASES = [
    pytest.param(check, *case, id=f"{check}-{place}")
    for check in registry.names("checks")
    for place, case in enumerate(registry.load("checks", check).cases)
]


def asked(columns: Mapping[str, Sequence[float]]) -> Question:
    """The question of a log with these columns, one value an epoch; the first is the metric to judge by."""
    monitored = next(iter(columns))
    epochs = range(len(columns[monitored]))
    series = {name: Series.of(name, epochs, epochs, values) for name, values in columns.items()}
    run = Run("case", "case", "case", series)
    return questions.ask(run, Policy(metric=monitored, checkpoints="off")).question


@pytest.mark.parametrize(("rule", "given", "columns", "epoch"), RULE_CASES)
def test_a_rule_picks_the_epoch(rule: str, given: dict[str, Any], columns: Any, epoch: int | None) -> None:
    found = registry.load("rules", rule)
    answers = [found.pick(asked(columns), **given)]
    assert [answer.index for answer in answers] == [epoch] * len(answers), answers[0].reason


@pytest.mark.parametrize(("check", "given", "columns", "said"), CHECK_CASES)
def test_a_check_says_so_or_nothing(check: str, given: dict[str, Any], columns: Any, said: str) -> None:
    question = asked(columns)
    pick = Pick(int(np.argmin(question.cost)) if question.allowed.any() else None, "the lowest")
    with np.errstate(all="ignore"):
        messages = [finding.message for finding in registry.load("checks", check).find(question, pick, **given)]
    assert any(said in message for message in messages) if said else messages == []


def test_cases_are_declared_and_tell_firing_from_silence() -> None:
    assert {case.values[0] for case in RULE_CASES} >= {"best", "gap", "moving_average"}
    for check in {case.values[0] for case in CHECK_CASES}:
        cases = registry.load("checks", str(check)).cases
        assert {bool(said) for _, _, said in cases} == {True, False}, f"{check}: cases of both kinds are needed"
