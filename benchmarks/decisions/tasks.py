"""Data sets that scikit-learn ships or makes, for the public corpus: nothing is downloaded."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from sklearn import datasets

SEED = 20_260_101
#: Examples made of a task that has as many as one likes.
MADE = 3_000


@dataclass(frozen=True, slots=True)
class Task:
    """(n, features) standardised inputs and (n,) targets: class numbers, or floats where ``classes`` is 0."""

    inputs: np.ndarray
    targets: np.ndarray
    classes: int


def _classes(inputs: np.ndarray, labels: np.ndarray) -> Task:
    return Task(_standardised(inputs), labels.astype(np.int64), int(labels.max()) + 1)


def _values(inputs: np.ndarray, targets: np.ndarray) -> Task:
    return Task(_standardised(inputs), _standardised(targets[:, None])[:, 0], 0)


def _standardised(values: np.ndarray) -> np.ndarray:
    spread = values.std(axis=0)
    return ((values - values.mean(axis=0)) / np.where(spread > 0, spread, 1)).astype(np.float32)


def _digits(relabel: Callable[[np.ndarray], np.ndarray], only: tuple[int, ...] = ()) -> Task:
    images, digits = datasets.load_digits(return_X_y=True)
    kept = np.isin(digits, only) if only else np.ones(len(digits), dtype=bool)
    return _classes(images[kept], relabel(digits[kept]))


def _diabetes(above_median: bool) -> Task:
    inputs, progress = datasets.load_diabetes(return_X_y=True)
    return _classes(inputs, (progress > np.median(progress)).astype(int)) if above_median else _values(inputs, progress)


def _patches(by_row: bool) -> Task:
    """8 × 8 grey patches of two photographs: which photograph, or upper or lower half of it."""
    draw = np.random.default_rng(SEED)
    photographs = [datasets.load_sample_image(name).mean(axis=2) / 255 for name in ("china.jpg", "flower.jpg")]
    patches, labels = [], []
    for number, photograph in enumerate(photographs):
        tops = draw.integers(0, photograph.shape[0] - 8, MADE // 2)
        lefts = draw.integers(0, photograph.shape[1] - 8, MADE // 2)
        patches += [photograph[top : top + 8, left : left + 8].ravel() for top, left in zip(tops, lefts, strict=True)]
        labels += [int(top > photograph.shape[0] / 2) if by_row else number for top in tops]
    return _classes(np.array(patches), np.array(labels))


def _spirals() -> Task:
    draw = np.random.default_rng(SEED)
    labels = draw.integers(0, 3, MADE)
    radius = draw.uniform(0.1, 1, MADE)
    angle = 4 * radius + labels * 2 * np.pi / 3 + draw.normal(0, 0.35, MADE)
    noise = draw.normal(0, 1, (MADE, 6))
    return _classes(np.column_stack([radius * np.cos(angle), radius * np.sin(angle), noise]), labels)


def _made(classes: int, features: int, informative: int, apart: float) -> Task:
    return _classes(
        *datasets.make_classification(
            MADE, features, n_informative=informative, n_redundant=0, n_classes=classes, n_clusters_per_class=2,
            class_sep=apart, flip_y=0.05, random_state=SEED + features,
        )
    )  # fmt: skip


def _hastie() -> Task:
    inputs, sign = datasets.make_hastie_10_2(MADE, random_state=SEED)
    return _classes(inputs, (sign > 0).astype(int))


TASKS: Mapping[str, Callable[[], Task]] = {
    "digits": lambda: _digits(lambda digit: digit),
    "digits, odd": lambda: _digits(lambda digit: digit % 2),
    "digits, 3 5 8 9": lambda: _digits(lambda digit: np.searchsorted((3, 5, 8, 9), digit), (3, 5, 8, 9)),
    "breast cancer": lambda: _classes(*datasets.load_breast_cancer(return_X_y=True)),
    "diabetes, above median": lambda: _diabetes(True),
    "photographs, which": lambda: _patches(False),
    "photographs, which half": lambda: _patches(True),
    "moons": lambda: _classes(*datasets.make_moons(MADE, noise=0.35, random_state=SEED)),
    "circles": lambda: _classes(*datasets.make_circles(MADE, noise=0.2, factor=0.6, random_state=SEED)),
    "spirals": _spirals,
    "quantiles": lambda: _classes(
        *datasets.make_gaussian_quantiles(n_samples=MADE, n_features=8, n_classes=4, random_state=SEED)
    ),
    "chi-squared": _hastie,
    "made, 2 classes": lambda: _made(2, 20, 5, 0.8),
    "made, 5 classes": lambda: _made(5, 30, 8, 1.2),
    "diabetes": lambda: _diabetes(False),
    "Friedman": lambda: _values(*datasets.make_friedman1(MADE, noise=2.0, random_state=SEED)),
}
