"""What a network is fine-tuned on: examples to train and validate with, to test, and others that have shifted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

#: Examples for training and validation, for the test, and for the shifted test; each part has a seed of its own.
SIZES = {"fit": 13_000, "test": 5_000, "shift": 2_500}
SEEDS = {"fit": 11, "test": 22, "shift": 33}


@dataclass(frozen=True, slots=True)
class Pool:
    """(n, …) inputs and (n,) class numbers."""

    inputs: np.ndarray
    labels: np.ndarray

    def __len__(self) -> int:
        return len(self.labels)


@dataclass(frozen=True, slots=True)
class Target:
    """A task of a family of networks; no example stands in two of its pools."""

    name: str
    classes: int
    pools: dict[str, Pool]


def drawn(part: str) -> np.random.Generator:
    """The numbers of a part: fit, test or shift."""
    return np.random.default_rng(SEEDS[part])
