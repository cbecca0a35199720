"""Runs of a sweep mostly share their validation examples: ranges hold what these have in common, places need not."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from selectmodel.commands.rank import order, repeats
from selectmodel.commands.rank.pooling import Alone, errors, together
from selectmodel.commands.rank.questions.more_runs import more_runs
from selectmodel.commands.rank.rank import _ranking
from selectmodel.commands.rank.ranking import RankedRun, Z
from selectmodel.stats import partial_pooling


def run_of(name: str, share: float, size: int, seed: int | None = None) -> RankedRun:
    return RankedRun(
        name=name, source=name, format="", rule="best", metric="val_accuracy", goal="max", epoch=1.0, step=None,
        value=share, expected=share, low=max(share - 0.05, 0), high=min(share + 0.05, 1), val_size=size,
        hparams={} if seed is None else {"lr": name[0], "seed": seed},
    )  # fmt: skip


@pytest.mark.parametrize(("runs", "size", "spread"), [(20, 100, 0.02), (50, 5000, 0.003), (20, 1000, 0.0)])
def test_the_range_of_the_run_to_ship_holds_where_half_of_the_examples_are_shared(
    runs: int, size: int, spread: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(partial_pooling, "_FEW", 0)
    draw = np.random.default_rng(6)
    sizes, rounds, held = np.full(runs, float(size)), 80, 0
    for _ in range(rounds):
        true = np.clip(0.85 + spread * draw.standard_normal(runs), 0, 1)
        in_common = np.searchsorted(np.sort(draw.random(size // 2)), true)  # the harder an example, the fewer know it
        logged = (in_common + draw.binomial(size - size // 2, true)) / size
        found = together(Alone(logged, errors(logged, sizes), np.zeros(runs), sizes))
        assert found is not None
        expected, low, high = found.ranges()
        first = int(expected.argmax())
        held += bool(low[first] <= true[first] <= high[first])
    assert held / rounds >= 0.85


@pytest.mark.parametrize("runs", [2, 20, 200])
@pytest.mark.parametrize("share", [0.02, 0.6, 0.9, 1.0])
def test_no_range_is_narrower_than_that_of_its_own_examples(runs: int, share: float) -> None:
    for run in order.drawn_in([run_of(str(at), share, 400) for at in range(runs)]):
        assert run.low is not None and run.high is not None
        kept = min(max(run.expected, 1 / 404), 1 - 1 / 404)
        half = Z * math.sqrt(kept * (1 - kept) / 400)
        assert run.low <= max(run.expected - half, 0) + 1e-12
        assert run.high >= min(run.expected + half, 1) - 1e-12


def test_more_runs_tell_differences_better_and_no_value() -> None:
    shares = 0.85 + 0.001 * np.arange(40) % 5
    few, many = (order.drawn_in([run_of(str(at), one, 400) for at, one in enumerate(shares[:k])]) for k in (5, 40))
    assert many[0].se < 0.7 * few[0].se
    assert many[0].high is not None and few[0].high is not None
    assert many[0].high - many[0].expected == pytest.approx(few[0].high - few[0].expected, rel=0.05)


def test_a_gain_of_more_runs_is_a_difference() -> None:
    """What all runs have in common falls out of it: without their own errors, the ranges would stand for them."""
    ranking = _ranking(["sweep"], [run_of(f"r{at}", 0.85, 400) for at in range(40)], [], (), 20)
    as_ranges = replace(ranking, runs=tuple(replace(run, own_se=None) for run in ranking.runs))
    own, wide = (more_runs(one).rows[0] for one in (ranking, as_ranges))
    assert float(str(own["gain"])) < 0.7 * float(str(wide["gain"]))


def test_repeats_on_one_validation_set_are_worth_no_more_than_it_tells() -> None:
    every = [run_of(f"{name}{seed}", 0.9, 100, seed) for name in "ab" for seed in range(10)]
    for some in (every, every[:10]):
        for config in repeats.configs(some, order.drawn_in(some))[0]:
            assert config.low is not None and config.high is not None
            assert config.high - config.low >= 2 * Z * math.sqrt(0.9 * 0.1 / 100) - 1e-9


def test_of_very_many_runs_the_first_is_said_to_be_lucky_still() -> None:
    few, many = (_ranking(["sweep"], [run_of(f"r{at}", 0.8, 400) for at in range(k)], [], (), 20) for k in (50, 60))
    assert "more luck left" not in few.basis
    assert "of so many runs the first may have more luck left than its range holds" in many.basis
