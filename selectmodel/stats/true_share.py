"""What share of right answers a model truly has, when some were counted and such models are known to lie around a mean.

The likelihood is binomial: near 0 and 1 errors are smaller and lopsided, and the first of hundreds of runs stands there
even where the middle one does not. The prior is normal, cut at 0 and 1.
"""

from __future__ import annotations

import math

import numpy as np

from selectmodel.records import Floats

#: Points of the integral, over so many standard deviations on either side; the angle makes it nearly normal.
_POINTS, _WIDE = 41, 7.0
#: Steps to the middle of the integral, which need not be exact.
_STEPS = 8
_EDGE = 1e-12
#: A prior of no width at all is one of this part of the error of a share of a half.
_NARROW = 1e-9


def moments(share: Floats, examples: Floats, center: Floats, variance: Floats) -> tuple[Floats, Floats]:
    """Mean and variance (p, m) of true shares, of which ``share`` (p,) of ``examples`` (p,) was counted as right.

    ``center`` and ``variance`` (m,) are those of the normal priors.
    """
    counted, size = share[:, None], examples[:, None]
    spread = np.maximum(variance, _NARROW / size)
    middle = np.clip(np.broadcast_to(center, (len(share), len(center))), _EDGE, 1 - _EDGE)
    least = size / (size + 2) ** 2
    for _ in range(_STEPS):  # the mode: where the pull of the answers and that of the prior are equal
        noise = np.maximum(middle * (1 - middle), least) / size
        kept = spread / (spread + noise)
        middle = np.clip(center + kept * (counted - center), _EDGE, 1 - _EDGE)
    angle = np.arcsin(np.sqrt(middle))
    from_edge = np.minimum(np.minimum(middle, 1 - middle) + np.sqrt(kept * noise), 0.5)
    half = _WIDE / np.sqrt(4 * size + 4 * from_edge * (1 - from_edge) / spread)
    low, high = np.maximum(angle - half, 0.0), np.minimum(angle + half, math.pi / 2)
    at = low[..., None] + (high - low)[..., None] * np.linspace(0, 1, _POINTS)
    sine, cosine = (np.maximum(wave(at), 1e-150) for wave in (np.sin, np.cos))
    true = sine * sine
    right, wrong = (2 * size * counted + 1)[..., None], (2 * size * (1 - counted) + 1)[..., None]
    likely = right * np.log(sine) + wrong * np.log(cosine)
    likely -= (true - center[:, None]) ** 2 / (2 * spread[..., None])
    weight = np.exp(likely - likely.max(axis=-1, keepdims=True))
    weight /= weight.sum(axis=-1, keepdims=True)
    mean = (weight * true).sum(axis=-1)
    return mean, (weight * (true - mean[..., None]) ** 2).sum(axis=-1)
