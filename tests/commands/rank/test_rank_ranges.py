"""Ranges and ties of a ranking: what is held by all examples together, no less and not much more."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from cli import command
from places import SAMPLES
from scipy import integrate, optimize, stats

import selectmodel as sm
from selectmodel.commands.rank import order, repeats
from selectmodel.commands.rank.pooling import Alone, errors, together
from selectmodel.commands.rank.ranking import RankedRun, Z
from selectmodel.records import Floats
from selectmodel.stats import partial_pooling
from selectmodel.stats.partial_pooling import pooled


def run_of(name: str, share: float, size: int | None, **more: object) -> RankedRun:
    given = {"goal": "max", "value": share, "low": max(share - 0.05, 0), "high": min(share + 0.05, 1)} | more
    return RankedRun(
        name=name, source=name, format="", rule="best", metric="val_accuracy", epoch=1.0, step=None, expected=share,
        val_size=size, **given,  # type: ignore[arg-type]
    )  # fmt: skip


def by_many_spreads(values: Floats, noise: Floats, widest: float, at: int) -> tuple[float, float, float]:
    """Mean and 90 % range of one true value, from 3,000 spreads; each likelihood is the density of all values at once.

    The common mean is integrated out by giving it a normal prior so wide that it says nothing.
    """
    usual, wide = 1 / float(np.mean(1 / noise)), 1e2
    steps = np.linspace(0, math.log1p(widest**2 / usual), 3_001)
    spreads = usual * np.expm1(steps)
    seen = np.empty((3, len(spreads)))
    everyone = np.ones(len(values))
    for number, spread in enumerate(spreads):
        covariance = np.diag(spread + noise) + wide
        inverse = np.linalg.inv(covariance)
        with_it = spread * np.eye(len(values))[at] + wide * everyone  # covariance of the true value with all numbers
        likely = -0.5 * (np.linalg.slogdet(covariance)[1] + values @ inverse @ values)
        seen[:, number] = (
            likely + steps[number] / 2,
            with_it @ inverse @ values,
            spread + wide - with_it @ inverse @ with_it,
        )
    weight = np.exp(seen[0] - seen[0].max())
    weight /= integrate.trapezoid(weight, steps)

    def below(x: float) -> float:
        return float(integrate.trapezoid(weight * stats.norm.cdf(x, seen[1], np.sqrt(seen[2])), steps))

    low, high = (optimize.brentq(lambda x, q=q: below(x) - q, -1, 2, xtol=1e-7) for q in (0.05, 0.95))
    return float(integrate.trapezoid(weight * seen[1], steps)), float(low), float(high)


@pytest.mark.parametrize(
    ("values", "sizes"),
    [([0.8, 0.9], [100, 100]), ([0.75, 0.8, 0.77], [100, 400, 50]), ([0.9, 0.91, 0.95, 0.92, 0.93], [500] * 5)],
)
def test_means_and_ranges_are_those_of_the_model(values: list[float], sizes: list[int]) -> None:
    x, noise = np.array(values), 0.1 / np.array(sizes, dtype=float)
    found = pooled(x, noise, 0.5)
    low, high = found.interval(0.9)
    for at in range(len(values)):
        wanted = by_many_spreads(x, noise, 0.5, at)
        assert (found.mean[at], low[at], high[at]) == pytest.approx(wanted, abs=0.01 * math.sqrt(noise[at]))


def test_many_of_one_noise_are_found_as_a_few_are() -> None:
    x = np.random.default_rng(1).normal(0.8, 0.03, 400)
    found = pooled(x, np.full(400, 4e-4), 0.5)
    for quick, slow in zip(found.interval(0.9), found._ends(0.9), strict=True):
        assert np.abs(quick - slow).max() < 1e-3 * 0.02


def test_a_difference_knows_nothing_of_the_common_mean() -> None:
    x, noise = np.array([0.80, 0.85, 0.86]), np.full(3, 4e-4)
    near, far = pooled(x, noise, 0.5), pooled(x - 0.7, noise, 0.5)
    for one, other in zip(near.differences(0, slice(1, 3)), far.differences(0, slice(1, 3)), strict=True):
        assert one == pytest.approx(other)
    assert near.differences(0, slice(1, 3))[0] == pytest.approx(near.mean[1:] - near.mean[0])


@pytest.mark.parametrize(
    ("runs", "size", "spread", "accuracy"),
    [(2, 500, 0.0, 0.75), (2, 100, 0.05, 0.9), (5, 120, 0.0, 0.75), (5, 500, 0.03, 0.9), (20, 500, 0.02, 0.6)],
)
def test_the_range_of_the_chosen_run_holds_its_truth(
    runs: int, size: int, spread: float, accuracy: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(partial_pooling, "_FEW", 0)  # scipy is there already, and sooner done
    draw = np.random.default_rng(2)
    held, told, rounds = 0, 0, 250
    sizes = np.full(runs, float(size))
    for _ in range(rounds):
        true = np.clip(accuracy + spread * draw.standard_normal(runs), 0, 1)
        logged = draw.binomial(size, true) / size
        found = together(Alone(logged, errors(logged, sizes), np.zeros(runs), sizes))
        assert found is not None
        expected, low, high = found.ranges()
        first = int(expected.argmax())
        held += bool(low[first] <= true[first] <= high[first])
        told += int((found.apart(first, slice(0, runs)) > 1).sum()) if spread == 0 else 0
    assert 0.85 <= held / rounds <= 0.97
    assert told / rounds / (runs - 1) <= 0.12


@pytest.mark.parametrize("share", [0.0, 0.02, 0.5, 0.998, 1.0])
@pytest.mark.parametrize("size", [1, 30, 1000])
@pytest.mark.parametrize("runs", [2, 7])
def test_no_range_is_narrower_than_all_examples_make_it(share: float, size: int, runs: int) -> None:
    drawn = order.drawn_in([run_of(str(at), share, size) for at in range(runs)])
    kept = min(max(share, 1 / (size + 4)), 1 - 1 / (size + 4))
    least = Z * math.sqrt(kept * (1 - kept) / (runs * size))
    for run in drawn:
        assert run.low is not None and run.high is not None
        assert 0 <= run.low <= run.expected <= run.high <= 1
        assert run.high - run.low >= min(least, 1)


def test_percents_are_judged_as_shares_are() -> None:
    shares = [run_of(str(at), 0.9 + at / 100, 200) for at in range(3)]
    percents = [run_of(str(at), 90 + at, 200, percent=True, low=80.0, high=95.0) for at in range(3)]
    for one, other in zip(order.drawn_in(shares), order.drawn_in(percents), strict=True):
        assert (other.expected, other.low, other.high) == pytest.approx(
            (100 * one.expected, 100 * (one.low or 0), 100 * (one.high or 0))
        )


def test_runs_that_compare_tells_apart_are_told_apart() -> None:
    seeds = SAMPLES / "cycles" / "seeds"
    ranking = sm.rank(seeds, group_by="{recipe}/seed{seed}.csv")
    verdict = sm.compare(groups={name: str(seeds / name) for name in ("old", "new")})
    assert verdict.verdict == "better"
    assert [config.name for config in ranking.configs] == ["recipe new", "recipe old"]
    assert ranking.config_places == (1, 2)
    alone = sm.recommend(sm.read(seeds / "new" / "seed2.csv")).expected
    (same,) = [run for run in ranking.runs if run.name == "new/seed2.csv"]
    assert alone is not None and same.low is not None and same.high is not None
    assert alone.low < same.expected < alone.high, "drawn in, but not out of the range that it has alone"
    assert 0.5 < (same.high - same.low) / (alone.high - alone.low) < 1.05


def test_two_runs_are_ties_exactly_where_noise_explains_their_difference() -> None:
    sd = math.sqrt(2 * 0.85 * 0.15 / 500)
    assert order.in_places([run_of("a", 0.85 + sd, 500), run_of("b", 0.85, 500)])[1] == (1, 1)
    assert order.in_places([run_of("a", 0.85 + 3 * sd, 500), run_of("b", 0.85, 500)])[1] == (1, 2)
    best, places = order.in_places([run_of(str(at), at / 10, 5000) for at in range(1, 10)])
    assert [run.name for run in best] == list("987654321") and places == tuple(range(1, 10))


def test_places_of_many_are_those_of_one_after_the_other() -> None:
    draw = np.random.default_rng(3)
    runs = [run_of(str(at), share, 300) for at, share in enumerate(draw.normal(0.8, 0.08, 300).clip(0, 1).tolist())]
    best, places = order.in_places(runs)
    shares = np.array([run.value for run in best])
    sizes = np.full(300, 300.0)
    found = together(Alone(shares, errors(shares, sizes), np.zeros(300), sizes))
    assert found is not None
    head, wanted = 0, []
    for at in range(300):
        head = at if found.apart(head, slice(at, at + 1))[0] > 1 else head
        wanted.append(head + 1)
    assert places == tuple(wanted) and len(set(places)) > 3


def test_repeats_have_no_less_than_their_examples_leave() -> None:
    equal = [run_of(f"a{at}", 0.9, 100, hparams={"lr": 1, "seed": at}) for at in range(2)]
    other = [run_of(f"b{at}", 0.8, 100, hparams={"lr": 2, "seed": at}) for at in range(2)]
    for config in repeats.configs([*equal, *other], order.drawn_in([*equal, *other]))[0]:
        assert config.low is not None and config.high is not None
        assert config.high - config.low >= 2 * Z * math.sqrt(0.85 * 0.15 / 400)


def test_repeats_that_never_differ_tell_nothing() -> None:
    unknown = {"low": None, "high": None}
    runs = [run_of(f"a{at}", 0.9, None, hparams={"lr": 1, "seed": at}, **unknown) for at in range(2)]
    ((config,), places) = repeats.configs(runs, runs)
    assert (config.expected, config.low, config.high, places) == (0.9, None, None, (1,))


def sweep(folder: Path, names: list[str], sizes: list[int]) -> Path:
    for at, (name, size) in enumerate(zip(names, sizes, strict=True)):
        right = [round(size * (0.8 - 0.4 * 0.7**epoch)) + (epoch * 7 + at) % 5 for epoch in range(20)]
        rows = [f"{epoch},{1 / (epoch + 1):.4f},{c / size},{1 / (epoch + 2):.4f}" for epoch, c in enumerate(right)]
        (folder / name).write_text("\n".join(["epoch,loss,val_accuracy,val_loss", *rows, ""]), encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("names", "sizes", "said"),
    [
        (["fold_0.csv", "fold_1.csv", "fold_2.csv"], [119, 121, 119], "their names say folds"),
        (["a.csv", "b.csv", "c.csv"], [119, 121, 127], "119 to 127 examples, so not all on the same"),
        (["unfold1.csv", "unfold2.csv"], [127, 127], ""),
        ([f"run{at}.csv" for at in range(20)], [127] * 20, "a range also holds the error that runs validated on the"),
    ],
)
def test_what_is_known_of_the_validation_examples_is_said(
    names: list[str], sizes: list[int], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = " ".join(command(capsys, "rank", sweep(tmp_path, names, sizes), "--no-cache").out.split())
    assert said in shown
    assert ("fold" in shown.partition("place ")[0].replace("unfold", "")) == ("folds" in said)


def test_no_range_leads_to_where_no_share_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for at in range(3):
        rows = [f"{epoch},{1 / (epoch + 1):.3f},{1 - 0.5**epoch * 0.5:.3f}" for epoch in range(12)]
        (tmp_path / f"{at}.csv").write_text("\n".join(["epoch,val_loss,val_accuracy", *rows, ""]), encoding="utf-8")
    shown = command(capsys, "rank", tmp_path, "--no-cache", "--val-size", "100").out
    assert "±" not in shown and "–1.000)" in shown
