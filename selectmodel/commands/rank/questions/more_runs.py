"""How many more runs are worth it: what the best of n more would truly gain, were they drawn as these were.

What each run truly is lies in its range, by all runs together (:mod:`selectmodel.stats.partial_pooling`). New runs are
drawn from these, measured as noisily, and taken only where what is then expected of one is more than of today's first,
whose own true value is as uncertain as its range says: a new run that is merely luckier gains nothing.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from selectmodel.commands.rank import pooling
from selectmodel.commands.rank.questions.answered import Answered
from selectmodel.commands.rank.ranking import RankedRun, Ranking
from selectmodel.display import numbers
from selectmodel.files.hparams import Value
from selectmodel.records import Floats

#: Numbers of further runs that are tried, and how often.
_MORE = (5, 10, 20, 50)
_TIMES = 4_000
#: Of more runs so many stand for all; points between which what is expected lies on lines.
_MOST, _GRID = 500, 1_000
#: Fewer runs do not tell how far runs spread.
_FEWEST = 10


def more_runs(ranking: Ranking) -> Answered:
    """Expected gain of the best of more runs, or why nothing is said."""
    runs = ranking.runs
    if len(runs) < _FEWEST:
        return Answered("more runs", f"{len(runs)} runs do not tell how far runs spread; {_FEWEST} are needed")
    if any(run.low is None or run.high is None for run in runs):
        return Answered(
            "more runs", "nothing tells how uncertain the runs are, so not what a better one would be worth"
        )
    rows = tuple(_row(runs, more) for more in _MORE)
    unit = numbers.scale([float(row["gain"]) for row in rows] + [float(row["high"]) for row in rows], 2, apart=False)
    told = [
        f"{unit.show(row['gain'])} by {row['more']:.0f} more ({unit.span(row['low'], row['high'])})" for row in rows
    ]
    metric = runs[0].metric
    said = f"expected gain in {metric} {', '.join(told)}; ranges hold 90 %, if runs are drawn as these were"
    return Answered("more runs", said, tuple(dict[str, Value](row) for row in rows))


def _row(runs: Sequence[RankedRun], more: int) -> dict[str, float]:
    gains = _gains(runs, more) * pooling.unit_of(runs)
    low, high = np.quantile(gains, (0.05, 0.95))
    chance = float(np.mean(gains > 0))
    return {"more": more, "gain": float(gains.mean()), "low": float(low), "high": float(high), "chance": chance}


def _gains(runs: Sequence[RankedRun], more: int) -> Floats:
    """(times,) what the first then truly is better by than today's first, in shares; 0 where nothing is changed."""
    unit = pooling.unit_of(runs)
    sign = 1.0 if runs[0].goal == "max" else -1.0
    random = np.random.default_rng(more)
    worth = sign * np.array([run.expected for run in runs]) / unit
    sd = np.array([run.se for run in runs]) / unit
    first = int(np.argmax(worth))
    today = worth[first] + sd[first] * random.standard_normal(_TIMES)
    # Each run may truly be what its range holds; resampled, these are the runs there may be, whatever their form.
    members = random.integers(len(runs), size=(_TIMES, min(len(runs), _MOST)))
    at = np.take_along_axis(members, random.integers(members.shape[1], size=(_TIMES, more)), axis=1)
    true = worth[at] + sd[at] * random.standard_normal(at.shape)
    noise = float(np.mean(_noise(runs, unit)))
    seen = true + math.sqrt(noise) * random.standard_normal(at.shape)
    looks = _expected(seen, worth, sd, noise)
    best = looks.argmax(axis=1)
    rows = np.arange(_TIMES)
    gains: Floats = np.where(looks[rows, best] > worth[first], true[rows, best] - today, 0.0)
    return gains


def _expected(seen: Floats, worth: Floats, sd: Floats, noise: float) -> Floats:
    """What is expected of new runs (times, more) by what is ``seen`` of them, where they are such as the others."""
    if len(worth) > _MOST:
        spaced = np.argsort(worth)[np.linspace(0, len(worth) - 1, _MOST).astype(int)]
        worth, sd = worth[spaced], sd[spaced]
    grid = np.linspace(seen.min(), seen.max(), _GRID)[:, None]
    variance = sd**2 + noise
    likely = -0.5 * ((grid - worth) ** 2 / variance + np.log(variance))
    weight = np.exp(likely - likely.max(axis=1, keepdims=True))
    means = (worth * noise + grid * sd**2) / variance
    expected = (weight * means).sum(axis=1) / weight.sum(axis=1)
    found: Floats = np.interp(seen, grid[:, 0], expected)
    return found


def _noise(runs: Sequence[RankedRun], unit: float) -> Floats:
    """(k,) variance of the error of each run's share as it is counted."""
    sizes = [run.val_size for run in runs if run.val_size]
    usual = sorted(sizes)[len(sizes) // 2] if sizes else 1
    counts = np.array([run.val_size or usual for run in runs], dtype=np.float64)
    return pooling.errors(np.clip(np.array([run.expected for run in runs]) / unit, 0.0, 1.0), counts)
