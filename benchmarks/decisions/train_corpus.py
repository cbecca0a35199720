"""Trains a corpus of several hundred runs from nothing, so that anybody can repeat the benchmark on public data.

    python benchmarks/decisions/train_corpus.py FOLDER [--groups 112] [--seed 1] [--scores] [--shared]

Multilayer perceptrons in numpy, sixteen side by side: each has weights, a sample of the data, a learning rate and label
noise of its own; with ``--shared`` the runs of a group have one sample of the data, as those of a sweep mostly do.
Nothing is chosen by its outcome: what is drawn is trained and written.
"""

from __future__ import annotations

import argparse
import os
import time
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from class_scores import of_classes, of_values
from network import Network
from tasks import TASKS, Task

RUNS = 16
TRAIN_SIZES, VAL_SIZES = (50, 100, 200, 400), (30, 60, 100, 200, 500)
MOST_TEST = 1_600
#: Part of the data → names of its loss and accuracy.
MEASURED = (("val", "val_loss", "val_acc"), ("a", "test_loss_a", "test_acc_a"), ("b", "test_loss_b", "test_acc_b"))


@dataclass(frozen=True, slots=True)
class Plan:
    """What the sixteen runs of a group share, and what each has for itself: (runs,) arrays."""

    dataset: str
    n_train: int
    n_val: int
    depth: int
    width: int
    batch: int
    optimizer: str
    dropout: float
    epochs: int
    rates: np.ndarray
    decays: np.ndarray
    noise: np.ndarray
    modes: list[str]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--groups", type=int, default=112, help=f"groups of {RUNS} runs")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--scores", action="store_true", help="log macro F1, MCC, AUC, MAE as well; three times as long"
    )
    parser.add_argument("--shared", action="store_true", help="one training, validation and test set for a whole group")
    parser.add_argument("--jobs", type=int, default=2)
    given = parser.parse_args()
    for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ.setdefault(threads, "1")  # two processes share the machine, and the matrices are small
    start = time.perf_counter()
    with get_context("spawn").Pool(given.jobs) as pool:
        asked = [(group, given.seed, given.scores, given.shared) for group in range(given.groups)]
        groups = pool.starmap(trained, asked, chunksize=1)
    tables = [pd.concat(part, ignore_index=True) for part in zip(*groups, strict=True)]
    given.folder.mkdir(parents=True, exist_ok=True)
    for stem, table in zip(("corpus", "meta"), tables, strict=True):
        table.to_parquet(given.folder / f"{stem}.parquet", index=False)
    print(f"{len(tables[1]):,} runs, {len(tables[0]):,} epochs in {time.perf_counter() - start:.0f} s")


def trained(group: int, seed: int, scores: bool = False, shared: bool = False) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The epochs and the descriptions of the runs of a group; the same for the same numbers."""
    draw = np.random.default_rng((seed, group))
    name = list(TASKS)[group % len(TASKS)]
    task = TASKS[name]()
    plan = _drawn(draw, name, len(task.inputs), regression=task.classes == 0)
    parts = _split(draw, task, plan, shared=shared)
    network = Network(
        draw, task.inputs.shape[1], [plan.width] * plan.depth, max(task.classes, 1), RUNS,
        plan.optimizer, plan.rates, plan.decays, plan.dropout,
    )  # fmt: skip
    rows = []
    with np.errstate(all="ignore"):  # a run whose rate is too high diverges, as in life
        for epoch in range(1, plan.epochs + 1):
            told: dict[str, Any] = {"run": group * RUNS + np.arange(RUNS), "epoch": epoch}
            told["train_loss"], told["train_acc"] = network.epoch(*parts["train"], plan.batch, task.classes)
            for part, loss, accuracy in MEASURED:
                told[loss], told[accuracy] = network.evaluate(*parts[part], task.classes)
                if scores:
                    score = of_classes if task.classes else of_values
                    told |= score(network.outputs(parts[part][0]), parts[part][1], accuracy)
            rows.append(pd.DataFrame(told))
    table = pd.concat(rows, ignore_index=True)
    kinds = dict.fromkeys(table.columns, "float32") | {"run": "int32", "epoch": "int16"}
    return table.astype(kinds), _described(group, plan, parts)  # single precision, in which frameworks log


def _drawn(draw: np.random.Generator, name: str, examples: int, *, regression: bool) -> Plan:
    while True:
        n_train, n_val = int(draw.choice(TRAIN_SIZES)), int(draw.choice(VAL_SIZES))
        if examples - n_train - n_val >= 200:
            break
    optimizer = str(draw.choice(("sgd", "adam")))
    slowest, fastest = (0.005, 0.1) if optimizer == "sgd" else (5e-4, 1e-2)
    levels = draw.choice((0.0, 0.0, 0.1, 0.2, 0.3), RUNS) * (not regression)
    return Plan(
        dataset=name,
        n_train=n_train,
        n_val=n_val,
        depth=int(draw.integers(1, 4)),
        width=int(draw.choice((16, 32, 64, 128))),
        batch=int(draw.choice((16, 32, 64))),
        optimizer=optimizer,
        dropout=float(draw.choice((0.0, 0.0, 0.3))),
        epochs=int(draw.choice((40, 80, 120, 200))),
        rates=np.exp(draw.uniform(np.log(slowest), np.log(fastest), RUNS)),
        decays=draw.choice((0.0, 1e-4, 1e-3), RUNS),
        noise=levels,
        modes=[str(draw.choice(("both", "train"))) if level else "none" for level in levels],
    )


def _split(
    draw: np.random.Generator, task: Task, plan: Plan, *, shared: bool
) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """(runs, examples, features) inputs and (runs, examples) targets of each part; test labels are always clean."""
    test = min(MOST_TEST, len(task.inputs) - plan.n_train - plan.n_val) // 2
    sizes = {"train": plan.n_train, "val": plan.n_val, "a": test, "b": test}
    orders = np.array([draw.permutation(len(task.inputs)) for _ in range(RUNS)])
    if shared:
        orders[:] = orders[0]
    parts, start = {}, 0
    for part, size in sizes.items():
        chosen = orders[:, start : start + size]
        targets = task.targets[chosen].copy()
        for run, mode in enumerate(plan.modes):
            if (part == "train" and mode != "none") or (part == "val" and mode == "both"):
                wrong = draw.random(size) < plan.noise[run]
                targets[run, wrong] = draw.integers(0, task.classes, int(wrong.sum()))
        parts[part] = (task.inputs[chosen], targets)
        start += size
    return parts


def _described(group: int, plan: Plan, parts: dict[str, tuple[np.ndarray, np.ndarray]]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "run": group * RUNS + np.arange(RUNS),
            "group": group,
            "dataset": plan.dataset,
            "n_train": plan.n_train,
            "n_val": plan.n_val,
            "n_test": 2 * parts["a"][1].shape[1],
            "noise": plan.noise,
            "nmode": plan.modes,
            "arch": "mlp",
            "depth": plan.depth,
            "width": plan.width,
            "bs": plan.batch,
            "opt": plan.optimizer,
            "drop": plan.dropout,
            "epochs": plan.epochs,
            "lr": plan.rates,
            "wd": plan.decays,
        }
    )


if __name__ == "__main__":
    main()
