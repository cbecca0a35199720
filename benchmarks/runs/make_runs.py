"""Writes a sweep: folders of Keras CSVLogger logs, 100 epochs and five metrics each.

python benchmarks/runs/make_runs.py FOLDER [--runs 2000] [--epochs 100]
"""

from __future__ import annotations

import argparse
import csv
from pathlib import Path

import numpy as np

NAMES = ("epoch", "accuracy", "learning_rate", "loss", "val_accuracy", "val_loss")


def write(path: Path, epochs: int, seed: int) -> None:
    """One log: falling losses, rising accuracies, a learning rate that decays, float32 as Keras prints them."""
    random = np.random.default_rng(seed)
    time = np.arange(epochs)
    fall = np.exp(-time / (0.3 * epochs))
    noise = random.normal(0, 0.01, (4, epochs))
    columns = [0.95 - 0.5 * fall, 2.3 * fall + 0.05, 0.9 - 0.5 * fall, 2.2 * fall + 0.2]
    metrics = [np.abs(clean + dirt).astype(np.float32).tolist() for clean, dirt in zip(columns, noise, strict=True)]
    rate = (1e-3 * 0.97**time).astype(np.float32).tolist()
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(NAMES)
        writer.writerows(zip(time.tolist(), metrics[0], rate, *metrics[1:], strict=True))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--runs", type=int, default=2000)
    parser.add_argument("--epochs", type=int, default=100)
    given = parser.parse_args()
    for run in range(given.runs):
        folder = given.folder / f"group{run // 100}" / f"run{run}"
        folder.mkdir(parents=True, exist_ok=True)
        write(folder / "training.csv", given.epochs, run)


if __name__ == "__main__":
    main()
