"""A gate asks for new data: training metrics and metrics of unknown data pass only where the policy names the data."""

from __future__ import annotations

from typing import Any

import pytest

import selectmodel as sm
from selectmodel.errors import PolicyError
from selectmodel.records import Run, Series

KERAS = {
    "accuracy": [0.6, 0.8, 0.95],
    "loss": [1.0, 0.5, 0.2],
    "val_accuracy": [0.6, 0.66, 0.65],
    "val_loss": [1, 0.9, 1],
}


def outcome(columns: dict[str, Any], **condition: Any) -> tuple[str, str]:
    series = {name: Series.of(name, range(len(v)), range(len(v)), v) for name, v in columns.items()}
    run = Run(name="run", source="run", format="keras_csv", series=series)
    verdict = sm.gate(run, conditions=[condition])
    (found,) = [one for one in verdict.outcomes if one.metric == condition["metric"]]
    return found.outcome, found.reason


@pytest.mark.parametrize(("metric", "kind"), [("accuracy", "min"), ("loss", "max")])
def test_training_metrics_only_where_the_policy_says_so(metric: str, kind: str) -> None:
    bound = 0.5 if kind == "min" else 2
    refused, why = outcome(KERAS, metric=metric, **{kind: bound})
    assert refused == "refused"
    assert "training data here" in why and f"judge val_{metric}" in why and 'split = "train"' in why
    assert outcome(KERAS, metric=metric, split="train", **{kind: bound})[0] == "pass"
    assert outcome(KERAS, metric=f"val_{metric}", **{kind: bound})[0] == "pass"


def test_a_split_that_the_metric_is_not_of() -> None:
    refused, why = outcome(KERAS, metric="val_accuracy", min=0.5, split="train")
    assert refused == "refused" and "is of the validation data here" in why
    refused, why = outcome(KERAS, metric="accuracy", min=0.5, split="val")
    assert refused == "refused" and "is of the training data here" in why


def test_unknown_data_beside_known_validation_metrics() -> None:
    columns = {"accuracy": [0.5, 0.6, 0.7], "val_loss": [1, 0.8, 0.7]}
    refused, why = outcome(columns, metric="accuracy", min=0.6)
    assert refused == "refused" and "is not known" in why and 'split = "val" or "train"' in why
    assert outcome(columns, metric="accuracy", min=0.6, split="val")[0] == "pass"
    own = {"magic": [0.5, 0.6, 0.7], "val_loss": [1, 0.8, 0.7]}
    passed, why = outcome(own, metric="magic", min=0.6)
    assert passed == "pass" and why.endswith("which data magic is of is not known")


def test_test_metrics_pass_as_before() -> None:
    assert outcome({"test_acc": [0.5, 0.6, 0.7], "val_loss": [1, 0.8, 0.7]}, metric="test_acc", min=0.6)[0] == "pass"


def test_what_is_no_split() -> None:
    with pytest.raises(PolicyError, match="train, val, test"):
        outcome(KERAS, metric="accuracy", min=0.5, split="training")


@pytest.mark.parametrize(("bound", "expected"), [(0.2, "pass"), (0.05, "fail"), (20, "refused")])
def test_bounds_on_errors_are_in_their_unit(bound: float, expected: str) -> None:
    columns = {"val_error_rate": [0.4, 0.2, 0.11], "val_loss": [1, 0.8, 0.7]}
    assert outcome(columns, metric="val_error_rate", max=bound)[0] == expected


def test_an_error_in_percent_may_be_bound_below_one_percent() -> None:
    columns = {"val_error": [40.0, 2.0, 0.4], "val_loss": [1, 0.8, 0.7]}
    assert outcome(columns, metric="val_error", max=0.5)[0] == "pass"


def test_a_bound_in_percent_on_a_word_error_rate_that_began_above_one() -> None:
    columns = {"val_wer": [1.3, 0.9, 0.5, 0.4], "val_loss": [1, 0.8, 0.7, 0.6]}
    refused, why = outcome(columns, metric="val_wer", max=30)
    assert refused == "refused" and "write 0.3" in why
    assert outcome(columns, metric="val_wer", max=0.3)[0] == "fail"


def test_a_metric_that_is_judged_by_name_is_the_users_own() -> None:
    series = {
        name: Series.of(name, range(3), range(3), v) for name, v in (("acc", [0.5, 0.6, 0.7]), ("val_loss", [3, 2, 1]))
    }
    run = Run(name="run", source="run", format="keras_csv", series=series)
    verdict = sm.gate(run, metric="acc", conditions=[{"metric": "acc", "min": 0.6}])
    assert verdict.result == "pass"
    assert any(one.reason.endswith("which data acc is of is not known") for one in verdict.outcomes)
