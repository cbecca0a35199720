"""What is measured at each evaluation: loss, accuracy, F1, and the area under the ROC curve."""

from __future__ import annotations

import numpy as np
from scipy import stats

MEASURES = ("loss", "acc", "f1", "auc")


def measured(scores: np.ndarray, labels: np.ndarray) -> dict[str, float]:
    """By name, from (n, classes) scores before the softmax.

    F1 is that of class 1 where there are two classes, else the mean over classes that occur or are predicted; the area
    is NaN for more than two classes, and where one of two does not occur.
    """
    classes = scores.shape[1]
    shifted = scores - scores.max(axis=1, keepdims=True)
    losses = np.log(np.exp(shifted).sum(axis=1)) - shifted[np.arange(len(labels)), labels]
    predicted = scores.argmax(axis=1)
    return {
        "loss": float(losses.mean()),
        "acc": float((predicted == labels).mean()),
        "f1": _f1(predicted, labels, classes),
        "auc": _auc(scores[:, 1] - scores[:, 0], labels) if classes == 2 else np.nan,
    }


def _f1(predicted: np.ndarray, labels: np.ndarray, classes: int) -> float:
    right = np.bincount(labels[predicted == labels], minlength=classes)
    both = np.bincount(predicted, minlength=classes) + np.bincount(labels, minlength=classes)
    if classes == 2:
        return float(2 * right[1] / both[1]) if both[1] else 0.0
    there = both > 0
    return float((2 * right[there] / both[there]).mean())


def _auc(scores: np.ndarray, labels: np.ndarray) -> float:
    positive = int(labels.sum())
    negative = len(labels) - positive
    if not positive or not negative:
        return np.nan
    ranks = stats.rankdata(scores)[labels == 1].sum()
    return float((ranks - positive * (positive + 1) / 2) / (positive * negative))
