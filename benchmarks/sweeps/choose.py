"""Which run of a sweep? The test accuracy of the run that rank chooses, against simpler ways; prints a table.

    python benchmarks/sweeps/choose.py CORPUS [-o choose.md]

CORPUS holds corpus_dev.parquet and meta_dev.parquet: real trainings with the test metrics of every epoch. All runs of a
data set (or of a group of it: one training set, one validation set size) compete; a way loses what the best epoch of
the best run has more. Intervals: bootstrap over data sets. The test metrics are never shown to a rule.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pandas as pd

import selectmodel as sm
from selectmodel.commands.rank import order
from selectmodel.commands.rank.ranking import RankedRun
from selectmodel.policy.policy import Policy
from selectmodel.selection import recommend

WAYS = {
    "highest last val accuracy": ("last_value", "last_test"),
    "highest best val accuracy": ("best_value", "best_test"),
    "lowest val loss": ("loss_value", "loss_test"),
    "val accuracy at the pick": ("pick_value", "pick_test"),
    "selectmodel rank": ("rank_value", "pick_test"),
}


def judged(name: str, rows: pd.DataFrame, size: int) -> dict[str, object] | None:
    """What each way sees of a run, and the test accuracy of the epoch that it would ship."""
    logged = rows[["epoch", "train_loss", "train_acc", "val_loss", "val_acc"]].dropna(axis=1, how="all")
    try:
        decision = recommend.decide(sm.Run.from_frame(logged, name=name), Policy(val_size=size))
    except sm.SelectModelError:
        return None
    test = ((rows["test_acc_a"] + rows["test_acc_b"]) / 2).to_numpy()
    accuracy, loss = rows["val_acc"].to_numpy(), rows["val_loss"].to_numpy()
    at = int(np.flatnonzero(rows["epoch"].to_numpy() == decision.asked.question.epochs[decision.index])[0])
    best, lowest = int(np.nanargmax(accuracy)), int(np.nanargmin(loss))
    expected = decision.expected
    return {
        "last_value": accuracy[-1], "last_test": test[-1],
        "best_value": accuracy[best], "best_test": test[best],
        "loss_value": -loss[lowest], "loss_test": test[lowest],
        "pick_value": accuracy[at], "pick_test": test[at],
        "ceiling": np.nanmax(test),
        "ranked": RankedRun(
            name, name, "", decision.pick.rule, "val_acc", "max", decision.pick.epoch, None, float(accuracy[at]),
            expected.value if expected else float(accuracy[at]), expected.low if expected else None,
            expected.high if expected else None, val_size=size,
        ),
    }  # fmt: skip


def regrets(runs: pd.DataFrame, key: str) -> pd.DataFrame:
    """Points of test accuracy that each way loses in each competition."""
    lost = []
    for (dataset, _), rivals in runs.groupby(["dataset", key]):
        drawn = order.drawn_in(order.evened(list(rivals["ranked"])))
        own = rivals.assign(rank_value=[run.expected for run in drawn])
        row: dict[str, object] = {"dataset": dataset}
        for way, (value, test) in WAYS.items():
            chosen = own[value].astype(float).fillna(-np.inf).idxmax()
            row[way] = 100 * (own["ceiling"].max() - own.loc[chosen, test])
        lost.append(row)
    return pd.DataFrame(lost)


def table(lost: pd.DataFrame, title: str) -> list[str]:
    random = np.random.default_rng(0)
    means = lost.groupby("dataset").mean()
    weight = lost.groupby("dataset").size()
    draws = random.integers(0, len(means), (2000, len(means)))
    lines = [f"{title}: {len(lost)} competitions on {len(means)} data sets", "", "| way | lost | 90 % | behind rank |",
             "|---|---:|---|---|"]  # fmt: skip

    def spread(column: pd.Series) -> tuple[float, float, float]:
        values, shares = column.to_numpy(), weight.to_numpy()
        sampled = (values[draws] * shares[draws]).sum(axis=1) / shares[draws].sum(axis=1)
        low, high = np.quantile(sampled, [0.05, 0.95])
        return float((values * shares).sum() / shares.sum()), float(low), float(high)

    for way in WAYS:
        mean, low, high = spread(means[way])
        by, least, most = spread(means[way] - means["selectmodel rank"])
        behind = "" if way == "selectmodel rank" else f"{by:.2f} [{least:.2f}, {most:.2f}]"
        lines.append(f"| {way} | {mean:.2f} | {low:.2f} to {high:.2f} | {behind} |")
    return [*lines, ""]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("-o", "--output", type=Path)
    given = parser.parse_args()
    meta = pd.read_parquet(given.corpus / "meta_dev.parquet").set_index("run")
    epochs = pd.read_parquet(given.corpus / "corpus_dev.parquet")
    rows = []
    for run, own in epochs.groupby("run"):
        if not meta["reg"][run] and own["val_acc"].notna().any() and own["val_loss"].notna().any():
            seen = judged(str(run), own.reset_index(drop=True), int(meta["n_val"][run]))
            if seen is not None:
                rows.append({**seen, "dataset": meta["dataset"][run], "group": meta["group"][run]})
    runs = pd.DataFrame(rows)
    lines = [f"Points of test accuracy lost to the best epoch of the best run; {len(runs):,} runs.", ""]
    lines += table(regrets(runs, "dataset"), "All runs of a data set")
    lines += table(regrets(runs, "group"), "Runs of one training and validation set")
    page = "\n".join(lines)
    print(page)
    if given.output:
        given.output.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
