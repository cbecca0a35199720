"""Do the ranges of rank hold the truth? Simulated sweeps whose true accuracies are known; writes coverage.md.

    python benchmarks/sweeps/coverage.py [--shared] [--sweeps 400] [--workers 2]

A sweep has k runs with n validation examples of their own. True accuracies are normal around one accuracy, with a
spread in points, cut at 0.999; right answers are binomial. With ``--shared``, part of the examples is the same for all
runs, each so hard that it is got right by those of the runs that are good enough: that part of the variance of the
error they have in common; writes coverage_shared.md. The seeds are fixed: the same page comes out again.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from itertools import product
from pathlib import Path
from typing import NamedTuple

import numpy as np

from selectmodel.commands.rank.pooling import Alone, errors, together
from selectmodel.stats import partial_pooling

HERE = Path(__file__).parent
RUNS = (2, 3, 5, 20, 200, 2000)
EXAMPLES = (100, 1000)
POINTS = (0, 1, 2, 5)
ACCURACIES = (0.6, 0.75, 0.9, 0.99)
#: A coverage from here to here is what 90 % promises.
RIGHT = (88.0, 92.0)


INTRODUCTION = """\
How often the 90 % range of `rank` holds the true accuracy, in simulated sweeps. Each cell says: of all runs · of the
chosen one (half the width of its range, in points); the spread is that of the true accuracies, in points.

Where it is not 88 to 92 %:

- More often where runs hardly differ, by less than half of what noise makes of one run. From k numbers nobody can tell
  a spread of nothing from one of `(2 / k) ** 0.25` of the noise, and what is right for one is too wide for the other.
  These ranges hold for both, and are far narrower than that of a run alone all the same.
- More often for the chosen run where accuracies reach 1: at 0.99 with a spread of 3 points many are 0.999, and true
  accuracies are cut there, while the model takes them to be normal.
- Either way at 0.99 with 100 examples: there are only three or four accuracies that can be logged.
- Less often for the first of hundreds or thousands of runs of a hundred examples each that differ by 5 points: so far
  out, a range that is made of normal ones is not lopsided enough.

The runs' validation examples are their own here. As no log tells that they are, a range is never narrower than that of
a run alone. Where all runs share theirs, they err together: `coverage_shared.md`. The luck of each run's pick is not in
it: in a log of many epochs ranges are wider by that, see `selectmodel/commands/rank/pooling.py`.
"""


SHARED = """\
How often the 90 % range of `rank` holds the true accuracy, in simulated sweeps of runs that share validation examples.
Each cell says: of all runs · of the chosen one (half the width of its range, in points). What is shared is the part of
the variance of the error that all runs have in common; true accuracies lie around 0.85, with a spread in points. Of
real runs that shared all of their examples it was half (`questions_real.md`).

