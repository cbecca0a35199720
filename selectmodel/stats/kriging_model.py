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
#: Up to this many rows, and products of numbers, OpenBLAS takes no threads.
_ALONE, _PRODUCTS = 64, 1 << 18


def definite(x: Floats, variance: float, walk: float) -> float:
    """A constant that makes the covariances of a walk and of its errors positive; the result does not depend on it."""
    reach = max(1.0, float(x[-1] - x[0]))
    return 2 * (variance * LAG * float(np.sqrt(reach)) + walk * reach)


def inverse(matrices: Floats) -> tuple[Floats, Floats]:
    """(k, n, n) the inverses of symmetric positive matrices, and (k,) the logarithms of their determinants."""
    root = _root(matrices)
    logs: Floats = -2 * np.log(np.diagonal(root, axis1=1, axis2=2)).sum(axis=1)
    whole = np.zeros_like(root)
    for at in range(0, root.shape[1], _ALONE):  # above its diagonal the root is empty
        rows = root[:, at : at + _ALONE, : at + _ALONE]
        end = rows.shape[2]
        whole[:, :end, :end] += _product(rows.transpose(0, 2, 1), rows)
    return whole, logs


def _root(matrices: Floats) -> Floats:
    """(k, n, n) the inverses of the Cholesky factors.

    By halves, because a linear algebra library takes threads for larger ones, and where other programs keep the
    processors busy these wait for each other a hundred times longer than they work.
    """
    n = matrices.shape[-1]
    if n <= _ALONE:
        small: Floats = np.linalg.inv(np.linalg.cholesky(matrices)).astype(np.float64, copy=False)
        return small
    half = n // 2
    first = _root(matrices[:, :half, :half])
    across = _product(matrices[:, half:, :half], first.transpose(0, 2, 1))
    last = _root(matrices[:, half:, half:] - _product(across, across.transpose(0, 2, 1)))
    root = np.zeros_like(matrices)
    root[:, :half, :half] = first
    root[:, half:, :half] = _product(last, -_product(across, first))
    root[:, half:, half:] = last
    return root


def _product(left: Floats, right: Floats) -> Floats:
    """(k, n, m) the product of matrices, so many columns at a time that no threads are taken."""
    some = max(1, _PRODUCTS // (left.shape[1] * left.shape[2]))
    pieces = [left @ right[:, :, at : at + some] for at in range(0, right.shape[2], some)]
    return np.concatenate(pieces, axis=2)
