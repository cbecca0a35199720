"""What holds for every rule in the folder, found by listing it."""

from __future__ import annotations

import inspect
import math
import warnings
from dataclasses import replace
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
from selectmodel.errors import PolicyError
from selectmodel.policy import policy
from selectmodel.records import Pick, Question, frozen
from selectmodel.settings import options

RULES = registry.names("rules")
HEADINGS = ["Formula", "Use when", "Avoid when", "Cost", "Source", "Example"]
NAME = "val_metric"

# Settings besides the defaults under which the laws are tried.
VARIANTS: dict[str, list[dict[str, Any]]] = {
    "best": [{"ties": "last"}, {"ties": "val_loss"}],
    "gap": [{"weight": 0.0}, {"weight": 1.0}],
    "moving_average": [{"kind": "trailing"}, {"kind": "trailing", "window": 1000}, {"weight": 0.999}],
    "one_se": [{"k": 0.0}, {"k": 3.0}],
    "pareto": [{"score_weight": 0.0}, {"score_weight": 1.0}],
    "patience": [
        {"smoothing": "none", "patience": 3, "window": 1},
        {"smoothing": "median", "patience": 2, "window": 101},
        {"smoothing": "ema", "min_delta": 0.01, "min_epochs": 5},
    ],
    "prechelt": [
        {"criterion": "GL", "progress_floor": 0.1},
        {"criterion": "PQ", "k": 3},
        {"criterion": "UP", "s": 1, "measure_at": "strip_end"},
    ],
    "huggingface": [{"early_stopping_patience": 0}, {"save_strategy": "best"}],
    "keras": [{"line": "2"}, {"patience": 2, "min_delta": 0.01}, {"patience": 0, "restore_best_weights": False}],
    "lightning": [{"patience": 1}, {"save_top_k": -1, "every_n_epochs": 3}],
    "ray": [{"num_to_keep": 1}, {"num_to_keep": 3, "checkpoint_score_attribute": True}, {"method": "result"}],
    "ultralytics": [{"patience": 0}, {"map50_weight": 0.1}],
    "threshold": [{"conditions": (f"{NAME} < 0.6",)}, {"conditions": ("val_loss < 1", f"{NAME} > 0.1")}],
}
for _rule in RULES:  # a rule may declare cases of its own
    for _given, *_ in registry.load("rules", _rule).cases:
        if _given and _given not in VARIANTS.setdefault(_rule, []):
            VARIANTS[_rule].append(_given)
CASES = [(rule, given) for rule in RULES for given in [{}, *VARIANTS.get(rule, [])]]
every_case = pytest.mark.parametrize(
    ("rule", "given"), CASES, ids=[f"{rule}-{index}" for index, (rule, _) in enumerate(CASES)]
)
every_rule = pytest.mark.parametrize("rule", RULES)


