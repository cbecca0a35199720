"""The most likely true accuracy at each validation, given the accuracy that was seen, by kriging.

A logged accuracy is the true one plus an error that neighbouring validations share, because they see the same examples:
the wiggle between two epochs is part noise, part real. How the two differ at a distance was measured on real trainings;
from it follows what the true curve most likely is. In between, as a geologist draws a map from a few drillings, the
level comes from all the log and the detail from the neighbourhood. Distance is counted in ln t, because a network
changes as much from validation 10 to 20 as from 100 to 200.

    seen_t  = true_t + error_t
    true_t  = known_t + random walk in ln t            (known_t: what train score and loss let expect)
    E(error_t - error_s)^2 = 2 SE^2 (.05 + .3 sqrt|ln t/s|)        SE^2 = .25 / number of validation examples

How far the walk goes differs from run to run: three sizes are weighted by how well they explain the log. The unknown
level of the run is taken out, so that only differences between validations mean anything.

Source: simple kriging with a variogram, G. Matheron, Economic Geology 58 (1963).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol

import numpy as np

from selectmodel.records import Floats
from selectmodel.stats.kriging_model import JITTER, LAG, NOW, WALKS, definite, inverse

#: Up to this many validations the whole matrix is used; more are taken in blocks.
WHOLE = 160
#: On a small set (standard error from 4 % on) a value this many standard deviations above what all others let expect
#: counts as if it were that many: on sets that small the errors of an unstable training are shared less than thought.
_SMALL_SET, _UNHEARD_OF = 0.04**2, 4.0
#: Longer logs are seldom seen twice, and what is prepared for them is large.
_KEPT_UP_TO = 2000
#: For so many lengths and sizes of the validation set what is prepared is kept: early stopping makes many lengths. It
#: is at most 0.8 MB for a short log, some 3 MB for one in blocks.
_KEPT, _KEPT_IN_BLOCKS = 64, 8
#: In logs longer than this the later validations are joined to bins: what is prepared grows with the square of the log.
LONGEST = 10_000


class Plan(Protocol):
    """What depends on the positions and the size of the validation set alone; first axis: :data:`WALKS`."""

    @property
    def diagonal(self) -> Floats:
        """(3, n) inverse variance of each value given all others."""

    @property
    def constant(self) -> Floats:
        """(3,) the part of the likelihood that is the same for all logs."""

    def weigh(self, residual: Floats) -> Floats:
        """(…, 3, n) the inverse covariance times the residual (…, 3, n), its unknown level taken out."""

    def walk(self, weighed: Floats) -> Floats:
        """(…, n) the most likely walk of variance 2 that leaves this (…, n) weighed."""


def most_likely(seen: Floats, known: Floats, t: Floats, variance: float) -> Floats:
    """(…, n) the most likely true values of one run, or of several, each up to one constant.

    ``seen``: (…, n) finite, accuracies in 0..1; ``known``: (…, n) what other numbers let expect; ``t``: (n,) positions
    of the validations, ascending from 1; ``variance``: squared standard error of a validation. What depends on t and
    variance alone is kept for the next runs of the same length. O(n) above :data:`WHOLE` validations. A run comes out
    the same, to the last bit, alone and among others.
    """
    if len(t) <= WHOLE:
        return _each(seen, known, t, variance)[0]
    if seen.ndim > 1:
        return np.stack([most_likely(*run, t, variance) for run in zip(seen, known, strict=True)])
    return _binned(seen, known, t, variance) if len(t) > LONGEST else _each(seen, known, t, variance)[0]


def _binned(seen: Floats, known: Floats, t: Floats, variance: float) -> Floats:
    """The same of a very long log: the later half of what is weighed are means of neighbours.

    Neighbours that late lie so close that their true values are all but one. Inside a bin a value is believed to differ
    from the mean as far as the walk makes up for the scatter there.
    """
    n, half = len(t), LONGEST // 2
    late = np.unique(np.geomspace(half, n, half, endpoint=False).astype(np.intp))
    starts = np.concatenate([np.arange(half), late])
    counts = np.diff(np.append(starts, n))

    def mean(values: Floats) -> Floats:
        means: Floats = np.add.reduceat(values, starts) / counts
        return means

    residual = seen - known
    level, walk = _each(mean(seen), mean(known), mean(t), variance)
    distance = np.log((t[starts + counts - 1] + 1) / (t[starts] + 1))
    real = walk * distance / 6
    believed = real / (real + variance * (NOW + LAG * np.sqrt(distance / 3)))
    within = (residual - np.repeat(mean(residual), counts)) * np.repeat(believed, counts)
    likely: Floats = np.repeat(level - mean(known), counts) + known + within
    return likely


def _each(seen: Floats, known: Floats, t: Floats, variance: float) -> tuple[Floats, Any]:
    """The most likely true values, and the variance of the walk that most likely made them."""
    key = np.ascontiguousarray(t, dtype=np.float64).tobytes()
    plan = _plan(key, len(t), float(variance))
    residual = np.repeat((seen - known)[..., None, :], len(WALKS), axis=-2)
    weighed = plan.weigh(residual)
    if variance >= _SMALL_SET:
        alone = weighed / plan.diagonal
        beyond = np.maximum(alone - _UNHEARD_OF / np.sqrt(plan.diagonal), 0.0)
        if np.count_nonzero(beyond):
            residual = residual - beyond
            weighed = plan.weigh(residual)
    likelihood = plan.constant - 0.5 * (weighed * residual).sum(axis=-1)
    weight = np.exp(likelihood - likelihood.max(axis=-1, keepdims=True))
    weight /= weight.sum(axis=-1, keepdims=True)
    walks = weight * WALKS
    likely: Floats = known + plan.walk(((0.5 * walks)[..., None, :] @ weighed)[..., 0, :])
    return likely, walks.sum(axis=-1)


def _plan(key: bytes, n: int, variance: float) -> Plan:
    if n <= WHOLE:
        return _whole(key, variance)
    return (_blocks if n <= _KEPT_UP_TO else _blocks.__wrapped__)(key, variance)


@lru_cache(maxsize=_KEPT)
def _whole(key: bytes, variance: float) -> Plan:
    return Whole.of(np.log(np.frombuffer(key) + 1), variance)


@lru_cache(maxsize=_KEPT_IN_BLOCKS)
def _blocks(key: bytes, variance: float) -> Plan:
    from selectmodel.stats.kriging_blocks import Blocks  # short logs do without

    return Blocks.of(np.log(np.frombuffer(key) + 1), variance)


@dataclass(frozen=True, slots=True)
class Whole:
    """The exact form: O(n^3) to prepare, O(n^2) a run."""

    weights: Floats  # (3, n, n), from residual to what kriging weighs, level removed
    distance: Floats  # (n, n) in ln t
    diagonal: Floats
    constant: Floats

    @classmethod
    def of(cls, x: Floats, variance: float) -> Whole:
        n = len(x)
        distance = np.abs(x[:, None] - x[None, :])
        noise = -variance * LAG * np.sqrt(distance)
        noise[np.diag_indices(n)] += variance * NOW + JITTER
        covariance = np.stack([noise - walk / 2 * distance + definite(x, variance, walk) for walk in WALKS])
        inverted, logs = inverse(covariance)
        sums = inverted.sum(axis=2)
        total = sums.sum(axis=1)
        weights = inverted - sums[:, :, None] * sums[:, None, :] / total[:, None, None]
        diagonal = np.maximum(np.diagonal(weights, axis1=1, axis2=2), JITTER)
        return cls(weights, distance, diagonal, -0.5 * (logs + np.log(total)))

    def weigh(self, residual: Floats) -> Floats:
        weighed: Floats = (self.weights @ residual[..., None])[..., 0]
        return weighed

    def walk(self, weighed: Floats) -> Floats:
        walk: Floats = -(self.distance @ weighed[..., None])[..., 0]
        return walk
