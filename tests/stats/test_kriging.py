"""Kriging: against a slow reference in another form, long logs against the exact form, and what it must do."""

from __future__ import annotations

import numpy as np
import pytest

from selectmodel.stats import kriging
from selectmodel.stats.kriging_blocks import Blocks
from selectmodel.stats.kriging_model import JITTER, LAG, NOW, WALKS, inverse


def reference(seen: np.ndarray, known: np.ndarray, t: np.ndarray, variance: float) -> np.ndarray:
    """The same model as explicit random variables: the walk from its start, the error with a wide level of its own."""
    n = len(t)
    x = np.log(t + 1)
    from_start = x - x[0]
    root = np.sqrt(np.abs(x[:, None] - x[None, :]))
    noise = variance * LAG * (np.sqrt(from_start)[:, None] + np.sqrt(from_start)[None, :] - root)
    noise = noise + (variance * NOW + JITTER) * np.eye(n)
    ones = np.ones(n)
    means, logs = [], []
    for walk in WALKS:
        signal = walk * np.minimum.outer(from_start, from_start)
        covariance = signal + noise
        residual = seen - known
        level = ones @ np.linalg.solve(covariance, residual) / (ones @ np.linalg.solve(covariance, ones))
        weighed = np.linalg.solve(covariance, residual - level)
        means.append(known + signal @ weighed)
        logs.append(
            -0.5 * (residual - level) @ weighed
            - 0.5 * np.linalg.slogdet(covariance)[1]
            - 0.5 * np.log(ones @ np.linalg.solve(covariance, ones))
        )
    weight = np.exp(np.array(logs) - max(logs))
    return (weight / weight.sum()) @ np.array(means)


def curve(n: int, size: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """(seen, known): an accuracy that rises, counted among ``size`` examples."""
    random = np.random.default_rng(seed)
    t = np.arange(1, n + 1)
    true = 0.6 + 0.3 * (1 - 1 / np.sqrt(t)) + 0.01 * np.cumsum(random.normal(size=n)) / t
    return random.binomial(size, np.clip(true, 0, 1)) / size, 0.05 * np.log(t) / np.log(n + 1)


def centred(values: np.ndarray) -> np.ndarray:
    return values - values.mean()


@pytest.mark.parametrize("size", [200, 1000, 20_000])
@pytest.mark.parametrize("positions", [range(1, 3), range(1, 41), [2, 3, 7, 8, 9, 30, 31, 90]])
def test_kriging_is_the_slow_reference(size: int, positions: list[int]) -> None:
    t = np.array(list(positions), dtype=float)
    seen, known = curve(len(t), size)
    found = kriging.most_likely(seen, known, t, 0.25 / size)
    np.testing.assert_allclose(centred(found), centred(reference(seen, known, t, 0.25 / size)), atol=1e-7)


@pytest.mark.parametrize("size", [200, 1000, 20_000])
def test_long_logs_are_nearly_the_exact_form(size: int) -> None:
    t = np.arange(1.0, 301.0)
    se = 0.5 / np.sqrt(size)
    costs = []
    for seed in range(12):
        seen, known = curve(300, size, seed)
        exact = reference(seen, known, t, 0.25 / size)
        found = kriging.most_likely(seen, known, t, 0.25 / size)
        assert np.std(centred(found) - centred(exact)) < 0.05 * se
        costs.append(exact.max() - exact[found.argmax()])
    assert np.mean(costs) < 0.02 * se
    assert np.median(costs) == 0


def test_the_diagonal_of_long_logs_is_that_of_the_matrix() -> None:
    n = 170
    plan = Blocks.of(np.log(np.arange(1, n + 1) + 1.0), 0.25 / 100)
    columns = [plan.weigh(np.broadcast_to(row, (len(WALKS), n))) for row in np.eye(n)]
    own = np.diagonal(np.stack(columns, axis=1), axis1=1, axis2=2)
    np.testing.assert_allclose(plan.diagonal, own, rtol=1e-9)


def test_a_level_and_a_shift_change_nothing() -> None:
    seen, known = curve(60, 300)
    t = np.arange(1.0, 61.0)
    one = kriging.most_likely(seen, known, t, 0.25 / 300)
    np.testing.assert_allclose(kriging.most_likely(seen, known + 0.4, t, 0.25 / 300), one + 0.4, atol=1e-9)
    np.testing.assert_allclose(centred(kriging.most_likely(seen - 0.3, known, t, 0.25 / 300)), centred(one), atol=1e-9)


@pytest.mark.parametrize(("size", "believed"), [(50, False), (20_000, True)])
def test_what_a_small_set_cannot_know_is_not_believed(size: int, believed: bool) -> None:
    t = np.arange(1.0, 61.0)
    seen = 0.7 + 0.1 * np.log(t) / np.log(60)
    seen[45] += 0.03
    found = kriging.most_likely(seen, np.zeros(60), t, 0.25 / size)
    assert bool(found.argmax() == 45) is believed


@pytest.mark.parametrize("n", [1, 2, 161, 700, 5000])
def test_any_length_is_finite_and_a_flat_curve_stays_flat(n: int) -> None:
    t = np.arange(1.0, n + 1.0)
    found = kriging.most_likely(np.full(n, 0.5), np.zeros(n), t, 0.25 / 100)
    assert np.isfinite(found).all()
    assert np.ptp(found) < 1e-9


def test_a_plan_in_use_does_not_depend_on_what_was_asked_before() -> None:
    t = np.arange(1.0, 81.0)
    first, second = curve(80, 300, 1), curve(80, 300, 2)
    alone = kriging.most_likely(*first, t, 0.25 / 300)
    kriging.most_likely(*second, t, 0.25 / 300)
    np.testing.assert_array_equal(kriging.most_likely(*first, t, 0.25 / 300), alone)


@pytest.mark.parametrize("size", [200, 20_000])
def test_very_long_logs_lose_little_to_the_form_that_weighs_each(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    n, se = 3000, 0.5 / np.sqrt(size)
    t = np.arange(1.0, n + 1.0)
    costs = []
    for seed in range(3):
        seen, known = curve(n, size, seed)
        exact = kriging.most_likely(seen, known, t, 0.25 / size)
        monkeypatch.setattr(kriging, "LONGEST", 1000)
        found = kriging.most_likely(seen, known, t, 0.25 / size)
        monkeypatch.undo()
        assert np.std(centred(found) - centred(exact)) < 0.3 * se
        costs.append(exact.max() - exact[found.argmax()])
    assert np.mean(costs) < 0.1 * se


def test_a_log_of_a_million_validations_fits_into_memory() -> None:
    n = 1_000_000
    t = np.arange(1.0, n + 1.0)
    seen = 0.5 + 0.3 * np.sin(t / n * np.pi)
    found = kriging.most_likely(seen, np.zeros(n), t, 0.25 / 1000)
    assert abs(int(found.argmax()) - n // 2) < n // 100


@pytest.mark.parametrize("n", [1, 2, 64, 65, 170, 300])
def test_matrices_are_inverted_by_halves_as_they_are_whole(n: int) -> None:
    x = np.log(np.arange(n) + 2.0)
    distance = np.abs(x[:, None] - x)
    matrices = np.stack([5 - walk * distance - 0.1 * np.sqrt(distance) + 0.01 * np.eye(n) for walk in (0.01, 0.1)])
    inverted, logs = inverse(matrices)
    np.testing.assert_allclose(inverted, np.linalg.inv(matrices), rtol=1e-8, atol=1e-8)
    np.testing.assert_allclose(logs, np.linalg.slogdet(matrices)[1], rtol=1e-10, atol=1e-10)
