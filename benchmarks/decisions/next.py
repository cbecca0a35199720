"""What `selectmodel next` saves: the loss of the pick after few evaluations, chosen one by one or spread evenly.

    python benchmarks/decisions/next.py --corpus corpus --title "16 public tasks"

Writes next.md. Every epoch of a run counts as a saved checkpoint; the best of those that were evaluated is picked.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

import numpy as np
from corpus import Case, read
from intervals import Bootstrap

from selectmodel.records import Floats
from selectmodel.stats.next_point import axis, expected_gains, spread_out

COUNTS = (4, 6, 8, 12)
_SHORTEST, _FIRST = 20, 3
#: A pick may lose at most so much of the logarithm of the test loss: one diverged epoch must not decide the mean.
_MOST = np.log(10)


def one_by_one(cost: Floats, count: int) -> list[int]:
    """As `selectmodel next` says: three spread over the run, then each where the most is to be gained."""
    places, seen = axis(np.arange(len(cost), dtype=float)), spread_out(len(cost), _FIRST)
    while len(seen) < count:
        left = [index for index in range(len(cost)) if index not in seen]
        gains = expected_gains(places[seen], cost[seen], places[left])
        seen.append(left[int(np.argmax(gains))])
    return seen


def evenly(cost: Floats, count: int) -> list[int]:
    """As many, spread evenly; the last epoch is among them."""
    return spread_out(len(cost), count)


WAYS: dict[str, Callable[[Floats, int], list[int]]] = {"one by one": one_by_one, "evenly": evenly}


def lost(case: Case, metric: str) -> dict[tuple[str, int], float] | None:
    """(way, evaluations) → what the pick loses to the best epoch: points of test accuracy, or percent of test loss."""
    values = case.logged.get(metric)
    truth = case.test_accuracy if metric == "val_accuracy" else case.test_loss
    if values is None or truth is None or len(values) < _SHORTEST or not np.isfinite(values).all():
        return None
    cost = -values if metric == "val_accuracy" else values
    worse = 100 * (np.nanmax(truth) - truth) if metric == "val_accuracy" else 100 * np.log(truth / np.nanmin(truth))
    worse = np.where(np.isfinite(worse), np.minimum(worse, 100 * _MOST), 100 * _MOST)
    found = {("all", len(cost)): float(worse[np.argmin(cost)])}
    for way, choose in WAYS.items():
        for count in COUNTS:
            seen = choose(cost, count)
            found[way, count] = float(worse[min(seen, key=lambda index: cost[index])])
    return {(way, count if way != "all" else 0): value for (way, count), value in found.items()}


def table(cases: list[Case], metric: str) -> str:
    """The rows of one metric, with 95 % intervals from draws of whole datasets."""
    rows = [(case.dataset, found) for case in cases if (found := lost(case, metric)) is not None]
    draws = Bootstrap([dataset for dataset, _ in rows])

    def cell(way: str, count: int) -> str:
        mean = draws.mean(np.array([found[way, count] for _, found in rows]))
        return f"{mean.mean:.2f} [{mean.low:.2f}, {mean.high:.2f}]"

    lines = [f"{metric}, {len(rows):,} runs of {_SHORTEST} and more epochs:", ""]
    lines += ["| evaluations | one by one | spread evenly |", "|--:|---|---|"]
    lines += [f"| {count} | {cell('one by one', count)} | {cell('evenly', count)} |" for count in COUNTS]
    return "\n".join([*lines, f"| all epochs | {cell('all', 0)} | |", ""])


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--title", required=True)
    given = parser.parse_args()
    cases = list(read(given.corpus))
    page = [
        f"# Few evaluations, well placed: {given.title}", "",
        "Written by `benchmarks/decisions/next.py`. What the pick loses to the best epoch: percentage points of test",
        "accuracy where val_accuracy was evaluated, percent of the test loss where val_loss was. The constants of",
        "`selectmodel/stats/next_point.py` were chosen on 700 runs of another corpus.", "",
        table(cases, "val_accuracy"), table(cases, "val_loss"),
    ]  # fmt: skip
    (Path(__file__).parent / "next.md").write_text("\n".join(page))


if __name__ == "__main__":
    main()
