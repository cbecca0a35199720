"""Tables of numbers labelled by networks with a first layer in common, so that learning one helps with the next."""

from __future__ import annotations

import numpy as np
from target import SIZES, Pool, Target, drawn

FEATURES, HIDDEN, SOURCE_CLASSES = 40, 24, 20
#: Name → classes, how sure the teacher is of its labels, and what is added to the first class.
TASKS = {
    "teacher, 2 classes": (2, 2.0, 0.0),
    "teacher, 1 in 10": (2, 2.5, 4.5),
    "teacher, 5 classes": (5, 3.0, 0.0),
    "teacher, 10 classes": (10, 4.0, 0.0),
}


def source() -> Pool:
    """What the network is trained on first."""
    draw = np.random.default_rng(1)
    return _labelled(draw, _inputs(draw, 20_000), _last_layer("source", SOURCE_CLASSES), 4.0, 0.0)


def targets() -> list[Target]:
    """Four tasks; what has shifted comes from another place, and some features of it are worth less."""
    found = []
    for name, (classes, sure, first) in TASKS.items():
        pools = {}
        for part, size in SIZES.items():
            draw = drawn(part)
            inputs = _inputs(draw, size)
            if part == "shift":
                inputs = inputs * np.linspace(0.6, 1.4, FEATURES) + 0.25
            pools[part] = _labelled(draw, inputs, _last_layer(name, classes), sure, first)
        found.append(Target(name, classes, pools))
    return found


def _inputs(draw: np.random.Generator, size: int) -> np.ndarray:
    mixed = np.random.default_rng(2).normal(0, 1, (FEATURES, FEATURES)) / np.sqrt(FEATURES)
    return draw.normal(0, 1, (size, FEATURES)) @ (0.7 * mixed + 0.7 * np.eye(FEATURES))


def _last_layer(name: str, classes: int) -> np.ndarray:
    return np.random.default_rng([3, *name.encode()]).normal(0, 1, (HIDDEN, classes))


def _labelled(draw: np.random.Generator, inputs: np.ndarray, layer: np.ndarray, sure: float, first: float) -> Pool:
    """Labels drawn by the chances that the teacher gives; the more ``sure``, the fewer of them are chance alone."""
    common = np.random.default_rng(4).normal(0, 1.5 / np.sqrt(FEATURES), (FEATURES, HIDDEN))
    scores = np.maximum(inputs @ common, 0) @ layer
    scores = sure * (scores - scores.mean(axis=1, keepdims=True))
    scores[:, 0] += first
    labels = (scores + draw.gumbel(size=scores.shape)).argmax(axis=1)
    return Pool(inputs.astype(np.float32), labels)
