"""Runs of equal settings are repeats of one configuration, which is worth what they are on average."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from selectmodel.commands.rank.order import ordered, places, varying
from selectmodel.commands.rank.pooling import Alone, Together, alone, sampling, together, unit_of
from selectmodel.commands.rank.ranking import LEVEL, Config, RankedRun, Z
from selectmodel.files.hparams import Value, of_the_run
from selectmodel.records import Floats, Ints
from selectmodel.stats.noise import mean


def configs(runs: Sequence[RankedRun], drawn: Sequence[RankedRun]) -> tuple[list[Config], tuple[int, ...]]:
    """Repeats together, best first, and their places; empty where nothing is repeated.

    ``runs`` are as each was judged alone, and their means are ranked; ``drawn`` are the same ones, as shown, in any
    order. The uncertainty of a mean comes from the spread between repeats, pooled over all configurations, with
    Student's t for its few degrees of freedom; it is taken to be as large where a configuration was run only once.
    Shares of right answers are told apart by no less than all examples of the repeats leave, and are drawn in as those
    of runs are. As repeats, too, may share their examples, their ranges are no narrower than that of one of them.
    Where repeats do not differ at all, nothing tells the uncertainty of anything else.
    """
    if not any(run.hparams for run in runs):
        return [], ()  # and none of the tables below, which take half as much memory again as the runs
    by_settings: dict[tuple[tuple[str, Value], ...], list[int]] = {}
    for at, run in enumerate(runs):
        key = tuple(sorted((name, value) for name, value in run.hparams.items() if not of_the_run(name)))
        by_settings.setdefault(key or (("", run.key),), []).append(at)
    groups = list(by_settings.values())
    if len(groups) == len(runs):
        return [], ()
    shown = [name for name in varying(runs) if not of_the_run(name)]
    found = alone(runs)
    worth, all_of_them = _by_value(runs, groups) if found is None else _by_share(found, groups, unit_of(runs))
    shown_as = {run.key: run for run in drawn}
    made = []
    for members, (expected, low, high) in zip(groups, worth, strict=True):
        first = runs[members[0]]
        hparams = {name: first.hparams[name] for name in shown if name in first.hparams}
        name = ", ".join(f"{key.rpartition('.')[2]} {value}" for key, value in hparams.items()) or first.name
        best_first = tuple(ordered([shown_as[runs[at].key] for at in members], first.goal))
        made.append(Config(name, hparams, best_first, expected, low, high))
    best = ordered(made, runs[0].goal)
    made_as = {id(config): number for number, config in enumerate(made)}
    order = np.array([made_as[id(config)] for config in best])
    return best, places(best, all_of_them.take(order) if all_of_them else None)


_Worth = tuple[float, float | None, float | None]


def _by_value(runs: Sequence[RankedRun], groups: Sequence[Sequence[int]]) -> tuple[list[_Worth], None]:
    """Means of the values, and their ranges: only the repeats tell how uncertain they are."""
    means = [mean([runs[at].expected for at in members]) for members in groups]
    apart = [runs[at].expected - middle for middle, members in zip(means, groups, strict=True) for at in members]
    freedom = len(runs) - len(groups)
    wide = _t(freedom) * math.hypot(*apart) / math.sqrt(freedom)  # squares of numbers near 1e308 are none
    halves = [wide / math.sqrt(len(members)) for members in groups]
    if not wide:
        return [(middle, None, None) for middle in means], None
    return [(middle, middle - half, middle + half) for middle, half in zip(means, halves, strict=True)], None


def _by_share(found: Alone, groups: Sequence[Sequence[int]], unit: float) -> tuple[list[_Worth], Together | None]:
    """Means of the shares, what they are worth, and what they say together."""
    which = np.empty(len(found.values), dtype=np.int64)
    for number, members in enumerate(groups):
        which[list(members)] = number
    count = np.bincount(which)
    freedom = len(which) - len(count)
    middle = _means(found.values, which, count)
    scatter = float(np.sum((found.values - middle[which]) ** 2)) / freedom
    noise = np.maximum(scatter, _means(found.noise, which, count)) / count
    examples = 1 / _means(1 / found.examples, which, count)
    means = Alone(middle, noise, _means(found.luck, which, count), examples, counted=False)
    wider = _t(freedom) / Z
    everything = together(means, wider)
    if everything is None:
        least = np.sqrt(sampling(middle, examples))
        half = Z * np.hypot(np.maximum(wider * np.sqrt(noise), least), means.luck)
        columns = middle, np.maximum(middle - half, 0.0), np.minimum(middle + half, 1.0)
    else:
        columns = everything.ranges()
    expected, low, high = ((unit * column).tolist() for column in columns)
    return list(zip(expected, low, high, strict=True)), everything


def _means(values: Floats, which: Ints, count: Ints) -> Floats:
    means: Floats = np.bincount(which, values) / count
    return means


def _t(freedom: int) -> float:
    from scipy.special import stdtrit  # only where there are repeats

    return float(stdtrit(freedom, (1 + LEVEL) / 2))
