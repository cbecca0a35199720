"""How often ``compare`` is right: pairs of real runs with test metrics, and a null of real seeds trained here.

    python benchmarks/cycles/run.py ../shared/corpus            # prints the tables
    python benchmarks/cycles/run.py ../shared/corpus --write    # and keeps them in results.md

Pairs are of one dataset and one validation size; each run has its own validation sample. The truth is the mean of the
two halves of a test set; its own noise is estimated from the halves and added to the interval where coverage is
counted, because an interval for the true difference cannot cover a noisy measurement of it more often than that.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

import selectmodel as sm
from selectmodel.cycles import contrasts, sides
from selectmodel.cycles.comparison import Change, Side
from selectmodel.cycles.cycle import Cycle
from selectmodel.policy import Policy
from selectmodel.records import Run

HERE = Path(__file__).parent
AIMS = ("accuracy", "both", "loss")
#: Most pairs of a dataset and validation size.
MOST = 150
Z = 1.6449


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
    rows = pd.read_parquet(corpus / "corpus_dev.parquet")
    meta = pd.read_parquet(corpus / "meta_dev.parquet").set_index("run")
    names = {"train_loss": "loss", "train_acc": "accuracy", "val_loss": "val_loss", "val_acc": "val_accuracy"}
    found = []
    for number, log in rows.groupby("run"):
        about = meta.loc[number]
        if about.reg or about.mse:
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
        fair = noise == 0 and about["shift"] == "none" and about.imb == 0
        stratum = (about.dataset, about.n_val, noise, about["shift"], about.imb)
        found.append(Known(cycle, about.dataset, fair, stratum, test, int(about.n_test)))
    return found


def pairs(runs: list[Known]) -> list[tuple[Known, Known]]:
    """Pairs of one stratum, at most MOST of each, always the same ones."""
    rng = np.random.default_rng(0)
    by_stratum: dict[tuple[object, ...], list[Known]] = {}
    for run in runs:
        by_stratum.setdefault(run.stratum, []).append(run)
    found = []
    for group in by_stratum.values():
        if len(group) > 1:
            for _ in range(min(MOST, 3 * len(group))):
                one, other = rng.choice(len(group), 2, replace=False)
                found.append((group[one], group[other]))
    return found


def judged(one: Known, other: Known) -> dict[str, Change]:
    answer = contrasts.compare([Side("old", (one.cycle,)), Side("new", (other.cycle,))])
    return {change.metric: change for change in answer.against[0].changes}


def table_of_pairs(runs: list[Known], metric: str) -> dict[str, float]:
    """Coverage, agreement and power on one metric; truth and its noise from the halves of the test set."""
    rows = []
    for one, other in pairs(runs):
        change = judged(one, other).get(metric)
        if change is None or change.low is None or change.high is None:
            continue
        a, b = (other.test[metric][half] - one.test[metric][half] for half in (0, 1))
        if np.isfinite([a, b, change.change]).all() and abs(a) < 10 and abs(b) < 10:
            rows.append((change.change, change.high - change.low, (a + b) / 2, ((a - b) / 2) ** 2,
                         change.verdict, change.goal, one.dataset, one.n_test))  # fmt: skip
    table = pd.DataFrame(rows, columns=["d", "width", "t", "v", "verdict", "goal", "dataset", "n"])
    # one pair's halves tell its noise badly: the mean over pairs of a dataset, which has one test size
    table["noise"] = np.sqrt(table.groupby("dataset")["v"].transform("mean"))
    half = np.hypot(table.width / 2, Z * table.noise)
    up = table.t > 0 if table.goal.iloc[0] == "max" else table.t < 0
    told = table.verdict.isin(["better", "worse"])
    says_better = table.verdict == "better"
    right = np.where(table.verdict == "better", up, ~up)
    large = table.t.abs() > 2 * table.noise
    both = table.t.abs() > 2 * np.hypot(table.noise, table.width / 2 / Z)
    by_dataset = table.assign(right=right)[told].groupby("dataset")["right"].mean()
    return {
        "pairs": len(table),
        "covers": float(((table.d - table.t).abs() <= half).mean()),
        "covers, test noise not counted": float(((table.d - table.t).abs() <= table.width / 2).mean()),
        "covers, width refitted without its dataset": refitted(table),
        "told": float(told.mean()),
        "better agrees": float(right[says_better].mean()),
        "told agrees": float(right[told].mean()),
        "worst tenth of datasets": float(by_dataset.quantile(0.1)),
        "told where the test differs by > 2 of its noise": float(told[large].mean()),
        "told where it differs by > 2 of both noises": float(told[both].mean()),
    }


def refitted(table: pd.DataFrame) -> float:
    """Coverage where the width for a dataset is the one that covers 90 % of the pairs of all others."""
    factors = np.linspace(0.6, 1.5, 91)
    off = (table.d - table.t).abs().to_numpy()
    inside = np.stack([off <= np.hypot(f * table.width / 2, Z * table.noise) for f in factors])
    covered = 0
    for dataset in table.dataset.unique():
        own = (table.dataset == dataset).to_numpy()
        best = np.abs(inside[:, ~own].mean(axis=1) - 0.9).argmin()
        covered += int(inside[best, own].sum())
    return covered / len(table)


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


def page(corpus: Path, seeds: int) -> str:
    lines = [
        "# How often compare is right",
        "",
        "Made by `python benchmarks/cycles/run.py ../shared/corpus --write`.",
        "",
    ]
    known = {aim: known_runs(corpus, aim) for aim in AIMS}
    for fair in (True, False):
        what = "a fair sample of the test data" if fair else "with wrong labels, shifted or resampled"
        lines += [f"## Pairs of real runs, validation set {what}", ""]
        columns: list[tuple[str, dict[str, float]]] = []
        for aim in AIMS:
            runs = [run for run in known[aim] if run.fair == fair]
            for metric in ("val_accuracy", "val_loss"):
                columns.append((f"{metric}, aim {aim}", table_of_pairs(runs, metric)))
        heads = list(columns[0][1])
        lines += ["| metric, pick | " + " | ".join(heads) + " |", "|---" * (len(heads) + 1) + "|"]
        for name, row in columns:
            cells = [f"{row[h]:,}" if h == "pairs" else f"{100 * row[h]:.1f} %" for h in heads]
            lines.append(f"| {name} | " + " | ".join(cells) + " |")
        lines.append("")
    lines += ["## Seeds of one configuration, and of one with more data, trained for this table", ""]
    lines += [
        "| groups | says better | and the test metric does not | says worse | interval covers | any metric better |",
        "|---|---|---|---|---|---|",
    ]
    for what, *shares in null_and_power(seeds):
        lines.append(f"| {what} | " + " | ".join(f"{100 * share:.1f} %" for share in shares) + " |")
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--seeds", type=int, default=120, help="networks trained for each row of the last table")
    parser.add_argument("--write", action="store_true", help="keep the tables in results.md")
    given = parser.parse_args()
    text = page(given.corpus, given.seeds)
    sys.stdout.write(text)
    if given.write:
        (HERE / "results.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
