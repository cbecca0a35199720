"""What a training wrote down as its best is shown beside ours: as a finding, in the table of rules and in the JSON."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from questions import ask_of

from selectmodel import registry
from selectmodel.display.style import Style
from selectmodel.policy.policy import Policy
from selectmodel.records import Pick, Question, RecordedBest, Run, Series
from selectmodel.selection.recommend import recommend
from selectmodel.selection.report import Report

LOSS = [0.9, 0.5, 0.4, 0.45]
SCORE = [0.5, 0.8, 0.7, 0.75]


def run(recorded: RecordedBest | None, *, steps: bool = True) -> Run:
    epochs = np.arange(1, 5)
    places = epochs * 6 if steps else epochs
    series = {
        name: Series.of(name, places, epochs, values) for name, values in (("eval_loss", LOSS), ("eval_f1", SCORE))
    }
    return Run("r", "r.json", "made", series, "step" if steps else "epoch", recorded=recorded)


def report(recorded: RecordedBest | None, metric: str = "eval_loss", *, steps: bool = True) -> Report:
    return recommend(run(recorded, steps=steps), Policy(metric=metric, rule="best"))


def said(found: Report) -> list[str]:
    return [finding.message for finding in found.findings if finding.check == "framework_best"]


@pytest.mark.parametrize(
    ("recorded", "metric", "message"),
    [
        (
            RecordedBest("Hugging Face", "eval_f1", 0.8, step=12),
            "eval_loss",
            "Hugging Face recorded epoch 2 as its best, by eval_f1 0.800; by eval_loss it is epoch 3",
        ),
        (
            RecordedBest("Hugging Face", "eval_loss", 0.9, step=6),
            "eval_loss",
            "Hugging Face recorded epoch 1 as its best, not epoch 3: eval_loss 0.900 instead of 0.400",
        ),
        (RecordedBest("XGBoost", epoch=2), "eval_loss", "XGBoost recorded epoch 2 as its best, not epoch 3: eval_loss"),
        (
            RecordedBest("Hugging Face", "eval_f1", 0.9, step=30),
            "eval_loss",
            "Hugging Face recorded step 30 as its best, by eval_f1 0.900; eval_loss was not logged there",
        ),
        (RecordedBest("the tag best_epoch", epoch=9), "eval_loss", "the tag best_epoch recorded epoch 9 as its best;"),
    ],
)
def test_another_place_is_told(recorded: RecordedBest, metric: str, message: str) -> None:
    (finding,) = said(report(recorded, metric))
    assert finding.startswith(message)


@pytest.mark.parametrize(
    "recorded",
    [
        None,
        RecordedBest("Hugging Face", "eval_loss", 0.4, step=18),
        RecordedBest("Hugging Face", "eval_f1", 0.7, step=18),
        RecordedBest("Hugging Face", epoch=3),
        RecordedBest("Hugging Face", "eval_loss", 0.4),
    ],
)
def test_the_same_place_needs_no_word(recorded: RecordedBest | None) -> None:
    assert said(report(recorded)) == []


def test_a_record_takes_the_place_of_the_replay() -> None:
    def find(question: Question) -> list[str]:
        return [one.message for one in registry.load("checks", "framework_best").find(question, Pick(2, "lowest"))]

    question = ask_of(LOSS, replayed={"keras": 0})
    assert find(question)
    assert find(replace(question, recorded=RecordedBest("Keras", epoch=2), recorded_at=2)) == []


def test_json_tells_step_and_epoch_where_either_is_known() -> None:
    found = report(RecordedBest("Hugging Face", "eval_f1", 0.8, step=12, checkpoint="checkpoint-12"))
    told = json.loads(json.dumps(found.to_dict()))["recorded_best"]
    assert told == {
        "by": "Hugging Face",
        "metric": "eval_f1",
        "value": 0.8,
        "step": 12,
        "epoch": 2.0,
        "checkpoint": "checkpoint-12",
    }
    assert report(None).to_dict()["recorded_best"] is None


def test_the_table_has_a_row_for_it() -> None:
    found = report(RecordedBest("Hugging Face", "eval_f1", 0.8, step=12))
    rows = {row[0]: row[1:5] for row in found.table()}
    assert rows["recorded best"] == (2, 12, None, "Hugging Face, by eval_f1 0.800")
    assert "recorded best" in _screen(found)
    assert any("recorded best" in line for line in found.page() or ())


def test_a_place_that_was_validated_twice_is_no_candidate() -> None:
    twice = Series.of("eval_loss", [6, 12, 18, 24], [1, 2, 2, 3], LOSS)
    asked = Run("r", "r", "made", {"eval_loss": twice}, "step", recorded=RecordedBest("X", epoch=2))
    found = recommend(asked, Policy(rule="best"))
    assert found.question.recorded_at is None


def test_a_step_is_not_taken_for_an_epoch() -> None:
    """A log that counts epochs alone cannot tell which of them ended at a step."""
    assert report(RecordedBest("X", step=2), steps=False).question.recorded_at is None
    assert report(RecordedBest("X", epoch=2), steps=False).question.recorded_at == 1


def _screen(found: Report) -> str:
    text: Any = registry.load("reports", "text").render(found, Style(width=160))
    return str(text)
