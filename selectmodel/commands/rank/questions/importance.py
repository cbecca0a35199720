"""Which setting matters: how much worse a forest predicts runs it has not seen once the setting is shuffled.

A random forest learns the metric at each run's pick from the settings. Runs (or configurations, where repeats are
known) are drawn with replacement; each forest is asked about those that were not drawn, with one setting shuffled
among them. What the error grows by, as a part of the variance of the metric, is the setting's importance. The range
holds 90 % of what the draws came to. Source: L. Breiman, Machine Learning 45 (2001).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from selectmodel.commands.rank.questions.answered import Answered
from selectmodel.commands.rank.ranking import RankedRun, Ranking
from selectmodel.commands.rank.settings_axis import as_number
from selectmodel.files.hparams import Value, of_the_run
from selectmodel.records import Floats, Ints

if TYPE_CHECKING:
    from sklearn.ensemble import RandomForestRegressor

#: Fewer runs tell nothing of a setting.
FEWEST = 20
#: Draws of the runs, trees of a forest, and shuffles of each setting.
_DRAWS, _TREES, _SHUFFLES = 40, 40, 5
#: Of more runs so many are looked at.
_MOST = 3_000
_SETTINGS = 30
_LEVELS = 0.05, 0.95


def importance(ranking: Ranking) -> Answered:
    """The settings, that which matters most first, or why nothing is said."""
    runs = list(ranking.runs)
    if len(runs) < FEWEST:
        return _not_told(f"{len(runs)} runs are too few to tell which setting matters; {FEWEST} are needed")
    random = np.random.default_rng(0)
    if len(runs) > _MOST:
        runs = [runs[at] for at in sorted(random.choice(len(runs), _MOST, replace=False))]
    groups = _told_apart(runs, [name for name in ranking.columns if not of_the_run(name)])
    target = np.array([run.value for run in runs], dtype=np.float64)
    if not groups or not np.ptp(target):
        return _not_told("no setting is known that differs between runs" if not groups else "all runs are equal")
    if len(groups) > _SETTINGS:
        return _not_told(f"{len(groups)} settings differ between runs, more than {len(runs):,} runs can tell apart")
    try:
        from sklearn.ensemble import RandomForestRegressor
    except ImportError:
        return _not_told("needs scikit-learn; to install it: pip install 'selectmodel[importance]'")
    columns = np.column_stack([_column([run.hparams.get(names[0]) for run in runs]) for names in groups])
    alike = np.unique(columns, axis=0, return_inverse=True)[1].ravel()
    lost, told = [], []
    for draw in range(_DRAWS):
        taken, left = _drawn(alike, random)
        if len(left) < 2:
            continue
        forest = RandomForestRegressor(_TREES, random_state=draw, min_samples_leaf=2).fit(columns[taken], target[taken])
        seen, own = columns[left], target[left]
        error = _squared(forest.predict(seen), own)
        told.append(1 - error / float(np.var(target)))
        lost.append([_shuffled(forest, seen, own, at, random) - error for at in range(len(groups))])
    if not told or float(np.median(told)) <= 0:
        return _not_told("nothing: from the settings, runs are predicted no better than by their mean")
    return _answer(groups, np.array(lost) / float(np.var(target)), float(np.median(told)), ranking)


def _not_told(why: str) -> Answered:
    return Answered("importance", why)


def _answer(groups: Sequence[Sequence[str]], shares: Floats, explained: float, ranking: Ranking) -> Answered:
    low, high = np.quantile(shares, _LEVELS, axis=0)
    middle = shares.mean(axis=0)
    rows: tuple[Mapping[str, Value], ...] = tuple(
        {"setting": " = ".join(groups[at]), "importance": float(middle[at]), "low": float(low[at]),
         "high": float(high[at])}
        for at in np.argsort(-middle, kind="stable")
    )  # fmt: skip
    shown = [
        f"{row['setting']} {row['importance']:.2f} (90 %: {row['low']:.2f} to {row['high']:.2f})"
        for row in rows if float(str(row["low"])) > 0
    ]  # fmt: skip
    rest = [str(row["setting"]) for row in rows if float(str(row["low"])) <= 0]
    parts = shown + ([f"not told apart from nothing: {', '.join(rest)}"] if rest else [])
    metric = ranking.runs[0].metric
    said = f"{', '.join(parts)}; parts of the variance of {metric} in unseen runs that are lost without the setting; "
    said += f"all together predict {explained:.2f}"
    return Answered("importance", said, rows)


def _told_apart(runs: Sequence[RankedRun], names: Sequence[str]) -> list[tuple[str, ...]]:
    """The settings, those together that always change together: nothing tells which of them matters."""
    by_pattern: dict[tuple[int, ...], list[str]] = {}
    for name in names:
        seen: dict[tuple[type, Value], int] = {}
        values = [(type(run.hparams.get(name)), run.hparams.get(name)) for run in runs]
        pattern = tuple(seen.setdefault(value, len(seen)) for value in values)
        if 2 * len(seen) > len(runs):  # numbers drawn at random never repeat: only their order says what they share
            places = _column([run.hparams.get(name) for run in runs]).astype(int).tolist()
            most = max(places)
            pattern = min(tuple(places), tuple(most - place for place in places))
        if len(seen) > 1:
            by_pattern.setdefault(pattern, []).append(name)
    return [tuple(group) for group in by_pattern.values()]


def _column(values: Sequence[Value]) -> Floats:
    """Numbers in their order, all else by the number of its name; what is not set stands below all."""
    figures = [at for value in values if (at := as_number(value)) is not None and math.isfinite(at)]
    if figures and len(figures) == sum(value is not None for value in values):
        order = {value: place for place, value in enumerate(sorted(set(figures)))}
        return np.array([-1 if value is None else order[float(value)] for value in values], dtype=np.float64)
    names = {name: place for place, name in enumerate(sorted({str(v) for v in values if v is not None}))}
    return np.array([-1 if value is None else names[str(value)] for value in values], dtype=np.float64)


def _drawn(alike: Ints, random: np.random.Generator) -> tuple[Ints, Ints]:
    """The runs of configurations drawn with replacement, and those of the configurations that were not drawn."""
    kinds = int(alike.max()) + 1
    times = np.bincount(random.integers(kinds, size=kinds), minlength=kinds)[alike]
    return np.repeat(np.arange(len(alike)), times), np.flatnonzero(times == 0)


def _squared(predicted: Floats, own: Floats) -> float:
    return float(np.mean((predicted - own) ** 2))


def _shuffled(forest: RandomForestRegressor, seen: Floats, own: Floats, at: int, random: np.random.Generator) -> float:
    """The mean error once one setting is shuffled."""
    errors = []
    for _ in range(_SHUFFLES):
        mixed = seen.copy()
        mixed[:, at] = random.permutation(mixed[:, at])
        errors.append(_squared(forest.predict(mixed), own))
    return sum(errors) / len(errors)
