"""Makes sweep/: six configurations of one network, three seeds each, on the same training and validation images.

Every log is written by Keras' own CSVLogger during a real ``fit`` on scikit-learn's handwritten digits: 200 training
images, of which a tenth is labelled wrong, and 300 validation images. ``config.json`` beside each log holds its
settings. ``drop0.5-lr0.01/seed-3`` was stopped in its first epoch, as a job that runs out of time is. What is
printed is the accuracy on 1,000 other images after the epoch that ``selectmodel rank`` picks, which no log holds.

Written with Python 3.11, keras 3.15.1 (torch 2.13.0 as backend), scikit-learn 1.9.1. Half a minute on one core::

    venv/bin/python sample_logs/make_sweep.py
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
from pathlib import Path

os.environ["KERAS_BACKEND"] = "torch"
os.environ["CUDA_VISIBLE_DEVICES"] = ""

import keras
import numpy as np
import torch
from sklearn.datasets import load_digits

HERE = Path(__file__).resolve().parent / "sweep"
TRAIN, VAL, EPOCHS, WRONG = 200, 300, 30, 0.1
STOPPED = (0.5, 0.01, 3)


def digits() -> tuple[np.ndarray, np.ndarray]:
    """Images and labels, of which the first ``TRAIN`` are for training and a tenth of those wrong."""
    rng = np.random.default_rng(8)
    images, labels = load_digits(return_X_y=True)
    order = rng.permutation(len(labels))
    images, labels = (images[order] / 16.0).astype("float32"), labels[order]
    swapped = np.flatnonzero(rng.random(TRAIN) < WRONG)
    labels[swapped] = rng.integers(0, 10, len(swapped))
    return images, labels


class Stop(keras.callbacks.Callback):
    """Ends the process' work in the middle of the first epoch; the logger has written nothing by then."""

    def on_train_batch_end(self, batch: int, logs: object = None) -> None:
        if batch == 5:
            raise KeyboardInterrupt


class Tested(keras.callbacks.Callback):
    """Keeps the accuracy on images that neither training nor validation sees."""

    def __init__(self, images: np.ndarray, labels: np.ndarray) -> None:
        super().__init__()
        self.images, self.labels, self.accuracies = images, labels, []

    def on_epoch_end(self, epoch: int, logs: object = None) -> None:
        with torch.no_grad():
            chosen = self.model(self.images, training=False).argmax(dim=-1).cpu().numpy()
        self.accuracies.append(float((chosen == self.labels).mean()))


def fit(dropout: float, rate: float, seed: int) -> list[float]:
    """Trains and logs one run; gives its test accuracy after each epoch."""
    images, labels = digits()
    folder = HERE / f"drop{dropout:g}-lr{rate:g}" / f"seed-{seed}"
    folder.mkdir(parents=True, exist_ok=True)
    settings = {"dropout": dropout, "learning_rate": rate, "width": 128, "batch_size": 16, "seed": seed}
    (folder / "config.json").write_text(json.dumps(settings) + "\n", encoding="utf-8")
    keras.utils.set_random_seed(seed)
    hidden = [keras.layers.Dense(128, activation="relu"), keras.layers.Dropout(dropout)]
    model = keras.Sequential([keras.Input((64,)), *hidden, keras.layers.Dense(10)])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(rate), loss, metrics=["accuracy"])
    val, others = slice(TRAIN, TRAIN + VAL), slice(TRAIN + VAL, TRAIN + VAL + 1000)
    tested = Tested(images[others], labels[others])
    callbacks = [keras.callbacks.CSVLogger(folder / "training.csv"), tested]
    callbacks += [Stop()] if (dropout, rate, seed) == STOPPED else []
    with contextlib.suppress(KeyboardInterrupt):
        model.fit(
            images[:TRAIN], labels[:TRAIN], validation_data=(images[val], labels[val]), epochs=EPOCHS, batch_size=16,
            verbose=0, callbacks=callbacks,
        )  # fmt: skip
    return tested.accuracies


def main() -> None:
    import selectmodel as sm

    torch.set_num_threads(1)
    tested: dict[str, list[float]] = {}
    for dropout, rate, seed in itertools.product((0.0, 0.5), (3e-4, 3e-3, 1e-2), (1, 2, 3)):
        tested[f"drop{dropout:g}-lr{rate:g}/seed-{seed}/training.csv"] = fit(dropout, rate, seed)
    for run in sm.rank(HERE).runs:
        print(f"{run.name}: epoch {run.epoch:g}, {tested[run.name][int(run.epoch or 0)]:.3f}")


if __name__ == "__main__":
    main()
