"""Shares of right answers of many runs, drawn in towards what all have in common, and the ranges that are left.

What is expected of a run by its own log is drawn in because the best of many is the luckiest too, the more so the fewer
examples it was judged on. Of the runs of 26 datasets, the one chosen this way lost 7.7 points of test accuracy to the
best epoch of all, that of the highest value at its pick 9.9. Errors are those of the true share, never of the one that
was counted: a run that was lucky must not look sure of it as well.

Runs of a sweep mostly share their validation examples, and err together: their mean is then no surer than one of them
is, and no log tells by how much. So there are two kinds of errors. Runs are told from one another by those of
differences, out of which falls what all have in common: the sampling of the examples, as though each run had its own,
and the spread between runs. The range of what a run is worth on new data is never narrower than its own number of
examples alone makes it. Both hold how much luck the picks had: between none and twice what was taken off, of all runs
alike, so that it does not tell them apart. Of perceptrons that shared their examples, half of the variance of the error
was in common: ranges that took them for a run's own held the test accuracy of the run to ship in 76 %, these in 90 %
(benchmarks/sweeps/questions_real.md).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from selectmodel.commands.rank.ranking import LEVEL, RankedRun, Z
from selectmodel.records import Floats, Ints
from selectmodel.stats.partial_pooling import Pooled, pooled

#: Standard deviation of what is evenly spread from nothing to twice one.
_UNSURE = 1 / math.sqrt(3)
#: No runs differ by more: half of them right throughout, half of them wrong.
_WIDEST = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Alone:
    """Of k runs (k,) each: the share expected by its own log, the variance of its error, the sd of its luck.

    ``examples`` (k,) says on how many a run was validated; ``counted`` that these make all of the error.
    """

    values: Floats
    noise: Floats
    luck: Floats
    examples: Floats
    counted: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class Together:
    """What k entries, each validated on ``examples`` (k,), say together.

    ``luck`` (k,) is its standard deviation; errors of differences are ``wider`` by that factor.
    """

    pooled: Pooled
    luck: Floats
    examples: Floats
    wider: float = 1.0

    def take(self, order: Ints) -> Together:
        """The entries in another order (k,)."""
        return replace(self, pooled=self.pooled.take(order), luck=self.luck[order], examples=self.examples[order])

    def ranges(self) -> tuple[Floats, Floats, Floats]:
        """(k,) what share, 0..1, each is expected to be on new data, and the two ends of its 90 % range."""
        expected, low, high, _ = self.worth()
        return expected, low, high

    def worth(self) -> tuple[Floats, Floats, Floats, Floats]:
        """(k,) as :meth:`ranges`, and the standard errors without what all may have in common."""
        mean = self.pooled.mean
        below, above = (self.wider * np.abs(end - mean) for end in self.pooled.interval(LEVEL))
        luck = Z * self.luck
        own = (np.hypot(below, luck) + np.hypot(above, luck)) / (2 * Z)
        alone = Z * np.sqrt(sampling(mean, self.examples))
        low, high = (np.hypot(np.maximum(half, alone), luck) for half in (below, above))
        return _inside(mean), _inside(mean - low), _inside(mean + high), own

    def apart(self, one: int, others: slice) -> Floats:
        """(p,) by how many of the differences that noise makes others differ from ``one``: they are apart above 1."""
        mean, sd = self.pooled.differences(one, others)
        times: Floats = np.abs(mean) / (Z * self.wider * sd)
        return times


def alone(runs: Sequence[RankedRun]) -> Alone | None:
    """The runs, of one unit and evened, as each was judged; None where their errors are not known."""
    known = [run.val_size for run in runs if run.val_size]
    if not known or any(run.low is None for run in runs):
        return None
    usual = len(known) / math.fsum(1 / size for size in known)
    sizes = np.array([run.val_size or usual for run in runs], dtype=np.float64)
    unit = unit_of(runs)
    logged, worth = (
        _inside(np.array(column) / unit) for column in ([run.value for run in runs], [run.expected for run in runs])
    )
    return Alone(worth, errors(worth, sizes), np.abs(logged - worth) * _UNSURE, sizes)


def errors(worth: Floats, sizes: Floats) -> Floats:
    """(k,) variances of shares (k,) of right answers among ``sizes`` examples (k,), at the mean share of all."""
    return sampling(np.full(len(sizes), float(worth @ sizes / sizes.sum())), sizes)


def sampling(share: Floats, sizes: Floats) -> Floats:
    """(k,) variances of shares (k,) that are counted among ``sizes`` examples (k,).

    Shares are kept ``1 / (n + 4)`` away from 0 and 1, where they would claim certainty.
    """
    least = 1 / (sizes + 4)
    kept = np.clip(share, least, 1 - least)
    variances: Floats = kept * (1 - kept) / sizes
    return variances


def _inside(share: Floats) -> Floats:
    return np.clip(share, 0.0, 1.0)


def unit_of(runs: Sequence[RankedRun]) -> float:
    """What a share of 1 is logged as."""
    return 100.0 if runs[0].percent else 1.0


def together(found: Alone | None, wider: float = 1.0) -> Together | None:
    """What several say together; None for one alone."""
    if found is None or len(found.values) < 2:
        return None
    counted = found.examples if found.counted else None
    return Together(pooled(found.values, found.noise, _WIDEST, counted), found.luck, found.examples, wider)


def drawn_in(runs: Sequence[RankedRun], found: Together | None) -> list[RankedRun]:
    """The runs with what they say together of each; as they are where that is None."""
    if found is None:
        return list(runs)
    unit = unit_of(runs)
    columns = ((unit * column).tolist() for column in found.worth())
    return [
        replace(run, expected=expected, low=low, high=high, own_se=own_se)
        for run, expected, low, high, own_se in zip(runs, *columns, strict=True)
    ]
