"""Makes lightning/ and lightning_tensorboard/: small trainings whose logs tell one story each.

Every file is written by a real Lightning ``Trainer`` with its own CSVLogger, TensorBoardLogger and ModelCheckpoint, on
scikit-learn's handwritten digits (8 x 8 pixels, 10 classes) with some wrong labels among the training data.
Checkpoints keep the name that ModelCheckpoint gave them; their content is replaced by one line of text. Event files
keep their name except for the host. A second run on the same versions gives the same numbers; other versions of the
libraries or another CPU may not.

Written with Python 3.11, lightning 2.6.6, torch 2.13.0, tensorboard 2.21.0, scikit-learn 1.9.1. About a minute on one
core::

    python -m venv venv
    venv/bin/pip install lightning==2.6.6 torch==2.13.0 tensorboard==2.21.0 scikit-learn==1.9.1
    venv/bin/python sample_logs/make_lightning.py              # all stories
    venv/bin/python sample_logs/make_lightning.py overfitting  # some of them
"""

from __future__ import annotations

import logging
import os
import shutil
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ["CUDA_VISIBLE_DEVICES"] = ""

import lightning
import numpy as np
import torch
from lightning.pytorch.callbacks import ModelCheckpoint
from lightning.pytorch.loggers import CSVLogger, TensorBoardLogger
from sklearn.datasets import load_digits
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

HERE = Path(__file__).resolve().parent
CSV = HERE / "lightning"
TENSORBOARD = HERE / "lightning_tensorboard"
PLACEHOLDER = "placeholder: the weights were removed, the name is real\n"


class Digits(lightning.LightningModule):
    """A perceptron with one hidden layer. ``per_step`` logs the training loss per step and per epoch."""

    def __init__(self, width: int = 128, lr: float = 3e-3, per_step: bool = False) -> None:
        super().__init__()
        self.save_hyperparameters()
        self.net = nn.Sequential(nn.Linear(64, width), nn.ReLU(), nn.Linear(width, 10))

    def evaluate(self, batch: list[Tensor], split: str, per_step: bool = False) -> Tensor:
        images, labels = batch
        logits = self.net(images)
        loss = nn.functional.cross_entropy(logits, labels)
        accuracy = (logits.argmax(1) == labels).float().mean()
        self.log(f"{split}_loss", loss, on_step=per_step, on_epoch=True)
        self.log(f"{split}_acc", accuracy, on_step=False, on_epoch=True)
        return loss

    def training_step(self, batch: list[Tensor]) -> Tensor:
        return self.evaluate(batch, "train", self.hparams["per_step"])

    def validation_step(self, batch: list[Tensor]) -> None:
        self.evaluate(batch, "val")

    def test_step(self, batch: list[Tensor]) -> None:
        self.evaluate(batch, "test")

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.Adam(self.parameters(), self.hparams["lr"])


def digits(*sizes: int, noise: float = 0.0) -> list[DataLoader[Any]]:
    """Disjoint parts of the digits of these sizes; ``noise`` is the share of wrong labels in the first part."""
    rng = np.random.default_rng(0)
    images, labels = load_digits(return_X_y=True)
    order = rng.permutation(len(labels))
    images, labels = (images[order] / 16.0).astype("float32"), labels[order]
    wrong = rng.random(sizes[0]) < noise
    labels[: sizes[0]][wrong] = rng.integers(0, 10, wrong.sum())
    loaders = []
    for part, (size, end) in enumerate(zip(sizes, np.cumsum(sizes), strict=True)):
        rows = slice(end - size, end)
        data = TensorDataset(torch.from_numpy(images[rows]), torch.from_numpy(labels[rows]))
        loaders.append(DataLoader(data, batch_size=16 if part == 0 else 200, shuffle=part == 0))
    return loaders


