"""What is advised of a run is read back and computed anew from the run as logged: it must be so."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pasts import finding, past_of
from property_tests import examples
from questions import ask_of
from small_logs import small_questions

from selectmodel import registry
from selectmodel.advice.hindsight.finished_run import Past
from selectmodel.records import CheckFinding, Pick, Question

N = r"-?[\d.,]+(?:e[-+]?\d+)?"
CHECKED = ("overfitting", "overconfidence", "diverged", "still_improving", "double_descent", "too_good", "lr_drop",
           "small_validation", "constant", "val_better_than_train", "flooding")  # fmt: skip
law = settings(max_examples=examples(250), deadline=None, derandomize=True, database=None)


def looked_back(question: Question) -> Past | None:
    """The run with what the checks find in it; the rule ``best`` recommends."""
    past = past_of(question)
    if past is None:
        return None
    found = []
    with np.errstate(all="ignore"):
        for check in CHECKED:
            loaded = registry.load("checks", check)
            for one in loaded.find(past.question, Pick(past.index, "best")):
                found.append(CheckFinding(check, loaded.code, loaded.level, one.message, (), one.evidence))
    return replace(past, findings=tuple(found))


def messages(subject: str, *pasts: Past, **given: Any) -> list[str]:
    with np.errstate(all="ignore"):
        return [f"{one.message} {one.why}".strip() for one in registry.load("advice", subject).advise(pasts, **given)]


def number(text: str) -> float:
    return float(text.replace(",", ""))


def close(text: str, value: float) -> bool:
    """Whether a printed number is the value, rounded to the decimals it shows."""
    mantissa, _, power = text.replace(",", "").partition("e")
    return abs(number(text) - value) <= 0.51 * 10.0 ** (int(power or 0) - len(mantissa.partition(".")[2])) + 1e-9


def stopped(values: Any, goal: str, patience: int) -> int | None:
    """Where Keras' EarlyStopping would end on these values, a validation each."""
    best, waited = np.inf, 0
    for place, value in enumerate(values if goal == "min" else -values):
        if np.float32(value) < np.float32(best):
            best, waited = value, 0
        else:
            waited += 1
        if waited >= patience:
            return place
    return None


@law
@given(question=small_questions())
def test_early_stopping(question: Question) -> None:
    past = looked_back(question)
    if past is None or not all(np.isfinite(column).all() for column in question.companions.values()):
        return  # where a metric was not logged, callbacks wait; tests/frameworks holds that
    for message in messages("early_stopping", past):
        read = re.match(rf'EarlyStopping\(monitor="(\w+)", patience=(\d+)\) would (?:not have stopped|have stopped '
                        rf"at epoch (\d+): (\d+) % of the (epochs|validations) saved, (?:nothing lost|({N}) of (\w+) "
                        rf"lost, (no more|more) than its noise \(({N})\)|before there was an epoch to ship))",
                        message)  # fmt: skip
        assert read is not None or message.startswith(("The same for", "What other")), message
        if read is None:
            continue
        name, patience, at, saved, unit, lost, of, than, noise = read.groups()
        if len(question.timeline) > question.n:
            continue
        place = stopped(question.metric(name), "min" if "loss" in name else "max", int(patience))
        assert (place is None) == (at is None)
        if place is None:
            continue
        assert float(at) == question.epochs[place] and close(saved, 100 * (1 - (place + 1) / question.n))
        assert unit == "epochs" or not np.array_equal(np.diff(question.epochs), np.ones(question.n - 1))
        cost = question.cost[: place + 1].min() - question.cost[past.index]
        if lost:
            assert of == question.monitor and close(lost, cost)
            assert (
                (number(lost) <= number(noise) * 1.1 > 0) if than == "no more" else number(lost) * 1.1 >= number(noise)
            )
        elif "before there" not in message:
            assert cost <= 2e-7 * abs(question.values[past.index])