def curves(seed: int) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Families of (validation, train) curves in 0..4, on a grid of 2^-20: a shift by 8 is exact, even in float32."""
    random = np.random.default_rng(seed)
    n = int(random.integers(8, 70))
    t = np.arange(n)
    noise = random.normal(0, 0.02, n)
    train = 0.2 + np.exp(-t / 15) + random.normal(0, 0.02, n)
    families = {
        "falls": 0.5 + np.exp(-t / 10) + noise,
        "overfits": 0.5 + np.exp(-t / 6) + 0.01 * t + noise,
        "steps": np.round(0.5 + 0.4 * np.exp(-t / 10) + noise, 2),
        "walks": 1.5 + np.cumsum(noise),
        "jumps": 0.6 + np.where(random.random(n) < 0.1, 3.0, 0.0) + noise,
    }
    grid = 2.0**20
    return {name: (np.round(v * grid) / grid, np.round(train * grid) / grid) for name, v in families.items()}


ALL = {f"{name}-{seed}": pair for seed in range(6) for name, pair in curves(seed).items()}


def answer(rule: str, question: Question, given: dict[str, Any]) -> Pick:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        pick = registry.load("rules", rule).pick(question, **given)
    assert pick.reason, "an answer needs a reason"
    assert "\n" not in pick.reason and len(pick.reason) < 120
    assert all(isinstance(value, float) for value in pick.evidence.values())
    assert pick.index is None or (type(pick.index) is int and 0 <= pick.index < question.n)
    assert pick.index is None or question.allowed[pick.index]
    return pick


def ask(values: Any, train: Any = None, **more: Any) -> Question:
    n = len(values)
    extra = {"val_loss": np.linspace(2, 1, n), "val_score": np.linspace(0.1, 0.9, n)}
    return ask_of(values, monitor=NAME, train=train, **(extra | more))


@every_case
def test_flipping_goal_and_sign_keeps_the_pick(rule: str, given: dict[str, Any]) -> None:
    why_not = registry.load("rules", rule).flip_matters
    if why_not is not None:
        assert len(why_not) > 10, "FLIP_MATTERS says why"
        return
    for values, train in ALL.values():
        flipped = ask(-values, -train, goal="max")
        assert answer(rule, ask(values, train), given).index == answer(rule, flipped, given).index


@every_case
@pytest.mark.parametrize(("constant", "shift", "scale"), [("shift_matters", 8.0, 1.0), ("scale_matters", 0.0, 4.0)])
def test_shift_and_scale_keep_the_pick(
    rule: str, given: dict[str, Any], constant: str, shift: float, scale: float
) -> None:
    why_not = getattr(registry.load("rules", rule), constant)
    if why_not is not None:
        assert len(why_not) > 10, f"{constant} says why"
        return
    for values, train in ALL.values():
        moved = ask(values * scale + shift, train * scale + shift)
        assert answer(rule, ask(values, train), given).index == answer(rule, moved, given).index


DEGENERATE = {
    "nothing": ask([]),
    "one point": ask([0.5], [0.4]),
    "one NaN": ask([math.nan], [0.4]),
    "all NaN": ask([math.nan] * 9, [0.1] * 9),
    "all inf": ask([math.inf] * 9, [0.1] * 9),
    "mixed infinities": ask([math.inf, 1.0, -math.inf, math.nan, 0.5], [math.inf, math.inf, -math.inf, 1.0, math.nan]),
    "all equal": ask([0.7] * 30, [0.7] * 30),
    "all zero": ask([0.0] * 30, [0.0] * 30),
    "negative": ask(np.linspace(-1, -3, 20), np.linspace(-1, -4, 20)),
    "none allowed": ask(np.linspace(1, 0, 9), np.linspace(1, 0, 9), allowed=[False] * 9),
    "last allowed": ask(np.linspace(0, 1, 40), np.linspace(0, 1, 40), allowed=[False] * 39 + [True]),
    "first allowed": ask(np.linspace(1, 0, 40), np.linspace(1, 0, 40), allowed=[True] + [False] * 39),
    "no twin, no companions": ask_of(np.linspace(1, 0, 9), monitor=NAME),
    "companions NaN": ask([0.5, 0.4, 0.6], [math.nan] * 3, val_loss=[math.nan] * 3, val_score=[math.nan] * 3),
    "epochs unknown": ask(np.linspace(1, 0, 9), np.linspace(1, 0, 9), epochs=[math.nan] * 9),
    "epochs fall": ask(np.linspace(1, 2, 9), np.linspace(1, 0, 9), epochs=[0, 1, 2, 0, 1, 2, 3, 4, 5]),
    "huge": ask([1.7e308, -1.7e308, 1e308, 1.7e308, -1e308], [-1.7e308, 1.7e308, 1.7e308, -1e308, 1e308]),
    "tiny": ask([5e-324, 1e-310, 5e-324, 1e300, 1e-300], [5e-324, 1e300, 5e-324, 1e-310, 1e-300]),
    "score, sized": ask_of([0.5, 1.0, 0.9], "max", monitor="val_accuracy", val_size=1, val_loss=[1.0, 2.0, 3.0]),
    "one validation in five": ask([0.5, 0.4, 0.6], timeline=[-1] * 4 + [0] + [-1] * 4 + [1] + [-1] * 4 + [2]),
}

DEGENERATE |= {
    f"{name}, {kind}": replace(question, score_kind=kind, goal="max", train_score=question.train_twin)
    for name, question in DEGENERATE.items()
    for kind in ("counts", "share", "smooth")
    if question.goal == "max" or name in ("huge", "tiny", "all equal", "negative", "mixed infinities", "one point")
}


@every_case
def test_odd_questions_never_raise_nor_warn(rule: str, given: dict[str, Any]) -> None:
    def holds(name: str) -> None:
        pick = answer(rule, DEGENERATE[name], given)
        assert DEGENERATE[name].allowed.any() or pick.index is None

    all_hold(DEGENERATE, holds)


def arrays(question: Question) -> list[bytes]:
    own = [getattr(question, name) for name in Question.__slots__]
    return [array.tobytes() for array in [*own, *question.companions.values()] if isinstance(array, np.ndarray)]


@every_case
def test_same_question_same_answer_and_nothing_changes(rule: str, given: dict[str, Any]) -> None:
    values, train = ALL["overfits-0"]
    question = ask(values, train)
    before = arrays(question)
    assert answer(rule, question, given) == answer(rule, question, given)
    assert arrays(question) == before


def test_arrays_of_a_question_cannot_be_written() -> None:
    question = ask([0.5, 0.4], [0.3, 0.2])
    for array in (question.values, question.cost, question.allowed, question.timeline, *question.companions.values()):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1


numbers = st.floats(width=32) | st.integers(0, 4).map(float)


@every_rule
@settings(max_examples=examples(30), deadline=None, derandomize=True, database=None)
@given(st.lists(st.tuples(numbers, numbers, numbers, numbers, st.booleans()), max_size=25))
def test_any_question_is_answered(rule: str, rows: list[tuple[float, float, float, float, bool]]) -> None:
    values, train, loss, score, allowed = zip(*rows, strict=True) if rows else ((), (), (), (), ())
    more = {"allowed": allowed, "val_loss": loss, "val_score": score}
    for extra in [*VARIANTS.get(rule, []), {}]:
        first = answer(rule, ask(values, train, **more), extra)
        if registry.load("rules", rule).flip_matters is None:
            flipped = ask(frozen(values) * -1, frozen(train) * -1, goal="max", **more)
            assert first.index == answer(rule, flipped, extra).index


@every_rule
def test_settings_out_of_bounds_are_refused_by_name(rule: str) -> None:
    for name, option in options(registry.load("rules", rule).pick).items():
        assert option.meaning
        assert option.accept(option.default) == option.default
        for value in refused(option):
            with pytest.raises(ValueError, match="is not allowed; it takes"):
                option.accept(value)
            if isinstance(value, (int, float, str)):
                with pytest.raises(PolicyError, match=f"{rule}.{name}"):
                    policy.load(None, sets=[f"{rule}.{name}={value}"])


@every_rule
def test_the_page_has_its_headings_and_the_file_is_small(rule: str) -> None:
    lines = registry.page("rules", rule).splitlines()
    assert lines[0].endswith(".") and len(lines[0]) <= 115 and lines[1] == ""
    assert [line for line in lines[1:] if line and not line.startswith(" ")] == HEADINGS
    for heading in HEADINGS:
        assert lines[lines.index(heading) + 1].strip(), f"{heading} is empty"
    assert "O(" in lines[lines.index("Cost") + 1]
    example = lines[lines.index("Example") + 1].strip()
    assert example.startswith("selectmodel ") and rule in example
    file = inspect.getfile(inspect.unwrap(registry.load("rules", rule).pick))  # of another package it is behind a guard
    assert (
        len(Path(file).read_text(encoding="utf-8").splitlines()) <= 130
    )  # replays of two callbacks; the rest keep to 120


@every_rule
def test_settings_shown_in_the_example_exist(rule: str) -> None:
    page = registry.page("rules", rule)
    for word in page.split("Example")[1].split("--set ")[1:]:
        policy.load(None, sets=[word.split('"')[1] if word.startswith('"') else word.split()[0]])
