"""Which patience serves other runs of the same data: one for all, one fitted to runs, or one by their length.

    python benchmarks/advice/patience.py ../shared/corpus --also corpus

writes ``patience.md``. Every run of 80 epochs or more with an accuracy is early-stopped on its validation loss, and
what ``aim_accuracy`` picks of what was run is judged by the test accuracy, as in ``run.py``. A way to choose a patience
sees other runs of the same data set only. It gains by how many points it loses less than patiences that are one for all
runs and run the same share of the epochs; intervals draw whole data sets. Nothing is fitted, but for "folds".
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from run import LONG, Trained, stopped, trained

from selectmodel.advice.hindsight.early_stopping import longest_wait, monitors, noise_of, of_length, replay
from selectmodel.errors import SelectModelError

HERE = Path(__file__).parent
GRID = (5, 7, 10, 12, 15, 18, 20, 22, 25, 28, 30, 35, 40, 45, 50, 60, 70, 80, 100)
DRAWS = 1000
#: (runs,) indices of the other runs that are seen, and the run that is served → index into GRID.
Choice = Callable[[np.ndarray, int], int]


def rows_of(given: tuple[dict[str, Any], pd.DataFrame]) -> list[dict[str, Any]]:
    """A row each patience: what it runs and loses, and what the log of the run would say of it."""
    with np.errstate(all="ignore"):
        try:
            one = trained(*given)
        except SelectModelError:  # diverged from the start
            return []
        return list(_rows(one)) if one is not None and one.accuracy is not None else []


def _rows(one: Trained) -> Iterator[dict[str, Any]]:
    watched = one.accuracy
    assert watched is not None
    monitor = next(monitors(watched.question))
    if monitor.kind != "loss":
        return
    told = {
        "run": one.config["run"],
        "dataset": one.config["dataset"],
        "schedule": one.config["sched"],
        "n": len(one.test_acc),
        "wait": longest_wait(monitor),
        "best": watched.index + 1,
    }
    for patience in GRID:
        safe = replay(watched, monitor, patience).lost <= noise_of(watched)
        yield {**told, "patience": patience, "safe": safe, **stopped(one, watched, monitor, patience)}


def corpus(folder: Path) -> Iterator[tuple[dict[str, Any], pd.DataFrame]]:
    about = pd.read_parquet(next(folder.glob("meta*.parquet")))
    about["sched"] = about.get("sched", "const")
    about = about.set_index("run", drop=False)
    for number, table in pd.read_parquet(next(folder.glob("corpus*.parquet"))).groupby("run"):
        if len(table) >= LONG:
            regression = not table.val_acc.notna().any()
            yield {**about.loc[number].to_dict(), "reg": regression}, table.sort_values("epoch")


@dataclass(frozen=True)
class Replayed:
    """(runs, patiences) points lost, share of the epochs run and whether the log shows no loss; (runs,) the rest."""

    points: np.ndarray
    share: np.ndarray
    safe: np.ndarray
    about: pd.DataFrame
    dataset: np.ndarray

    @classmethod
    def of(cls, rows: pd.DataFrame) -> Replayed:
        rows = rows[rows.points.notna()]
        points = rows.pivot(index="run", columns="patience", values="points")
        about = rows.drop_duplicates("run").set_index("run").loc[points.index]
        share, safe = (rows.pivot(index="run", columns="patience", values=name) for name in ("run_share", "safe"))
        _, dataset = np.unique(about.dataset, return_inverse=True)
        return cls(points.to_numpy(), share.to_numpy(), safe.to_numpy(bool), about, dataset)

    def served(self, choose: Choice, others: int, times: int = 4) -> tuple[np.ndarray, np.ndarray]:
        """(times * runs,) the run served and the index of its patience, ``others`` runs of its data set seen."""
        draw, runs, chosen = np.random.default_rng(1), [], []
        for run in np.tile(np.arange(len(self.dataset)), times if others else 1):
            members = np.flatnonzero(self.dataset == self.dataset[run])
            members = members[members != run]
            if len(members) >= max(others, 1):
                runs.append(run)
                chosen.append(choose(draw.choice(members, others, replace=False), run))
        return np.array(runs), np.array(chosen)

    def judged(self, runs: np.ndarray, chosen: np.ndarray) -> list[float]:
        """Points lost, share run, and the gain over one patience for all with the ends of its 95 % interval."""
        count = int(self.dataset.max()) + 1
        sums = partial(np.bincount, self.dataset[runs], minlength=count)
        weights, points, share = sums(), sums(self.points[runs, chosen]), sums(self.share[runs, chosen])
        flat = [(sums(self.points[runs, at]), sums(self.share[runs, at])) for at in range(len(GRID))]
        flat_points, flat_share = (np.array(part) for part in zip(*flat, strict=True))

        def gain(drawn: np.ndarray) -> tuple[float, float, float]:
            total = (weights * drawn).sum()
            lost, ran = float((points * drawn).sum() / total), float((share * drawn).sum() / total)
            alike = np.interp(ran, flat_share @ drawn / total, flat_points @ drawn / total)
            return lost, ran, float(alike - lost)

        random, chance = np.random.default_rng(0), np.full(count, 1 / count)
        draws = [gain(random.multinomial(count, chance))[2] for _ in range(DRAWS)]
        return [*gain(np.ones(count)), *np.percentile(draws, [2.5, 97.5])]


def place(patience: float) -> int:
    """The nearest patience of the grid, by its logarithm."""
    return int(np.argmin(np.abs(np.log(GRID) - np.log(max(patience, 1.0)))))


def ways(known: Replayed) -> Iterator[tuple[str, Choice, int]]:
    """Name, choice, number of other runs seen."""
    wait, best, n = (known.about[name].to_numpy() for name in ("wait", "best", "n"))
    for patience in (10, 20, 25, 30, 40, 50):
        yield f"{patience} for all", lambda _, run, x=patience: GRID.index(x), 0
    for others in (1, 3, 5, 8):
        yield f"20 or the least that is safe on {others} runs", lambda seen, _: _least_safe(known, seen), others
    for times in (0.5, 1, 2):
        yield f"{times:g} x median longest wait of 3 runs", lambda seen, _, x=times: place(x * np.median(wait[seen])), 3
    for times in (0.2, 0.5):
        yield f"{times:g} x median best epoch of 3 runs", lambda seen, _, x=times: place(x * np.median(best[seen])), 3
    if known.about.schedule.nunique() > 1:
        best_by = _by_schedule(known)
        yield "by learning rate schedule, folds", lambda _, run: best_by[run], 0
    for share in (0.1, 0.15, 0.2, 0.25, 0.3, 0.4):
        yield f"{share:g} x epochs of the run", lambda _, run, x=share: place(x * n[run]), 0
    for share in (0.1, 0.2, 0.3):
        yield f"{share:g} x epochs, 20 at least", lambda _, run, x=share: place(of_length("loss", n[run], x)), 0


def _least_safe(known: Replayed, seen: np.ndarray) -> int:
    first = GRID.index(20)
    together = known.safe[seen].all(axis=0)[first:]
    return first + int(np.argmax(together)) if together.any() else len(GRID) - 1


def _by_schedule(known: Replayed) -> np.ndarray:
    """(runs,) what costs least on other data sets at the same schedule, a point being worth half of the epochs."""
    cost, schedule = known.points + 2 * known.share, known.about.schedule.to_numpy()
    found = np.empty(len(schedule), dtype=np.int64)
    for run in range(len(found)):
        like = (schedule == schedule[run]) & (known.dataset != known.dataset[run])
        found[run] = int(np.argmin(cost[like].mean(axis=0)))
    return found


def table(title: str, known: Replayed) -> Iterator[str]:
    yield from (f"## {title}", "", f"{len(known.dataset):,} runs, {known.dataset.max() + 1} data sets.", "")
    yield "| patience | points lost | epochs run | gain over one for all that runs as much |"
    yield "|---|---|---|---|"
    for name, choose, others in ways(known):
        lost, ran, gain, low, high = known.judged(*known.served(choose, others))
        same = name.endswith("for all")
        yield (
            f"| {name} | {lost:.2f} | {100 * ran:.0f} % | "
            + ("" if same else f"{gain:+.2f} [{low:+.2f}, {high:+.2f}]")
            + " |"
        )
    yield ""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--also", type=Path, metavar="FOLDER", help="another corpus, such as the public one")
    given = parser.parse_args()
    tables = {}
    for name, folder in (("the tuning corpus", given.corpus), ("the other corpus", given.also)):
        if folder is not None:
            with ProcessPoolExecutor(2) as pool:
                rows = [row for found in pool.map(rows_of, corpus(folder), chunksize=16) for row in found]
            told = pd.DataFrame(rows)
            tables[name] = told.assign(run=name + told.run.astype(str), dataset=name + told.dataset)
    lines = ["# Which patience serves other runs of the same data", "", "Made by `patience.py`, which says how.", ""]
    for name, rows in tables.items():
        lines += table(f"On {name}", Replayed.of(rows))
    if len(tables) > 1:
        lines += table("On both", Replayed.of(pd.concat(tables.values())))
    (HERE / "patience.md").write_text("\n".join(lines), encoding="utf-8", newline="\n")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
