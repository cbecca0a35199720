"""Makes keras/ and keras_tensorboard/: small trainings whose logs tell one story each.

Every log but one is written by Keras' own CSVLogger, TensorBoard and ModelCheckpoint callbacks during a real ``fit``
on scikit-learn's handwritten digits (8 x 8 pixels, 10 classes). ``keras/two_epochs.csv`` is no training: it is the
question users ask in forums, typed in the dialect of CSVLogger.

Checkpoints keep the name that ModelCheckpoint gave them; their content is replaced by one line of text. Event files
keep their name except for the host. A second run on the same versions gives the same numbers; other versions of the
libraries or another CPU may not.

Written with Python 3.11, keras 3.15.1 (torch 2.13.0 as backend), tensorflow-cpu 2.21.0 (which only writes the event
files), scikit-learn 1.9.1. About a minute on one core::

    python -m venv venv
    venv/bin/pip install keras==3.15.1 torch==2.13.0 tensorflow-cpu==2.21.0 scikit-learn==1.9.1
    venv/bin/python sample_logs/make_keras.py             # all stories
    venv/bin/python sample_logs/make_keras.py nan spike   # some of them
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ["KERAS_BACKEND"] = "torch"
os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import numpy as np
import torch
from sklearn.datasets import load_digits

HERE = Path(__file__).resolve().parent
CSV = HERE / "keras"
TENSORBOARD = HERE / "keras_tensorboard"
PLACEHOLDER = "placeholder: the weights were removed, the name is real\n"

Data = tuple[np.ndarray, np.ndarray]


def digits(*sizes: int, noise: float = 0.0, seed: int = 0) -> list[Data]:
    """Disjoint parts of the digits of these sizes; ``noise`` is the share of wrong labels in the first part."""
    rng = np.random.default_rng(seed)
    images, labels = load_digits(return_X_y=True)
    order = rng.permutation(len(labels))
    images, labels = (images[order] / 16.0).astype("float32"), labels[order]
    wrong = rng.random(sizes[0]) < noise
    labels[: sizes[0]][wrong] = rng.integers(0, 10, wrong.sum())
    ends = np.cumsum(sizes)
    return [(images[end - size : end], labels[end - size : end]) for size, end in zip(sizes, ends, strict=True)]


def mislabelled(data: Data, share: float, seed: int) -> Data:
    """The same images, this share of them with a label drawn anew."""
    rng, (images, labels) = np.random.default_rng(seed), data
    wrong = rng.random(len(labels)) < share
    labels = labels.copy()
    labels[wrong] = rng.integers(0, 10, wrong.sum())
    return images, labels


def network(hidden: tuple[int, ...], optimizer: Any, seed: int, activation: str = "relu") -> keras.Model:
    """A perceptron with hidden layers of these widths, compiled for cross-entropy and accuracy."""
    keras.utils.set_random_seed(seed)
    layers = [keras.layers.Dense(width, activation=activation) for width in hidden]
    model = keras.Sequential([keras.Input((64,)), *layers, keras.layers.Dense(10)])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizer, loss, metrics=["accuracy"])
    return model


def fit(model: keras.Model, train: Data, val: Data | None, epochs: int, **options: Any) -> None:
    options = {"batch_size": 32, "verbose": 0} | options
    model.fit(*train, validation_data=val, epochs=epochs, **options)


def logger(story: str, **options: Any) -> keras.callbacks.CSVLogger:
    return keras.callbacks.CSVLogger(CSV / f"{story}.csv", **options)


def fresh(path: Path) -> Path:
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(parents=True)
    return path


def hide_host(folder: Path) -> None:
    """``events.out.tfevents.<time>.<host>.<pid>.<n>.v2`` with ``host`` for the host."""
    for path in folder.rglob("events.out.tfevents.*"):
        parts = path.name.split(".")
        path.rename(path.with_name(".".join([*parts[:4], "host", *parts[-3:]])))


def overfitting() -> None:
    """A fifth of the training labels is wrong; the network learns them by heart. One fit, three callbacks."""
    train, val = digits(400, 600, noise=0.2)
    checkpoints = fresh(CSV / "overfitting_checkpoints")
    events = fresh(TENSORBOARD / "overfitting")
    name = "weights.{epoch:02d}-{val_loss:.4f}.weights.h5"
    callbacks = [
        logger("overfitting"),
        keras.callbacks.ModelCheckpoint(checkpoints / name, save_weights_only=True),
        keras.callbacks.TensorBoard(events, write_graph=False),
    ]
    fit(network((256,), keras.optimizers.Adam(3e-3), seed=1), train, val, 60, callbacks=callbacks, batch_size=16)
    for path in checkpoints.iterdir():
        path.write_text(PLACEHOLDER)
    hide_host(events)


def plateau() -> None:
    """A linear model under a learning rate that shrinks: after a third of the run hardly anything changes."""
    train, val = digits(800, 600, noise=0.1)
    schedule = keras.callbacks.LearningRateScheduler(lambda epoch: 0.5 * 0.9**epoch)
    fit(network((), "sgd", seed=2), train, val, 80, callbacks=[schedule, logger("plateau")])


def spike() -> None:
    """A step size that is too large and 50 validation examples: one epoch is far above its neighbours by luck.

    Found by trying more than a hundred seeds and settings. Prints the accuracy on 1,400 examples that fit never sees.
    """
    train, val, test = digits(150, 50, 1400, noise=0.25, seed=72)
    scores: list[float] = []
    model = network((32,), keras.optimizers.SGD(0.08), seed=72)
    on_test = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: scores.append(float(np.mean(predict(model, test[0]) == test[1])))
    )
    fit(model, train, val, 60, callbacks=[logger("spike"), on_test], batch_size=8)
    print("spike, accuracy on other examples:", *(f"{epoch}:{score:.3f}" for epoch, score in enumerate(scores)))


def predict(model: keras.Model, images: np.ndarray) -> np.ndarray:
    with torch.no_grad():
        return model(images, training=False).argmax(-1).cpu().numpy()


def nan() -> None:
    """A learning rate that grows by an eighth every epoch: fine at first, then the loss explodes and turns NaN."""
    train, val = digits(800, 600)
    schedule = keras.callbacks.LearningRateScheduler(lambda epoch: 0.02 * 1.12**epoch)
    model = network((64, 64), keras.optimizers.SGD(momentum=0.9), seed=4, activation="leaky_relu")
    fit(model, train, val, 45, callbacks=[schedule, logger("nan")])


def resumed() -> None:
    """Killed in epoch 15, resumed from the checkpoint written after epoch 11: epochs 12 to 14 are logged twice."""
    train, val = digits(400, 600, noise=0.2)
    with tempfile.TemporaryDirectory() as folder:
        # every 300 steps, that is every twelfth epoch
        saver = keras.callbacks.ModelCheckpoint(Path(folder) / "{epoch:02d}.keras", save_freq=300)
        model = network((256,), keras.optimizers.Adam(5e-3), seed=15)
        fit(model, train, val, 15, callbacks=[logger("resumed"), saver], batch_size=16)
        keras.utils.set_random_seed(55)
        model = keras.models.load_model(Path(folder) / "12.keras")
        again = logger("resumed", append=True)
        fit(model, train, val, 40, callbacks=[again], initial_epoch=12, batch_size=16)


def restarted() -> None:
    """Started again from nothing into the same file: append=True but no initial_epoch, so epoch is 0 again."""
    train, val = digits(400, 600, noise=0.1)
    fit(network((64,), keras.optimizers.Adam(1e-2), seed=6), train, val, 20, callbacks=[logger("restarted")])
    again = network((64,), keras.optimizers.Adam(1e-3), seed=66)
    fit(again, train, val, 30, callbacks=[logger("restarted", append=True)])


def short() -> None:
    """Three epochs, still getting better."""
    train, val = digits(800, 600)
    fit(network((32,), keras.optimizers.Adam(1e-3), seed=7), train, val, 3, callbacks=[logger("short")])


def saturated() -> None:
    """Every training example is right from epoch 23 on; the validation loss goes on moving."""
    train, val = digits(200, 800)
    fit(network((128, 64), keras.optimizers.Adam(2e-3), seed=8), train, val, 80, callbacks=[logger("saturated")])


def no_validation() -> None:
    """fit without validation data: CSVLogger still writes val_ columns, all NA."""
    (train,) = digits(800)
    fit(network((32,), keras.optimizers.Adam(1e-3), seed=9), train, None, 30, callbacks=[logger("no_validation")])


def clean() -> None:
    """Enough data, a learning rate that shrinks, stopped when it has settled: nothing to find."""
    train, val = digits(1000, 700, seed=3)
    schedule = keras.callbacks.LearningRateScheduler(lambda epoch: 0.4 * 0.85**epoch)
    fit(network((32,), "sgd", seed=10), train, val, 40, callbacks=[schedule, logger("clean")])


def overconfident() -> None:
    """A tenth of the validation labels is wrong: the network gets more right, and pays more for each of those."""
    train, val = digits(400, 700, seed=1)
    model = network((128, 128), keras.optimizers.Adam(1e-3), seed=1)
    fit(model, train, mislabelled(val, 0.1, seed=2), 60, callbacks=[logger("overconfident")])


def flooded() -> None:
    """The fit of ``saturated`` again, with its loss kept above 0.1 by flooding: abs(loss - 0.1) + 0.1 a batch."""
    train, val = digits(200, 800)
    model = network((128, 64), keras.optimizers.Adam(2e-3), seed=8)
    entropy = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(
        keras.optimizers.Adam(2e-3),
        lambda true, predicted: keras.ops.abs(entropy(true, predicted) - 0.1) + 0.1,
        metrics=["accuracy"],
    )
    fit(model, train, val, 80, callbacks=[logger("flooded")])


def double_descent() -> None:
    """A fifth of the labels is wrong, the learning rate high at first: val loss falls, rises and falls again."""
    train, val = digits(300, 800, seed=1)
    train = mislabelled(train, 0.2, seed=2)
    rate = keras.optimizers.schedules.CosineDecay(0.5, 150 * 6)
    model = network((256, 256), keras.optimizers.SGD(rate, momentum=0.9, weight_decay=0.01), seed=1)
    fit(model, train, val, 150, callbacks=[logger("double_descent")], batch_size=50)


def rate_drop() -> None:
    """A learning rate that falls to a tenth at epoch 20: the val loss falls at once."""
    train, val = digits(800, 600, noise=0.1, seed=9)
    schedule = keras.callbacks.LearningRateScheduler(lambda epoch: 0.5 if epoch < 20 else 0.05)
    fit(network((64,), "sgd", seed=13), train, val, 40, callbacks=[schedule, logger("rate_drop")], batch_size=8)


def leaked() -> None:
    """The validation examples are copies of training examples: perfect, and worth nothing."""
    (train,) = digits(600, seed=11)
    val = train[0][:200], train[1][:200]
    fit(network((64,), keras.optimizers.Adam(3e-3), seed=14), train, val, 40, callbacks=[logger("leaked")])


def dropout() -> None:
    """Half of the units are dropped while training and none while validating: validation is better throughout."""
    train, val = digits(800, 600, seed=13)
    keras.utils.set_random_seed(15)
    layers = [keras.layers.Dense(64, activation="relu"), keras.layers.Dropout(0.5), keras.layers.Dense(10)]
    model = keras.Sequential([keras.Input((64,)), *layers])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(1e-3), loss, metrics=["accuracy"])
    fit(model, train, val, 40, callbacks=[logger("dropout")])


def two_epochs() -> None:
    """The question, not a training: ship epoch 38 or epoch 90?"""
    rows = ["epoch,accuracy,val_accuracy", "38,0.924,0.944", "90,0.952,0.932", ""]
    (CSV / "two_epochs.csv").write_bytes("\r\n".join(rows).encode())


STORIES: tuple[Callable[[], None], ...] = (
    overfitting, plateau, spike, nan, resumed, restarted, short, saturated, no_validation, clean,
    overconfident, flooded, double_descent, rate_drop, leaked, dropout, two_epochs,
)  # fmt: skip


def main(wanted: list[str]) -> None:
    torch.set_num_threads(1)
    CSV.mkdir(exist_ok=True)
    for story in STORIES:
        if not wanted or story.__name__ in wanted:
            story()
            print(story.__name__, "done", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