Nothing in a log tells what is shared, so a range holds as much as a run's examples make of it at most. It is too wide
where runs hardly differ and share nothing, and holds 91 to 98 % where half is shared. Where all of it is shared, small
differences between runs are true ones, but look like noise, and the first is drawn in too far: there the range of the
chosen run holds the truth less often than it says, the more runs the less.
"""


class Cell(NamedTuple):
    """One kind of sweep."""

    runs: int
    examples: int
    points: float
    accuracy: float
    shared: float = 0.0


#: Examples, and spreads in points of nothing and of half of what noise makes of one run.
FEW_AND_MANY = {100: (0.0, 1.8), 5000: (0.0, 0.25)}
CELLS_SHARED = [
    Cell(runs, examples, points, 0.85, shared)
    for examples, spreads in FEW_AND_MANY.items()
    for points, runs, shared in product(spreads, (5, 20, 50), (0.0, 0.5, 1.0))
]


class Found(NamedTuple):
    """In percent: how often ranges held, of all runs and of the chosen one; how often it was wrongly told from another.

    ``half`` is half the width of the range of the chosen one, in points.
    """

    every: float
    chosen: float
    wrong: float
    half: float


#: scipy's normal probabilities, which rank takes for many runs, for few as well: the same numbers, sooner.
partial_pooling._FEW = 0


def simulated(cell: Cell, sweeps: int, seed: int = 0) -> Found:
    """What became of so many sweeps of a kind; half of them where each has many runs."""
    kind = [seed, cell.runs, cell.examples, round(cell.points * 10), round(cell.accuracy * 1000)]
    draw = np.random.default_rng([*kind, round(cell.shared * 10)] if cell.shared else kind)
    in_common = round(cell.shared * cell.examples)
    count = sweeps if cell.runs < 1000 else sweeps // 2
    k, sizes = cell.runs, np.full(cell.runs, float(cell.examples))
    held, chosen, wrong, half = 0, 0, 0, 0.0
    for _ in range(count):
        true = np.minimum(cell.accuracy + cell.points / 100 * draw.standard_normal(k), 0.999)
        right = np.searchsorted(np.sort(draw.random(in_common)), true)
        logged = (right + draw.binomial(cell.examples - in_common, true)) / cell.examples
        found = together(Alone(logged, errors(logged, sizes), np.zeros(k), sizes))
        assert found is not None
        expected, low, high = found.ranges()
        inside = (low <= true) & (true <= high)
        first = int(expected.argmax())
        held += int(inside.sum())
        chosen += bool(inside[first])
        wrong += int(((found.apart(first, slice(0, k)) > 1) & (true >= true[first])).sum())
        half += float(high[first] - low[first]) / 2
    return Found(100 * held / count / k, 100 * chosen / count, 100 * wrong / count / (k - 1), 100 * half / count)


def tables(found: dict[Cell, Found]) -> Iterator[str]:
    """One table for each accuracy and number of examples: a row for each number of runs, a column for each spread."""
    for accuracy, examples in product(ACCURACIES, EXAMPLES):
        alone = 164.5 * float(np.sqrt(accuracy * (1 - accuracy) / examples))
        yield f"Accuracy {accuracy:g}, {examples:,} examples each (a run alone: ±{alone:.2f} points)\n"
        yield "| runs | " + " | ".join(f"spread {points}" for points in POINTS) + " |"
        yield "|---:|" + "---|" * len(POINTS)
        for runs in RUNS:
            cells = (found[Cell(runs, examples, points, accuracy)] for points in POINTS)
            yield f"| {runs:,} | " + " | ".join(map(_cell, cells)) + " |"
        yield ""


def shared_table(found: dict[Cell, Found]) -> Iterator[str]:
    """A row for each kind of sweep, a column for each part that is shared."""
    yield "| examples | spread | runs | nothing shared | half of the error | all of it |"
    yield "|---:|---:|---:|---|---|---|"
    kinds = dict.fromkeys(cell._replace(shared=0.0) for cell in found)
    for kind in kinds:
        cells = " | ".join(_cell(found[kind._replace(shared=part)]) for part in (0.0, 0.5, 1.0))
        yield f"| {kind.examples:,} | {kind.points:g} | {kind.runs} | {cells} |"
    yield ""


def _cell(found: Found) -> str:
    return f"{found.every:.0f} · {found.chosen:.0f} (±{found.half:.2f})"


def summary(found: dict[Cell, Found]) -> Iterator[str]:
    """How many cells are as promised, and where the others lie."""
    yield f"Of {len(found)} cells:\n"
    for name, of in (("all runs", [one.every for one in found.values()]),
                     ("the chosen run", [one.chosen for one in found.values()])):  # fmt: skip
        low, high = (sum(one < RIGHT[0] for one in of), sum(one > RIGHT[1] for one in of))
        yield (
            f"- {name}: {len(of) - low - high} hold the truth in {RIGHT[0]:g} to {RIGHT[1]:g} %, {low} less often "
            f"(at least {min(of):.1f} %), {high} more often"
        )
    yield f"- the chosen run is wrongly told from another in at most {max(one.wrong for one in found.values()):.1f} %\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", action="store_true", help="sweeps of runs that share examples")
    parser.add_argument("-o", "--output", type=Path)
    parser.add_argument("--sweeps", type=int, default=400)
    parser.add_argument("--workers", type=int, default=2)
    given = parser.parse_args()
    cells = CELLS_SHARED if given.shared else [Cell(*one) for one in product(RUNS, EXAMPLES, POINTS, ACCURACIES)]
    with ProcessPoolExecutor(given.workers) as pool:
        done = pool.map(simulated, cells, [given.sweeps] * len(cells))
        found = dict(zip(cells, done, strict=True))
    parts = (SHARED, *shared_table(found)) if given.shared else (INTRODUCTION, *summary(found), *tables(found))
    output = given.output or HERE / ("coverage_shared.md" if given.shared else "coverage.md")
    output.write_text("\n".join(parts), encoding="utf-8")


if __name__ == "__main__":
    main()
