"""Columns that hold the best so far: recognised by name and course, never judged, never passed by a gate."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import selectmodel as sm
from selectmodel.errors import ChoiceError
from selectmodel.metrics.meaning import understand
from selectmodel.records import Run, Series
from selectmodel.selection import running_best

N = 20
T = np.arange(N)
ACC = np.round(0.9 - 0.4 * np.exp(-T / 4) - 0.006 * np.maximum(T - 12, 0) + 0.004 * (-1.0) ** T, 4)
LOSS = np.round(0.5 + np.exp(-T / 4) + 0.02 * T, 4)
BEST, LOWEST = np.maximum.accumulate(ACC), np.minimum.accumulate(LOSS)
REACHED = int(np.argmax(ACC))


def run(columns: dict[str, Any]) -> Run:
    series = {name: Series.of(name, range(len(v)), range(len(v)), v) for name, v in columns.items()}
    return Run(name="run", source="run", format="keras_csv", series=series)


def found(columns: dict[str, Any]) -> dict[str, str | None]:
    logged = run(columns)
    return running_best.found(logged, understand(logged.series))


@pytest.mark.parametrize(
    ("columns", "bests"),
    [
        ({"best_val_acc": BEST}, {"best_val_acc": None}),
        ({"val/acc_best": BEST, "val/acc": ACC}, {"val/acc_best": "val/acc"}),
        ({"max_val_acc": BEST, "val_acc": ACC}, {"max_val_acc": "val_acc"}),
        ({"val_loss_min": LOWEST, "val_loss": LOSS}, {"val_loss_min": "val_loss"}),
        ({"Best val acc so far": BEST}, {"Best val acc so far": None}),
        ({"val_record_acc": BEST}, {"val_record_acc": None}),
        ({"highestValAcc": BEST}, {"highestValAcc": None}),
        ({"valBestLoss": LOWEST}, {"valBestLoss": None}),
        ({"val_top": BEST, "val_acc": ACC}, {"val_top": "val_acc"}),
        ({"best_val_acc": np.full(N, 1.0), "val_acc": ACC}, {"best_val_acc": "val_acc"}),
        ({"best_val_acc": np.round(BEST, 3), "val_acc": ACC}, {"best_val_acc": "val_acc"}),
    ],
)
def test_known_by_name_and_course(columns: dict[str, Any], bests: dict[str, str | None]) -> None:
    assert found(columns) == bests


@pytest.mark.parametrize(
    "columns",
    [
        {"val_acc": np.sort(ACC)},  # it rose throughout
        {"val_acc": np.round(np.sort(ACC), 1)},  # and stood still, as accuracies of few examples do
        {"val_best_f1": ACC},  # F1 at the best threshold, epoch by epoch
        {"val_max_error": np.sort(LOSS)[::-1]},  # a metric, which fell throughout
        {"val_acc": np.sort(ACC), "val_acc_again": np.sort(ACC)},
        {"val_top1": ACC, "val_top5": np.sort(ACC)},
        {"best_epoch": np.minimum(T, REACHED)},
    ],
)
def test_a_curve_of_its_own_is_none(columns: dict[str, Any]) -> None:
    assert found(columns) == {}


def test_the_epoch_at_which_the_value_was_reached_is_meant() -> None:
    report = sm.recommend(run({"best_val_acc": BEST, "train_loss": LOSS[::-1]}))
    assert report.recommended.epoch == REACHED
    assert report.expected is None and report.as_good_as == (report.recommended.index,)
    (note,) = [note for note in report.notes if note.code == "SM183"]
    assert "best_val_acc holds the best value so far" in note.message and f"epoch {REACHED}" in note.message


@pytest.mark.parametrize("best", ["best_val_acc", "val_acc_best", "max_val_acc"])
@pytest.mark.parametrize("rule", ["aim_accuracy", "best", "last", "one_se", "patience"])
def test_no_rule_sees_a_value_at_an_epoch_that_did_not_have_it(best: str, rule: str) -> None:
    report = sm.recommend(run({best: BEST, "val_acc": ACC}), metric=best, rule=rule)
    index = report.recommended.index
    assert index is not None
    epoch = int(report.question.epochs[index])
    assert report.recommended.values[best] == ACC[epoch]


def test_the_metric_itself_decides_where_it_is_logged() -> None:
    with_best = sm.recommend(run({"val_acc": ACC, "val_loss": LOSS, "val_acc_best": BEST}))
    without = sm.recommend(run({"val_acc": ACC, "val_loss": LOSS}))
    assert with_best.recommended.epoch == without.recommended.epoch
    assert "val_acc_best" not in with_best.recommended.values
    assert not [note for note in with_best.notes if note.code == "SM183"]


def test_another_score_decides_before_a_running_best() -> None:
    report = sm.recommend(run({"best_val_acc": BEST, "val_f1": ACC - 0.01, "val_loss": LOSS}))
    assert report.monitor.name == "val_f1"
    assert [note.level for note in report.notes if note.code == "SM183"] == ["note"]


def test_a_record_that_the_metric_never_had_is_refused() -> None:
    polluted = run({"val_acc": ACC, "val_acc_best": np.full(N, 1.0)})
    with pytest.raises(ChoiceError, match=r"never had at that epoch.*--metric val_acc$"):
        sm.recommend(polluted, metric="val_acc_best")
    assert sm.recommend(polluted).monitor.name == "val_acc"


@pytest.mark.parametrize("kind", ["min", "max"])
@pytest.mark.parametrize("twin", [True, False])
def test_no_gate_passes_on_one(kind: str, twin: bool) -> None:
    columns = {"best_val_acc": BEST, "val_loss": LOSS} | ({"val_acc": ACC} if twin else {})
    bound = 0.1 if kind == "min" else 2.0
    verdict = sm.gate(run(columns), conditions=[{"metric": "best_val_acc", kind: bound}])
    (outcome,) = [one for one in verdict.outcomes if one.kind == kind]
    assert outcome.outcome == "refused" and "holds the best value so far" in outcome.reason
    assert ("judge val_acc" in outcome.reason) == twin


@pytest.mark.parametrize("value", [1e308, -1e308, np.inf, np.nan])
def test_numbers_as_large_as_they_come(value: float) -> None:
    values = np.where(T % 2 == 0, value, -value)
    with np.errstate(all="raise"):
        assert found({"best_val_loss": values, "val_loss": values}) == {}
        assert found({"best_val_loss": np.full(N, value), "val_loss": values}).keys() <= {"best_val_loss"}
