"""What holds for every check in the folder, found by listing it."""

from __future__ import annotations

import inspect
import json
import math
import re
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from all_rows import all_hold
from hypothesis import given, settings
from hypothesis import strategies as st
from property_tests import examples
from questions import ask_of, refused

from selectmodel import registry
from selectmodel.checks import overconfidence, saturated, still_improving
from selectmodel.commands.explain import catalogue
from selectmodel.errors import PolicyError
from selectmodel.policy import policy, tables
from selectmodel.records import Finding, Note, Pick, Question

CHECKS = registry.names("checks")
HEADINGS = ["What it measures", "Why it matters", "Often right?", "What to do", "Source", "Example"]
MEASURED = json.loads((registry.PACKAGE / "checks" / "measured.json").read_text(encoding="utf-8"))
every_check = pytest.mark.parametrize("check", CHECKS)


def find(check: str, question: Question, **given: Any) -> list[Finding]:
    """What core gets, with the laws that hold for every finding."""
    index = int(np.argmin(question.cost)) if question.n and question.allowed.any() else None
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("error")
        found = list(registry.load("checks", check).find(question, Pick(index, "lowest"), **given))
    for finding in found:
        assert finding.message and "\n" not in finding.message and not finding.message.endswith(".")
        assert all(type(i) is int and 0 <= i < question.n for i in finding.indices)
        assert all(type(value) is float for value in finding.evidence.values())
    return found


def ask(values: Any, train: Any = None, **more: Any) -> Question:
    return ask_of(values, train=train, **{"split": "val", **more})


