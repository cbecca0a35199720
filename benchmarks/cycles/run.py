"""How often ``compare`` is right: pairs of real runs with known test metrics, and seeds of one configuration.

    python benchmarks/cycles/run.py ../shared/corpus                     # prints the tables
    python benchmarks/cycles/run.py ../shared/corpus --write             # and keeps them in results.md
    python benchmarks/cycles/run.py ../shared/corpus --held-out FOLDER   # with a corpus that no figure was fitted on

Pairs are of one dataset and one validation size; each run has its own validation sample. The truth is the mean of the
two halves of a test set; its own noise is estimated from the halves and added to the interval where coverage is
counted, because an interval for the true difference cannot cover a noisy measurement of it more often than that.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import selectmodel as sm
from selectmodel.commands.compare import contrasts, sides, uncertainty
from selectmodel.commands.compare.comparison import Change, Side
from selectmodel.commands.compare.member import Cycle
from selectmodel.policy.policy import Policy
from selectmodel.records import Run

HERE = Path(__file__).parent
AIMS = ("accuracy", "both", "loss")
METRICS = ("val_accuracy", "val_loss")
#: What all pairs of a dataset and validation size weigh: three for each run, at most as many.
EACH, MOST = 3, 150
Z = 1.6449
#: What each figure of the evidence is refitted among.
REFITTED = {
    "val_accuracy": ("ALIKE", (0, 10, 15, 20, 25, 30)),
    "val_loss": ("LOSS_SHARE", (0.66, 0.7, 0.73, 0.76, 0.8, 0.85)),
}
HEADS = (
    "pairs", "covers", "covers, test noise not counted", "told", "agrees", "worst tenth of datasets",
    "told where the test differs by > 2 of its noise", "told where it differs by > 2 of both noises",
)  # fmt: skip


@dataclass(frozen=True)
class Known:
    """A run at its pick with the test metrics of that epoch: halves a and b of accuracy and loss."""

    cycle: Cycle
    dataset: str
    fair: bool
    stratum: tuple[object, ...]
    test: dict[str, tuple[float, float]]
    n_test: int


def known_runs(corpus: Path, aim: str) -> list[Known]:
    """Every classification run of the corpus at the pick of an aim."""
    rows = pd.read_parquet(next(corpus.glob("corpus*.parquet")))
    meta = pd.read_parquet(next(corpus.glob("meta*.parquet"))).set_index("run")
    names = {"train_loss": "loss", "train_acc": "accuracy", "val_loss": "val_loss", "val_acc": "val_accuracy"}
    found = []
    for number, log in rows.groupby("run"):
        about = meta.loc[number]
        if about.get("mse") or not log.val_acc.notna().any():
            continue
        frame = log[["epoch", *names]].rename(columns=names).astype(float)
        run = Run.from_frame(frame.loc[:, frame.notna().any()], name=str(number))
        try:
            cycle = sides.decide(run, Policy(aim=aim, val_size=int(about.n_val)))  # type: ignore[arg-type]
        except sm.SelectModelError:
            continue
        at = log[log.epoch == cycle.epoch].iloc[0]
        noise = about.noise if about.nmode in ("val", "both") else 0.0
        test = {m: (float(at[f"test_{s}_a"]), float(at[f"test_{s}_b"])) for m, s in
                (("val_accuracy", "acc"), ("val_loss", "loss"))}  # fmt: skip
        shift, imbalance = about.get("shift", "none"), about.get("imb", 0)
        fair = noise == 0 and shift == "none" and imbalance == 0
        stratum = (about.dataset, about.n_val, noise, shift, imbalance)
        found.append(Known(cycle, about.dataset, fair, stratum, test, int(about.n_test)))
    return found


def pairs(runs: list[Known]) -> list[tuple[Known, Known, float]]:
    """All pairs of each stratum, and what each weighs: a stratum counts by its runs, not by its pairs.

    Each pair stands for both orders: a comparison the other way round says the opposite.
    """
    by_stratum: dict[tuple[object, ...], list[Known]] = {}
    for run in runs:
        by_stratum.setdefault(run.stratum, []).append(run)
    found = []
    for group in by_stratum.values():
        both = list(combinations(group, 2))
        found += [(one, other, min(MOST, EACH * len(group)) / len(both)) for one, other in both]
    return found


def judged(one: Known, other: Known) -> dict[str, Change]:
    answer = contrasts.compare([Side("old", (one.cycle,)), Side("new", (other.cycle,))])
    return {change.metric: change for change in answer.against[0].changes}


def table_of_pairs(runs: list[Known]) -> dict[str, pd.DataFrame]:
    """For each metric one row a pair that has an interval: the change, the interval's width, the verdict, the truth."""
    rows: dict[str, list[tuple[Any, ...]]] = {metric: [] for metric in METRICS}
    for one, other, weight in pairs(runs):
        for metric, change in judged(one, other).items():
            if metric not in METRICS or change.low is None or change.high is None:
                continue
            a, b = (other.test[metric][half] - one.test[metric][half] for half in (0, 1))
            if np.isfinite([a, b, change.change]).all() and abs(a) < 10 and abs(b) < 10:
                told = change.verdict in ("better", "worse")
                rows[metric].append((change.change, change.high - change.low, (a + b) / 2, ((a - b) / 2) ** 2, told,
                                     one.dataset, weight))  # fmt: skip
    tables = {m: pd.DataFrame(r, columns=["d", "width", "t", "v", "told", "dataset", "w"]) for m, r in rows.items()}
    for table in tables.values():
        # one pair's halves tell its noise badly: the mean over pairs of a dataset, which has one test size
        table["noise"] = np.sqrt(table.groupby("dataset")["v"].transform("mean"))
        table["covers"] = (table.d - table.t).abs() <= np.hypot(table.width / 2, Z * table.noise)
        table["right"] = np.sign(table.d) == np.sign(table.t)
        table["large"] = table.t.abs() > 2 * table.noise
    return tables


