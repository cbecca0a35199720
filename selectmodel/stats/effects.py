"""How much of what runs differ by is due to each of their settings, and how sure that is.

What a run is worth is taken for a smooth function of its settings plus noise: a Gaussian process with a squared
exponential kernel, whose lengths, one a setting, are not known either and are drawn from what the runs say of them.
Every order of magnitude is as likely before, so that a setting may well have no effect. For each draw a function that
the runs allow is drawn, and asked: by how much does it differ where a run takes one setting over from another run? Half
the mean square of that, for settings drawn independently, is the total effect of I. M. Sobol.

Sources: C. Rasmussen, C. Williams, Gaussian processes for machine learning (2006); R. Neal, Slice sampling, Annals of
Statistics 31 (2003): how lengths are drawn; A. Rahimi, B. Recht, Random features (2007), and J. Wilson et al.,
Efficiently sampling functions from Gaussian process posteriors, ICML (2020): how functions are.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from selectmodel.records import Floats, Ints, kept

#: Tries of lengths at the beginning, rounds of draws that do not count, and draws, each of which gives a function.
_TRIES, _UNCOUNTED, _DRAWS = 200, 20, 80
#: Runs that a function is fitted to at most; random waves that it is made of; pairs of runs that it is asked about.
_MOST, _WAVES, _PAIRS = 120, 200, 300
#: Logarithms of a usual part of noise in the variance, its deviation, that of the function's scale; no draw is so far.
_NOISE, _NOISE_SD, _SCALE_SD, _FAR = math.log(0.3), 1.2, 1.0, 12.0
#: Logarithms between which the inverse square of a length is, each as likely: of half of them a setting does next to
#: nothing. How far a logarithm moves at most.
_LOW, _HIGH, _BRACKET = -7.0, 4.0, 5.0
#: Noise that is always there, so that runs of equal settings can be told apart.
_JITTER = 1e-6


def effects(columns: Sequence[Floats], values: Floats, seed: int = 0) -> Floats:
    """(draws, d) parts of the variance of ``values`` (n,) among the runs that are due to each of d settings.

    ``columns`` are the settings: (n,) places from 0 to 1, or (n, k) with a 1 in the column of each run's name.
    """
    random = np.random.default_rng(seed)
    flat = [column.reshape(len(values), -1) for column in columns]
    setting = np.repeat(np.arange(len(flat)), [one.shape[1] for one in flat])
    places = np.concatenate([one / (math.sqrt(2) if one.shape[1] > 1 else 1.0) for one in flat], axis=1)
    near_one = np.ldexp(values, -np.frexp(np.abs(values).max())[1])  # squares of numbers near 1e200 are none
    target = (near_one - near_one.mean()) / near_one.std()
    fitted = random.permutation(len(target))[:_MOST]
    own, told = places[fitted], target[fitted]
    apart = np.stack([_squares(own[:, setting == at], own[:, setting == at]) for at in range(len(flat))])
    found = []
    for one in _drawn(apart, told, random):
        pairs = random.integers(
            len(target), size=(2, _PAIRS)
        )  # others each time: ranges hold the luck of pairs as well
        function = _function(one, own, setting, told, random)
        found.append(_of_one(function, places[pairs[0]], places[pairs[1]], setting))
    return kept(np.array(found))


def _squares(one: Floats, other: Floats) -> Floats:
    """(n, m) squared distances."""
    found: Floats = (one**2).sum(axis=1)[:, None] + (other**2).sum(axis=1) - 2 * one @ other.T
    return np.maximum(found, 0.0)


def _drawn(apart: Floats, target: Floats, random: np.random.Generator) -> list[Floats]:
    """(draws) logarithms (2 + d,) of noise, of the function's scale and of inverse lengths, as likely as they are.

    ``apart`` (d, n, n) are squared distances by each setting. From the likeliest of many tries one number after the
    other moves, within a bracket that shrinks to where the draw is likely enough.
    """
    tried = _prior(_TRIES, len(apart), random)
    odds = np.array([_density(one, apart, target) for one in tried])
    at, likely = tried[odds.argmax()], float(odds.max())
    found = []
    for sweep in range(_UNCOUNTED + _DRAWS):
        for one in range(len(at)):
            least = likely - random.exponential()
            low = at[one] - _BRACKET * random.uniform()
            high, before = low + _BRACKET, at[one]
            while True:
                at[one] = random.uniform(low, high)
                likely = _density(at, apart, target)
                if likely >= least:
                    break
                low, high = (at[one], high) if at[one] < before else (low, at[one])
        if sweep >= _UNCOUNTED:
            found.append(at.copy())
    return found


def _prior(count: int, settings: int, random: np.random.Generator) -> Floats:
    noise = _NOISE + _NOISE_SD * random.standard_normal((count, 1))
    scale = _SCALE_SD * random.standard_normal((count, 1))
    return np.concatenate([noise, scale, random.uniform(_LOW, _HIGH, (count, settings))], axis=1)


def _density(at: Floats, apart: Floats, target: Floats) -> float:
    """Logarithm of how likely a draw is, but for a constant."""
    from scipy.linalg import solve_triangular

    inverse = at[2:]
    if inverse.min() < _LOW or inverse.max() > _HIGH or abs(at[:2]).max() > _FAR:
        return -math.inf
    prior = -0.5 * ((at[0] - _NOISE) / _NOISE_SD) ** 2 - 0.5 * (at[1] / _SCALE_SD) ** 2
    root = np.linalg.cholesky(_covariance(at, apart))
    away = solve_triangular(root, target, lower=True, check_finite=False)
    return float(prior - 0.5 * away @ away - np.log(np.diagonal(root)).sum())


def _covariance(at: Floats, apart: Floats) -> Floats:
    """(n, n) how runs vary together, with noise, and a level that all share."""
    alike = math.exp(at[1]) * np.exp(-np.tensordot(np.exp(at[2:]), apart, axes=1)) + 1.0
    alike[np.diag_indices_from(alike)] += math.exp(at[0]) + _JITTER
    found: Floats = alike
    return found


def _function(
    at: Floats, places: Floats, setting: Ints, target: Floats, random: np.random.Generator
) -> Callable[[Floats], Floats]:
    """A function that the runs allow, drawn for one draw of lengths: places (m, k) → values (m,)."""
    lengths = np.exp(at[2:] / 2)[setting]
    scale, noise = math.exp(at[1]), math.exp(at[0]) + _JITTER
    scaled = places * lengths
    waves = math.sqrt(2) * random.standard_normal((places.shape[1], _WAVES))
    shift = random.uniform(0, 2 * math.pi, _WAVES)
    weights = math.sqrt(2 * scale / _WAVES) * random.standard_normal(_WAVES)
    level = random.standard_normal()
    before = np.cos(scaled @ waves + shift) @ weights + level
    alike = scale * np.exp(-_squares(scaled, scaled)) + 1.0
    alike[np.diag_indices_from(alike)] += noise
    pull = np.linalg.solve(alike, target - before - math.sqrt(noise) * random.standard_normal(len(target)))

    def drawn(points: Floats) -> Floats:
        asked = points * lengths
        cross = scale * np.exp(-_squares(asked, scaled)) + 1.0
        found: Floats = np.cos(asked @ waves + shift) @ weights + level + cross @ pull
        return found

    return drawn


def _of_one(function: Callable[[Floats], Floats], own: Floats, others: Floats, setting: Ints) -> Floats:
    """(d,) effects by one function: of each setting, where runs ``own`` (p, k) take it over from ``others`` (p, k)."""
    before = function(own)
    found = []
    for one in range(int(setting.max()) + 1):
        swapped = np.where(setting == one, others, own)
        found.append(0.5 * float(np.mean((function(swapped) - before) ** 2)))
    return np.array(found)