def told(n: int, seed: int = 0) -> Question:
    """A question with everything that a check may look at."""
    random = np.random.default_rng(seed)
    t = np.arange(n)
    loss = 0.5 + np.exp(-t / 5) + 0.01 * t + random.normal(0, 0.02, n)
    score = np.round(np.clip(0.9 - 0.5 * np.exp(-t / 7) + random.normal(0, 0.02, n), 0, 1) * 60) / 60
    return ask(
        loss,
        np.exp(-t / 9),
        val_score=score,
        companions={"accuracy": np.minimum(1, 0.5 + t / 20)},
        train_loss="train_loss",
        train_score="accuracy",
        val_size=60,
        learning_rate=np.where(t < n // 2, 0.1, 0.01),
        has_file=t % 3 == 0,
        timeline=np.repeat(t, 3),
        notes=(Note("SM105", "logged twice"),),
        replayed={"keras": n - 1},
    )


NAN = [math.nan] * 9
ODD = {
    "nothing": ask([]),
    "one point": ask([0.5], [0.4], val_score=[1.0]),
    "one NaN": ask([math.nan], [0.4]),
    "all NaN": ask(NAN, NAN, val_score=NAN),
    "all inf": ask([math.inf] * 9, [0.1] * 9, val_score=[math.inf] * 9),
    "NaN from the middle": ask([1.0, 0.5, 0.4, *NAN], [1.0, 0.4] + [math.nan] * 10, val_score=[0.5] * 12),
    "mixed infinities": ask([math.inf, 1.0, -math.inf, math.nan, 0.5], [math.inf, -math.inf, 1.0, math.nan, 0.1]),
    "all equal": ask([0.7] * 30, [0.7] * 30, val_score=[0.7] * 30),
    "all zero": ask([0.0] * 30, [0.0] * 30, val_score=[0.0] * 30),
    "negative": ask(np.linspace(-1, -3, 20), np.linspace(-1, -4, 20), val_score=np.linspace(-1, 2, 20)),
    "none allowed": ask(np.linspace(1, 0, 9), np.linspace(1, 0, 9), allowed=[False] * 9),
    "epochs unknown": ask(np.linspace(1, 0.1, 9), np.linspace(1, 0, 9), epochs=NAN),
    "huge": ask([1.7e308, -1.7e308, 1e308, 1.7e308, -1e308] * 3, [-1.7e308, 1.7e308, 1e308, -1e308, 1e308] * 3),
    "tiny": ask([5e-324, 1e-310, 5e-324, 1e300, 1e-300] * 3, [5e-324, 1e300, 5e-324, 1e-310, 1e-300] * 3),
    "one example": ask_of([0.5, 1.0, 0.9] * 5, "max", split="val", val_size=1, val_loss=[1.0, 2.0, 3.0] * 5),
    "percent": ask_of(np.linspace(10, 100, 30), "max", split="val", val_size=50),
    "told": told(40),
    "told of two": told(2),
    **{split: ask([0.5, 0.4], split=split) for split in ("train", "test")},
}


@every_check
def test_odd_questions_never_raise_nor_warn(check: str) -> None:
    all_hold(ODD, lambda name: find(check, ODD[name]))


@every_check
def test_same_question_same_answer_and_nothing_changes(check: str) -> None:
    question = told(60)
    arrays = [question.values, question.cost, *question.companions.values()]
    before = [array.tobytes() for array in arrays]
    assert find(check, question) == find(check, question)
    assert [array.tobytes() for array in arrays] == before


@every_check
def test_the_unit_of_a_loss_does_not_matter(check: str) -> None:
    """Nats or bits: what is found is the same, at the same epochs."""
    for seed in range(5):
        question = told(50, seed)
        scaled = ask(
            question.values * 4,
            question.companions["train_loss"] * 4,
            val_score=question.companions["val_accuracy"],
            companions={"accuracy": question.companions["accuracy"]},
            train_loss="train_loss", train_score="accuracy", val_size=60, learning_rate=question.learning_rate,
            has_file=question.has_file, timeline=question.timeline, notes=question.notes, replayed=question.replayed,
        )  # fmt: skip
        if check not in ("flooding", "val_better_than_train"):  # these compare a loss with another quantity
            assert [f.indices for f in find(check, question)] == [f.indices for f in find(check, scaled)]


numbers = st.floats(width=32) | st.integers(0, 4).map(float) | st.floats(0, 1)


@every_check
@settings(max_examples=examples(40), deadline=None, derandomize=True, database=None)
@given(st.lists(st.tuples(numbers, numbers, numbers, numbers, st.booleans()), max_size=25))
def test_any_question_is_answered(check: str, rows: list[tuple[float, float, float, float, bool]]) -> None:
    values, train, score, rate, flag = zip(*rows, strict=True) if rows else ((), (), (), (), ())
    for goal in ("min", "max"):
        more = {"val_loss": train, "val_score": score, "allowed": flag, "has_file": flag, "learning_rate": rate}
        companions = {"loss": train, "accuracy": score}
        named = {"train_loss": "loss", "train_score": "accuracy"}
        find(check, ask_of(values, goal, split="val", val_size=9, companions=companions, **named, **more))


@every_check
def test_settings_out_of_bounds_are_refused_by_name(check: str) -> None:
    for name, option in tables.options(check).items():
        assert option.meaning
        assert option.accept(option.default) == option.default
        for value in refused(option):
            with pytest.raises(ValueError, match="is not allowed; it takes"):
                option.accept(value)
            if isinstance(value, (int, float, str)):
                with pytest.raises(PolicyError, match=re.escape(f"checks.{check}.{name}")):
                    policy.load(None, sets=[f"checks.{check}.{name}={value}"])


@every_check
def test_the_page_has_its_headings_and_the_file_is_small(check: str) -> None:
    found = registry.load("checks", check)
    lines = registry.page("checks", check).splitlines()
    assert lines[0].endswith(".") and len(lines[0]) <= 115 and lines[1] == ""
    assert [line for line in lines[1:] if line and not line.startswith(" ")] == HEADINGS
    for heading in HEADINGS:
        assert lines[lines.index(heading) + 1].strip(), f"{heading} is empty"
    assert lines[lines.index("Example") + 1].strip().startswith("selectmodel ")
    for word in registry.page("checks", check).split("--set ")[1:]:
        policy.load(None, sets=[word.split()[0]])
    assert found.level in tables.LEVELS
    file = inspect.getfile(inspect.unwrap(found.find))  # of another package it stands behind a guard
    assert len(Path(file).read_text(encoding="utf-8").splitlines()) <= 120


def test_every_check_has_a_code_of_its_own() -> None:
    codes = [registry.load("checks", check).code for check in CHECKS]
    assert len(set(codes)) == len(codes)
    assert all(re.fullmatch(r"SM2\d\d", code) for code in codes)
    assert [registry.constant("checks", check, "CODE") for check in CHECKS] == codes


@every_check
def test_the_page_cites_what_was_measured(check: str) -> None:
    measured = MEASURED.get(check)
    if measured is None or measured["fires"] is None:
        return
    said = registry.page("checks", check).split("Often right?\n")[1].split("\n\nWhat to do")[0]
    assert said == catalogue.often_right(measured), "python benchmarks/checks/run.py writes it"


@every_check
def test_a_check_that_is_mostly_wrong_is_off(check: str) -> None:
    right = MEASURED.get(check, {}).get("right")
    assert right is None or right >= 0.5 or tables.default(check) == "off"


def test_figures_are_of_data_sets_that_were_left_out_and_of_public_runs() -> None:
    for check, figures in MEASURED.items():
        if figures["fires"] and check != "too_good":
            assert figures["low"] <= figures["right"] <= figures["high"]
            assert figures["public"]["runs"] == 1792
            page = " ".join(registry.page("checks", check).split())
            assert "with thresholds of other data sets" in page and "1,792 public runs" in page


def test_the_odds_in_a_message_are_those_measured() -> None:
    wrong = [1 - figures["right"] for figures in (MEASURED["saturated"], MEASURED["saturated"]["public"])]
    assert " to ".join(f"{round(5 * share)} in 5" for share in sorted(wrong)) == saturated._ODDS
    assert f"{round(5 * MEASURED['overconfidence']['right'])} of 5" == overconfidence._ODDS
    gains = MEASURED["still_improving"]
    assert -0.1 < gains["gain_low"] <= 0.05
    assert round(gains["gain_high"], 1) == still_improving._UP_TO


def test_the_goals_of_the_checks_are_met() -> None:
    assert MEASURED["overconfidence"]["right"] >= 0.74
