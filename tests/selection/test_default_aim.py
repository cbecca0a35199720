"""What is judged, and by which rule, where the user does not say; and how the screen tells of the other aim."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from cli import command
from places import SAMPLES

import selectmodel as sm
from selectmodel.errors import ChoiceError
from selectmodel.records import Run, Series

N = 20
UP, DOWN = np.linspace(0.5, 0.9, N), np.linspace(1.0, 0.2, N)
HUMP = np.concatenate([np.linspace(0.5, 0.9, 15), np.linspace(0.85, 0.7, 5)])


def run(columns: Mapping[str, Any], epochs: Mapping[str, Any] | None = None) -> Run:
    """A run of columns; ``epochs`` names those that were not logged at each one."""
    series = {}
    for name, values in columns.items():
        at = list((epochs or {}).get(name, range(len(values))))
        series[name] = Series.of(name, at, at, values)
    return Run(name="run", source="run", format="keras_csv", series=series)


@pytest.mark.parametrize(
    ("columns", "metric", "rule"),
    [
        ({"val_loss": DOWN, "val_accuracy": UP}, "val_accuracy", "aim_accuracy"),
        ({"val_loss": DOWN, "val_accuracy": 100 * UP}, "val_accuracy", "aim_accuracy"),
        ({"val_loss": DOWN, "val_f1": UP, "val_auc": UP}, "val_f1", "aim_accuracy"),
        ({"val_loss": DOWN, "val_iou": UP}, "val_iou", "aim_accuracy"),
        ({"val_loss": DOWN, "val_r2": UP - 1}, "val_r2", "aim_accuracy"),
        ({"val_loss": DOWN, "val_reward": 1000 * UP}, "val_reward", "aim_accuracy"),
        ({"val_accuracy": UP}, "val_accuracy", "aim_accuracy"),
        ({"val_loss": DOWN, "accuracy": UP}, "val_loss", "aim_loss"),
        ({"val_loss": DOWN, "train_accuracy": UP, "test_accuracy": UP}, "val_loss", "aim_loss"),
        ({"val_loss": DOWN}, "val_loss", "aim_loss"),
        ({"val_loss": DOWN, "val_mae": DOWN}, "val_loss", "aim_loss"),
        ({"val_mae": DOWN}, "val_mae", "best"),
        ({"val_loss": DOWN, "val_recall": UP}, "val_loss", "aim_loss"),
        ({"val_loss": DOWN, "val_cat_accuracy": UP, "val_dog_accuracy": UP}, "val_loss", "aim_loss"),
        ({"val_loss": DOWN, "val_score": UP}, "val_loss", "aim_loss"),
    ],
)
def test_accuracy_where_it_is_logged_else_loss(columns: dict[str, Any], metric: str, rule: str) -> None:
    report = sm.recommend(run(columns))
    assert (report.monitor.name, report.recommended.rule) == (metric, rule)
    assert not [note for note in report.notes if note.code == "SM170"]


@pytest.mark.parametrize(
    ("accuracy", "epochs", "told"),
    [
        (np.full(N, np.nan), None, "val_accuracy is never finite"),
        (np.full(N, 0.1), None, "val_accuracy is 0.1 at every validation"),
        ([0.5, 0.9], [0, 19], "val_accuracy is logged 2 times, val_loss 20 times"),
    ],
)
def test_a_score_that_cannot_speak_for_the_training_is_passed_over_and_that_is_said(
    accuracy: Any, epochs: Any, told: str
) -> None:
    columns = {"val_loss": DOWN, "val_accuracy": accuracy}
    report = sm.recommend(run(columns, {"val_accuracy": epochs} if epochs else None))
    assert (report.monitor.name, report.recommended.rule) == ("val_loss", "aim_loss")
    assert [note.message for note in report.notes if note.code == "SM170"] == [f"{told}; val_loss was judged instead"]


def test_a_score_missing_at_first_is_judged_from_where_it_starts() -> None:
    values = UP.copy()
    values[:4] = np.nan
    report = sm.recommend(run({"val_loss": DOWN, "val_accuracy": values}))
    assert report.monitor.name == "val_accuracy"
    assert report.recommended.epoch is not None and report.recommended.epoch >= 4


def test_a_score_logged_at_other_epochs_than_the_loss() -> None:
    columns = {"val_loss": DOWN, "val_accuracy": UP[::2]}
    report = sm.recommend(run(columns, {"val_accuracy": range(1, N, 2)}))
    assert (report.monitor.name, report.recommended.epoch) == ("val_accuracy", 19)


@pytest.mark.parametrize(
    ("keys", "metric", "rule"),
    [
        ({"metric": "val_accuracy"}, "val_accuracy", "aim_accuracy"),
        ({"metric": "val_loss"}, "val_loss", "best"),
        ({"metric": "val_loss", "aim": "accuracy"}, "val_loss", "aim_accuracy"),
        ({"rule": "best"}, "val_loss", "best"),
        ({"rule": "aim_accuracy"}, "val_accuracy", "aim_accuracy"),
        ({"rule": "last", "aim": "accuracy"}, "val_accuracy", "last"),
        ({"aim": "both"}, "val_accuracy", "aim_both"),
        ({"aim": "loss"}, "val_loss", "aim_loss"),
        ({"metric": "val_loss:max"}, "val_loss", "aim_accuracy"),
    ],
)
def test_what_the_user_names_wins(keys: dict[str, Any], metric: str, rule: str) -> None:
    report = sm.recommend(run({"val_loss": DOWN, "val_accuracy": UP}), **keys)
    assert (report.monitor.name, report.recommended.rule) == (metric, rule)


def test_nothing_on_validation_data_is_still_asked_for() -> None:
    with pytest.raises(ChoiceError, match="no validation values"):
        sm.recommend(run({"loss": DOWN, "accuracy": UP}))


@pytest.mark.parametrize("rule", ["keras", "lightning", "huggingface"])
def test_callbacks_look_at_the_loss_unless_a_metric_is_named(rule: str) -> None:
    columns = {"val_loss": -HUMP + 1, "val_accuracy": UP, "loss": DOWN}
    by_default, named = sm.recommend(run(columns)), sm.recommend(run(columns), metric="val_accuracy")
    assert by_default.picks[rule].epoch == 14 and "val_loss" in by_default.picks[rule].reason
    assert named.picks[rule].epoch == N - 1 and "val_accuracy" in named.picks[rule].reason
    assert by_default.picks["best"].epoch == N - 1


def test_callbacks_say_what_they_look_at_where_the_loss_is_logged_elsewhere() -> None:
    columns = {"val_loss": DOWN[::2], "val_accuracy": UP}
    pick = sm.recommend(run(columns, {"val_loss": range(0, N, 2)})).picks["keras"]
    assert pick.reason.endswith("by val_accuracy")


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        (
            [],
            "or epoch 13 if calibrated probabilities matter: val_loss 0.478 instead of 0.489",
        ),
        (
            ["--aim", "loss"],
            "or epoch 12 if right answers matter more: val_accuracy 0.903 instead of 0.898",
        ),
        (
            ["--aim", "both"],
            "or epoch 12 if right answers matter more: val_accuracy 0.903 instead of 0.898",
        ),
        (["--rule", "last"], ""),
        (["--metric", "val_loss", "--rule", "patience"], ""),
    ],
)
def test_the_other_aim_is_told_with_its_cost(
    flags: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    out = " ".join(command(capsys, "pick", SAMPLES / "keras/overfitting.csv", *flags).out.split())
    assert sentence in out
    cost = {"calibrated": "val_accuracy 0.005 lower", "right": "val_loss 2 % higher"}
    assert all(cost[word] in out for word in cost if word in sentence)
    assert ("matter: " in out or "matter more: " in out) is bool(sentence)


def test_aims_that_agree_are_not_told(capsys: pytest.CaptureFixture[str]) -> None:
    out = command(capsys, "pick", SAMPLES / "keras/short.csv").out
    assert "calibrated" not in out


def test_a_lucky_value_of_fifty_examples_is_shipped_but_not_believed() -> None:
    """The curve jumps like that all the time, so its best epoch may be good; its value is luck, and that is said."""
    report = sm.recommend(sm.read(SAMPLES / "keras/spike.csv"))
    assert report.recommended.epoch == report.picks["best"].epoch == 18
    assert report.expected is not None and report.expected.value < 0.86 < report.recommended.values["val_accuracy"]
    assert "lone_spike" in [finding.check for finding in report.findings] and len(report.as_good_as) > 1
