"""Do ranges and promised gains of rank hold on real sweeps? Prints a table of corpora with test metrics.

    python benchmarks/sweeps/questions_real.py CORPUS … [-o questions_real.md]

Of each data set, runs in random order: the first ones (20, or half of them) are ranked, then as many more as there are
of 5, 10 and 20. Of each group (runs of one network and one size of each part of the data, which they may share), the
first 5 are ranked, then all, 20 at most. The truth is the test accuracy at each run's pick, which rank never sees;
ranges are made wider by the luck of its examples, which a test set of 1,000 or 2,000 has as well. Runs whose validation
examples are other than those of the test, by their labels, by shift, or by how often each class is among them, are left
out: their range is for data like the validation set, which the test set is not. In common: of the squared error of what
is expected of a run by its own log, the part that runs of a group have in common. Intervals: bootstrap over data sets.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
from choose import judged
from questions import rate

from selectmodel.commands.rank.questions import more_runs
from selectmodel.commands.rank.rank import _ranking
from selectmodel.commands.rank.ranking import RankedRun, Z

sys.path.append(str(Path(__file__).parents[1] / "decisions"))
from corpus import like_the_test

Tested = list[tuple[RankedRun, float]]
#: Runs of a sweep, orders in which those of a data set are taken, and how many more are made.
FIRST, ORDERS, MORE = 20, 4, (5, 10, 20)
#: Runs of a group that are ranked by themselves.
FEW = 5


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


def of_its_groups(groups: Sequence[Tested], examples: int) -> dict[str, list[float]]:
    """As :func:`of_a_data_set`, of the groups of a data set."""
    found: dict[str, list[float]] = {}

    def count(name: str, held: float, of: float = 1) -> None:
        before = found.setdefault(name, [0.0, 0.0])
        found[name] = [before[0] + held, before[1] + of]

    for runs in groups:
        true = {run.name: worth for run, worth in runs}
        for name, some in (("5", runs[:FEW]), ("20", runs[:FIRST])):
            ranking = _ranking(["sweep"], [run for run, _ in some], [], (), 20)
            if ranking.best.low is None:
                continue
            count(f"shipped of {name}", holds(ranking.best, true[ranking.best.name], examples))
            for run in ranking.runs:
                count(f"all of {name}", holds(run, true[run.name], examples))
        errors = [run.expected - worth for run, worth in runs]
        together = [one * other for one, other in combinations(errors, 2)]
        count("in common", float(np.mean(together)), float(np.mean(np.square(errors))))
    return found


def corpus(folder: Path) -> list[dict[str, list[float]]]:
    """What came of each data set of a corpus."""
    dev = "_dev" if (folder / "meta_dev.parquet").exists() else ""
    meta = pd.read_parquet(folder / f"meta{dev}.parquet").set_index("run")
    epochs = pd.read_parquet(folder / f"corpus{dev}.parquet")
    by_run = dict(iter(epochs.groupby("run")))
    found = []
    for _, own in meta[meta.apply(like_the_test, axis=1)].groupby("dataset"):
        random = np.random.default_rng(0)
        runs: dict[int, tuple[RankedRun, float]] = {}
        for run in own.index:
            rows = by_run[run].reset_index(drop=True)
            if rows["val_acc"].isna().all() or rows["val_loss"].isna().all():
                continue
            seen = judged(str(run), rows, int(own["n_val"][run]))
            if seen is not None and np.isfinite(float(seen["pick_test"])):
                runs[run] = seen["ranked"], float(seen["pick_test"])
        order = [run for run in own.index[random.permutation(len(own))] if run in runs]
        if len(order) < FIRST // 2:
            continue
        examples = int(own["n_test"].min())
        rows = of_a_data_set([runs[run] for run in order[: FIRST + max(MORE)]], examples, random)
        if "group" in own:
            groups = own.loc[order].groupby(["group", "n_train", "n_val"]).groups.values()
            rows |= of_its_groups([[runs[run] for run in group] for group in groups if len(group) >= FEW], examples)
        found.append(rows)
    return found


COLUMNS = {
    "Runs of a data set: ranges hold, %": {"all runs": "all", "the run to ship": "shipped"},
    "Runs of a group: ranges hold, %": {
        "all of 5": "all of 5", "the run to ship of 5": "shipped of 5", "all of 20": "all of 20",
        "the run to ship of 20": "shipped of 20", "error in common": "in common",
    },
    "More runs: range of the gain holds, %": {f"{more} more": f"gain {more}" for more in MORE},
}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpora", type=Path, nargs="+")
    parser.add_argument("-o", "--output", type=Path)
    given = parser.parse_args()
    found = {folder.name: corpus(folder) for folder in given.corpora}
    lines: list[str] = []
    for title, columns in COLUMNS.items():
        lines += [
            title,
            "",
            f"| corpus | data sets | {' | '.join(columns)} |",
            "|---|---:|" + "---|" * len(columns),
        ]
        lines += [
            f"| {name} | {len(rows)} | {' | '.join(rate(rows, column) for column in columns.values())} |"
            for name, rows in found.items()
        ]
        lines.append("")
    lines += ["More runs: promised, gained (points)", "", f"| corpus | {' | '.join(f'{more} more' for more in MORE)} |",
              "|---|" + "---|" * len(MORE)]  # fmt: skip
    for name, rows in found.items():
        cells = [f"{rate(rows, f'promised {n}', 1).split(' ')[0]}, {rate(rows, f'gained {n}', 1)}" for n in MORE]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    page = "\n".join([*(__doc__ or "").splitlines()[4:], "", *lines, ""])
    print(page)
    if given.output:
        given.output.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