def share(table: pd.DataFrame, column: Any) -> float:
    """The weighted share of the pairs of which it holds."""
    return float(np.average(column, weights=table.w)) if len(table) else float("nan")


def summary(table: pd.DataFrame) -> dict[str, float]:
    """Coverage, agreement and power on one metric; truth and its noise from the halves of the test set."""
    told, large = table[table.told], table[table.large]
    both = table[table.t.abs() > 2 * np.hypot(table.noise, table.width / 2 / Z)]
    by_dataset = [share(part, part.right) for _, part in told.groupby("dataset")]
    alone = (table.d - table.t).abs() <= table.width / 2
    figures = (len(table), share(table, table.covers), share(table, alone), share(table, table.told),
               share(told, told.right), float(np.quantile(by_dataset, 0.1)), share(large, large.told),
               share(both, both.told))  # fmt: skip
    return dict(zip(HEADS, figures, strict=True))


@contextmanager
def instead(name: str, value: float) -> Iterator[None]:
    """With another value of a figure of the evidence."""
    kept = getattr(uncertainty, name)
    setattr(uncertainty, name, value)
    try:
        yield
    finally:
        setattr(uncertainty, name, kept)


def refitted(known: dict[str, list[Known]]) -> list[tuple[str, str, dict[str, float]]]:
    """Metric and pick, values chosen, and what is reached where each dataset is judged by figures of the others.

    ``ALIKE`` is the least value whose verdicts at the default pick agree in 95 %; ``LOSS_SHARE`` the one with which the
    mean coverage of the three aims is nearest to 90 %.
    """
    found = []
    for metric, (name, values) in REFITTED.items():
        tables: dict[float, dict[str, pd.DataFrame]] = {}
        for value in values:
            with instead(name, value):
                tables[value] = {aim: table_of_pairs(known[aim])[metric] for aim in AIMS}
        choose = _least_that_agrees if metric == "val_accuracy" else _nearest_to_level
        datasets = sorted({dataset for table in tables[values[0]].values() for dataset in table.dataset})
        chosen = {left: choose({v: {a: t[t.dataset != left] for a, t in by.items()} for v, by in tables.items()})
                  for left in datasets}  # fmt: skip
        counts = ", ".join(f"{v} ({n})" for v, n in sorted(pd.Series(chosen).value_counts().items()))
        for aim in AIMS:
            parts = [tables[value][aim][tables[value][aim].dataset == left] for left, value in chosen.items()]
            found.append((f"{metric}, aim {aim}", f"{name} {counts}", summary(pd.concat(parts))))
    return found


def _least_that_agrees(tables: dict[float, dict[str, pd.DataFrame]]) -> float:
    agrees = {value: summary(by["accuracy"])["agrees"] for value, by in tables.items()}
    return next((value for value, agreed in agrees.items() if agreed >= 0.95), max(agrees))


def _nearest_to_level(tables: dict[float, dict[str, pd.DataFrame]]) -> float:
    covers = {value: np.mean([share(table, table.covers) for table in by.values()]) for value, by in tables.items()}
    return min(covers, key=lambda value: abs(covers[value] - uncertainty.LEVEL))


# a null of real trainings


