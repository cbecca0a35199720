"""Which checkpoint ``next`` names: never one that was evaluated, and where the curve promises most."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from cli import command
from hypothesis import given
from hypothesis import strategies as st

import selectmodel as sm
from selectmodel.stats.next_point import axis, expected_gains, spread_out


@pytest.fixture
def evaluated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Writes a log of the evaluations given by epoch, beside checkpoints of epochs 1 to 40."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "ckpt").mkdir()
    for epoch in range(1, 41):
        (tmp_path / "ckpt" / f"model_epoch{epoch}.pt").write_text("w")

    def write(values: dict[int, float], metric: str = "val_loss") -> Path:
        rows = [f"{epoch},{value}" for epoch, value in sorted(values.items())]
        (tmp_path / "log.csv").write_text("\n".join([f"epoch,{metric}", *rows, ""]))
        return tmp_path / "log.csv"

    return write


def test_the_first_are_spread_over_the_training(evaluated: Callable[..., Path]) -> None:
    log = evaluated({40: 0.5})
    first = sm.evaluate_next(log)
    assert first.next[0].gain is None and 20 < first.next[0].at < 35
    assert (first.evaluated, first.left, first.best_at, first.best) == (1, 39, 40, 0.5)


def test_it_closes_in_on_the_lowest(evaluated: Callable[..., Path]) -> None:
    """A valley at epoch 12: eight evaluations reach its floor, which eight spread evenly miss."""

    def truth(epoch: float) -> float:
        return 0.3 + 0.4 * abs(np.log(epoch / 12))

    values = {40: truth(40)}
    while len(values) < 8:
        log = evaluated(values)
        at = int(sm.evaluate_next(log).next[0].at)
        assert at not in values
        values[at] = truth(at)
    best = min(values, key=lambda epoch: values[epoch])
    assert abs(best - 12) <= 1


def test_a_score_is_better_when_higher(evaluated: Callable[..., Path]) -> None:
    accuracies = {10: 0.9, 14: 0.91, 27: 0.7, 40: 0.6}
    found = sm.evaluate_next(evaluated(accuracies, "val_accuracy"))
    assert found.best_at == 14 and found.next[0].at < 27


def test_several_at_once_are_different_ones(evaluated: Callable[..., Path], capsys: pytest.CaptureFixture[str]) -> None:
    log = evaluated({14: 0.5, 27: 0.45, 40: 0.6})
    done = command(capsys, "next", log, "--count", "4", "--format", "json")
    assert done.code == 0
    answer = json.loads(done.out)
    assert len({one["checkpoint"] for one in answer["next"]}) == 4
    assert answer["counts"] == "epoch" and answer["left"] == 37
    assert all(Path(one["checkpoint"]).exists() for one in answer["next"])


def test_the_screen_names_the_file_on_a_line_of_its_own(
    evaluated: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    done = command(capsys, "next", evaluated({14: 0.5, 27: 0.45, 40: 0.6}), "--checkpoints", "ckpt")
    first = done.out.splitlines()[0]
    assert first.startswith("Evaluate epoch ") and first.endswith(".pt") and " ckpt/model_epoch" in first
    assert "3 evaluations, the best val_loss 0.450 at epoch 27; 37 checkpoints not evaluated" in " ".join(
        done.out.split()
    )


def test_nothing_left_to_evaluate(evaluated: Callable[..., Path], capsys: pytest.CaptureFixture[str]) -> None:
    log = evaluated({epoch: 1 / epoch for epoch in range(1, 41)})
    done = command(capsys, "next", log)
    assert done.code == 3 and "selectmodel pick" in done.err


def test_files_of_no_known_epoch_are_not_named(evaluated: Callable[..., Path], tmp_path: Path) -> None:
    log = evaluated({14: 0.5, 27: 0.45, 40: 0.6})
    for name in ("best.pt", "last.pt", "model_epoch13.ckpt"):
        (tmp_path / "ckpt" / name).write_text("w")
    found = sm.evaluate_next(log, count=40, checkpoint_offset=0)
    named = {Path(one.checkpoint).name for one in found.next}
    assert len(named) == 36 and not found.assumed
    assert "--checkpoint-offset" in sm.evaluate_next(log).assumed
    assert not named & {"best.pt", "last.pt", "model_epoch13.ckpt", "model_epoch13.pt"}


@pytest.mark.parametrize("count", [0, -1])
def test_a_count_of_none_is_refused(
    evaluated: Callable[..., Path], capsys: pytest.CaptureFixture[str], count: int
) -> None:
    assert command(capsys, "next", evaluated({40: 0.5}), f"--count={count}").code == 2


def test_checkpoints_that_fit_no_evaluation_are_refused(
    evaluated: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    done = command(capsys, "next", evaluated({1000: 0.5, 2000: 0.4}))
    assert done.code == 3 and "nothing tells which were evaluated" in done.err


@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=30), st.integers(0, 2**32 - 1))
def test_gains_are_finite_and_never_negative(costs: list[float], seed: int) -> None:
    generator = np.random.default_rng(seed)
    places = axis(np.sort(generator.choice(1000, len(costs) + 20, replace=False)).astype(float))
    order = generator.permutation(len(places))
    known, asked = places[order[: len(costs)]], places[order[len(costs) :]]
    gains = expected_gains(known, np.array(costs), asked)
    assert gains.shape == asked.shape and np.isfinite(gains).all() and (gains >= 0).all()


def test_gains_agree_with_another_gaussian_process() -> None:
    """scikit-learn's process with the same kernel gives the same means and deviations."""
    kernels = pytest.importorskip("sklearn.gaussian_process.kernels")
    process = pytest.importorskip("sklearn.gaussian_process")
    from scipy.stats import norm

    known, costs = np.array([0.1, 0.4, 0.8, 1.0]), np.array([0.9, 0.5, 0.6, 0.7])
    asked = np.linspace(0, 1, 21)
    centre, spread = costs.mean(), costs.std()
    fitted = process.GaussianProcessRegressor(kernels.RBF(0.2), alpha=0.3**2, optimizer=None)
    fitted.fit(known[:, None], (costs - centre) / spread)
    mean, deviation = fitted.predict(asked[:, None], return_std=True)
    ahead = fitted.predict(known[:, None]).min() - mean
    expected = spread * (ahead * norm.cdf(ahead / deviation) + deviation * norm.pdf(ahead / deviation))
    np.testing.assert_allclose(expected_gains(known, costs, asked), expected, rtol=1e-6, atol=1e-9)


def test_places_that_spread_out() -> None:
    assert spread_out(60, 3) == [20, 39, 59] and spread_out(2, 3) == [0, 1] and spread_out(1, 3) == [0]
    assert axis(np.array([5.0])).tolist() == [0.0]
