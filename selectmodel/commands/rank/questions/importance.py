"""Which setting matters: how much of what runs differ by is due to it, alone or together with others.

A smooth function of the settings and noise, as sure as the runs make it (:mod:`selectmodel.stats.effects`), tells by
how much runs differ that take one setting over from one another. How often its ranges hold the truth:
benchmarks/sweeps/questions.md.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from selectmodel.commands.rank.questions.answered import Answered
from selectmodel.commands.rank.ranking import RankedRun, Ranking
from selectmodel.commands.rank.settings_axis import as_number
from selectmodel.files.hparams import Value, of_the_run
from selectmodel.records import Floats

#: Fewer runs, or configurations where these are repeated, tell nothing of a setting.
FEWEST = 20
#: Of more runs so many are looked at.
_MOST = 3_000
#: Of these so many decide (:mod:`selectmodel.stats.effects`): names that are more than half of them hardly repeat.
_FITTED = 120
_SETTINGS = 30
#: Wider than 90 % of the draws: there are few of them, and no real sweep is as smooth as they are.
_LEVELS = 0.02, 0.98
#: A part that may be smaller than this is not told apart from nothing.
_LEAST = 0.02


def importance(ranking: Ranking) -> Answered:
    """The settings, that which matters most first, or why nothing is said."""
    runs = list(ranking.runs)
    count, noun = (len(ranking.configs), "configurations") if ranking.configs else (len(runs), "runs")
    if count < FEWEST:
        return _not_told(f"{count} {noun} are too few to tell which setting matters; {FEWEST} are needed")
    if len(runs) > _MOST:
        random = np.random.default_rng(0)
        runs = [runs[at] for at in sorted(random.choice(len(runs), _MOST, replace=False))]
    names = [name for name in ranking.columns if not of_the_run(name)]
    many = [name for name in names if _has_too_many([run.hparams.get(name) for run in runs])]
    groups = _told_apart(runs, [name for name in names if name not in many])
    target = np.array([run.value for run in runs], dtype=np.float64)
    if not groups or not np.ptp(target):
        none = f"no {'other ' if many else ''}setting is known that differs between runs"
        return _not_told(("all runs are equal" if groups else none) + _too_many(many))
    if len(groups) > _SETTINGS:
        return _not_told(f"{len(groups)} settings differ between runs, more than {len(runs):,} runs can tell apart")
    from selectmodel.stats.effects import effects

    parts = effects([_places([run.hparams.get(names[0]) for run in runs]) for names in groups], target)
    answer = _answer(groups, parts, ranking)
    return replace(answer, said=f"{answer.said}{_too_many(many)}")


def _has_too_many(values: Sequence[Value]) -> bool:
    """Whether most runs have a name of their own, as of a file or in a remark: of such names nothing can be told."""
    return not _are_numbers(values) and 2 * len({str(value) for value in values}) > min(len(values), _FITTED)


def _too_many(names: Sequence[str]) -> str:
    return f"; too many names to tell of: {', '.join(names)}" if names else ""


def _not_told(why: str) -> Answered:
    return Answered("importance", why)


def _answer(groups: Sequence[Sequence[str]], parts: Floats, ranking: Ranking) -> Answered:
    low, high = np.minimum(np.quantile(parts, _LEVELS, axis=0), 1.0)  # no part is more than all of it
    middle = np.minimum(parts.mean(axis=0), 1.0)
    rows: tuple[Mapping[str, Value], ...] = tuple(
        {"setting": " = ".join(groups[at]), "importance": float(middle[at]),
         "low": float(low[at]) if low[at] >= _LEAST else 0.0, "high": float(high[at])}
        for at in np.argsort(-middle, kind="stable")
    )  # fmt: skip
    shown = [
        f"{row['setting']} {row['importance']:.2f} (90 %: {row['low']:.2f} to {row['high']:.2f})"
        for row in rows if row["low"]
    ]  # fmt: skip
    rest = [str(row["setting"]) for row in rows if not row["low"]]
    told = shown + ([f"not told apart from nothing: {', '.join(rest)}"] if rest else [])
    of = f"parts of the variance of {ranking.runs[0].metric} between runs, alone or together with other settings"
    return Answered("importance", f"{', '.join(told)}; {of}" if shown else told[0], rows)


def _told_apart(runs: Sequence[RankedRun], names: Sequence[str]) -> list[tuple[str, ...]]:
    """The settings, those together that always change together: nothing tells which of them matters."""
    by_pattern: dict[tuple[int, ...], list[str]] = {}
    kinds = len({tuple((type(run.hparams.get(name)), run.hparams.get(name)) for name in names) for run in runs})
    for name in names:
        seen: dict[tuple[type, Value], int] = {}
        values = [(type(run.hparams.get(name)), run.hparams.get(name)) for run in runs]
        pattern = tuple(seen.setdefault(value, len(seen)) for value in values)
        if 2 * len(seen) > kinds:  # numbers drawn at random never repeat: only their order says what they share
            places = _column([run.hparams.get(name) for run in runs]).astype(int).tolist()
            most = max(places)
            pattern = min(tuple(places), tuple(most - place for place in places))
        if len(seen) > 1:
            by_pattern.setdefault(pattern, []).append(name)
    return [tuple(group) for group in by_pattern.values()]


def _column(values: Sequence[Value]) -> Floats:
    """Numbers in their order, all else by the number of its name; what is not set stands below all."""
    if _are_numbers(values):
        figures = [float(value) for value in values if value is not None]
        order = {value: place for place, value in enumerate(sorted(set(figures)))}
        return np.array([-1 if value is None else order[float(value)] for value in values], dtype=np.float64)
    names = {name: place for place, name in enumerate(sorted({str(v) for v in values if v is not None}))}
    return np.array([-1 if value is None else names[str(value)] for value in values], dtype=np.float64)


def _are_numbers(values: Sequence[Value]) -> bool:
    """Whether all that are set have an order: infinity has its place in it, what is not a number has none."""
    return all(value is None or ((at := as_number(value)) is not None and not math.isnan(at)) for value in values)


def _places(values: Sequence[Value]) -> Floats:
    """Numbers by their order from 0 to 1 (n,); of names a column each (n, k) that holds 1 where a run has it."""
    column = _column(values)
    kinds, which = np.unique(column, return_inverse=True)
    if _are_numbers(values):
        placed: Floats = (column - kinds[0]) / max(kinds[-1] - kinds[0], 1.0)
        return placed
    named: Floats = np.eye(len(kinds))[which]
    return named
