"""The reasons of the rules that weigh two metrics or stop early: read back and computed anew from the log."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from property_tests import examples
from small_logs import small_questions

from selectmodel import registry
from selectmodel.records import Pick, Question

law = settings(max_examples=examples(120), deadline=None)
WORDS = {"min": "lowest", "max": "highest"}


def chosen(rule: str, question: Question, **given: object) -> Pick:
    with np.errstate(all="ignore"):
        return registry.load("rules", rule).pick(question, **given)


@law
@given(question=small_questions())
def test_the_lowest_loss(question: Question) -> None:
    pick = chosen("aim_loss", question)
    if pick.index is None:
        return
    read = re.fullmatch(r"lowest (\w+)", pick.reason)
    assert read is not None and read[1] == question.loss
    loss = question.metric(read[1])
    eligible = question.allowed & np.isfinite(loss)
    assert eligible[pick.index] and loss[pick.index] == loss[eligible].min()


@law
@given(question=small_questions())
def test_the_highest_likely_true_score(question: Question) -> None:
    pick = chosen("aim_accuracy", question)
    if pick.index is None:
        return
    read = re.fullmatch(r"(highest|lowest)( likely true)? (\w+)", pick.reason)
    assert read is not None and read[3] == question.score and question.allowed[pick.index]
    assert read[1] == ("lowest" if question.score in question.errors else "highest")
    right = question.right(read[3])
    if not read[2]:
        assert right[pick.index] == right[question.allowed & np.isfinite(right)].max()
    elif pick.alike:
        assert pick.index in pick.alike


@law
@given(question=small_questions(), weight=st.sampled_from([0.0, 0.01, 1 / 3, 12345.678]))
def test_the_gap(question: Question, weight: float) -> None:
    pick = chosen("gap", question, weight=weight)
    if pick.index is None:
        return
    read = re.fullmatch(r"(lowest|highest) (\w+) ([-+]) ([\d.e+-]+) × gap", pick.reason)
    assert read is not None and (read[1], read[2]) == (WORDS[question.goal], question.monitor)
    gap = question.gap
    assert gap is not None and float(read[4]) == pytest.approx(weight, rel=1e-14)
    sign = 1.0 if question.goal == "min" else -1.0
    assert read[3] == ("+" if sign > 0 else "-")
    with np.errstate(all="ignore"):
        shown = sign * question.values + weight * np.maximum(gap, 0)
    eligible = question.allowed & np.isfinite(shown)
    assert shown[pick.index] <= shown[eligible].min() * (1 + 1e-12 * np.sign(shown[eligible].min()))


@law
@given(question=small_questions())
def test_a_compromise_is_beaten_by_none(question: Question) -> None:
    pick = chosen("pareto", question)
    if pick.index is None:
        return
    read = re.fullmatch(r"best compromise of (\w+) and (\w+)", pick.reason)
    assert read is not None and (read[1], read[2]) == (question.val_loss, question.val_score)
    costs = [question.cost_of(name) for name in (read[1], read[2])]
    eligible = question.allowed & np.isfinite(costs[0]) & np.isfinite(costs[1])
    own = [cost[pick.index] for cost in costs]
    no_worse = eligible & (costs[0] <= own[0]) & (costs[1] <= own[1])
    assert eligible[pick.index] and not (no_worse & ((costs[0] < own[0]) | (costs[1] < own[1]))).any()


@law
@given(question=small_questions())
def test_both_together(question: Question) -> None:
    pick = chosen("aim_both", question)
    if pick.index is not None:
        assert pick.reason == f"best of {question.score} and {question.loss} together"
        assert question.allowed[pick.index]
        assert all(np.isfinite(question.metric(name)[pick.index]) for name in (question.score, question.loss) if name)


@law
@given(
    question=small_questions(),
    criterion=st.sampled_from(["GL", "PQ", "UP"]),
    measured=st.sampled_from(["epoch", "strip_end"]),
    k=st.sampled_from([2, 5]),
)
def test_the_stop(question: Question, criterion: str, measured: str, k: int) -> None:
    pick = chosen("prechelt", question, criterion=criterion, measure_at=measured, k=k)
    if pick.index is None:
        return
    read = re.fullmatch(
        r"(lowest|highest) (\w+)( at the ends of strips of (\d+))?(?:; no early stop by (\w+)| up to the (\w+) stop)",
        pick.reason,
    )
    assert read is not None and (read[1], read[2]) == (WORDS[question.goal], question.monitor)
    assert (read[4] or "") == (str(k) if measured == "strip_end" else "") and (read[5] or read[6]) == criterion
    until = question.n - 1
    if read[6]:
        stop = pick.evidence.get("stop_validation")
        epoch = pick.evidence.get("stop_epoch")
        until = int(stop) if stop is not None else int(np.flatnonzero(question.epochs == epoch)[-1])
    walked = question.allowed & (np.arange(question.n) <= until)
    if criterion == "PQ":
        twin = question.twin
        assert twin is not None
        walked &= np.isfinite(twin)
    if measured == "epoch":
        assert question.cost[pick.index] == question.cost[walked].min()
    assert walked[pick.index]


@law
@given(question=small_questions(), bound=st.floats(0, 2), sign=st.sampled_from(["<", "<=", ">", ">="]))
def test_the_first_beyond_a_threshold(question: Question, bound: float, sign: str) -> None:
    pick = chosen("threshold", question, conditions=(f"{question.monitor} {sign} {bound!r}",))
    if pick.index is None:
        return
    read = re.fullmatch(r"first with (\w+) (<=?|>=?) ([\d.e+-]+)", pick.reason)
    assert read is not None and (read[1], read[2]) == (question.monitor, sign)
    assert float(read[3]) == pytest.approx(bound, rel=1e-14)
    compare = {"<": np.less, "<=": np.less_equal, ">": np.greater, ">=": np.greater_equal}[sign]
    met = question.allowed & compare(question.values, bound)
    assert pick.index == int(np.argmax(met)) and met[pick.index]
