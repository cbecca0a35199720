"""Trains a corpus of fine-tuning runs: small networks that have learnt something else before, evaluated few times.

    python benchmarks/decisions/fine_tuning/train.py FOLDER [--runs 304] [--seed 1]

One process with one thread. Each run is kept in FOLDER/runs once it is finished, so that a broken-off training goes on
where it stopped. Nothing is chosen by its outcome: what is drawn is trained and written.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

import glyphs
import numpy as np
import pandas as pd
import sentences
import source_lines
import teachers
import torch
from measures import MEASURES, measured
from networks import Classifier, pretrained
from target import Pool, Target
from torch import nn
from torch.nn import functional

FAMILIES = {"cnn": 5, "mlp": 4, "transformer": 4, "sentence transformer": 3}
#: One run in three has a small validation set.
VAL_SIZES = (60, 150, 500, 1_000, 2_000, 5_000, 10_000)
#: Examples for training → numbers of epochs, and of evaluations in each.
LENGTHS = {
    100: ((8, 15, 30), (1,)),
    300: ((5, 10, 20), (1,)),
    1_000: ((3, 5, 10), (1, 2, 3)),
    3_000: ((2, 3, 5), (2, 4, 6)),
}
HALF, SHIFTED = 1_000, 1_000
#: Networks that take their time are not evaluated on the largest validation sets.
SLOW, MOST_IF_SLOW = ("cnn", "transformer"), 2_000
#: Fine-tuning rates: slowest and fastest.
RATES = {
    "cnn": (2e-4, 6e-3), "mlp": (3e-4, 1e-2), "transformer": (2e-4, 5e-3), "sentence transformer": (3e-4, 1e-2)
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run is like. ``noise`` is the share of labels of ``nmode`` (train, both) that are drawn anew."""

    family: str
    place: int
    n_train: int
    n_val: int
    epochs: int
    evaluations: int
    batch: int
    rate: float
    decay: float
    dropout: float
    schedule: str
    frozen: bool
    noise: float
    nmode: str
    style: str


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--runs", type=int, default=304)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    torch.set_num_threads(1)
    runs = given.folder / "runs"
    runs.mkdir(parents=True, exist_ok=True)
    start = time.perf_counter()
    for run in range(given.runs):
        kept = runs / f"{run:04d}.parquet"
        if not kept.exists():
            epochs, about = trained(run, given.seed, given.folder)
            about.to_parquet(runs / f"{run:04d}.about.parquet", index=False)
            epochs.to_parquet(kept, index=False)
            print(f"run {run}, {about['dataset'][0]}, {time.perf_counter() - start:.0f} s", flush=True)
    for stem, ending in (("corpus", ".parquet"), ("meta", ".about.parquet")):
        tables = [pd.read_parquet(runs / f"{run:04d}{ending}") for run in range(given.runs)]
        pd.concat(tables, ignore_index=True).to_parquet(given.folder / f"{stem}.parquet", index=False)
    print(f"{given.runs:,} runs in {time.perf_counter() - start:.0f} s")


