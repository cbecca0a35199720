"""Macro F1, Matthews correlation and macro AUC of several runs at once; the mean absolute error of a regression."""

from __future__ import annotations

import numpy as np
from scipy.stats import rankdata


def of_classes(outputs: np.ndarray, targets: np.ndarray, accuracy: str) -> dict[str, np.ndarray]:
    """(runs,) each, of (runs, n, classes) outputs and (runs, n) targets, named as ``accuracy`` with another end.

    AUC is one class against the rest, over the classes that have examples; NaN where a network has diverged.
    """
    runs, _, classes = outputs.shape
    said = outputs.argmax(axis=2)
    table = np.zeros((runs, classes, classes))
    np.add.at(table, (np.arange(runs)[:, None], targets, said), 1)
    true, chosen, right = table.sum(axis=2), table.sum(axis=1), np.diagonal(table, axis1=1, axis2=2)
    there = (true + chosen) > 0
    f1 = np.where(there, 2 * right / np.maximum(true + chosen, 1), 0).sum(axis=1) / there.sum(axis=1)
    found = {"f1": f1, "mcc": _matthews(true, chosen, right), "auc": _auc(outputs, targets, true)}
    broken = ~np.isfinite(outputs).all(axis=(1, 2))
    return {accuracy.replace("acc", name): np.where(broken, np.nan, values) for name, values in found.items()}


def of_values(outputs: np.ndarray, targets: np.ndarray, accuracy: str) -> dict[str, np.ndarray]:
    """(runs,) mean absolute error of (runs, n, 1) outputs and (runs, n) targets, named likewise."""
    return {accuracy.replace("acc", "mae"): np.abs(outputs[..., 0] - targets).mean(axis=1)}


def _matthews(true: np.ndarray, chosen: np.ndarray, right: np.ndarray) -> np.ndarray:
    n = true.sum(axis=1)
    above = right.sum(axis=1) * n - (true * chosen).sum(axis=1)
    below = (n**2 - (chosen**2).sum(axis=1)) * (n**2 - (true**2).sum(axis=1))
    return np.where(below > 0, above / np.sqrt(np.maximum(below, 1)), 0)


def _auc(outputs: np.ndarray, targets: np.ndarray, true: np.ndarray) -> np.ndarray:
    n, classes = outputs.shape[1:]
    shares = np.exp(outputs - outputs.max(axis=2, keepdims=True))
    shares /= shares.sum(axis=2, keepdims=True)
    found = np.full(true.shape, np.nan)
    for one in range(classes - 1 if classes == 2 else classes):
        ranks = rankdata(shares[:, :, one], axis=1)
        sums, own = (ranks * (targets == one)).sum(axis=1), true[:, one]
        with np.errstate(divide="ignore", invalid="ignore"):
            found[:, one] = (sums - own * (own + 1) / 2) / (own * (n - own))
    return np.nanmean(found, axis=1)
