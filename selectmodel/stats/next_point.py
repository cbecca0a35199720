"""Where on a curve that was measured at few points a further measurement is likely to find something better."""

from __future__ import annotations

import numpy as np

from selectmodel.records import Floats, kept

#: Length over which the curve is smooth, as a share of the axis, and noise as a share of the spread of its values.
_LENGTH, _NOISE = 0.2, 0.3


def axis(positions: Floats) -> Floats:
    """(n,) positions on a logarithmic axis from 0 to 1: curves change most at the beginning.

    ``positions`` (n,) are epochs or steps. The unit is the median distance between neighbours.
    """
    ordered = np.unique(positions)
    if len(ordered) < 2:
        return kept(np.zeros(len(positions)))
    places = np.log1p((positions - ordered[0]) / np.median(np.diff(ordered)))
    return kept(places / places.max())


def expected_gains(known: Floats, costs: Floats, asked: Floats) -> Floats:
    """(m,) by how much a measurement at each of ``asked`` (m,) is expected to be lower than the lowest so far.

    ``known`` (k,) are the places of ``costs`` (k,), k at least 2, all on :func:`axis`; in the unit of the costs.
    A Gaussian process with a squared exponential kernel and the expected improvement over the lowest of its means at
    the known places (J. Mockus, On Bayesian methods for seeking the extremum, 1975; D. Jones et al., Efficient global
    optimization of expensive black-box functions, J. Global Optimization 13, 1998). Length, noise and axis were chosen
    on 700 runs: benchmarks/decisions/next.py.
    """
    from scipy.special import ndtr

    centre, spread = float(np.mean(costs)), float(np.std(costs))
    if not spread:
        return kept(np.zeros(len(asked)))
    likeness = _kernel(known, known) + _NOISE**2 * np.eye(len(known))
    weights = np.linalg.solve(likeness, (costs - centre) / spread)
    cross = _kernel(asked, known)
    mean = cross @ weights
    variance = 1.0 - np.einsum("ij,ji->i", cross, np.linalg.solve(likeness, cross.T))
    deviation = np.sqrt(np.clip(variance, 1e-12, None))
    ahead = float((_kernel(known, known) @ weights).min()) - mean
    units = ahead / deviation
    density = np.exp(-(units**2) / 2) / np.sqrt(2 * np.pi)
    return kept(spread * np.clip(ahead * ndtr(units) + deviation * density, 0.0, None))


def spread_out(count: int, most: int) -> list[int]:
    """Indices of ``most`` of ``count`` places that divide them evenly; the last is among them, the first is not."""
    return sorted({round(place) for place in np.linspace(0, count - 1, most + 1)[1:]})


def _kernel(one: Floats, other: Floats) -> Floats:
    """(k, m) how much the curve at places (k,) tells of places (m,)."""
    found: Floats = np.exp(-0.5 * ((one[:, None] - other[None, :]) / _LENGTH) ** 2)
    return found
