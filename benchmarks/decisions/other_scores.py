"""Whether the train accuracy helps where F1, MCC or AUC is monitored, and what an error of its own is to a regression.

    python benchmarks/decisions/train_corpus.py corpus --scores --groups 32
    python benchmarks/decisions/other_scores.py corpus

writes ``other_scores.md``: points of the monitored metric on test data lost to the best epoch, by ``aim_accuracy`` with
the train accuracy at several weights, and with ``ln t / 10`` in its place, as where no train score is logged. "Folds":
each data set at the weight that was best on all others. Intervals draw whole data sets. For a regression: percent of
the test MAE above the lowest, of the epochs with the lowest val_mae and the lowest val_loss.
"""

from __future__ import annotations

import argparse
from multiprocessing import Pool
from pathlib import Path

import numpy as np
import pandas as pd
from intervals import Bootstrap

from selectmodel import registry
from selectmodel.policy.policy import Policy
from selectmodel.records import Run
from selectmodel.selection.question import ask

HERE = Path(__file__).parent
METRICS = ("acc", "f1", "mcc", "auc")
#: Weight of the train accuracy, in standard errors; None: it is not logged.
WEIGHTS = (None, 0.0, 1.0, 2.0, 4.0, 8.0)
DEFAULT = WEIGHTS.index(4.0)


def lost(given: tuple[pd.Series, pd.DataFrame, str]) -> list[float]:
    """(weights,) points of test metric lost by one run; the plain highest value comes last."""
    meta, table, metric = given
    truth = 100 * (table[f"test_{metric}_a"] + table[f"test_{metric}_b"]).to_numpy() / 2
    logged = table.rename(columns={"train_loss": "loss", "train_acc": "train_accuracy", "val_acc": "val_accuracy"})
    name = {"acc": "val_accuracy"}.get(metric, f"val_{metric}")
    policy = Policy(metric=name, val_size=int(meta.n_val), checkpoints="off")
    rule, found = registry.load("rules", "aim_accuracy"), []
    for weight in WEIGHTS:
        columns = ["epoch", "loss", "val_loss", name, *(["train_accuracy"] if weight is not None else [])]
        question = ask(Run.from_frame(logged[columns].astype(float), name="run"), policy).question
        if weight is not None and question.train_score is None:
            raise SystemExit(f"{name}: the train accuracy is not seen")
        index = rule.pick(question, **({} if weight is None else {"train_weight": weight})).index
        found.append(np.nan if index is None else float(np.nanmax(truth) - truth[index]))
    return [*found, float(np.nanmax(truth) - truth[int(np.nanargmax(logged[name]))])]


def folds(table: np.ndarray, datasets: np.ndarray) -> np.ndarray:
    """(runs,) the loss at the weight that lost least on all other data sets."""
    found = np.empty(len(table))
    for dataset in np.unique(datasets):
        left = datasets == dataset
        found[left] = table[left, int(np.argmin(np.nanmean(table[~left], axis=0)))]
    return found


def of_scores(runs: list[tuple[pd.Series, pd.DataFrame]], jobs: int) -> list[str]:
    datasets = np.array([str(meta.dataset) for meta, _ in runs])
    draws = Bootstrap(list(datasets))
    heads = ["not logged", *(f"{weight:g}" for weight in WEIGHTS[1:]), "folds", "plain highest"]
    lines = [f"| metric | {' | '.join(heads)} | gain of 4 over not logged | of folds over not logged |",
             "|---" * (len(heads) + 3) + "|"]  # fmt: skip
    for metric in METRICS:
        with Pool(jobs) as pool:
            table = np.array(pool.map(lost, [(meta, rows, metric) for meta, rows in runs], chunksize=16))
        weights, plain = table[:, :-1], table[:, -1]
        chosen = folds(weights, datasets)
        cells = [f"{np.nanmean(column):.2f}" for column in (*weights.T, chosen, plain)]
        gains = [_shown(draws.mean(weights[:, 0] - other)) for other in (weights[:, DEFAULT], chosen)]
        lines.append(f"| {metric} | {' | '.join([*cells, *gains])} |")
        print(lines[-1], flush=True)
    return lines


def of_errors(runs: list[tuple[pd.Series, pd.DataFrame]]) -> list[str]:
    rows = []
    for meta, table in runs:
        truth = (table.test_mae_a + table.test_mae_b).to_numpy() / 2
        if np.isfinite(truth).all() and np.isfinite(table.val_loss).all():
            at = [int(np.argmin(table[name])) for name in ("val_mae", "val_loss")]
            rows.append((str(meta.dataset), *(100 * np.log(truth[one] / truth.min()) for one in at)))
    table = pd.DataFrame(rows, columns=["dataset", "mae", "loss"])
    draws = Bootstrap(list(table.dataset))
    return [
        f"{len(table):,} regressions on {table.dataset.nunique()} data sets: the lowest val_mae loses "
        f"{_shown(draws.mean(table.mae.to_numpy()))} % of the test MAE to the best epoch, the lowest val_loss "
        f"{_shown(draws.mean(table.loss.to_numpy()))} %; gain "
        f"{_shown(draws.mean((table.loss - table.mae).to_numpy()))}."
    ]


def _shown(value: tuple[float, float, float]) -> str:
    return f"{value[0]:+.3f} [{value[1]:+.3f}, {value[2]:+.3f}]"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--jobs", type=int, default=2)
    given = parser.parse_args()
    about = pd.read_parquet(given.corpus / "meta.parquet").set_index("run", drop=False)
    rows = pd.read_parquet(given.corpus / "corpus.parquet").sort_values(["run", "epoch"])
    runs = [(about.loc[run], table) for run, table in rows.groupby("run")]
    judged = [(meta, t) for meta, t in runs if t.val_acc.notna().any() and np.isfinite(t.val_loss).all()]
    errors = of_errors([(meta, t) for meta, t in runs if not t.val_acc.notna().any()])
    lines = ["# F1, MCC, AUC and the train accuracy; MAE", "", "Made by `other_scores.py`, which says how.", "",
             f"{len(judged):,} classifications on {len({str(m.dataset) for m, _ in judged})} data sets.", "",
             *of_scores(judged, given.jobs), "", *errors, ""]  # fmt: skip
    (HERE / "other_scores.md").write_text("\n".join(lines), encoding="utf-8", newline="\n")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
