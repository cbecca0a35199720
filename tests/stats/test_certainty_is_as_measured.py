"""What is said of how certain a choice is, was measured: the page of figures is of the formulas as they are."""

from __future__ import annotations

import re
import sys

import numpy as np
import pytest
from places import ROOT
from questions import ask_of

import selectmodel as sm
from selectmodel.records import Run, Series
from selectmodel.selection import expected
from selectmodel.stats import val_size

DECISIONS = ROOT / "benchmarks" / "decisions"


@pytest.mark.skipif(not DECISIONS.exists(), reason="benchmarks/decisions is absent")
def test_the_page_is_of_the_formulas_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(DECISIONS))
    from fingerprint import of_certainty

    try:
        found = re.search(r"^Fingerprint .*: (\w{16})$", (DECISIONS / "sure.md").read_text("utf-8"), re.MULTILINE)
        assert found and found[1] == of_certainty(), "measure again: python benchmarks/decisions/sure.py --corpus …"
    finally:
        sys.modules.pop("fingerprint", None)


def test_the_chance_is_the_logistic_formula() -> None:
    accuracy, loss = [0.5, 0.6, 0.7, 0.72, 0.7, 0.71], [1.0, 0.8, 0.6, 0.5, 0.6, 0.7]
    question = ask_of(accuracy, "max", val_loss=loss, val_size=100, score_kind="counts", split="val")
    known = expected.evidence(question, "val_accuracy", "accuracy", 3)
    spread = np.log(np.std(accuracy[3:]) + 0.002)
    assert known == pytest.approx((1, np.log(0.05), 0, 4 / 6, spread, np.log(6)))
    said = expected.chance(question, "val_accuracy", "accuracy", 3)
    assert said == pytest.approx(1 / (1 + np.exp(-np.dot(known or (), expected.ODDS))))


def shares(n: int, rows: int, *, step: int = 1, seed: int = 0) -> np.ndarray:
    """Right answers over ``n``, in numerators that are multiples of ``step``."""
    return np.random.default_rng(seed).integers(int(0.6 * n / step), int(0.95 * n / step), rows) * step / n


@pytest.mark.parametrize("rows", [3, 4, 5, 6, 7])
@pytest.mark.parametrize("n", [60, 210, 990])
def test_even_numerators_of_a_sparse_log_are_no_size_for_certain(rows: int, n: int) -> None:
    found = val_size.sizes(shares(n, rows, step=2))
    assert found.certain is None and found.fewest is not None and n % found.fewest == 0


@pytest.mark.parametrize("n", [60, 210, 990])
def test_few_values_that_come_again_and_again_tell_the_size(n: int) -> None:
    """Twelve validations of four values: that all twelve numerators are even by chance, nobody need believe."""
    values = np.tile(np.array([0.61 * n, 0.62 * n + 1, 0.7 * n + 3, 0.66 * n + 2]).round() / n, 3)
    assert val_size.sizes(values).certain == n
    assert val_size.sizes(np.sort(values)).certain is None, "a curve that stands still tells less"


def test_another_share_of_the_same_examples_confirms_the_size() -> None:
    few, top5 = shares(90, 6, seed=4), shares(90, 6, seed=5)
    assert val_size.sizes(few).certain is None
    assert val_size.sizes(few, None, [top5]).certain == 90
    assert val_size.sizes(few, None, [shares(77, 6, seed=5)]).certain is None, "other examples"
    for same in (few, 1 - few, few * 100):
        assert val_size.sizes(few, None, [same]).certain is None, "the same once more"


def log_of(**columns: np.ndarray) -> Run:
    steps = range(1, 1 + len(next(iter(columns.values()))))
    series = {name: Series.of(name, steps, steps, values.tolist()) for name, values in columns.items()}
    return Run("log", "log.csv", "frame", series)


def test_a_log_that_tells_no_size_tells_a_range_that_is_rather_too_wide() -> None:
    few = shares(90, 6, seed=4)
    unsure = sm.recommend(log_of(val_accuracy=few), aim="accuracy")
    assert unsure.expected is None and unsure.question.val_size is None and unsure.question.fewest == 90
    assert "if that has 90 examples, the fewest that fit the log; if you know how many it has, give --val-size N" in (
        " ".join(str(unsure).split())
    )
    wide = unsure.expected_of_fewest
    told = sm.recommend(log_of(val_accuracy=few), aim="accuracy", val_size=360)
    assert wide is not None and told.expected is not None and told.expected_of_fewest is None
    assert wide.high - wide.low > 1.5 * (told.expected.high - told.expected.low)
    assert wide.low < told.expected.low
    few_of_four = sm.recommend(log_of(val_accuracy=np.array([0.5, 0.75, 0.25])), aim="accuracy")
    assert few_of_four.expected_of_fewest is None and "fewest" not in str(few_of_four)


def test_what_cannot_be_told_apart_is_counted_and_may_cost() -> None:
    draw = np.random.default_rng(1)
    accuracy = np.round((0.8 + 0.02 * draw.normal(size=30)) * 60) / 60
    report = sm.recommend(log_of(val_accuracy=accuracy), aim="accuracy", val_size=60)
    told = " ".join(str(report).split())
    assert f"({len(report.as_good_as)} of 30): they cannot be told apart by 60 validation examples" in told
    assert "nine times in ten the worst of them truly lies less than 0.052 below" in told
    assert "as good" not in told


def test_with_more_examples_fewer_epochs_cannot_be_told_apart() -> None:
    draw = np.random.default_rng(2)
    curve = 0.8 + 0.02 * draw.normal(size=60)
    sets = [
        len(sm.recommend(log_of(val_accuracy=curve), aim="accuracy", val_size=size).as_good_as)
        for size in (60, 300, 1000, 10_000)
    ]
    assert sets == sorted(sets, reverse=True) and sets[0] > 3 * sets[-1]
