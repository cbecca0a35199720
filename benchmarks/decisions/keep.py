"""How few checkpoints a Tracker can keep: whether the file of the epoch that is recommended at the end is still there.

    python benchmarks/decisions/keep.py --corpus corpus --title "16 public tasks"

Writes keep.md. Every run is gone through epoch by epoch, with a checkpoint each, as `selectmodel.Tracker` does.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from corpus import Case, read
from intervals import Bootstrap

from selectmodel.policy.policy import Policy
from selectmodel.records import Run, Series
from selectmodel.selection import recommend
from selectmodel.selection.question import Asked
from selectmodel.training.keeping import worth_keeping

MOST = (2, 3, 5, 8)
_POLICY = Policy()


def until(run: Run, count: int) -> Run:
    """The run as it stood after its first ``count`` epochs."""
    series = {
        name: Series.made(name, one.steps[:count], one.epochs[:count], one.values[:count])
        for name, one in run.series.items()
    }
    return Run(run.name, run.source, run.format, series)


def judged(run: Run) -> tuple[Asked, int] | None:
    try:
        found = recommend.decide(run, _POLICY)
    except Exception:
        return None
    return found.asked, found.index


def followed(case: Case) -> dict[int, tuple[float, float]] | None:
    """For each number of checkpoints: 1 where the recommended file is there, and the points lost by those that are."""
    truth, run = case.test_accuracy, case.log
    if truth is None or len(case.epochs) < 10:
        return None
    kept: dict[int, set[int]] = {most: set() for most in MOST}
    last = None
    for count in range(1, len(case.epochs) + 1):
        last = judged(until(run, count))
        for most, there in kept.items():
            there.add(count - 1)
            if last is not None and len(there) > most:
                asked, index = last
                places = asked.question.steps - case.epochs[0]
                every = range(asked.question.n)
                kept_now = worth_keeping(asked.question, index, every, every[-1], most)
                wanted = {int(places[one]) for one in kept_now}
                there.intersection_update(wanted | {count - 1})
    if last is None:
        return None
    asked, index = last
    places = (asked.question.steps - case.epochs[0]).astype(int)
    found = {}
    for most, there in kept.items():
        known = [one for one in range(asked.question.n) if int(places[one]) in there]
        best = index if int(places[index]) in there else min(known, key=lambda one: asked.question.cost[one])
        lost = 100 * float(truth[places[index]] - truth[places[best]])
        found[most] = (float(best == index), lost)
    return found


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--title", required=True)
    given = parser.parse_args()
    rows = [(case.dataset, found) for case in read(given.corpus) if (found := followed(case)) is not None]
    draws = Bootstrap([dataset for dataset, _ in rows])
    page = [
        f"# How few checkpoints are enough: {given.title}", "",
        f"Written by `benchmarks/decisions/keep.py`, from {len(rows):,} runs of 10 and more epochs, with",
        "95 % intervals from draws of whole datasets. Lost: percentage points of test accuracy, where the best of the",
        "files that are left is shipped in place of the epoch recommended at the end. On disk are never more than so",
        "many checkpoints, and one more while it is written.", "",
        "| checkpoints kept | the recommended one is there | lost |", "|--:|---|---|",
    ]  # fmt: skip
    for most in MOST:
        there = draws.mean(np.array([100 * found[most][0] for _, found in rows]))
        lost = draws.mean(np.array([found[most][1] for _, found in rows]))
        shown = f"{there.mean:.1f} % [{there.low:.1f}, {there.high:.1f}]"
        page.append(f"| {most} | {shown} | {lost.mean:.2f} [{lost.low:.2f}, {lost.high:.2f}] |")
    (Path(__file__).parent / "keep.md").write_text("\n".join([*page, ""]))


if __name__ == "__main__":
    main()
