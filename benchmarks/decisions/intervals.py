"""Means with intervals that know that runs on one dataset are alike: whole datasets are drawn anew."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

DRAWS = 1000
SEED = 0


class Interval(NamedTuple):
    """A mean and its 95 % interval; NaN where there is nothing to average."""

    mean: float
    low: float
    high: float


class Bootstrap:
    """The same draws of datasets for everything that is compared."""

    def __init__(self, datasets: Sequence[str]) -> None:
        names, self._cluster = np.unique(np.asarray(datasets), return_inverse=True)
        self.clusters = len(names)
        generator = np.random.default_rng(SEED)
        self._draws = generator.multinomial(self.clusters, np.full(self.clusters, 1 / self.clusters), DRAWS)

    def mean(self, values: np.ndarray) -> Interval:
        """Mean over runs of (runs,) ``values``, NaN left out; the interval comes from drawing datasets."""
        there = np.isfinite(values)
        if not there.any():
            return Interval(np.nan, np.nan, np.nan)
        sums = np.bincount(self._cluster[there], values[there], self.clusters)
        counts = np.bincount(self._cluster[there], minlength=self.clusters)
        drawn = self._draws @ counts
        means = (self._draws @ sums)[drawn > 0] / drawn[drawn > 0]
        return Interval(float(values[there].mean()), *(float(x) for x in np.percentile(means, [2.5, 97.5])))

    def better_in(self, differences: np.ndarray) -> tuple[int, int]:
        """In how many datasets the mean of ``differences`` is positive, and of how many."""
        there = np.isfinite(differences)
        sums = np.bincount(self._cluster[there], differences[there], self.clusters)
        counts = np.bincount(self._cluster[there], minlength=self.clusters)
        return int((sums[counts > 0] > 0).sum()), int((counts > 0).sum())