def network_seeds(
    n_train: int, n_val: int, seeds: int, rng: np.random.Generator, width: int, rate: float
) -> list[Known]:
    """``seeds`` small networks of one configuration, trained side by side on their own samples of one task.

    The task: labels of a fixed random network with noise, of which any number of test examples can be drawn.
    """
    task = np.random.default_rng(7)
    inputs, classes, n_test, epochs = 12, 3, 20_000, 30
    teacher = task.normal(size=(inputs, 24)), task.normal(size=(24, classes))

    def draw(n: int, rng: np.random.Generator = rng) -> tuple[np.ndarray, np.ndarray]:
        x = rng.normal(size=(n, inputs)).astype(np.float32)
        scores = np.tanh(x @ teacher[0]) @ teacher[1] + rng.gumbel(size=(n, classes))
        return x, scores.argmax(1)

    samples = [draw(n_train) for _ in range(seeds)]
    x, y = np.stack([s[0] for s in samples]), np.stack([s[1] for s in samples])
    checks = [draw(n_val) for _ in range(seeds)]
    xv, yv = np.stack([s[0] for s in checks]), np.stack([s[1] for s in checks])
    xt, yt = draw(n_test, task)
    shapes = ((inputs, width), (1, width), (width, classes), (1, classes))
    weights = [rng.normal(size=(seeds, *s)).astype(np.float32) / np.sqrt(max(s[0], 2)) * (s[0] > 1) for s in shapes]
    moments = [(np.zeros_like(w), np.zeros_like(w)) for w in weights]
    logs: list[list[dict[str, float]]] = [[] for _ in range(seeds)]
    kept: list[list[np.ndarray]] = []
    step = 0
    for epoch in range(epochs):
        order = np.stack([rng.permutation(n_train) for _ in range(seeds)])
        for start in range(0, n_train, 32):
            part = order[:, start : start + 32]
            rows = np.arange(seeds)[:, None]
            step += 1
            adam(weights, moments, gradients(weights, x[rows, part], y[rows, part]), rate, step)
        train, val = measures(weights, x, y), measures(weights, xv, yv)
        kept.append([w.copy() for w in weights])
        for s in range(seeds):
            logs[s].append({"epoch": epoch, "loss": train[0][s], "accuracy": train[1][s],
                            "val_loss": val[0][s], "val_accuracy": val[1][s]})  # fmt: skip
    found = []
    for s in range(seeds):
        run = Run.from_frame(pd.DataFrame(logs[s]), name=f"run {s}")
        cycle = sides.decide(run, Policy(aim="accuracy", val_size=n_val))
        own = [w[s : s + 1] for w in kept[int(cycle.epoch or 0)]]
        halves = [measures(own, xt[None, at::2], yt[None, at::2]) for at in (0, 1)]
        test = {m: (float(halves[0][i][0]), float(halves[1][i][0])) for i, m in enumerate(("val_loss", "val_accuracy"))}
        found.append(Known(cycle, "null", True, (), test, n_test))
    return found


