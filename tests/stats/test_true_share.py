"""The mean and variance of a true share against the same integral, done by scipy."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import integrate

from selectmodel.stats.true_share import moments


@pytest.mark.parametrize("examples", [1, 20, 1000])
@pytest.mark.parametrize("share", [0.0, 0.3, 0.95, 1.0])
@pytest.mark.parametrize("center", [0.0, 0.3, 0.9, 1.0])
@pytest.mark.parametrize("spread", [1e-4, 0.01, 0.1, 0.5])
def test_moments_are_those_of_the_integral(share: float, examples: int, center: float, spread: float) -> None:
    error = math.sqrt(max(center * (1 - center), 1 / (examples + 2)) / examples)
    if abs(share - center) > 8 * math.hypot(spread, error):
        return  # no spread that is so unlikely counts

    def likely(true: float) -> float:
        right, wrong = share * examples, (1 - share) * examples
        return (
            (right * math.log(true) if right else 0.0)
            + (wrong * math.log1p(-true) if wrong else 0.0)
            - (true - center) ** 2 / (2 * spread**2)
        )

    at = np.unique(np.concatenate([np.linspace(0, 1, 20_001), center + spread * np.linspace(-9, 9, 2001)]))
    at = np.unique(np.clip(at, 1e-12, 1 - 1e-12))
    weight = np.array([likely(true) for true in at.tolist()])
    weight = np.exp(weight - weight.max())
    weight /= integrate.trapezoid(weight, at)
    mean = integrate.trapezoid(weight * at, at)
    sd = math.sqrt(integrate.trapezoid(weight * (at - mean) ** 2, at))
    found = moments(np.array([share]), np.array([float(examples)]), np.array([center]), np.array([spread**2]))
    assert found[0].item() == pytest.approx(mean, abs=0.03 * sd)
    assert math.sqrt(found[1].item()) == pytest.approx(sd, rel=0.03)


def test_a_prior_of_no_width_is_believed() -> None:
    mean, variance = moments(np.array([0.2, 1.0]), np.array([50.0, 50.0]), np.array([0.8]), np.array([0.0]))
    assert mean == pytest.approx(0.8, abs=1e-3) and (variance > 0).all() and (variance < 1e-9).all()
