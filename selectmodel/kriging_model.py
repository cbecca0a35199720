"""How a true accuracy and its error differ from one validation to another: what kriging rests on."""

from __future__ import annotations

import numpy as np

from selectmodel.records import Floats

#: The error's part that is new at each validation, and its part that grows with the distance, in squared SE.
NOW, LAG = 0.05, 0.30
#: Variance of the walk per unit of ln t, for an accuracy in 0..1.
WALKS = (0.001, 0.004, 0.016)
#: Keeps matrices invertible.
JITTER = 1e-10


def definite(x: Floats, variance: float, walk: float) -> float:
    """A constant that makes the covariances of a walk and of its errors positive; the result does not depend on it."""
    reach = max(1.0, float(x[-1] - x[0]))
    return 2 * (variance * LAG * float(np.sqrt(reach)) + walk * reach)
