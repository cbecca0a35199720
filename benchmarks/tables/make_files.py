"""Writes the tables that are measured, as the loggers write them: csv.DictWriter with CRLF, float32 as Python floats.

python benchmarks/tables/make_files.py FOLDER [--rows 1000000]
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

LIGHTNING = ("epoch", "lr-AdamW", "step", "train_acc", "train_loss", "val_acc", "val_loss")
KERAS = ("epoch", "accuracy", "learning_rate", "loss", "val_accuracy", "val_loss")
_EVERY = 50  # rows of training between two validations; an epoch holds one validation
_SEED = 7


def lightning(rows: int) -> Iterator[dict[str, object]]:
    """Sparse rows as CSVLogger writes them: a learning rate, training steps, a validation each ``_EVERY`` rows."""
    noise = np.random.default_rng(_SEED).random((rows, 2), dtype=np.float32).tolist()
    for row, (one, other) in enumerate(noise):
        epoch, within = divmod(row, _EVERY)
        step = 50 * (row - epoch) + 49
        if within == _EVERY - 1:
            yield {"epoch": epoch, "step": step - 50, "val_acc": one, "val_loss": 0.1 + other}
        elif within % 7 == 3:
            yield {"step": step, "lr-AdamW": 0.001 * (1 - row / rows)}
        else:
            yield {"epoch": epoch, "step": step, "train_acc": one, "train_loss": other}


def keras(rows: int) -> Iterator[dict[str, object]]:
    """One row an epoch, every cell filled, as CSVLogger writes them."""
    noise = np.random.default_rng(_SEED).random((rows, 5), dtype=np.float32).tolist()
    for epoch, cells in enumerate(noise):
        cells[1] *= 1e-4
        yield dict(zip(KERAS, (epoch, *cells), strict=True))


def write(path: Path, names: tuple[str, ...], rows: Iterable[dict[str, object]]) -> None:
    """One file with a header."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, fieldnames=names)
        writer.writeheader()
        writer.writerows(rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rows", type=int, default=1_000_000)
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    for rows in (10**power for power in range(3, 8) if 10**power <= given.rows):
        write(given.folder / f"lightning-{rows}.csv", LIGHTNING, lightning(rows))
        write(given.folder / f"keras-{rows}.csv", KERAS, keras(rows))


if __name__ == "__main__":
    main()
