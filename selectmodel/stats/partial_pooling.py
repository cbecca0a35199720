"""What each of several alike things truly is, when one noisy number of each is known.

The numbers ``x`` are ``true + error``, the errors normal with known variances, the true values normal around a common
mean. How far these differ (their spread) is not known either: every spread that the numbers allow counts as much as
they make it likely. Each value is drawn in towards the common mean as far as its error explains its distance, so that
the first of many is no longer the luckiest, and its range holds what all numbers together do not tell: its own error,
the common mean, the spread.

The prior is flat in the common mean and ``(spread + error)^-1/2`` in the variance between: of those of that form it
keeps ranges most evenly right, also of the first of a few (benchmarks/sweeps/coverage.md).
Sources: B. Efron, C. Morris, JASA 70 (1975); A. Gelman, J. Carlin et al., Bayesian Data Analysis, ch. 5; C. Morris,
R. Tang, Statistical Science 26 (2011).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from statistics import NormalDist

import numpy as np

from selectmodel.records import Floats, Ints
from selectmodel.stats.true_share import moments

#: Spreads that are looked at together; the range of those that count is narrowed until so many lie in it.
_NODES, _ENOUGH, _MOST_ROUNDS = 32, 14, 16
#: A spread whose logarithmic likelihood is so far below the best does not count.
_UNLIKELY = 12.0
#: So many values are worked on together, which bounds the memory that is needed.
_TOGETHER = 2048
#: A quantile is found when it moves by less than this part of the noise; Newton's steps are mostly five.
_EXACT, _MOST_STEPS = 1e-4, 60
#: Of more values with one noise than this, the ranges of so many are found.
_KNOTS = 129
#: A spread of less than this part of the noise is none.
_NO_SPREAD = 1e-9
#: For so many normal probabilities the standard library takes less time than importing scipy does.
_FEW = 10_000


@dataclass(frozen=True, slots=True, eq=False)
class Pooled:
    """Values (k,), their error variances ``noise`` (k,), and what each of m spreads between them comes to.

    ``weight`` (m,) is how likely a ``spread`` (m,), a variance, is; ``common`` (m,) is the mean of all there, and
    ``unsure`` (m,) the variance of that mean. Where values are shares of right answers, ``examples`` (k,) says of how
    many: each error is then that of the true share, while ``noise`` is at the mean of all.
    """

    values: Floats
    noise: Floats
    weight: Floats
    spread: Floats
    common: Floats
    unsure: Floats
    examples: Floats | None = None

    def take(self, order: Ints | slice) -> Pooled:
        """Some of the values (k,), or all in another order."""
        examples = None if self.examples is None else self.examples[order]
        return replace(self, values=self.values[order], noise=self.noise[order], examples=examples)

    @property
    def mean(self) -> Floats:
        """(k,) what each is expected to be."""
        return np.concatenate([mean @ self.weight for _, mean, _ in self._parts()])

    def interval(self, level: float) -> tuple[Floats, Floats]:
        """(k,) lower and upper ends of the range that holds each true value with probability ``level``.

        Of many values with one noise, the ends of some are found, and those of the others lie on lines between them.
        """
        kinds, which = np.unique(self.noise, return_inverse=True)
        if len(self.values) <= _KNOTS * len(kinds):
            return self._ends(level)
        members = [np.flatnonzero(which == kind) for kind in range(len(kinds))]
        spans = [self.values[one] for one in members]
        at = np.array([np.linspace(values.min(), values.max(), _KNOTS) for values in spans])
        first = self.take(np.repeat([one[0] for one in members], _KNOTS))
        knots = replace(first, values=at.ravel())._ends(level)
        low, high = np.empty(len(self.values)), np.empty(len(self.values))
        for ends, found in zip((low, high), knots, strict=True):
            for own, values, x, y in zip(members, spans, at, found.reshape(at.shape), strict=True):
                ends[own] = np.interp(values, x, y)
        return low, high

    def _ends(self, level: float) -> tuple[Floats, Floats]:
        below: list[Floats] = []
        above: list[Floats] = []
        for noise, mean, variance in self._parts():
            sd = np.sqrt(variance)
            for q, ends in (((1 - level) / 2, below), ((1 + level) / 2, above)):
                ends.append(_quantile(q, self.weight, mean, sd, np.sqrt(noise)))
        return np.concatenate(below), np.concatenate(above)

    def _parts(self) -> Iterator[tuple[Floats, Floats, Floats]]:
        """Of some of the values (p,): their noise (p,), and mean and variance (p, m) at each spread."""
        for start in range(0, len(self.values), _TOGETHER):
            part = self.take(slice(start, start + _TOGETHER))
            mean, variance, drawn = part._at_each_spread()
            yield part.noise, mean, variance + drawn**2 * self.unsure

    def _at_each_spread(self) -> tuple[Floats, Floats, Floats]:
        """(k, m) each: mean and variance where the common mean is known, and how far each moves with that mean."""
        if self.examples is None:
            kept = self.spread / (self.spread + self.noise[:, None])
            return self.common + kept * (self.values[:, None] - self.common), kept * self.noise[:, None], 1 - kept
        mean, variance = (np.empty((len(self.values), len(self.spread))) for _ in range(2))
        for size in np.unique(self.examples):
            own = np.flatnonzero(self.examples == size)
            mean[own], variance[own] = self._true_shares(self.values[own], float(size))
        # with a normal prior the mean moves with the prior's as the variance is to the prior's, whatever the likelihood
        return mean, variance, np.minimum(variance / np.maximum(self.spread, _NO_SPREAD * self.noise[:, None]), 1.0)

    def _true_shares(self, values: Floats, size: float) -> tuple[Floats, Floats]:
        """Mean and variance (p, m) of shares (p,) of one number of examples; between knots where they are many."""
        knots = values if len(values) <= _KNOTS else np.linspace(values.min(), values.max(), _KNOTS)
        found = moments(knots, np.full(len(knots), size), self.common, self.spread)
        if knots is values:
            return found
        place = (values - knots[0]) / max(float(knots[-1] - knots[0]), 1e-300) * (_KNOTS - 1)
        below = np.minimum(place.astype(np.int64), _KNOTS - 2)
        part = (place - below)[:, None]
        mean, variance = (table[below] * (1 - part) + table[below + 1] * part for table in found)
        return mean, variance

    def differences(self, one: int, others: slice) -> tuple[Floats, Floats]:
        """(p,) what others truly are less what ``one`` is, and the standard deviation of that.

        The common mean is shared: it is in the difference only as far as the two are drawn in by different parts.
        """
        own, own_variance, own_drawn = self.take(slice(one, one + 1))._at_each_spread()
        means, variances, drawn = self.take(others)._at_each_spread()
        apart = means - own
        variance = variances + own_variance + (drawn - own_drawn) ** 2 * self.unsure
        mean = apart @ self.weight
        return mean, np.sqrt(variance @ self.weight + np.maximum((apart - mean[:, None]) ** 2 @ self.weight, 0.0))


def pooled(values: Floats, noise: Floats, widest: float, examples: Floats | None = None) -> Pooled:
    """Two or more finite values (k,) with error variances ``noise`` (k,), all positive, drawn in together.

    ``widest`` is the largest standard deviation that true values can have; ``examples`` (k,), where they are shares of
    right answers, of how many.
    """
    sizes, which, count = np.unique(noise, return_inverse=True, return_counts=True)
    middle = np.bincount(which, values) / count
    within = np.bincount(which, (values - middle[which]) ** 2)
    usual = 1 / float(np.mean(1 / noise))
    low, high = 0.0, math.log1p(widest * widest / usual)
    for _ in range(_MOST_ROUNDS):
        at = np.linspace(low, high, _NODES)
        spread = usual * np.expm1(at)
        total = spread[:, None] + sizes
        weight = count / total
        all_weight = weight.sum(axis=1)
        common = weight @ middle / all_weight
        misfit = (weight * (middle - common[:, None]) ** 2 + within / total).sum(axis=1)
        likely = at / 2 - 0.5 * (np.log(total) @ count + np.log(all_weight) + misfit)
        likely -= likely.max()
        counts = np.flatnonzero(likely > -_UNLIKELY)
        low, high = float(at[max(counts[0] - 1, 0)]), float(at[min(counts[-1] + 1, _NODES - 1)])
        if len(counts) >= _ENOUGH:
            break
    share = np.exp(likely)
    share[[0, -1]] /= 2  # trapezoid rule
    seen = slice(int(counts[0]), int(counts[-1]) + 1)
    return Pooled(
        values, noise, share[seen] / share[seen].sum(), spread[seen], common[seen], 1 / all_weight[seen], examples
    )


def _quantile(q: float, weight: Floats, mean: Floats, sd: Floats, unit: Floats) -> Floats:
    """(p,) quantile of mixtures of m normal distributions of ``mean`` and ``sd`` (p, m), exact to a part of ``unit``.

    Newton's steps, halving the bracket instead where one would leave it.
    """
    z = NormalDist().inv_cdf(q)
    ends = mean + z * sd
    low, high = ends.min(axis=1), ends.max(axis=1)  # between those of the single distributions
    found = ends @ weight
    for _ in range(_MOST_STEPS):
        away = (found[:, None] - mean) / sd
        excess = _below(away) @ weight - q
        low, high = np.where(excess < 0, found, low), np.where(excess < 0, high, found)
        dense = (np.exp(-0.5 * away * away) / sd) @ weight / math.sqrt(2 * math.pi)
        step = found - excess / np.maximum(dense, 1e-300)
        step = np.where((step > low) & (step < high), step, (low + high) / 2)
        moved, found = np.abs(step - found), step
        if (moved < _EXACT * unit).all():
            break
    return found


def _below(away: Floats) -> Floats:
    """Normal probability below each number."""
    if away.size > _FEW:
        from scipy.special import ndtr

        many: Floats = ndtr(away)
        return many
    few = np.asarray(_ERF(away / math.sqrt(2)), dtype=np.float64)
    return 0.5 + 0.5 * few


_ERF = np.frompyfunc(math.erf, 1, 1)
