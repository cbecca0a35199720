"""What a choice is worth on new data, and the chance that it is near the best."""

from __future__ import annotations

from dataclasses import replace
from math import log, sqrt
from typing import Any

import numpy as np
import pytest
from places import ROOT
from questions import ask_of

import selectmodel as sm
from selectmodel.metrics import kinds
from selectmodel.records import Question
from selectmodel.selection import expected

LUCK = (0.11, 0.5)
OVERFITTING = ROOT / "sample_logs/keras/overfitting.csv"


def asked(values: Any, size: int | None = 400, **more: Any) -> Question:
    return replace(ask_of(values, "max", val_size=size, **more), score_kind="counts")


@pytest.mark.parametrize("rows", [1, 20, 1000])
@pytest.mark.parametrize("unit", [1.0, 100.0])
def test_the_luck_of_the_choice_is_taken_off(rows: int, unit: float) -> None:
    values = np.full(rows, 0.6 * unit)
    values[-1] = 0.75 * unit
    found = expected.expected(asked(values), "val_accuracy", "accuracy", rows - 1, LUCK)
    assert found is not None
    luck = min(0.5, 0.11 * log(rows)) * 1.2 * sqrt(302 / 404 * 102 / 404 / 404)
    assert found.value == pytest.approx(unit * (0.75 - luck))
    assert found.high - found.low == pytest.approx(unit * 2 * 1.85 * sqrt(302 / 404 * 102 / 404 / 404))
    assert (found.metric, found.level) == ("val_accuracy", 0.9)


@pytest.mark.parametrize(("value", "size"), [(1.0, 50), (0.0, 50), (0.999, 1), (0.5, 1)])
def test_the_range_stays_within_the_possible(value: float, size: int) -> None:
    found = expected.expected(asked([value, value], size), "val_accuracy", "accuracy", 0, LUCK)
    assert found is not None
    assert 0 <= found.low <= found.value <= found.high <= 1


@pytest.mark.parametrize(
    ("values", "size", "base"),
    [
        ([0.5, 0.6], None, "accuracy"),
        ([0.5, 0.6], 100, "f1"),
        ([0.5, 0.6], 100, "auc"),
        ([0.5, 0.6], 100, "balanced_accuracy"),
        ([0.5, 0.6], 100, "token_accuracy"),
        ([500, 600], 100, "accuracy"),
        ([-0.5, 0.6], 100, "accuracy"),
        ([np.nan, 0.6], 100, "accuracy"),
    ],
)
def test_nothing_is_expected_where_it_is_not_meant(values: list[float], size: int | None, base: str) -> None:
    assert expected.expected(asked(values, size), "val_accuracy", base, 0, LUCK) is None


@pytest.mark.parametrize(
    ("base", "is_one"),
    [("accuracy", True), ("sparse_categorical_accuracy", True), ("top5", True), ("exact_match", True),
     ("mean_accuracy", False), ("pixel_accuracy", False), ("f1", False), ("iou", False)],
)  # fmt: skip
def test_proportions(base: str, is_one: bool) -> None:
    assert kinds.proportion(base) is is_one


def test_the_chance_grows_with_the_validation_set_and_needs_a_loss() -> None:
    values, loss = np.linspace(0.5, 0.8, 30), np.linspace(1.0, 0.5, 30)
    chances = [
        expected.chance(asked(values, size, val_loss=loss), "val_accuracy", "accuracy", 29) for size in (50, 500, 5000)
    ]
    assert None not in chances
    assert chances == sorted(chances)  # type: ignore[type-var]
    assert expected.chance(asked(values), "val_accuracy", "accuracy", 29) is None
    assert expected.chance(asked(values, None, val_loss=loss), "val_accuracy", "accuracy", 29) is None
    assert expected.chance(asked(values, val_loss=loss - 0.5), "val_accuracy", "accuracy", 29) is None
    assert expected.chance(asked(values, val_loss=loss), "val_accuracy", "f1", 29) is None


def test_a_report_says_what_the_choice_is_worth() -> None:
    run = sm.read(OVERFITTING)
    accuracy, loss = sm.recommend(run), sm.recommend(run, aim="loss")
    assert accuracy.expected is not None and loss.expected is not None
    assert accuracy.expected.metric == loss.expected.metric == "val_accuracy"
    raw = accuracy.recommended.values["val_accuracy"]
    assert raw - 0.5 * 0.5 / sqrt(600) < accuracy.expected.value < raw
    assert accuracy.chance is not None and loss.chance is None
    answer = accuracy.to_dict()["recommended"]
    assert answer["expected"]["value"] == accuracy.expected.value
    assert answer["chance"] == accuracy.chance
    for rule in ("patience", "gap"):
        told = sm.recommend(run, rule=rule, metric="val_accuracy")
        assert told.expected is not None and told.expected.value < told.recommended.values["val_accuracy"]
    assert sm.recommend(run, rule="keras", metric="val_accuracy").expected is None
    assert sm.recommend(run, rule="gap", metric="val_loss").expected is None
    lowest = sm.recommend(run, rule="best").expected
    assert lowest is not None and lowest.value == loss.expected.value