def trainer(loggers: Any, epochs: int, *callbacks: ModelCheckpoint, **options: Any) -> lightning.Trainer:
    options = {"log_every_n_steps": 50, "enable_checkpointing": bool(callbacks)} | options
    return lightning.Trainer(
        accelerator="cpu",
        max_epochs=epochs,
        logger=loggers,
        callbacks=list(callbacks),
        enable_progress_bar=False,
        enable_model_summary=False,
        **options,
    )


def csv_logger(story: str, version: int = 0) -> CSVLogger:
    folder = CSV / story / f"version_{version}"
    shutil.rmtree(folder, ignore_errors=True)
    return CSVLogger(CSV, name=story, version=version)


def best(**options: Any) -> ModelCheckpoint:
    return ModelCheckpoint(monitor="val_loss", filename="{epoch}-{step}-{val_loss:.4f}", **options)


def hide(folder: Path) -> None:
    """Removes weights from checkpoints, and the host from ``events.out.tfevents.<time>.<host>.<pid>.<n>``."""
    for path in folder.rglob("*.ckpt"):
        path.write_text(PLACEHOLDER)
    for path in folder.rglob("events.out.tfevents.*"):
        parts = path.name.split(".")
        path.rename(path.with_name(".".join([*parts[:4], "host", *parts[-2:]])))


def overfitting() -> None:
    """A fifth of the training labels is wrong. One fit, two loggers; the three best checkpoints and the last stay."""
    train, val = digits(400, 600, noise=0.2)
    shutil.rmtree(TENSORBOARD / "overfitting", ignore_errors=True)
    loggers = [csv_logger("overfitting"), TensorBoardLogger(TENSORBOARD, name="overfitting", version=0)]
    lightning.seed_everything(1, verbose=False)
    trainer(loggers, 80, best(save_top_k=3, save_last=True)).fit(Digits(), train, val)
    hide(CSV / "overfitting")
    hide(TENSORBOARD / "overfitting")


def resumed() -> None:
    """Stopped after epoch 11, resumed from last.ckpt: Lightning goes on with epoch 12 in a new folder, version_1."""
    train, val = digits(400, 600, noise=0.2)
    lightning.seed_everything(2, verbose=False)
    trainer(csv_logger("resumed"), 12, best(save_top_k=2, save_last=True)).fit(Digits(lr=1e-3), train, val)
    last = CSV / "resumed" / "version_0" / "checkpoints" / "last.ckpt"
    again = trainer(csv_logger("resumed", 1), 40, best(save_top_k=2, save_last=True))
    again.fit(Digits(lr=1e-3), train, val, ckpt_path=last)
    hide(CSV / "resumed")


def validated_twice() -> None:
    """Validation in the middle and at the end of each epoch, training loss per step too: rows are validations."""
    train, val = digits(400, 600, noise=0.2)
    lightning.seed_everything(3, verbose=False)
    options = {"val_check_interval": 0.5, "log_every_n_steps": 10}
    fit = trainer(csv_logger("validated_twice"), 25, best(save_top_k=3), **options)
    fit.fit(Digits(lr=5e-3, per_step=True), train, val)
    hide(CSV / "validated_twice")


def tested() -> None:
    """validate() and test() of the best checkpoint after the fit: two more rows, under an epoch that never was."""
    train, val, test = digits(400, 600, 600, noise=0.2)
    lightning.seed_everything(4, verbose=False)
    fit = trainer(csv_logger("tested"), 30, best(save_top_k=1))
    fit.fit(Digits(), train, val)
    fit.validate(dataloaders=val, ckpt_path="best", verbose=False)
    fit.test(dataloaders=test, ckpt_path="best", verbose=False)
    hide(CSV / "tested")


STORIES: tuple[Callable[[], None], ...] = (overfitting, resumed, validated_twice, tested)


def main(wanted: list[str]) -> None:
    torch.set_num_threads(1)
    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", module="lightning")
    for story in STORIES:
        if not wanted or story.__name__ in wanted:
            story()
            print(story.__name__, "done", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
