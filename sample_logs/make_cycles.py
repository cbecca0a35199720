"""Makes cycles/: the same network trained again as more data arrive, the trap among them, and seeds of two recipes.

Every log is written by Keras' own CSVLogger during a real ``fit`` on scikit-learn's handwritten digits, and every
cycle is validated on the same 500 images. The predictions are those of the weights after the epoch that
``selectmodel compare --aim accuracy`` recommends, on the same 500 images.

- ``cycle1.csv``, ``cycle2.csv``: 60 and then 240 training images, with dropout.
- ``cycle3.csv``: 300 training images, a wider network without dropout at a high learning rate: more answers are right
  than in cycle2 and the validation loss is higher, because what is wrong is wrong with confidence.
- ``other_data.csv``: as cycle2, validated on 400 images: nothing that is compared with it can be told.
- ``seeds/old/seed*.csv``, ``seeds/new/seed*.csv``: four seeds each, of 240 and of 480 training images.

Written with Python 3.11, keras 3.15.1 (torch 2.13.0 as backend), scikit-learn 1.9.1. About a minute on one core::

    venv/bin/python sample_logs/make_cycles.py
"""

from __future__ import annotations

import os
from pathlib import Path

os.environ["KERAS_BACKEND"] = "torch"
os.environ["CUDA_VISIBLE_DEVICES"] = ""

import keras
import numpy as np
import torch
from sklearn.datasets import load_digits

HERE = Path(__file__).resolve().parent / "cycles"
Data = tuple[np.ndarray, np.ndarray]


def digits(train: int, val: int = 500, wrong: float = 0.0, seed: int = 3) -> tuple[Data, Data, np.ndarray]:
    """The first ``val`` of the shuffled digits to validate on, the next ``train`` to train on, and the former's ids."""
    rng = np.random.default_rng(seed)
    images, labels = load_digits(return_X_y=True)
    order = rng.permutation(len(labels))
    images, labels = (images[order] / 16.0).astype("float32"), labels[order]
    noisy = labels.copy()
    swapped = rng.random(len(labels)) < wrong
    noisy[swapped] = rng.integers(0, 10, swapped.sum())
    return (images[500 : 500 + train], noisy[500 : 500 + train]), (images[:val], labels[:val]), order[:val]


def network(width: int, rate: float, seed: int, dropout: float = 0.0) -> keras.Model:
    """A perceptron with one hidden layer, compiled for cross-entropy and accuracy."""
    keras.utils.set_random_seed(seed)
    hidden = [keras.layers.Dense(width, activation="relu"), keras.layers.Dropout(dropout)]
    model = keras.Sequential([keras.Input((64,)), *hidden, keras.layers.Dense(10)])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(rate), loss, metrics=["accuracy"])
    return model


def fit(log: Path, model: keras.Model, train: Data, val: Data, epochs: int) -> list[np.ndarray]:
    """Trains, logs, and returns the probabilities on the validation images after each epoch."""
    log.parent.mkdir(parents=True, exist_ok=True)
    after: list[np.ndarray] = []
    keep = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: after.append(probabilities(model, val[0])))
    model.fit(
        *train, validation_data=val, epochs=epochs, batch_size=16, verbose=0,
        callbacks=[keras.callbacks.CSVLogger(log), keep],
    )  # fmt: skip
    return after


def probabilities(model: keras.Model, images: np.ndarray) -> np.ndarray:
    with torch.no_grad():
        return torch.softmax(model(images, training=False), dim=-1).cpu().numpy()


def recommended(log: Path) -> int:
    """The row of the epoch that compare picks."""
    import selectmodel as sm

    return int(sm.recommend(sm.read(log), aim="accuracy").recommended.index or 0)


def write_predictions(path: Path, ids: np.ndarray, labels: np.ndarray, shares: np.ndarray) -> None:
    """``id,label,p_0 … p_9``, probabilities with six digits that add up to 1 within rounding."""
    rows = ["id,label," + ",".join(f"p_{digit}" for digit in range(10))]
    for name, label, row in zip(ids, labels, shares, strict=True):
        rows.append(f"{name},{label}," + ",".join(f"{share:.6g}" for share in row))
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")


def main() -> None:
    torch.set_num_threads(1)
    recipes = {"cycle1": (60, 64, 3e-3, 0.4), "cycle2": (240, 128, 1e-3, 0.4), "cycle3": (300, 512, 3e-2, 0.0)}
    for seed, (name, (n, width, rate, dropout)) in enumerate(recipes.items(), start=21):
        train, val, ids = digits(n)
        log = HERE / f"{name}.csv"
        after = fit(log, network(width, rate, seed, dropout), train, val, 50)
        if name != "cycle1":
            write_predictions(HERE / f"{name}_predictions.csv", ids, val[1], after[recommended(log)])
        print(name, "done", flush=True)
    train, val, _ = digits(240, val=400)
    fit(HERE / "other_data.csv", network(128, 1e-3, 25, 0.4), train, val, 30)
    for recipe, n in (("old", 240), ("new", 480)):
        for seed in range(1, 5):
            train, val, _ = digits(n, wrong=0.2)
            fit(HERE / "seeds" / recipe / f"seed{seed}.csv", network(128, 3e-3, seed, 0.4), train, val, 25)
    print("seeds done", flush=True)


if __name__ == "__main__":
    main()
