"""Makes summarywriter/plateau/ and generic/plateau.csv: one training loop written by hand, logged twice.

A softmax regression on scikit-learn's handwritten digits with a tenth of the training labels wrong, under a learning
rate that shrinks: after a third of the run hardly anything changes. torch's SummaryWriter writes ``train/loss``,
``val/loss`` and ``val/accuracy`` with the epoch as step; the csv module writes the same numbers, one row an epoch.
The event file keeps its name except for the host. A second run on the same versions gives the same numbers; other
versions of the libraries or another CPU may not.

Written with Python 3.11, torch 2.13.0, tensorboard 2.21.0, scikit-learn 1.9.1. Seconds on one core::

    python -m venv venv
    venv/bin/pip install torch==2.13.0 tensorboard==2.21.0 scikit-learn==1.9.1
    venv/bin/python sample_logs/make_summarywriter.py
"""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import Tensor, nn
from torch.utils.tensorboard import SummaryWriter

HERE = Path(__file__).resolve().parent
EVENTS = HERE / "summarywriter" / "plateau"
TABLE = HERE / "generic" / "plateau.csv"
EPOCHS = 80
TRAIN, VAL = 800, 600


def digits() -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Images (n, 64) and labels (n,) to train on, then those to validate on."""
    rng = np.random.default_rng(0)
    images, labels = load_digits(return_X_y=True)
    order = rng.permutation(len(labels))
    labels = labels[order]
    wrong = rng.random(TRAIN) < 0.1
    labels[:TRAIN][wrong] = rng.integers(0, 10, wrong.sum())
    x, y = torch.from_numpy(images[order] / 16).float(), torch.from_numpy(labels)
    return x[:TRAIN], y[:TRAIN], x[TRAIN : TRAIN + VAL], y[TRAIN : TRAIN + VAL]


def train() -> list[dict[str, float]]:
    """What was measured in each epoch."""
    torch.manual_seed(1)
    x, y, x_val, y_val = digits()
    model = nn.Linear(64, 10)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
    schedule = torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.9)
    rows = []
    for epoch in range(EPOCHS):
        total = 0.0
        for batch in torch.randperm(TRAIN).split(32):
            loss = nn.functional.cross_entropy(model(x[batch]), y[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(batch)
        schedule.step()
        with torch.no_grad():
            logits = model(x_val)
            val_loss = nn.functional.cross_entropy(logits, y_val).item()
            right = (logits.argmax(1) == y_val).sum().item()
        rows.append({"epoch": epoch, "train_loss": total / TRAIN, "val_loss": val_loss, "val_accuracy": right / VAL})
    return rows


def main() -> None:
    torch.set_num_threads(1)
    rows = train()
    TABLE.parent.mkdir(exist_ok=True)
    with TABLE.open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    shutil.rmtree(EVENTS, ignore_errors=True)
    with SummaryWriter(EVENTS) as events:
        for row in rows:
            for name in ("train_loss", "val_loss", "val_accuracy"):
                events.add_scalar(name.replace("_", "/", 1), row[name], int(row["epoch"]))
    for path in EVENTS.iterdir():
        parts = path.name.split(".")
        path.rename(path.with_name(".".join([*parts[:4], "host", *parts[-2:]])))


if __name__ == "__main__":
    main()
