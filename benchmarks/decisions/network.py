"""Multilayer perceptrons trained side by side: every array has a first axis over the runs."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

MOMENTUM, SECOND, TINY = 0.9, 0.999, 1e-8


class Network:
    """ReLU layers with dropout, softmax and cross-entropy (or one output and squared error), SGD or Adam.

    ``rates`` and ``decays`` are (runs,): the learning rate and the L2 weight decay of each.
    """

    def __init__(
        self, draw: np.random.Generator, features: int, widths: list[int], outputs: int, runs: int,
        optimizer: str, rates: np.ndarray, decays: np.ndarray, dropout: float,
    ) -> None:  # fmt: skip
        self._draw, self._dropout, self._adam = draw, dropout, optimizer == "adam"
        self._rates = rates.astype(np.float32)[:, None, None]
        self._decays = decays.astype(np.float32)[:, None, None]
        sizes = [features, *widths, outputs]
        self._weights = [
            draw.normal(0, np.sqrt(2 / into), (runs, into, out)).astype(np.float32) for into, out in pairwise(sizes)
        ]
        self._biases = [np.zeros((runs, 1, out), np.float32) for out in sizes[1:]]
        parameters = [*self._weights, *self._biases]
        self._first = [np.zeros_like(array) for array in parameters]
        self._second = [np.zeros_like(array) for array in parameters]
        self._steps = 0

    def epoch(self, inputs: np.ndarray, targets: np.ndarray, batch: int, classes: int) -> tuple[np.ndarray, np.ndarray]:
        """One pass over (runs, n, features) in an order of its own; the mean loss and accuracy while training.

        That is what Keras logs: each batch as it was before its own step, dropout on. Both are (runs,).
        """
        runs, n = targets.shape
        order = self._draw.permuted(np.tile(np.arange(n), (runs, 1)), axis=1)
        rows = np.arange(runs)[:, None]
        losses, rights = np.zeros(runs), np.zeros(runs)
        for start in range(0, n, batch):
            chosen = order[:, start : start + batch]
            loss, right = self._step(inputs[rows, chosen], targets[rows, chosen], classes)
            losses += loss.sum(axis=1)
            rights += right.sum(axis=1)
        return losses / n, rights / n if classes else np.full(runs, np.nan)

    def evaluate(self, inputs: np.ndarray, targets: np.ndarray, classes: int) -> tuple[np.ndarray, np.ndarray]:
        """(runs,) mean loss and accuracy without dropout; accuracy is NaN for a regression."""
        outputs = self._forward(inputs, training=False)[-1]
        loss, right, _ = _judged(outputs, targets, classes)
        return loss.mean(axis=1), right.mean(axis=1) if classes else np.full(len(loss), np.nan)

    def outputs(self, inputs: np.ndarray) -> np.ndarray:
        """(runs, n, outputs) without dropout."""
        return self._forward(inputs, training=False)[-1]

    def _forward(self, inputs: np.ndarray, *, training: bool) -> list[np.ndarray]:
        """The activations of every layer, the inputs first."""
        layers = [inputs]
        last = len(self._weights) - 1
        for place, (weights, biases) in enumerate(zip(self._weights, self._biases, strict=True)):
            values = layers[-1] @ weights + biases
            if place < last:
                values = np.maximum(values, 0)
                if training and self._dropout:
                    kept = self._draw.random(values.shape, dtype=np.float32) >= self._dropout
                    values = values * kept / np.float32(1 - self._dropout)
            layers.append(values)
        return layers

    def _step(self, inputs: np.ndarray, targets: np.ndarray, classes: int) -> tuple[np.ndarray, np.ndarray]:
        layers = self._forward(inputs, training=True)
        loss, right, slope = _judged(layers[-1], targets, classes)
        back = slope / np.float32(inputs.shape[1])
        of_weights, of_biases = [], []
        for place in range(len(self._weights) - 1, -1, -1):
            of_weights.append(layers[place].transpose(0, 2, 1) @ back + self._decays * self._weights[place])
            of_biases.append(back.sum(axis=1, keepdims=True))
            if place:
                scale = np.float32(1 / (1 - self._dropout)) if self._dropout else np.float32(1)
                back = (back @ self._weights[place].transpose(0, 2, 1)) * (layers[place] > 0) * scale
        self._update([*of_weights[::-1], *of_biases[::-1]])
        return loss, right

    def _update(self, slopes: list[np.ndarray]) -> None:
        self._steps += 1
        for place, (array, slope) in enumerate(zip([*self._weights, *self._biases], slopes, strict=True)):
            first, second = self._first[place], self._second[place]
            first *= MOMENTUM
            if not self._adam:
                first += slope
                np.subtract(array, self._rates * first, out=array)
                continue
            first += (1 - MOMENTUM) * slope
            second *= SECOND
            second += (1 - SECOND) * slope**2
            mean, spread = first / (1 - MOMENTUM**self._steps), second / (1 - SECOND**self._steps)
            np.subtract(array, self._rates * mean / (np.sqrt(spread) + np.float32(TINY)), out=array)


def _judged(outputs: np.ndarray, targets: np.ndarray, classes: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(runs, n) loss and whether right, and the slope of the loss by the (runs, n, outputs)."""
    if not classes:
        error = outputs[..., 0] - targets
        return error**2, np.zeros_like(error), 2 * error[..., None]
    shifted = outputs - outputs.max(axis=2, keepdims=True)
    powers = np.exp(shifted)
    total = powers.sum(axis=2, keepdims=True)
    wanted = targets[..., None]
    loss = (np.log(total) - np.take_along_axis(shifted, wanted, axis=2))[..., 0]
    slope = powers / total
    np.put_along_axis(slope, wanted, np.take_along_axis(slope, wanted, axis=2) - 1, axis=2)
    return loss, outputs.argmax(axis=2) == targets, slope