def forward(weights: list[np.ndarray], x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    hidden = np.maximum(x @ weights[0] + weights[1], 0)
    logits = hidden @ weights[2] + weights[3]
    logits = logits - logits.max(axis=-1, keepdims=True)
    shares = np.exp(logits)
    return hidden, shares / shares.sum(axis=-1, keepdims=True)


def gradients(weights: list[np.ndarray], x: np.ndarray, y: np.ndarray) -> list[np.ndarray]:
    hidden, shares = forward(weights, x)
    error = shares.copy()
    np.put_along_axis(error, y[..., None], np.take_along_axis(error, y[..., None], -1) - 1, -1)
    error /= x.shape[1]
    back = (error @ weights[2].transpose(0, 2, 1)) * (hidden > 0)
    t = (0, 2, 1)
    return [x.transpose(t) @ back, back.sum(1, keepdims=True), hidden.transpose(t) @ error, error.sum(1, keepdims=True)]


def adam(weights: list[np.ndarray], moments: list[tuple[np.ndarray, np.ndarray]], g: list[np.ndarray], rate: float,
         step: int) -> None:  # fmt: skip
    for at, d in enumerate(g):
        mean, square = moments[at]
        mean[...] += 0.1 * (d - mean)
        square[...] += 0.001 * (d * d - square)
        weights[at] -= rate * (mean / (1 - 0.9**step)) / (np.sqrt(square / (1 - 0.999**step)) + 1e-8)


def measures(weights: list[np.ndarray], x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(seeds,) mean log loss and accuracy."""
    _, shares = forward(weights, x)
    true = np.take_along_axis(shares, y[..., None], -1)[..., 0]
    return -np.log(np.maximum(true, 1e-12)).mean(1), (shares.argmax(-1) == y).mean(1)


def null_and_power(seeds: int) -> list[tuple[str, float, float, float, float, float]]:
    """What, said better, falsely so, said worse, covers, any metric better: null groups and a real difference."""
    rng = np.random.default_rng(11)
    rows = []
    for n_val in (100, 500):
        null = network_seeds(150, n_val, seeds, rng, 16, 5e-3)
        more = network_seeds(400, n_val, seeds, rng, 16, 5e-3)
        for name, pool in (("null", null), ("more data", more)):
            for k in (1, 2, 3, 5, 8):
                rows.append(row_of(f"{name}, {n_val} validation examples, {k} a side", null, pool, k, rng))
    return rows


def row_of(what: str, old: list[Known], new: list[Known], k: int, rng: np.random.Generator
           ) -> tuple[str, float, float, float, float, float]:  # fmt: skip
    """Draws groups of k without overlap and counts verdicts on the accuracy; truth: the pools' mean difference."""
    truth = mean_test(new) - mean_test(old)
    said = {"better": 0, "worse": 0, "covers": 0, "any": 0, "false": 0}
    draws = 400
    for _ in range(draws):
        order = rng.permutation(len(old))
        one = [old[i] for i in order[:k]]
        other = [new[i] for i in (order[k : 2 * k] if new is old else rng.permutation(len(new))[:k])]
        groups = [Side(n, tuple(run.cycle for run in g)) for n, g in (("old", one), ("new", other))]
        answer = contrasts.compare(groups)
        change = answer.change("val_accuracy")
        target = mean_test(other) - mean_test(one) if k == 1 else truth
        said["better"] += change.verdict == "better"
        said["false"] += change.verdict == "better" and target <= 0
        said["worse"] += change.verdict == "worse"
        said["any"] += any(c.verdict == "better" for c in answer.against[0].changes)
        said["covers"] += (change.low or 0) <= target <= (change.high or 0)
    return what, *(said[key] / draws for key in ("better", "false", "worse", "covers", "any"))


def mean_test(runs: list[Known]) -> float:
    return float(np.mean([np.mean(run.test["val_accuracy"]) for run in runs]))


def table(rows: list[tuple[str, dict[str, float]]], first: str = "metric, pick") -> list[str]:
    lines = [f"| {first} | " + " | ".join(HEADS) + " |", "|---" * (len(HEADS) + 1) + "|"]
    for name, row in rows:
        cells = [f"{row[h]:,}" if h == "pairs" else f"{100 * row[h]:.1f} %" for h in HEADS]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return [*lines, ""]


def of_real_runs(known: dict[str, list[Known]], which: Callable[[Known], bool]) -> list[str]:
    rows = []
    for aim in AIMS:
        tables = table_of_pairs([run for run in known[aim] if which(run)])
        rows += [(f"{metric}, aim {aim}", summary(tables[metric])) for metric in METRICS]
    return table(sorted(rows, key=lambda row: row[0].split(",")[0]))


def page(corpus: Path, held_out: Path | None, seeds: int) -> str:
    given = " --held-out CORPUS" if held_out else ""
    lines = [
        "# How often compare is right",
        "",
        f"Made by `python benchmarks/cycles/run.py ../shared/corpus{given} --write`.",
        "",
    ]
    known = {aim: known_runs(corpus, aim) for aim in AIMS}
    lines += ["## Pairs of real runs, validation set a fair sample of the test data", ""]
    lines += of_real_runs(known, lambda run: run.fair)
    lines += ["## The same, each dataset judged by figures that were fitted on all the others", ""]
    rows = refitted({aim: [run for run in known[aim] if run.fair] for aim in AIMS})
    lines += table([(name, row) for name, _, row in rows])
    lines += [
        "Chosen, and for how many datasets: " + "; ".join(dict.fromkeys(chosen for _, chosen, _ in rows)) + ".",
        "",
    ]
    lines += ["## Pairs of real runs, validation set with wrong labels, shifted or resampled", ""]
    lines += of_real_runs(known, lambda run: not run.fair)
    if held_out:
        known = {aim: known_runs(held_out, aim) for aim in AIMS}
        lines += ["## A corpus that no figure was fitted on, trained by `benchmarks/decisions/train_corpus.py`", ""]
        lines += ["Validation set a fair sample of the test data:", ""]
        lines += of_real_runs(known, lambda run: run.fair)
    lines += ["## Seeds of one configuration, and of one with more data, trained for this table", ""]
    lines += [
        "| groups | says better | and the test metric does not | says worse | interval covers | any metric better |",
        "|---|---|---|---|---|---|",
    ]
    for what, *shares in null_and_power(seeds):
        lines.append(f"| {what} | " + " | ".join(f"{100 * part:.1f} %" for part in shares) + " |")
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--held-out", type=Path, metavar="FOLDER", help="another corpus of the same format")
    parser.add_argument("--seeds", type=int, default=120, help="networks trained for each row of the last table")
    parser.add_argument("--write", action="store_true", help="keep the tables in results.md")
    given = parser.parse_args()
    text = page(given.corpus, given.held_out, given.seeds)
    sys.stdout.write(text)
    if given.write:
        (HERE / "results.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