def trained(run: int, seed: int, folder: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The evaluations and the description of a run; the same for the same numbers and versions."""
    draw = np.random.default_rng((seed, run))
    family, place = [(family, place) for family, tasks in FAMILIES.items() for place in range(tasks)][run % 16]
    target = _targets(family, folder)[place]
    plan = _drawn(draw, family, place, len(target.pools["fit"]))
    parts = _split(draw, target, plan, (seed, run))
    torch.manual_seed(int(draw.integers(2**31)))
    network = Classifier(pretrained(family, folder), target.classes, plan.dropout)
    if plan.frozen:
        network.body.requires_grad_(False)
    rows = _evaluations(network, plan, parts, draw)
    about = asdict(plan) | {
        "run": run,
        "dataset": target.name,
        "arch": family,
        "classes": target.classes,
        "n_test": 2 * len(parts["a"]),
        "n_shift": len(parts["shift"]),
    }
    kinds = {"run": "int32", "epoch": "int16", "step": "int32"}
    table = pd.DataFrame(rows).assign(run=run)
    return table.astype({name: kinds.get(name, "float32") for name in table.columns}), pd.DataFrame([about])


@cache
def _targets(family: str, folder: Path) -> list[Target]:
    if family == "sentence transformer":
        return sentences.targets(folder)
    return {"cnn": glyphs, "mlp": teachers, "transformer": source_lines}[family].targets()


def _drawn(draw: np.random.Generator, family: str, place: int, examples: int) -> Plan:
    while True:
        n_train, n_val = int(draw.choice(list(LENGTHS))), int(draw.choice(VAL_SIZES))
        if n_train + n_val <= examples and not (family in SLOW and n_val > MOST_IF_SLOW):
            break
    lengths, often = LENGTHS[n_train]
    epochs = int(draw.choice(lengths))
    slowest, fastest = RATES[family]
    noise = float(draw.choice((0.0, 0.0, 0.0, 0.15, 0.3)))
    return Plan(
        family=family,
        place=place,
        n_train=n_train,
        n_val=n_val,
        epochs=epochs,
        evaluations=min(30, epochs * int(draw.choice(often))),
        batch=int(draw.choice((16, 32))),
        rate=float(np.exp(draw.uniform(np.log(slowest), np.log(fastest)))),
        decay=float(draw.choice((0.0, 0.01, 0.1))),
        dropout=float(draw.choice((0.0, 0.1, 0.3))),
        schedule=str(draw.choice(("constant", "linear"))),
        frozen=bool(family in SLOW and draw.random() < 0.2),
        noise=noise,
        nmode=str(draw.choice(("train", "train", "both"))) if noise else "none",
        style=str(draw.choice(("Keras", "Trainer"))),
    )


def _split(draw: np.random.Generator, target: Target, plan: Plan, seed: tuple[int, int]) -> dict[str, Pool]:
    """Each part of the run; the test and what has shifted are drawn by seeds of their own, and have clean labels."""
    fit, test, shift = (target.pools[part] for part in ("fit", "test", "shift"))
    order = draw.permutation(len(fit))[: plan.n_train + plan.n_val]
    half = min(HALF, len(test) // 2)
    tested = np.random.default_rng((*seed, 2)).permutation(len(test))[: 2 * half]
    shifted = np.random.default_rng((*seed, 3)).permutation(len(shift))[:SHIFTED]
    chosen = {
        "train": (fit, order[: plan.n_train]),
        "val": (fit, order[plan.n_train :]),
        "a": (test, tested[:half]),
        "b": (test, tested[half:]),
        "shift": (shift, shifted),
    }
    parts = {}
    for part, (pool, places) in chosen.items():
        labels = pool.labels[places].copy()
        if (part == "train" and plan.nmode != "none") or (part == "val" and plan.nmode == "both"):
            wrong = draw.random(len(labels)) < plan.noise
            labels[wrong] = draw.integers(0, target.classes, int(wrong.sum()))
        parts[part] = Pool(pool.inputs[places], labels)
    return parts


def _evaluations(
    network: Classifier, plan: Plan, parts: dict[str, Pool], draw: np.random.Generator
) -> list[dict[str, float]]:
    """One row an evaluation: ``at`` is where, in epochs; losses of training are the mean since the last one."""
    inputs, labels = torch.from_numpy(parts["train"].inputs), torch.from_numpy(parts["train"].labels)
    optimizer = torch.optim.AdamW(
        [parameter for parameter in network.parameters() if parameter.requires_grad], plan.rate, weight_decay=plan.decay
    )
    an_epoch = -(-plan.n_train // plan.batch)
    steps = plan.epochs * an_epoch
    stops = {round(number * steps / plan.evaluations) for number in range(1, plan.evaluations + 1)}
    rows, losses, rights = [], [], []
    step = 0
    for _ in range(plan.epochs):
        for chosen in torch.from_numpy(draw.permutation(plan.n_train)).split(plan.batch):
            step += 1
            for group in optimizer.param_groups:
                group["lr"] = plan.rate * _pace(step, steps, plan.schedule)
            network.train()
            optimizer.zero_grad()
            scores = network(inputs[chosen])
            loss = functional.cross_entropy(scores, labels[chosen])
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
            rights.append((scores.argmax(1) == labels[chosen]).float().mean().item())
            if step in stops:
                accuracy = np.mean(rights) if plan.style == "Keras" else np.nan
                row = {"epoch": len(rows) + 1, "at": step / an_epoch, "step": step, "train_loss": np.mean(losses)}
                rows.append(row | {"train_acc": accuracy} | _all_parts(network, parts))
                losses, rights = [], []
    return rows


def _pace(step: int, steps: int, schedule: str) -> float:
    """Share of the highest rate: warming up over a tenth of the steps, then constant, or down to nothing."""
    warm = max(1, steps // 10)
    if step < warm:
        return step / warm
    return 1.0 if schedule == "constant" else (steps - step + 1) / (steps - warm + 1)


@torch.inference_mode()
def _all_parts(network: nn.Module, parts: dict[str, Pool]) -> dict[str, float]:
    network.eval()
    row = {}
    for part, prefix, suffix in (("val", "val", ""), ("a", "test", "_a"), ("b", "test", "_b"), ("shift", "shift", "")):
        pool = parts[part]
        scores = torch.cat([network(inputs) for inputs in torch.from_numpy(pool.inputs).split(500)])
        found = measured(scores.numpy(), pool.labels)
        row |= {f"{prefix}_{name}{suffix}": found[name] for name in MEASURES}
    return row


if __name__ == "__main__":
    main()
