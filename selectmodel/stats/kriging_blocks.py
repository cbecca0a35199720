"""Kriging of long logs in time in proportion to their length.

Some validations are knots: every one early in the log, one of several later, where neighbours lie close in ln t. What
happens between two knots is taken to depend on the rest of the log through these two alone. For a random walk that is
exact; for the shared error nearly so.

Source: the partially independent conditional of E. Snelson, Z. Ghahramani, AISTATS (2007).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from selectmodel.records import Bools, Floats, Ints
from selectmodel.stats.kriging_model import JITTER, LAG, NOW, WALKS, definite, inverse

#: The t-th validation is followed by a gap of t / 32, but at most this many.
_EARLY = 32


@dataclass(frozen=True, slots=True)
class Gaps:
    """The b gaps between g knots, of up to m validations each, padded to a rectangle."""

    knots: Ints  # (g,) places in the log
    before: Ints  # (b,) the knot before each gap; the next one ends it
    inner: Ints  # (b, m) places in the log, its length where padded
    real: Bools  # (b, m)
    share: Floats  # (b, m) how far between the two knots, 0 to 1
    line: Floats  # (b, m, m) covariance of what a walk of variance 2 does besides the line between the two knots
    root: Floats  # (b, m, m) the same of the shared error

    @classmethod
    def of(cls, x: Floats) -> Gaps:
        knots = _knots(len(x))
        before = np.flatnonzero(np.diff(knots) > 1)
        inner = knots[before, None] + 1 + np.arange(int(np.diff(knots).max()) - 1)
        real = inner < knots[before + 1, None]
        inner = np.where(real, inner, len(x))
        width = x[knots[before + 1]] - x[knots[before]]
        at = np.where(real, x[np.minimum(inner, len(x) - 1)] - x[knots[before], None], 0.0)
        both = real[:, :, None] & real[:, None, :]
        line, root = (_besides_the_line(of, at, width) * both for of in (np.asarray, np.sqrt))
        return cls(knots, before, inner, real, at / width[:, None], line, root)

    def of_the_log(self, values: Floats) -> tuple[Floats, Floats]:
        """(k, n) values as (k, g) at the knots and (k, b, m) in the gaps, 0 where padded."""
        padded = np.concatenate([values, np.zeros((len(values), 1))], axis=1)
        return values[:, self.knots], padded[:, self.inner]

    def to_the_log(self, knots: Floats, inner: Floats, n: int) -> Floats:
        values = np.zeros((len(knots), n + 1))
        values[:, self.knots] = knots
        values[:, self.inner.ravel()] = inner.reshape(len(inner), -1)
        return values[:, :n]

    def drawn(self, knots: Floats) -> Floats:
        """(k, b, m) the lines between the values (k, g) of the knots."""
        start, end = knots[:, self.before, None], knots[:, self.before + 1, None]
        drawn: Floats = (start + self.share * (end - start)) * self.real
        return drawn

    def gathered(self, inner: Floats) -> Floats:
        """(k, g) the transpose of :meth:`drawn`."""
        out = np.zeros((len(inner), len(self.knots)))
        out[:, self.before] += (inner * (1 - self.share)).sum(axis=2)
        out[:, self.before + 1] += (inner * self.share).sum(axis=2)
        return out


def _knots(n: int) -> Ints:
    widest = max(8, min(n // 60, 64), n // 400)
    knots = [0]
    while knots[-1] < n - 1:
        step = min(max(1, (knots[-1] + 1) // _EARLY), widest)
        knots.append(min(knots[-1] + step, n - 1))
    return np.array(knots)


def _besides_the_line(of: Callable[[Floats], Floats], at: Floats, width: Floats) -> Floats:
    """(b, m, m) covariance of a process with covariance ``-of(distance)``, less the line between its ends."""
    share = at / width[:, None]
    start, end = of(at), of(np.maximum(width[:, None] - at, 0.0))
    a, b = share[:, :, None], share[:, None, :]
    ends = (1 - b) * start[:, :, None] + b * end[:, :, None] + (1 - a) * start[:, None, :] + a * end[:, None, :]
    between = of(np.abs(at[:, :, None] - at[:, None, :]))
    result: Floats = ends - between - (a * (1 - b) + b * (1 - a)) * of(width)[:, None, None]
    return result


@dataclass(frozen=True, slots=True)
class Blocks:
    """What is prepared for one set of positions; the first axis is that of :data:`WALKS`."""

    gaps: Gaps
    spread: Floats  # (g, g) distances of the knots
    within: Floats  # (3, b, m, m) inverse covariances in the gaps
    posterior: Floats  # (3, g, g)
    now: float
    level: Floats  # (3, n) what the unknown level takes out, scaled
    diagonal: Floats
    constant: Floats

    @classmethod
    def of(cls, x: Floats, variance: float) -> Blocks:
        gaps, now = Gaps.of(x), variance * NOW + JITTER
        spread = np.abs(x[gaps.knots][:, None] - x[gaps.knots][None, :])
        parts = [_prepared(gaps, spread, x, variance, walk) for walk in WALKS]  # of a long log each is large
        within, posterior, constant = (np.stack(part) for part in zip(*parts, strict=True))
        nothing = np.zeros((len(WALKS), len(x)))
        bare = cls(gaps, spread, within, posterior, now, nothing, nothing, constant)
        unit = bare._inverse(nothing + 1)
        total = unit.sum(axis=1)
        level = unit / np.sqrt(total)[:, None]
        diagonal = np.maximum(bare._own(len(x)) - level**2, JITTER)
        return replace(bare, level=level, diagonal=diagonal, constant=constant - 0.5 * np.log(total))

    def _inverse(self, values: Floats) -> Floats:
        """(3, n) the inverse covariance times ``values``."""
        knots, inner = self.gaps.of_the_log(values)
        inner = self._in_gaps(inner)
        central = self._central(knots / self.now + self.gaps.gathered(inner))
        inner = inner - self._in_gaps(self.gaps.drawn(central))
        return self.gaps.to_the_log((knots - central) / self.now, inner, values.shape[1])

    def _in_gaps(self, inner: Floats) -> Floats:
        product: Floats = (self.within @ inner[..., None])[..., 0]
        return product

    def _central(self, values: Floats) -> Floats:
        product: Floats = (self.posterior @ values[..., None])[..., 0]
        return product

    def weigh(self, residual: Floats) -> Floats:
        weighed: Floats = self._inverse(residual) - self.level * (self.level * residual).sum(axis=1, keepdims=True)
        return weighed

    def walk(self, weighed: Floats) -> Floats:
        knots, inner = self.gaps.of_the_log(weighed[None])
        at_knots = -((knots + self.gaps.gathered(inner)) @ self.spread)
        in_gaps = self.gaps.drawn(at_knots) + (self.gaps.line @ inner[..., None])[..., 0]
        walk: Floats = self.gaps.to_the_log(at_knots, in_gaps, len(weighed))[0]
        return walk

    def _own(self, n: int) -> Floats:
        """(3, n) the diagonal of the inverse covariance."""
        gaps = self.gaps
        knots = 1 / self.now - np.diagonal(self.posterior, axis1=1, axis2=2) / self.now**2
        ends = np.stack([(1 - gaps.share) * gaps.real, gaps.share * gaps.real], axis=2)  # (b, m, 2)
        around = np.stack([gaps.before, gaps.before + 1], axis=1)  # (b, 2)
        pulled = self.within @ ends
        between = self.posterior[:, around[:, :, None], around[:, None, :]]
        inner = np.diagonal(self.within, axis1=2, axis2=3) - ((pulled @ between) * pulled).sum(axis=3)
        return gaps.to_the_log(knots, inner, n)


def _prepared(gaps: Gaps, spread: Floats, x: Floats, variance: float, walk: float) -> tuple[Floats, Floats, Floats]:
    """For one walk: inverse covariances in the gaps and of the knots, what the determinants add to the likelihood."""
    now, knots = variance * NOW + JITTER, len(spread)
    gap = walk / 2 * gaps.line + variance * LAG * gaps.root + now * np.eye(gaps.inner.shape[1])
    within, gap_logs = inverse(gap)
    reach = definite(x, variance, walk)
    prior = reach - walk / 2 * spread - variance * LAG * np.sqrt(spread) + JITTER * np.eye(knots)
    (precision,), prior_logs = inverse(prior[None])
    precision += np.eye(knots) / now
    near, far = (1 - gaps.share) * gaps.real, gaps.share * gaps.real
    for row, i in ((near, gaps.before), (far, gaps.before + 1)):
        for column, j in ((near, gaps.before), (far, gaps.before + 1)):
            precision[i, j] += ((row[:, None, :] @ within)[..., 0, :] * column).sum(axis=-1)
    (posterior,), posterior_logs = inverse(precision[None])
    padded = np.count_nonzero(~gaps.real)
    logs = gap_logs.sum() + prior_logs[0] + posterior_logs[0] + (knots - padded) * np.log(now)
    return within, posterior, -0.5 * logs
