"""Do ranges and promised gains of rank hold on real sweeps? Prints a table of corpora with test metrics.

    python benchmarks/sweeps/questions_real.py CORPUS … [-o questions_real.md]

Of each data set, runs in random order: the first ones (20, or half of them) are ranked, then as many more as there are
of 5, 10 and 20. The truth is the test accuracy at each run's pick, which rank never sees; ranges are made wider by the
luck of its examples, which a test set of 1,000 or 2,000 has as well. Runs whose validation examples are other than
those of the test, by their labels or by shift, are left out. Intervals: bootstrap over data sets.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pandas as pd
from choose import judged
from questions import rate

from selectmodel.commands.rank.questions import more_runs
from selectmodel.commands.rank.rank import _ranking
from selectmodel.commands.rank.ranking import RankedRun, Z

#: Runs of a sweep, orders in which those of a data set are taken, and how many more are made.
FIRST, ORDERS, MORE = 20, 4, (5, 10, 20)


def holds(run: RankedRun, tested: float, examples: int) -> bool:
    """Whether a run's range holds what was measured on so many test examples, within the luck of these."""
    assert run.low is not None and run.high is not None
    luck = Z * np.sqrt(max(tested * (1 - tested), 1 / examples) / examples)
    low, high = np.hypot(run.expected - run.low, luck), np.hypot(run.high - run.expected, luck)
    return bool(run.expected - low <= tested <= run.expected + high)


def of_a_data_set(
    runs: list[tuple[RankedRun, float]], examples: int, random: np.random.Generator
) -> dict[str, list[float]]:
    """Of its sweeps, pairs of how often something held, and how often it was said."""
    found: dict[str, list[float]] = {}

    def count(name: str, held: float) -> None:
        found.setdefault(name, [0.0, 0])
        found[name] = [found[name][0] + held, found[name][1] + 1]

    true = {run.name: worth for run, worth in runs}
    for _ in range(ORDERS):
        order = [runs[at][0] for at in random.permutation(len(runs))]
        first = min(FIRST, len(order) // 2)
        ranking = _ranking(["sweep"], order[:first], [], (), 20)
        for run in ranking.runs:
            if run.low is not None and run.high is not None:
                count("all", holds(run, true[run.name], examples))
        best = ranking.runs[0]
        if best.low is None or best.high is None:
            continue
        count("shipped", holds(best, true[best.name], examples))
        told = {int(row["more"]): row for row in more_runs.more_runs(ranking).rows}
        for more in MORE:
            if more in told and first + more <= len(order):
                then = _ranking(["sweep"], order[: first + more], [], (), 20).runs[0]
                gain = true[then.name] - true[best.name]
                count(f"gain {more}", told[more]["low"] <= gain <= told[more]["high"])
                count(f"promised {more}", 100 * told[more]["gain"])
                count(f"gained {more}", 100 * gain)
    return found


def corpus(folder: Path) -> list[dict[str, list[float]]]:
    """What came of each data set of a corpus."""
    dev = "_dev" if (folder / "meta_dev.parquet").exists() else ""
    meta = pd.read_parquet(folder / f"meta{dev}.parquet").set_index("run")
    epochs = pd.read_parquet(folder / f"corpus{dev}.parquet")
    by_run = dict(iter(epochs.groupby("run")))
    as_tested = meta["nmode"].isin(["none", "train"])  # where validation labels are as right as those of the test
    if "shift" in meta:
        as_tested &= meta["shift"].isin(["none"])
    found = []
    for _, own in meta[as_tested].groupby("dataset"):
        random = np.random.default_rng(0)
        taken = own.index[random.permutation(len(own))[: FIRST + max(MORE)]]
        runs = []
        for run in taken:
            rows = by_run[run].reset_index(drop=True)
            if rows["val_acc"].isna().all() or rows["val_loss"].isna().all():
                continue
            seen = judged(str(run), rows, int(own["n_val"][run]))
            if seen is not None and np.isfinite(float(seen["pick_test"])):
                runs.append((seen["ranked"], float(seen["pick_test"])))
        if len(runs) >= FIRST // 2:
            found.append(of_a_data_set(runs, int(own["n_test"].min()), random))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpora", type=Path, nargs="+")
    parser.add_argument("-o", "--output", type=Path)
    given = parser.parse_args()
    columns = {"all runs, %": "all", "the run to ship, %": "shipped"} | {
        f"{more} more: range holds, %": f"gain {more}" for more in MORE
    }
    gains = [f"{more} more: promised, gained (points)" for more in MORE]
    lines = [f"| corpus | data sets | {' | '.join([*columns, *gains])} |", "|---|---:|" + "---|" * (len(columns) + 3)]
    for folder in given.corpora:
        rows = corpus(folder)
        cells = [rate(rows, name) for name in columns.values()]
        cells += [f"{rate(rows, f'promised {n}', 1).split(' ')[0]}, {rate(rows, f'gained {n}', 1)}" for n in MORE]
        lines.append(f"| {folder.name} | {len(rows)} | {' | '.join(cells)} |")
        print(lines[-1], flush=True)
    if given.output:
        given.output.write_text("\n".join([*(__doc__ or "").splitlines()[4:9], "", *lines, ""]), encoding="utf-8")


if __name__ == "__main__":
    main()