@law
@given(question=small_questions())
def test_training_length(question: Question) -> None:
    past = looked_back(question)
    for message in messages("training_length", past) if past else ():
        longer = re.match(r"Train longer, such as (?:(\d+) epochs instead of (\d+)|twice as long)", message)
        enough = re.match(rf"About (\d+) of the (\d+) (epochs|validations) are enough: the best is epoch (\d+), and "
                          rf"(\w+) is no better than ({N}) in the second half\.", message)  # fmt: skip
        assert longer or enough or message.startswith("Do not stop at the first rise"), message
        if longer and longer[1]:
            assert int(longer[2]) == question.n == question.epochs[-1] - question.epochs[0] + 1
            assert int(longer[1]) == 2 * question.n and question.epochs[0] in (0, 1)
        if enough:
            count, n, unit, best, name, later = enough.groups()
            half = question.values[question.n // 2 :]
            after = half.min() if question.goal == "min" else half.max()
            assert close(later, after) and name == question.monitor and int(n) == question.n > int(count)
            assert float(best) == question.epochs[past.index] and after != question.values[past.index]
            assert unit == "epochs" or len(set(np.diff(question.epochs))) > 1


@law
@given(question=small_questions())
def test_overfitting_and_a_fit_that_broke_down_are_never_both_said(question: Question) -> None:
    past = looked_back(question)
    for message in messages("regularisation", past) if past else ():
        assert message.startswith("This run overfits: try") and "broke down" not in message
        loss = question.metric("val_loss")
        assert loss[np.isfinite(loss)][-1] > loss[np.isfinite(loss)].min() or "means of" in message
    for message in messages("flooding", past) if past else ():
        read = re.match(
            rf"Flooding can be tried: the training loss falls to ({N}) while the validation loss rises", message
        )
        if read:
            both = np.isfinite(question.metric("loss")) & np.isfinite(question.metric("val_loss"))
            train, loss = question.metric("loss")[both], question.metric("val_loss")[both]
            logged = question.metric("loss")[np.isfinite(question.metric("loss"))]
            assert close(read[1], logged.min()) and train[-1] < train[int(np.argmin(loss))] and loss[-1] > loss.min()


@law
@given(question=small_questions(), spread=st.sampled_from([0.0, 0.5, 2.0]))
def test_limits_that_are_good_enough(question: Question, spread: float) -> None:
    past = looked_back(question)
    for message in messages("thresholds", past, spread=spread) if past else ():
        read = re.match(rf"Stopping at (.*?) would have ended this run at epoch (\d+): (\d+) % of the (?:epochs|"
                        rf"validations) saved, (?:nothing lost|({N}) of (\w+) lost)\.", message)  # fmt: skip
        if read is None:
            assert "was never met at one epoch of this run" in message or message.startswith("The same for"), message
            continue
        met = question.allowed.copy()
        for name, sign, limit in re.findall(rf"(\w+) ([<>]) ({N})", read[1]):
            curve = question.metric(name)
            met &= curve < number(limit) if sign == "<" else curve > number(limit)
        place = int(np.argmax(met))
        assert met.any() and question.epochs[place] == float(read[2])
        assert close(read[3], 100 * (1 - (place + 1) / question.n))
        lost = question.cost[: place + 1].min() - question.cost[past.index]
        assert close(read[4], lost) if read[4] else lost <= 0


@law
@given(question=small_questions())
def test_a_larger_validation_set(question: Question) -> None:
    past = looked_back(question)
    for message in messages("validation_size", past) if past else ():
        read = re.match(
            r"Validate on more than ([\d,]+) examples?, if you can\.(?: About ([\d,]+) would tell)?", message
        )
        assert read and number(read[1]) == question.val_size
        assert read[2] is None or question.val_size < number(read[2]) <= 1_000_000


@pytest.mark.parametrize(
    ("epochs", "steps", "told"),
    [
        (None, None, "12 epochs instead of 6"),
        ([1, 2, 3, 4, 5, 6], None, "12 epochs instead of 6"),
        ([np.nan] * 6, [100, 200, 300, 400, 500, 600], "twice as long (to step 1,200): "),
        ([0.5, 1, 1.5, 2, 2.5, 3], None, "twice as long: "),
        ([5, 10, 15, 20, 25, 30], None, "twice as long: "),
        ([40, 41, 42, 43, 44, 45], None, "twice as long: "),
    ],
)
def test_steps_and_validations_are_not_called_epochs(epochs: Any, steps: Any, told: str) -> None:
    question = ask_of([6.0, 5, 4, 3, 2, 1], epochs=epochs, steps=steps, split="val")
    past = past_of(question, findings=[finding("still_improving")])
    assert past is not None and f"Train longer, such as {told}" in messages("training_length", past)[0]


def test_one_of_several_runs_is_named() -> None:
    plain, broken = (past_of(ask_of([3.0, 1, 2, 3, 4]), name=name) for name in ("plain", "broken"))
    assert plain and broken
    broken = replace(broken, findings=(replace(finding("overfitting"), evidence={"broke down": 1.0}),))
    assert messages("regularisation", broken) == [] == messages("regularisation", plain, broken)
    plain = replace(plain, findings=(finding("overfitting"),))
    assert messages("regularisation", broken, plain)[0].startswith("plain overfits: ")
