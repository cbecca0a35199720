"""What holds for every subject of advice in the folder, found by listing it."""

from __future__ import annotations

import inspect
import math
import warnings
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from all_rows import all_hold
from hypothesis import given, settings
from hypothesis import strategies as st
from pasts import ALL_CHECKS, finding, past_of
from questions import ask_of, refused

from selectmodel import registry
from selectmodel.advice.hindsight.finished_run import Past
from selectmodel.errors import PolicyError
from selectmodel.policy import policy
from selectmodel.records import Advice
from selectmodel.settings import options

SUBJECTS = registry.names("advice")
HEADINGS = ["Formula", "Use when", "Avoid when", "Cost", "Source", "Example"]
every_subject = pytest.mark.parametrize("subject", SUBJECTS)
NAMES = ["val_loss", 'it\'s "quoted"\\', "line\nbreak", "val_\x1b[31m", "::error::x", "ü\u200b\u202e"]


def said(subject: str, *pasts: Past, **given: Any) -> list[Advice]:
    """Everything a subject advises, checked for what holds for all advice."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("error")
        found = list(registry.load("advice", subject).advise(pasts, **given))
    for one in found:
        assert one.message and one.message[0] != " " and len(one.message) < 1000
        assert all(isinstance(value, float) for value in one.evidence.values())
        assert not one.rows or {len(row) for row in one.rows} == {len(one.rows[0])}
        assert 0 <= one.worth <= 1
        compile(one.snippet, "snippet", "exec")
        assert one.snippet.isascii()
    return found


def curves(n: int = 60) -> dict[str, Any]:
    """A run that overfits: val_loss and its companions."""
    t = np.arange(n)
    noise = np.random.default_rng(1).normal(0, 0.01, n)
    return {
        "values": 0.5 + np.exp(-t / 4) + 0.01 * t + noise,
        "val_score": 0.9 - 0.5 * np.exp(-t / 4) - 0.002 * t + noise,
        "companions": {"loss": np.exp(-t / 8), "accuracy": np.minimum(1.0, 0.7 + t / 100)},
    }


ODD: dict[str, Past | None] = {
    "one point": past_of(ask_of([0.5], val_score=[0.5], train=[0.4])),
    "two points": past_of(ask_of([0.5, 0.4], val_score=[0.5, math.nan], train=[0.4, 0.1])),
    "all equal": past_of(ask_of([0.7] * 30, val_score=[0.5] * 30, train=[0.7] * 30)),
    "all zero": past_of(ask_of([0.0] * 30, val_score=[0.0] * 30, train=[0.0] * 30)),
    "companions NaN": past_of(ask_of(np.linspace(1, 0.5, 30), val_score=[math.nan] * 30, train=[math.nan] * 30)),
    "NaN tail": past_of(ask_of([*np.linspace(1, 0.5, 20), *[math.nan] * 20], val_score=np.linspace(0, 1, 40))),
    "NaN head": past_of(ask_of([*[math.nan] * 20, *np.linspace(1, 0.5, 20)], val_score=np.linspace(0, 1, 40))),
    "infinities": past_of(ask_of([math.inf, 1, -math.inf, 0.5, 0.7, 0.8, math.inf] * 4)),
    "negative": past_of(ask_of(np.linspace(-1, -3, 40), train=np.linspace(-1, -9, 40))),
    "huge": past_of(ask_of([1.7e308, -1.7e308, 1e308, 1.7e308, -1e308] * 6, train=[1.7e308, -1.7e308, 0, 1, 2] * 6)),
    "tiny": past_of(ask_of([5e-324, 1e-310, 5e-324, 1e300, 1e-300] * 6, val_score=[5e-324, 1, 0, 1e300, 0.5] * 6)),
    "score in percent": past_of(ask_of(np.linspace(1, 90, 40), "max", val_size=100, val_loss=np.linspace(2, 1, 40))),
    "epochs unknown": past_of(ask_of(np.linspace(1, 0.5, 40), epochs=[math.nan] * 40)),
    "one validation in five": past_of(ask_of(np.linspace(1, 0.5, 8), timeline=[-1, -1, -1, -1, 0] + [-1, 1] * 1)),
    "overfits": past_of(ask_of(**curves()), findings=[finding(check) for check in ALL_CHECKS]),
}


@every_subject
def test_odd_runs_never_raise_nor_warn(subject: str) -> None:
    every_check = [finding(check) for check in ALL_CHECKS]

    def holds(row: tuple[str, Any]) -> None:
        name, framework = row
        past = ODD[name]
        assert past is not None
        for findings in ((), every_check):
            odd = Past(past.name, past.question, past.index, past.pick, framework, tuple(findings))
            said(subject, odd)
            said(subject, odd, odd)

    all_hold(product(ODD, [None, "keras", "lightning", "huggingface"]), holds)


@every_subject
@pytest.mark.parametrize("name", NAMES)
def test_hostile_names_stay_inside_their_literal(subject: str, name: str) -> None:
    question = ask_of(**curves(), monitor=name)
    for framework in ("keras", "lightning", "huggingface", None):
        past = past_of(question, framework=framework, findings=[finding(check) for check in ALL_CHECKS])
        assert past is not None
        for one in said(subject, past):
            assert all(line.isprintable() for line in one.snippet.splitlines())


@every_subject
@settings(max_examples=15, deadline=None, derandomize=True, database=None)
@given(st.lists(st.tuples(*[st.floats(width=32) | st.integers(0, 3).map(float)] * 4), min_size=1, max_size=25))
def test_any_run_is_looked_back_on(subject: str, rows: list[tuple[float, ...]]) -> None:
    values, train, score, accuracy = zip(*rows, strict=True)
    question = ask_of(values, train=train, val_score=score, companions={"accuracy": accuracy, "loss": train})
    past = past_of(question, findings=[finding(check) for check in ALL_CHECKS])
    if past is not None:
        said(subject, past)


@every_subject
def test_the_page_has_its_headings_and_the_file_is_small(subject: str) -> None:
    lines = registry.page("advice", subject).splitlines()
    assert lines[0].endswith(".") and len(lines[0]) <= 115 and lines[1] == ""
    assert [line for line in lines[1:] if line and not line.startswith(" ")] == HEADINGS
    example = lines[lines.index("Example") + 1].strip()
    assert example.startswith("selectmodel advise ")
    file = Path(inspect.getfile(registry.load("advice", subject).advise))
    assert len(file.read_text(encoding="utf-8").splitlines()) <= 250


@every_subject
def test_settings_out_of_bounds_are_refused_by_name(subject: str) -> None:
    for name, option in options(registry.load("advice", subject).advise).items():
        assert option.meaning
        assert option.accept(option.default) == option.default
        for value in refused(option):
            with pytest.raises(ValueError, match="is not allowed; it takes"):
                option.accept(value)
            if isinstance(value, (int, float)):
                with pytest.raises(PolicyError, match=f"advice.{subject}.{name}"):
                    policy.load(None, sets=[f"advice.{subject}.{name}={value}"])
        at_bounds = [bound for bound in (option.low, option.high) if bound is not None]
        past = ODD["overfits"]
        assert past is not None
        for bound in at_bounds:
            said(subject, past, **{name: option.kind(bound)})


def test_unknown_subjects_and_settings_are_refused() -> None:
    for text, told in (
        ("advice.early_stoping.points=1", "did you mean early_stopping"),
        ("advice.early_stopping.point=1", r"has no such setting; did you mean points\?"),
        ("advice.early_stopping=1", "must be a table"),
    ):
        with pytest.raises(PolicyError, match=told):
            policy.load(None, sets=[text])
    assert policy.load(None, sets=["advice.flooding.levels=5"]).advice == {"flooding": {"levels": 5}}
