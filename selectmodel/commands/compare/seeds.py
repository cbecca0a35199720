"""Several seeds a side: is the difference of their picks more than their scatter?

Welch's t test, or the paired one where the seeds of both sides pair up by name. With few seeds an exact permutation
test, which needs no normal distribution, must not contradict it. Sources: B. Welch, Biometrika 34 (1947); R. Fisher,
The Design of Experiments (1935), ch. III; S. Holm, Scandinavian Journal of Statistics 6 (1979).
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from selectmodel.commands.compare.uncertainty import LEVEL
from selectmodel.records import Floats

#: Arrangements of the seeds up to which all are tried.
_ARRANGEMENTS = 20_000
#: Most seeds a side that are looked for when saying how many would be needed.
_MOST_SEEDS = 10_000


@dataclass(frozen=True, slots=True)
class Test:
    """A difference of means, its interval and two-sided p; ``exact`` is the permutation test's p where it can decide.

    ``needed`` is the number of seeds a side from which a difference of this size and scatter would be told.
    """

    name: str
    change: float
    low: float
    high: float
    p: float
    exact: float | None
    needed: int | None


def test(before: Sequence[float], after: Sequence[float], *, paired: bool, level: float = LEVEL) -> Test:
    """``after`` minus ``before``; paired by position where said, else one side at least must have two seeds.

    With one seed on a side, the other side's scatter stands for both.
    """
    from scipy import stats

    a, b = np.asarray(before, dtype=np.float64), np.asarray(after, dtype=np.float64)
    with np.errstate(all="ignore"):  # what no float holds comes out infinite or NaN, which tells nothing
        change = float(b.mean() - a.mean())
        scatter = float(np.ptp(b - a) if paired else max(np.ptp(a), np.ptp(b)))
        if scatter <= 1e-12 * max(1.0, float(np.abs(a).max())):  # the same at every seed: no scatter to judge by
            return Test("no scatter between the seeds", change, change, change, 1.0 if change == 0 else 0.0, None, None)
        if paired:
            name, found, variance = "paired t test", stats.ttest_rel(b, a), _variance(b - a)
        elif min(len(a), len(b)) == 1:
            name, variance = "t test with one scatter for both sides", 2 * (_variance(a) + _variance(b))
            found = stats.ttest_ind(b, a)
        else:
            name, found = "Welch's t test", stats.ttest_ind(b, a, equal_var=False)
            variance = _variance(a) + _variance(b)
        low, high = found.confidence_interval(level)
        exact = _exact_paired(b - a, level) if paired else _exact_apart(a, b, level)
        return Test(
            name, change, float(low), float(high), float(found.pvalue), exact, _seeds_needed(change, variance, level)
        )


def pairs(before: Sequence[str], after: Sequence[str]) -> list[int] | None:
    """For each name of ``before`` the place of its partner in ``after``; None unless all pair up, one to one.

    Partners have the same ``seed…`` number, or the same file name (that of the folder where all files share one).
    """
    if len(before) != len(after) or len(before) < 2:
        return None
    for key in (_seed, _stem):
        one, other = [key(name) for name in before], [key(name) for name in after]
        if None not in one and set(one) == set(other) and len(set(one)) == len(one) == len(set(other)):
            return [other.index(name) for name in one]
    return None


def _seed(name: str) -> str | None:
    found: list[str] = re.findall(r"seed[_=\-]?([0-9]{1,9})", name.lower())
    return str(int(found[-1])) if found else None


def _stem(name: str) -> str:
    parts = [part for part in name.split("/") if part]
    while len(parts) > 1 and parts[-1].partition(".")[0] in ("metrics", "training", "log", "history", "results"):
        parts.pop()
    return parts[-1] if parts else name


def holm(ps: Sequence[float | None]) -> list[float | None]:
    """Holm's step-down correction: p values that may be held against one level together. None stays None."""
    known = sorted((p, at) for at, p in enumerate(ps) if p is not None)
    corrected: list[float | None] = [None] * len(ps)
    highest = 0.0
    for rank, (p, at) in enumerate(known):
        highest = max(highest, min(1.0, p * (len(known) - rank)))
        corrected[at] = highest
    return corrected


def _variance(values: Floats) -> float:
    return float(values.var(ddof=1)) if len(values) > 1 else 0.0


def _seeds_needed(change: float, variance: float, level: float) -> int | None:
    """The least n a side at which the half-width of the interval falls below the change seen."""
    from scipy import stats

    if change == 0:
        return None
    errors = math.sqrt(variance) / change
    ratio = errors * errors
    if not math.isfinite(ratio):
        return None
    n = 2
    while n <= _MOST_SEEDS:
        t = float(stats.t.ppf((1 + level) / 2, 2 * n - 2))
        least = t**2 * ratio
        if least <= n:
            return n
        n = max(n + 1, math.floor(0.9 * least)) if least > 50 else n + 1
    return None


def _exact_apart(a: Floats, b: Floats, level: float) -> float | None:
    """Share of all deals of the seeds to the sides that differ as much; None where too many, or too few to decide.

    scipy's permutation_test takes 0.3 s where this takes 0.01, and calls deals that differ by rounding alone unequal.
    """
    arrangements = math.comb(len(a) + len(b), len(a))
    if arrangements > _ARRANGEMENTS or 2 / arrangements > 1 - level + 1e-12:
        return None
    everything = np.concatenate([a, b])
    total, seen = everything.sum(), abs(b.mean() - a.mean())
    chosen = np.array(list(combinations(range(len(everything)), len(a))))
    first = everything[chosen].sum(axis=1)
    differences = np.abs((total - first) / len(b) - first / len(a))
    return float((differences >= seen - 1e-12 * max(1.0, seen)).mean())


def _exact_paired(differences: Floats, level: float) -> float | None:
    """Share of all swaps within pairs, as signs of the (n,) differences, whose mean differs as much; None as above."""
    n = len(differences)
    if 2**n > _ARRANGEMENTS or 2 / 2**n > 1 - level + 1e-12:
        return None
    signs = 1 - 2 * ((np.arange(2**n)[:, None] >> np.arange(n)) & 1)
    means, seen = np.abs((signs * differences).mean(axis=1)), abs(differences.mean())
    return float((means >= seen - 1e-12 * max(1.0, float(seen))).mean())
