"""What is said of how sure a choice is, and the reason of every rule: read back and computed anew from the log."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from property_tests import examples
from questions import ask_of
from small_logs import small_questions

from selectmodel import registry
from selectmodel.records import Pick, Question
from selectmodel.selection import as_good_as
from selectmodel.stats.score import averaged

N = r"-?[\d.,]+(?:e[-+]?\d+)?"
law = settings(max_examples=examples(300), deadline=None, derandomize=True, database=None)
NEEDED = (
    rf"({N}) is (?:really|no) (better|worse) than ({N}): such a difference takes "
    r"(?:about ([\d,]+) validation examples?|more than a million examples) to mean anything"
)


def number(text: str) -> float:
    return float(text.replace(",", ""))


def chosen(question: Question, rule: str) -> Pick:
    with np.errstate(all="ignore"):
        found: Pick = registry.load("rules", rule).pick(question)
    return found


def needed(question: Question, index: int, found: re.Match[str]) -> None:
    one, word, other, size = found.groups()
    assert one != other and (number(one) > number(other)) == ((word == "better") == (question.goal == "max"))
    assert size is None or 1 <= number(size) <= 1_000_000
    assert float(question.values[index]) == pytest.approx(number(one), rel=0.02)


@law
@given(question=small_questions(), rule=st.sampled_from(["best", "moving_average", "one_se", "last"]))
def test_how_sure_a_choice_is(question: Question, rule: str) -> None:
    index = chosen(question, rule).index
    if index is None:
        return
    found = as_good_as.alike(question, index)
    cost, allowed = question.cost, question.allowed
    assert index in found.indices and all(allowed[i] for i in found.indices)
    basis = r"(?:one standard error of (\d+) validation examples|the curve's own noise) \((\S+)\)"
    lone = re.fullmatch(rf"No other validation comes within {basis}(?:\.|, but (.*))", found.sentence)
    near = re.fullmatch(
        rf"cannot be told apart: they (differ by|are worse than it by) less than {basis}(, if at all)?", found.sentence
    )
    unsure = re.fullmatch(rf"The log alone cannot tell whether {NEEDED}\. If you know the number, .*", found.sentence)
    close = re.fullmatch(r"How noisy it is the log does not tell: (one|\d+) others? lies? within 0\.5 % of it\.",
                         found.sentence)  # fmt: skip
    assert lone or near or unsure or close or found.sentence == "", found.sentence
    if unsure:
        needed(question, index, unsure)
        return
    if close:
        apart = np.abs(question.values[allowed] - question.values[index])
        assert (apart <= 0.005 * abs(question.values[index])).sum() - 1 == (1 if close[1] == "one" else int(close[1]))
    if not (lone or near):
        assert all(cost[i] == cost[index] for i in found.indices) and found.clear is None
        return
    read = lone or near
    assert read is not None
    size, margin = (read[1], number(read[2])) if lone else (read[2], number(read[3]))
    if size:
        assert int(size) == question.val_size
    else:
        written = max(
            len(str(float(value)).partition(".")[2]) for value in question.values[np.isfinite(question.values)]
        )
        assert margin > 0.99 * 10.0**-written or written > 9, "noise below the last decimal is not known"
        assert margin > 0.9e-6 * abs(question.values[index]) and allowed.sum() >= 8
    others = [i for i in np.flatnonzero(allowed) if i != index]
    if lone:
        assert others and min(abs(cost[i] - cost[index]) for i in others) > 0.94 * margin
        return
    inside = [float(cost[i]) for i in found.indices]
    if read[1] == "differ by":
        assert max(inside) - min(inside) <= 1.06 * margin
    else:
        assert max(inside) - cost[index] <= 1.06 * margin and min(inside) < cost[index]
    assert all(cost[i] > max(inside) for i in others if i not in found.indices)


@law
@given(question=small_questions(), kind=st.sampled_from(["counts", "share", "smooth"]))
def test_how_sure_the_choice_of_a_score_is(question: Question, kind: Any) -> None:
    question = replace(question, score_kind=kind)
    pick = chosen(question, "aim_accuracy")
    if pick.index is None or not pick.alike:
        return
    found = as_good_as.of_a_score(question, pick.index, pick.alike)
    name, allowed = question.score, int(question.allowed.sum())
    can = rf"(?:([\d,]+) validation examples?( \(assumed\))?|even ([\d,]+) validation examples)|the noise of {name}"
    worst = rf"; nine times in ten the worst of them truly lies less than ({N}) below"
    near = re.fullmatch(
        rf"cannot be told apart by (?:{can})(?:{worst})?(?:; if you know their number, give --val-size N(?: "
        rf"\(to tell ({N}) from ({N}) takes about ([\d,]+)\))?)?", found.sentence)  # fmt: skip
    lone = re.fullmatch(
        r"No other validation comes (?:so near that (?:([\d,]+) examples?|noise) could explain it\."
        r"|near it by the rule's own score, but (.*))", found.sentence)  # fmt: skip
    unsure = re.fullmatch(rf"The log alone cannot tell whether {NEEDED}\. If you know the number, .*", found.sentence)
    assert near or lone or unsure or found.sentence == "", found.sentence
    if unsure:
        needed(question, pick.index, unsure)
    if found.sentence == "" and len(found.indices) > 1:
        assert len({float(question.values[i]) for i in found.indices}) == 1 and len(found.indices) == allowed
    with np.errstate(all="ignore"):
        scored = averaged(question, name, train=4.0, loss=2.0, cap=1.0)
    if near:
        assert found.indices == scored.alike and len(found.indices) > 1
        assert question.val_size is None or near[1] is None or number(near[1]) == question.val_size
        assert (near[2] is None) or question.val_size is None
        assert near[5] is None or (near[5] != near[6] and number(near[7]) <= 1_000_000)
        size = question.val_size
        if near[4]:
            told = 0.4 if number(near[4]) < 0.41 else 40  # a share, or percent
            assert size and number(near[4]) * size**0.5 == pytest.approx(told, rel=0.06)
        assert near[3] is None or number(near[3]) <= 20_000
    if lone:
        assert found.indices == (pick.index,) and allowed >= (2 if kind == "counts" else 8)
        assert len(scored.alike) == 1


@pytest.mark.parametrize("values", [[0.4], [0.4, 0.6], [0.4, 0.6, 0.5]])
@pytest.mark.parametrize("size", [None, 120])
def test_one_or_two_validations_stand_out_from_nothing(values: list[float], size: int | None) -> None:
    question = ask_of(values, "max", split="val", score_kind="share", val_size=size)
    pick = chosen(question, "aim_accuracy")
    assert pick.index is not None
    assert "could explain" not in as_good_as.of_a_score(question, pick.index, pick.alike or (pick.index,)).sentence
    if len(values) == 1:
        assert as_good_as.alike(question, pick.index).sentence == ""


def test_a_smooth_curve_has_no_noise_that_is_known() -> None:
    smooth = ask_of(0.4 + (np.arange(20) - 8.0) ** 2 / 100, split="val")
    found = as_good_as.alike(smooth, 8)
    assert (found.indices, found.sentence, found.clear) == ((8,), "", None)


REASONS = {
    "best": r"(lowest|highest) (\w+)(?: of (\d+) validations|, shared by (\d+) validations)|the only validation",
    "last": r"last validation with (\w+)",
    "one_se": r"first within 1 SE of the best (\w+)",
    "moving_average": r"(lowest|highest) EMA 0\.6 of (\w+)",
    "patience": r"best smoothed (\w+); patience (\d+) never ran out|"
    r"no better smoothed (\w+) for (\d+) (epochs?|validations?)",
}


@pytest.mark.parametrize("rule", REASONS)
@law
@given(question=small_questions(), patience=st.sampled_from([1, 3, 20]))
def test_the_reason_of_a_rule(rule: str, question: Question, patience: int) -> None:
    given = {"patience": patience} if rule == "patience" else {}
    with np.errstate(all="ignore"):
        pick = registry.load("rules", rule).pick(question, **given)
    if pick.index is None:
        return
    read = re.fullmatch(REASONS[rule], pick.reason)
    assert read is not None, pick.reason
    cost, allowed = question.cost, np.flatnonzero(question.allowed)
    words = {"min": "lowest", "max": "highest"}
    if rule == "best":
        ties = int((cost == cost.min()).sum())
        assert cost[pick.index] == cost.min() and (read[1] or words[question.goal]) == words[question.goal]
        assert read[3] is None or (int(read[3]) == len(allowed) > 1 == ties)
        assert read[4] is None or int(read[4]) == ties > 1
        assert read[1] or len(allowed) == 1
    elif rule == "last":
        assert pick.index == allowed[-1] and read[1] == question.monitor
    elif rule == "one_se":
        error = next(value for name, value in pick.evidence.items() if name.endswith(("_se", "_noise")))
        assert cost[pick.index] <= cost.min() + error and (cost[: pick.index] > cost.min() + error).all()
    elif rule == "moving_average":
        smooth, weight, shown = 0.0, 1.0, []
        for value in cost[np.isfinite(cost)]:
            smooth, weight = 0.6 * smooth + 0.4 * value, weight * 0.6
            shown.append(smooth / (1 - weight))
        assert shown[list(allowed).index(pick.index)] == pytest.approx(min(shown), rel=1e-9, abs=1e-12)
        assert read[1] == words[question.goal]
    elif read[4]:
        assert (int(read[4]) == 1) == (not read[5].endswith("s")) and int(read[4]) == patience
        stop = next(value for name, value in pick.evidence.items() if name.startswith("stop_"))
        place = list(question.epochs).index(stop) if read[5].startswith("epoch") else int(stop)
        smooth, weight, shown = 0.0, 1.0, []
        for value in cost:
            smooth, weight = 0.6 * smooth + 0.4 * value, weight * 0.6
            shown.append(smooth / (1 - weight))
        late = [i for i in range(place + 1) if question.epochs[i] > question.epochs[place] - patience]
        assert min(shown[i] for i in late) >= min(shown[: late[0]], default=np.inf) - 1e-12 or late[0] == 0
