"""How advice would have done on a corpus of real training runs with test metrics: writes corpus.json and results.md.

    python benchmarks/advice/run.py ../shared/corpus

The corpus is described in its own README: a row an epoch, with validation metrics that rules may see and test metrics
that judge them. Every figure that ``selectmodel advise`` quotes as "on other runs" comes from here.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from selectmodel import registry
from selectmodel.advice.hindsight import label_noise
from selectmodel.advice.hindsight import limits as thresholds
from selectmodel.advice.hindsight.early_stopping import (
    PATIENCES,
    SHARES,
    WatchedCurve,
    min_deltas,
    monitors,
    of_length,
    replay,
)
from selectmodel.advice.hindsight.finished_run import Past, until
from selectmodel.policy.policy import Policy
from selectmodel.records import Pick, Run
from selectmodel.selection import question as asking

HERE = Path(__file__).parent
ODDS = HERE.parents[1] / "selectmodel" / "advice" / "hindsight" / "corpus.json"
LONG = 80
CAP = np.log(10)


@dataclass(frozen=True)
class Trained:
    """One run: what a rule sees for either aim, and what it is judged by."""

    config: dict[str, Any]
    accuracy: Past | None
    loss: Past
    test_acc: np.ndarray
    test_loss: np.ndarray

    def points(self, index: int) -> float:
        return 100 * float(self.test_acc[index])

    def log_loss(self, index: int) -> float:
        return min(float(np.log(self.test_loss[index] / np.nanmin(self.test_loss))), CAP)


def picker(rule: str) -> Any:
    function = registry.load("rules", rule).pick
    return lambda question: function(question).index


def past_of(run: Run, config: dict[str, Any], aim: str) -> Past | None:
    policy = Policy(aim=aim, val_size=int(config["n_val"]), checkpoints="off")  # type: ignore[arg-type]
    question = asking.ask(run, policy).question
    pick = picker(f"aim_{aim}")
    index = pick(question)
    return None if index is None else Past(run.name, question, index, pick)


def trained(config: dict[str, Any], table: pd.DataFrame) -> Trained | None:
    seen = table[["epoch", "train_loss", "train_acc", "val_loss", "val_acc"]].astype(np.float64)
    run = Run.from_frame(seen, name=f"run {config['run']}")
    if "val_loss" not in run.series:
        return None
    finite = np.isfinite(table["val_loss"].to_numpy())
    by_loss = past_of(run, config, "loss")
    by_accuracy = None if config["reg"] else past_of(run, config, "accuracy")
    if by_loss is None or not finite.all():
        return None  # diverged: too few to say anything of them
    test_acc = table[["test_acc_a", "test_acc_b"]].mean(axis=1).to_numpy()
    test_loss = table[["test_loss_a", "test_loss_b"]].mean(axis=1).to_numpy()
    return Trained(config, by_accuracy, by_loss, test_acc, test_loss)


def corpus(folder: Path) -> Iterator[tuple[dict[str, Any], pd.DataFrame]]:
    configs = pd.read_parquet(folder / "meta_dev.parquet").set_index("run", drop=False)
    epochs = pd.read_parquet(folder / "corpus_dev.parquet")
    for number, table in epochs.groupby("run"):
        yield configs.loc[number].to_dict(), table.sort_values("epoch")


def cell(given: tuple[dict[str, Any], pd.DataFrame]) -> list[dict[str, Any]]:
    """Every measurement on one run, a row each."""
    found = trained(*given)
    if found is None:
        return []
    return [{**row, "run": found.config["run"], "dataset": found.config["dataset"]} for row in measured(found)]


def measured(one: Trained) -> Iterator[dict[str, Any]]:
    if len(one.test_loss) >= LONG:
        yield from stopping_rows(one)
        yield from length_rows(one)
        yield from longer_rows(one)
        yield from threshold_rows(one)
    if one.accuracy is not None:
        best = np.nanmax(one.test_acc) * 100
        wrong = one.config["noise"] > 0 and one.config["nmode"] in ("train", "both")
        yield {"what": "labels", "late": label_noise.suspected(one.accuracy) is not None, "points": float(wrong)}
        yield {"what": "size", "val_size": int(one.config["n_val"]), "regret": best - one.points(one.accuracy.index)}


def added(one: Trained, accuracy: int | None, loss: int | None) -> dict[str, float]:
    """What shipping these candidates costs against those that the full log gives."""
    row = {"points": np.nan, "log_loss": np.nan}
    if one.accuracy is not None and accuracy is not None:
        row["points"] = one.points(one.accuracy.index) - one.points(accuracy)
    if loss is not None:
        row["log_loss"] = one.log_loss(loss) - one.log_loss(one.loss.index)
    return row


def stopping_rows(one: Trained) -> Iterator[dict[str, Any]]:
    watched = one.accuracy or one.loss
    for monitor in monitors(watched.question):
        for rank, delta in enumerate(min_deltas(watched.question, monitor)):
            for patience in PATIENCES:
                yield {
                    "what": "stopping",
                    "kind": monitor.kind,
                    "patience": patience,
                    "min_delta": rank,
                    **stopped(one, watched, monitor, patience, delta),
                }


def length_rows(one: Trained) -> Iterator[dict[str, Any]]:
    """A patience that is a share of the epochs of the run."""
    watched = one.accuracy or one.loss
    for monitor in monitors(watched.question):
        if monitor.kind == "loss_ema":
            continue
        for share in SHARES:
            patience = of_length(monitor.kind, len(one.test_loss), share)
            yield {"what": "length", "kind": monitor.kind, "share": share, **stopped(one, watched, monitor, patience)}


def stopped(
    one: Trained, watched: Past, monitor: WatchedCurve, patience: int, min_delta: float = 0.0
) -> dict[str, float]:
    """What was run, and what shipping from that costs against the full log."""
    stop = replay(watched, monitor, patience, min_delta)
    by_loss = one.loss.index
    if stop.index is not None:
        by_loss = one.loss.pick(until(one.loss.question, stop.index + 1))
    return {"run_share": 1 - stop.saved, **added(one, stop.picked if one.accuracy else None, by_loss)}


def longer_rows(one: Trained) -> Iterator[dict[str, Any]]:
    """Half of the run, then all of it: what did going on bring, where the best was the last and where it was not?"""
    half = len(one.test_loss) // 2
    by_loss = one.loss.pick(until(one.loss.question, half))
    by_accuracy = one.accuracy and one.accuracy.pick(until(one.accuracy.question, half))
    if by_loss is None:
        return
    question = until(one.loss.question, half)
    late = any(registry.load("checks", "still_improving").find(question, Pick(by_loss, "")))
    yield {"what": "longer", "late": late, **added(one, by_accuracy, by_loss)}


def threshold_rows(one: Trained) -> Iterator[dict[str, Any]]:
    if one.accuracy is None:
        return
    for spread in (0.0, 0.5, 1.0, 2.0):
        found = thresholds.estimate([one.accuracy], spread)
        if found is not None:
            index = thresholds.first_met(one.accuracy.question, found)
            row = {"what": "thresholds", "spread": spread, "run_share": 1.0, "points": 0.0}
            if index is not None:
                picked = one.accuracy.pick(until(one.accuracy.question, index + 1))
                row |= {"run_share": (index + 1) / len(one.test_acc), "points": added(one, picked, None)["points"]}
            yield row


def group_effect(table: pd.DataFrame, column: str, by: list[str]) -> tuple[float, float, float]:
    """Mean difference of ``column`` between treated and untreated runs of the same group, with a 95 % interval.

    The interval is a bootstrap over datasets.
    """
    parts = []
    for key, group in table.groupby(by):
        on, off = group.loc[group.treated, column].dropna(), group.loc[~group.treated, column].dropna()
        if len(on) and len(off):
            dataset = key[0] if isinstance(key, tuple) else key
            parts.append((dataset, on.mean() - off.mean(), 1 / (1 / len(on) + 1 / len(off))))
    frame = pd.DataFrame(parts, columns=["dataset", "difference", "weight"])
    frame["sum"] = frame.difference * frame.weight
    sums = frame.groupby("dataset")[["sum", "weight"]].sum().to_numpy()
    random = np.random.default_rng(0)
    draws = sums[random.integers(0, len(sums), (1000, len(sums)))].sum(axis=1)
    low, high = np.percentile(draws[:, 0] / draws[:, 1], [2.5, 97.5])
    total = sums.sum(axis=0)
    return float(total[0] / total[1]), float(low), float(high)


def best_and_last(folder: Path) -> pd.DataFrame:
    """A row a run: best and last test accuracy and loss, and whether it overfits."""
    rows = []
    for config, table in corpus(folder):
        acc = table[["test_acc_a", "test_acc_b"]].mean(axis=1).to_numpy() * 100
        loss = np.log(table[["test_loss_a", "test_loss_b"]].mean(axis=1).to_numpy())
        if config["reg"] or not np.isfinite(loss).all() or not np.isfinite(acc).all():
            continue
        validation = table["val_loss"].to_numpy()
        overfits = validation[-1] > 1.05 * validation.min() and validation.argmin() < 0.7 * len(validation)
        rows.append(
            {
                **config,
                "best_acc": acc.max(),
                "last_acc": acc[-1],
                "best_loss": 100 * loss.min(),
                "last_loss": 100 * loss[-1],
                "overfits": 100.0 * overfits,
            }
        )
    return pd.DataFrame(rows)


def effects(folder: Path) -> dict[str, dict[str, list[float]]]:
    """What flooding, dropout and weight decay did within groups of runs trained side by side."""
    table = best_and_last(folder)
    treatments = {
        "flooding": (table.flood > 0, table),
        "flooding_noise": (table.flood > 0, table[(table.noise > 0) & table.nmode.isin(["train", "both"])]),
        "flooding_strong": (table.flood >= 0.2, table[(table.flood == 0) | (table.flood >= 0.2)]),
        "dropout": (table["drop"] > 0, table),
        "weight_decay": (table.wd >= 1e-3, table),
    }
    found = {}
    for name, (treated, chosen) in treatments.items():
        rows = chosen.assign(treated=treated.loc[chosen.index])
        found[name] = {
            column: [round(value, 2) for value in group_effect(rows, column, ["dataset", "group"])]
            for column in ("best_acc", "last_acc", "best_loss", "last_loss", "overfits")
        }
    return found


def averaging(folder: Path) -> dict[str, dict[str, list[float]]]:
    """The average of the last checkpoints at the end of a run against its last epoch."""
    average = pd.read_parquet(folder / "avg_dev.parquet")
    ends = average.loc[average.groupby(["run", "k"]).epoch.idxmax()]
    last = {}
    for config, table in corpus(folder):
        row = table.iloc[-1]
        acc, loss = (row.test_acc_a + row.test_acc_b) / 2, (row.test_loss_a + row.test_loss_b) / 2
        if not config["reg"] and np.isfinite(loss):
            last[config["run"]] = (config["dataset"], config["sched"], row.epoch, acc, np.log(loss))
    table = pd.DataFrame.from_dict(last, orient="index", columns=["dataset", "sched", "last", "acc", "loss"])
    joined = ends.merge(table, left_on="run", right_index=True)
    joined = joined[joined.epoch == joined["last"]]
    joined["points"] = 100 * (joined.test_acc - joined.acc)
    joined["percent"] = 100 * (np.log(joined.test_loss) - joined.loss)
    found = {}
    for name, rows in (("constant", joined[joined.sched == "const"]), ("decayed", joined[joined.sched != "const"])):
        for k, part in rows.groupby("k"):
            found[f"{name}_{k}"] = {
                "points": interval(part, "points"),
                "percent": interval(part, "percent"),
                "runs": [float(len(part))],
            }
    return found


def interval(table: pd.DataFrame, column: str) -> list[float]:
    """Mean with its 95 % interval, resampling datasets."""
    sums = table.dropna(subset=[column]).groupby("dataset")[column].agg(["sum", "count"]).to_numpy()
    random = np.random.default_rng(0)
    draws = sums[random.integers(0, len(sums), (1000, len(sums)))].sum(axis=1)
    low, high = np.percentile(draws[:, 0] / draws[:, 1], [2.5, 97.5])
    return [round(float(value), 3) for value in (sums[:, 0].sum() / sums[:, 1].sum(), low, high)]


def odds_of(rows: pd.DataFrame, folder: Path) -> dict[str, Any]:
    stopping, longer = rows[rows.what == "stopping"], rows[rows.what == "longer"]
    lengths = rows[rows.what == "length"]
    limits, sizes = rows[rows.what == "thresholds"], rows[rows.what == "size"].copy()
    edges = [0, 60, 150, 300, 10**9]
    sizes["bin"] = pd.cut(sizes.val_size, edges, labels=False)
    return {
        "runs": int(rows.run.nunique()),
        "datasets": int(rows.dataset.nunique()),
        "long": {"epochs": LONG, "runs": int(stopping.run.nunique())},
        "stopping": [
            {"kind": kind, "patience": int(patience), "min_delta": int(rank), **costs(part)}
            for (kind, patience, rank), part in stopping.groupby(["kind", "patience", "min_delta"])
        ],
        "length": [
            {"kind": kind, "share": float(share), **costs(part)}
            for (kind, share), part in lengths.groupby(["kind", "share"])
        ],
        "longer": {name: going_on(longer[longer.late == late]) for name, late in (("late", True), ("early", False))},
        "thresholds": [{"spread": float(spread), **costs(part)} for spread, part in limits.groupby("spread")],
        "val_size": [
            {"most": edges[int(place) + 1], "regret": round(float(part.regret.mean()), 2), "runs": len(part)}
            for place, part in sizes.groupby("bin")
        ],
        "label_noise": suspicion(rows[rows.what == "labels"]),
        "effects": effects(folder),
        "averaging": averaging(folder),
    }


def suspicion(rows: pd.DataFrame) -> dict[str, float]:
    """How often wrong training labels were suspected, and how often rightly."""
    wrong, fired = rows.points > 0, rows.late == True  # noqa: E712 (the column is of mixed type)
    return {
        "runs": len(rows),
        "fired": int(fired.sum()),
        "right": round(float(wrong[fired].mean()), 3),
        "base": round(float(wrong.mean()), 3),
        "found": round(float(fired[wrong].mean()), 3),
    }


def costs(part: pd.DataFrame) -> dict[str, float]:
    points = part.points.dropna()
    found = {
        "run_share": round(float(part.run_share.mean()), 3),
        "points": round(float(points.mean()), 2),
        "over_1": round(float((points > 1).mean()), 3),
    }
    if "log_loss" in part and part.log_loss.notna().any():
        found["loss_percent"] = round(100 * float(part.log_loss.mean()), 2)
    return found


def going_on(part: pd.DataFrame) -> dict[str, float]:
    points, loss = part.points.dropna(), part.log_loss.dropna()
    return {
        "runs": len(points),
        "gained": round(float(points.mean()), 2),
        "better": round(float((points > 0.5).mean()), 3),
        "worse": round(float((points < -0.5).mean()), 3),
        "loss_percent": round(100 * float(loss.mean()), 2),
    }


def report(odds: dict[str, Any]) -> str:
    """The same figures as Markdown."""
    lines = [
        "# What advice would have done on real training runs",
        "",
        f"{odds['runs']:,} runs on {odds['datasets']} datasets; early stopping, thresholds and length on the "
        f"{odds['long']['runs']:,} of {odds['long']['epochs']} epochs or more. Written by `run.py`.",
        "",
        "## Early stopping",
        "",
        "Points of test accuracy and % of test loss lost against the pick of the full log (rules aim_accuracy and "
        "aim_loss). min_delta: 0, a hundredth and a tenth of the power of ten of the best value.",
        "",
        "| monitor | patience | min_delta | epochs run | points | > 1 point | loss % |",
        "|---|---|---|---|---|---|---|",
    ]
    names = ("0", "small", "large")
    for row in odds["stopping"]:
        cells = (row["kind"], row["patience"], names[row["min_delta"]], f"{row['run_share']:.0%}", row["points"])
        lines.append("| " + " | ".join(map(str, (*cells, f"{row['over_1']:.0%}", row["loss_percent"]))) + " |")
    lines += [
        "",
        "## Early stopping with a share of the epochs as patience, 20 at least for a loss, 30 for a score",
        "",
    ]
    lines += ["| monitor | share | epochs run | points | > 1 point | loss % |", "|---|---|---|---|---|---|"]
    for row in odds["length"]:
        cells = (row["kind"], row["share"], f"{row['run_share']:.0%}", row["points"])
        lines.append("| " + " | ".join(map(str, (*cells, f"{row['over_1']:.0%}", row["loss_percent"]))) + " |")
    for name in ("longer", "thresholds", "val_size", "label_noise", "effects", "averaging"):
        lines += ["", f"## {name}", "", "```json", json.dumps(odds[name], indent=1), "```"]
    return "\n".join(lines) + "\n"


def main() -> None:
    folder = Path(sys.argv[1])
    with ProcessPoolExecutor(2) as pool:
        rows = [row for found in pool.map(cell, corpus(folder), chunksize=32) for row in found]
    odds = odds_of(pd.DataFrame(rows), folder)
    ODDS.write_text(json.dumps(odds, indent=1) + "\n", encoding="utf-8")
    (HERE / "results.md").write_text(report(odds), encoding="utf-8")


if __name__ == "__main__":
    main()
