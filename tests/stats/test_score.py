"""The score of the aim rules: against a slow reference, what it must do, and the size of the validation set."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from cli import command
from places import SAMPLES
from questions import ask_of

from selectmodel.metrics import kinds, units
from selectmodel.policy.policy import Policy
from selectmodel.records import Question, Run, Series
from selectmodel.rules import aim_accuracy, aim_both, aim_loss
from selectmodel.selection.question import ask
from selectmodel.stats import score, val_size


def question(accuracy: list[float], loss: list[float], train: list[float], size: int | None = None) -> Question:
    asked = ask_of(accuracy, "max", train=train, val_loss=loss, val_size=size)
    return replace(asked, train_score=asked.train_twin, score_kind="counts")


def slow_mean(values: np.ndarray) -> np.ndarray:
    t = np.arange(1, len(values) + 1)
    weights = ((np.minimum.outer(t, t) + 2) / (np.maximum.outer(t, t) + 2)) ** 10.0
    return (weights @ values) / weights.sum(axis=1)


@pytest.mark.parametrize("n", [1, 2, 3, 10, 400])
def test_neighbourhood_mean_is_the_slow_sum(n: int) -> None:
    values = np.random.default_rng(n).normal(size=n)
    np.testing.assert_allclose(score.neighbourhood_mean(values), slow_mean(values), rtol=0, atol=1e-12)


def test_neighbourhood_mean_of_a_long_log_stays_exact() -> None:
    values = np.full(100_000, 0.75)
    np.testing.assert_allclose(score.neighbourhood_mean(values), values, rtol=1e-12)


@pytest.mark.parametrize(
    ("sd", "size", "low", "high"),
    [(0.0, 100, 0.05, 0.07), (0.01, 100, 0.05, 0.07), (0.2, 100, 0.95, 1.0), (0.001, 10_000, 0.85, 0.9)],
)
def test_more_of_a_wiggle_is_real_on_larger_sets_and_in_wilder_curves(
    sd: float, size: int, low: float, high: float
) -> None:
    wiggle = sd * np.random.default_rng(0).normal(size=200)
    assert low <= score.real_share(wiggle, 0.5 / size**0.5, size) <= high


@pytest.mark.parametrize(("weights", "size"), [((4.0, 2.0), 50), ((4.0, 2.0), 5000), ((0.0, 3.0), 300)])
def test_the_score_is_the_formula_of_the_page(weights: tuple[float, float], size: int) -> None:
    draw, t = np.random.default_rng(size), np.arange(1, 61)
    accuracy = np.round((0.8 - 0.3 * np.exp(-t / 9) + draw.normal(0, 0.02, 60)) * size) / size
    loss, train = 0.4 + np.exp(-t / 9) + 0.03 * t, 1 - 0.5 * np.exp(-t / 20)
    se = 0.5 / size**0.5
    m = accuracy + weights[0] * se * train - weights[1] * se * np.minimum(np.log(loss / loss.min()), 1)
    wiggle = m - slow_mean(m)
    keep = max(1 - (se / 2) ** 2 / np.mean(wiggle[15:] ** 2), size / (size + 1500))
    expected = keep * m + (1 - keep) * slow_mean(m)
    asked = question(accuracy.tolist(), loss.tolist(), train.tolist(), size)
    pick = aim_accuracy.pick(asked, train_weight=weights[0], loss_weight=weights[1])
    assert pick.index == expected.argmax()
    assert pick.evidence["score"] == pytest.approx(expected.max(), abs=1e-12)
    below, logged = expected[pick.index] - expected, accuracy[pick.index] - accuracy
    margin = 0.45 * se * min(1, (60 / size) ** 0.25)
    near = ((below + logged) / 2 <= margin) | (below <= margin / 2)
    assert pick.alike == tuple(np.flatnonzero(near)) and (size > 1000 or near.sum() > 1)


def test_gaps_in_the_evidence_are_bridged() -> None:
    accuracy, loss, train = [0.5, 0.6, 0.7, 0.7], [1.0, 0.8, 0.6, 0.7], [0.5, 0.6, 0.7, 0.8]
    whole = aim_accuracy.pick(question(accuracy, loss, train, 80))
    assert aim_accuracy.pick(question(accuracy, loss, [0.5, math.nan, 0.7, 0.8], 80)).evidence == whole.evidence
    without = replace(question(accuracy, loss, train, 80), train_score=None)
    nothing = aim_accuracy.pick(question(accuracy, loss, [math.nan] * 4, 80))
    assert nothing.evidence == aim_accuracy.pick(without).evidence != whole.evidence


def test_a_unit_is_that_of_a_share_or_none() -> None:
    values = [[0.2, 0.9], [-0.3, 0.9], [0.2, 90.0], [-50.0, -40.0, 140.0, 150.0], [0.2, 101.0]]
    assert [units.scale_of(np.array(one), signed=True) for one in values] == [1.0, 1.0, 100.0, None, None]
    assert not score.is_share(np.linspace(-12.5, 112.5, 500))


def test_a_lone_spike_on_a_small_set_is_not_believed_and_on_a_large_one_it_is() -> None:
    accuracy = [0.60, 0.66, 0.70, 0.73, 0.75, 0.84, 0.75, 0.77, 0.78, 0.78, 0.78, 0.77]
    loss = [1.1, 1.0, 0.9, 0.85, 0.8, 0.82, 0.76, 0.74, 0.73, 0.73, 0.74, 0.75]
    train = [0.6, 0.65, 0.7, 0.73, 0.76, 0.78, 0.8, 0.82, 0.84, 0.86, 0.87, 0.88]
    assert aim_accuracy.pick(question(accuracy, loss, train, 50)).index in {7, 8, 9, 10}
    assert aim_accuracy.pick(question(accuracy, loss, train, 50_000)).index == 5


def test_percent_and_share_are_the_same() -> None:
    accuracy, loss, train = [0.5, 0.72, 0.7, 0.71], [0.9, 0.7, 0.6, 0.65], [0.5, 0.6, 0.7, 0.8]
    share = aim_accuracy.pick(question(accuracy, loss, train, 80))
    percent = aim_accuracy.pick(question([100 * x for x in accuracy], loss, [100 * x for x in train], 80))
    assert (share.index, share.alike) == (percent.index, percent.alike)


@pytest.mark.parametrize(("scale", "shift"), [(1000.0, 0.0), (1000.0, -700.0), (0.01, -3.0), (1e9, 5.0)])
def test_an_unbounded_metric_is_judged_on_its_own_scale(scale: float, shift: float) -> None:
    random = np.random.default_rng(3)
    values = 2 + 3 * (1 - np.exp(-np.arange(60) / 15)) + random.normal(0, 0.3, 60)
    here, there = (aim_accuracy.pick(ask_of(v, "max", monitor="val_reward")) for v in (values, scale * values + shift))
    assert (here.index, here.alike) == (there.index, there.alike)
    assert here.index != 0 and len(here.alike) > 1


def test_equal_values_of_a_smooth_metric_go_to_the_lowest_loss() -> None:
    asked = question([0.5, 0.6, 0.6, 0.6], [1.0, 0.9, 0.7, 0.8], [0.5] * 4)
    assert aim_accuracy.pick(replace(asked, score_kind="smooth")).index == 2


def test_what_is_not_logged_is_left_out() -> None:
    asked = ask_of([0.5, 0.9, 0.6], "max", val_size=100)
    assert aim_accuracy.pick(replace(asked, score_kind="counts")).index == 1
    assert aim_both.pick(asked).index is None
    assert aim_loss.pick(asked).index is None
    assert aim_accuracy.pick(ask_of([0.5, 0.4])).index is None
    assert aim_loss.pick(ask_of([0.5, 0.4, float("nan")])).index == 1


def test_a_smooth_metric_is_taken_plain() -> None:
    asked = question([0.50, 0.58, 0.51, 0.52], [0.3, 0.9, 0.3, 0.3], [0.5, 0.6, 0.9, 0.95], 20)
    assert aim_accuracy.pick(replace(asked, score_kind="smooth")).index == 1
    assert aim_accuracy.pick(asked).index != 1


@pytest.mark.parametrize(
    ("base", "kind"),
    [
        ("accuracy", "counts"), ("acc", "counts"), ("f1_macro", "counts"), ("top1", "counts"), ("recall@5", "counts"),
        ("iou", "smooth"), ("mean_iou", "smooth"), ("dice_coef", "smooth"), ("r2", "smooth"), ("psnr", "smooth"),
        ("auc", "share"), ("bleu", "share"), ("reward", "other"), ("map50", "share"), ("neg_mse", "smooth"),
        ("explained_variance", "smooth"), ("fitness", "share"), ("win_rate", "share"), ("kappa", "counts"),
    ],
)  # fmt: skip
def test_kinds(base: str, kind: str) -> None:
    assert kinds.score_kind(base) == kind


def counts(n: int, rows: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(int(0.6 * n), int(0.95 * n), rows) / n


@pytest.mark.parametrize("n", [50, 97, 100, 360, 1000, 9780])
@pytest.mark.parametrize("seed", range(3))
def test_size_is_recovered_from_single_precision(n: int, seed: int) -> None:
    shares = counts(n, 60, seed).astype(np.float32).astype(np.float64)
    assert val_size.sizes(shares)[0] == n


@pytest.mark.parametrize(
    ("shares", "size"),
    [
        (np.round(counts(250, 60), 4), 250),
        (np.round(counts(5000, 60), 4), None),
        (np.round(counts(1000, 60), 2), None),
        (counts(400, 3), None),
        (np.array([0.944, 0.932]), None),
        (np.full(50, 0.5), None),
        (counts(300, 60) * 100, 300),
        (counts(300, 60) * 101, None),
        (np.random.default_rng(1).random(60), None),
        (np.array([np.nan] * 10), None),
        (np.array([]), None),
        (np.concatenate([counts(200, 60), [np.nan]]), 200),
    ],
)
def test_size_is_refused_rather_than_guessed(shares: np.ndarray, size: int | None) -> None:
    assert val_size.sizes(shares)[0] == size


@pytest.mark.parametrize("n", [100, 500, 1000, 5000])
@pytest.mark.parametrize("unit", [1, 100])
def test_decimals_of_the_training_data_tell_what_was_rounded(n: int, unit: int) -> None:
    """0.85 of 100 examples and a rounded 0.8512 look the same, unless the same log shows more decimals elsewhere."""
    beside = np.random.default_rng(2).random(60)
    shares = counts(n, 60)
    assert val_size.sizes(shares)[0] is None
    assert val_size.sizes(shares, beside)[0] == n
    assert val_size.sizes(np.round(shares, 2), np.round(beside, 2))[0] is None
    assert val_size.sizes(np.round(counts(360, 60), 3), np.round(beside, 3))[0] is None

    def asked(columns: dict[str, np.ndarray]) -> int | None:
        series = {name: Series.of(name, range(60), range(60), values) for name, values in columns.items()}
        return ask(Run(name="run", source="run", format="frame", series=series), Policy()).question.val_size

    assert asked({"val_accuracy": unit * shares, "accuracy": unit * beside}) == n
    assert asked({"val_accuracy": unit * shares, "accuracy": 100 / unit * beside}) is None
    assert asked({"val_accuracy": unit * shares}) is None


@pytest.mark.parametrize(
    ("shares", "size"),
    [
        (counts(400, 3).astype(np.float32).astype(np.float64), 400),
        (np.array([0.5, 0.75]), 4),
        (np.array([26, 28, 26, 27]) / 30, 30),
        (np.round(counts(5000, 60), 3), 998),
        (np.random.default_rng(1).random(60), None),
        (np.full(9, 1.0), None),
        (np.array([101.5, 0.2]), None),
        (np.array([]), None),
    ],
)
def test_a_likely_size_serves_where_none_is_sure(shares: np.ndarray, size: int | None) -> None:
    assert val_size.sizes(shares)[:2] == (None, size)


def test_the_aim_chooses_metric_and_rule(capsys: pytest.CaptureFixture[str]) -> None:
    log = SAMPLES / "keras" / "overfitting.csv"
    done = command(capsys, "pick", log, "--aim", "accuracy")
    words = " ".join(done.out.split())
    assert done.out.startswith("Ship epoch 12\n")
    assert "the metric of aim accuracy" in words
    assert "600 validation examples" in words
    by_rule = command(capsys, "pick", log, "--rule", "aim_accuracy").out
    assert by_rule.replace("--rule aim_accuracy", "--aim accuracy") == done.out
    assert "lowest val_loss (rule aim_loss)" in command(capsys, "pick", log, "--aim", "loss").out
    assert "(rule aim_both)" in command(capsys, "pick", log, "--aim", "both").out
    assert "(rule last)" in command(capsys, "pick", log, "--aim", "loss", "--rule", "last").out
    assert command(capsys, "pick", log, "--aim", "right").code == 2
    assert command(capsys, "pick", SAMPLES / "keras" / "two_epochs.csv", "--aim", "loss").code == 3
