"""A log that counts errors tells what one that counts right answers tells: every rule gives one epoch for both."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import selectmodel as sm
from selectmodel import registry
from selectmodel.records import Run, Series

#: Rules that look at the metric's name or level, not only at right answers and errors.
_OF_A_FRAMEWORK = ("huggingface", "ultralytics", "keras", "lightning", "ray")
#: A condition names a metric and its bound.
_BY_NAME = ("threshold",)
RULES = [name for name in registry.names("rules") if name not in (*_OF_A_FRAMEWORK, *_BY_NAME)]


def run(columns: dict[str, Any]) -> Run:
    n = len(next(iter(columns.values())))
    series = {name: Series.of(name, range(n), range(n), values) for name, values in columns.items()}
    return Run(name="run", source="run", format="keras_csv", series=series)


def picked(columns: dict[str, Any], **keys: Any) -> dict[str, float | None]:
    report = sm.recommend(run(columns), **keys)
    assert report.recommended.rule == "aim_accuracy"
    return {rule: report.picks[rule].epoch for rule in RULES}


@st.composite
def right_answers(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(n,) right answers of 400 on validation data, of 400 on training data, and a validation loss."""
    n = draw(st.integers(6, 40))
    seed = draw(st.integers(0, 2**31))
    random = np.random.default_rng(seed)
    t = np.arange(n)
    top = draw(st.floats(0.6, 0.97))
    curve = top - (top - 0.3) * np.exp(-t / 5) - 0.002 * t * draw(st.floats(0, 1))
    answers = np.clip(np.round(400 * curve + random.normal(0, 4, n)), 0, 400)
    trained = np.clip(np.round(400 * (1 - 0.6 * np.exp(-t / 8))), 0, 400)
    loss = np.round(0.4 + np.exp(-t / 5) + 0.01 * t + random.normal(0, 0.01, n), 4)
    return answers, trained, loss


@given(
    right_answers(), st.sampled_from([("error_rate", 1.0), ("error_rate", 100.0), ("top1_err", 1.0), ("err", 100.0)])
)
def test_every_rule_gives_one_epoch_for_a_log_and_its_complement(
    log: tuple[np.ndarray, np.ndarray, np.ndarray], written: tuple[str, float]
) -> None:
    answers, trained, loss = log
    if np.ptp(answers) == 0:
        return
    name, whole = written
    shares, train = answers / 400 * whole, trained / 400 * whole
    counted = {"val_acc": shares, "train_acc": train, "val_loss": loss}
    erred = {f"val_{name}": whole - shares, f"train_{name}": whole - train, "val_loss": loss}
    if whole == 100 and (whole - shares).max() <= 1:
        return  # below one percent throughout, errors look like shares
    assert picked(counted) == picked(erred)


@pytest.mark.parametrize(
    "name", ["val_wer", "val_cer", "val_eer", "val_error", "val_classification_error", "val_err@1"]
)
def test_what_counts_errors_decides_in_place_of_the_loss(name: str) -> None:
    t = np.arange(20)
    error = 0.1 + 0.5 * np.exp(-t / 4)
    report = sm.recommend(run({name: np.round(error, 3), "val_loss": 1 + 0.01 * t}))
    assert (report.monitor.name, report.monitor.goal, report.recommended.rule) == (name, "min", "aim_accuracy")
    assert report.recommended.reason.startswith("lowest")
    assert report.recommended.epoch is not None and report.recommended.epoch > 12


def test_a_distance_such_as_fid_decides_by_its_lowest_value() -> None:
    report = sm.recommend(run({"val_fid": [50.0, 30, 11, 12, 13], "val_loss": [1.0, 0.5, 0.6, 0.7, 0.8]}))
    assert (report.monitor.name, report.recommended.epoch) == ("val_fid", 2)
    assert report.recommended.reason == "lowest val_fid"


def test_an_error_that_is_no_rate_is_a_loss_as_before() -> None:
    report = sm.recommend(run({"val_error": [5000.0, 300, 310, 320], "val_loss": [1.0, 0.9, 0.5, 0.8]}))
    assert report.monitor.name == "val_loss"
    report = sm.recommend(run({"val_mean_squared_error": [0.5, 0.3, 0.31, 0.32], "val_loss": [1.0, 0.9, 0.5, 0.8]}))
    assert report.monitor.name == "val_loss"


def test_a_word_error_rate_above_one_at_first_is_no_percentage() -> None:
    report = sm.recommend(run({"val_wer": [1.3, 0.9, 0.5, 0.3, 0.25, 0.26], "val_loss": [1, 0.5, 0.6, 0.7, 0.8, 0.9]}))
    assert report.question.errors == {"val_wer": 1.0}
    assert report.recommended.epoch in (4, 5)


def test_what_an_error_rate_is_worth_on_new_data_is_no_better_than_it_was_logged() -> None:
    answers = np.array([300, 341, 355, 363, 367, 372, 371, 375, 374, 377, 376, 379])
    loss = np.linspace(1, 0.5, 12)
    one = sm.recommend(run({"val_acc": answers / 400, "val_loss": loss}), val_size=400)
    other = sm.recommend(run({"val_error_rate": 1 - answers / 400, "val_loss": loss}), val_size=400)
    assert one.expected is not None and other.expected is not None
    assert other.expected.value == pytest.approx(1 - one.expected.value)
    assert (other.expected.low, other.expected.high) == pytest.approx((1 - one.expected.high, 1 - one.expected.low))
    assert other.expected.value >= other.recommended.values["val_error_rate"]
