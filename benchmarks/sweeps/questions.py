"""Are the answers of rank --questions right? Simulated sweeps whose truth is known; writes questions.md.

    python benchmarks/sweeps/questions.py --kept ROWS.jsonl [--sweeps 60] [--workers 2]

Sweeps of 20, 60 and 200 runs go round all surfaces and designs of surfaces.py. What was measured of each is kept in the
file: a run that was interrupted goes on there, and more sweeps are added to those of before. Seeds are fixed.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import product
from pathlib import Path
from typing import NamedTuple

import numpy as np
import surfaces
from surfaces import Drawn

from selectmodel.commands.rank.questions import edges, importance, more_runs

HERE = Path(__file__).parent
RUNS = (20, 60, 200)
HALVES = {"chosen on": tuple(surfaces.CHOSEN_ON), "quoted": tuple(surfaces.QUOTED)}
#: A part of the variance that is worth finding, and one that is nothing.
_FOUND = 0.05
_DRAWS, _Z = 1000, 1.96

INTRODUCTION = """\
How often what `rank --questions` says is true, in simulated sweeps of 1,000 validation examples a run, whose seeds
differ by a standard deviation of 1 point. Surfaces, designs and seeds: `surfaces.py`. Formulas were chosen on the
surfaces {chosen}; the figures to quote are of the others, {quoted}, as far as the tables list them. Designs: {designs}
(random settings; those with three seeds each; a grid; random ones of which two settings go together). In brackets
95 % intervals, by bootstrap over sweeps. They are wide where sweeps are few: the second column says how many.

- **importance**: how often the 90 % range of a setting's part of the variance holds the true part, of settings that
  have one, and how often it lies below; how often a setting whose true part is above {found} is told apart from
  nothing; how often one that does nothing is.
- **edges**: of the claims made, how often the true best lies where they say: at that edge, or inside.
- **more runs**: how often the range holds what was truly gained when so many more runs were made and ranked, and what
  was promised and gained on average, in points. Mostly a few more runs change nothing, and ranges hold that.
- **ranges**: how often the 90 % ranges of the ranking hold the truth: of all runs, of the run to ship, of the mean of a
  configuration where seeds are repeated.
"""


class Job(NamedTuple):
    """One sweep to simulate."""

    half: str
    runs: int
    number: int

    @property
    def kind(self) -> tuple[str, str]:
        """Its surface and its design."""
        every = list(product(HALVES[self.half], surfaces.DESIGNS))
        return every[self.number % len(every)]


def measured(job: Job) -> dict[str, object]:
    """Of one sweep, by question, pairs of how often something held and how often it was claimed."""
    surface, design = job.kind
    random = np.random.default_rng([job.runs, job.number, list(HALVES).index(job.half)])
    drawn = surfaces.sweep(surface, design, job.runs, random)
    found: dict[str, object] = {**job._asdict(), "surface": surface, "design": design}
    answered = importance.importance(drawn.ranking)
    found |= _importance(answered.rows, surfaces.shares(drawn, surface))
    found |= _edges(edges.edges(drawn.ranking, answered), surface)
    return found | _gains(drawn, surface, design, random) | _ranges(drawn, surface)


def _importance(rows: Sequence, true: dict[str, float]) -> dict[str, object]:
    told = {name: row for row in rows for name in row["setting"].split(" = ")}
    real = [name for name in told if true[name] > 0]
    return {
        "importance held": _pair(told[name]["low"] <= true[name] <= told[name]["high"] for name in real),
        "importance below": _pair(told[name]["high"] < true[name] for name in real),
        "found": _pair(told[name]["low"] > 0 for name in real if true[name] > _FOUND),
        "false": _pair(told[name]["low"] > 0 for name in told if not true[name]),
    }


def _edges(answered, surface: str) -> dict[str, object]:
    rows = answered.rows if answered else ()
    plain = [row for row in rows if row["at"].endswith("edge") and not row["as_good_inside"]]
    inside = [row for row in rows if row["at"] == "inside" and not row["as_good_near_edge"]]
    best = {row["setting"]: surfaces.best(surface, row["setting"]) for row in (*plain, *inside)}
    return {
        "edge": _pair(best[row["setting"]] == row["at"] for row in plain),
        "inside": _pair(best[row["setting"]] in ("inside", "anywhere") for row in inside),
    }


def _gains(drawn: Drawn, surface: str, design: str, random: np.random.Generator) -> dict[str, object]:
    found: dict[str, object] = {}
    today = drawn.true[surfaces.number_of(drawn.ranking.runs[0])]
    logged = np.empty(len(drawn.u))
    for run in drawn.ranking.runs:
        logged[surfaces.number_of(run)] = run.value
    for row in more_runs.more_runs(drawn.ranking).rows:
        more = int(row["more"])
        u = surfaces.more_settings(design, drawn.u, more, random)
        true = np.clip(surfaces.SURFACES[surface](u) + surfaces.SEED_SD * random.standard_normal(more), 0.01, 0.99)
        new = random.binomial(surfaces.EXAMPLES, true) / surfaces.EXAMPLES
        every = np.concatenate([drawn.true, true])
        then = surfaces.ranked(np.concatenate([drawn.u, u]), every, np.concatenate([logged, new]))
        gain = float(every[surfaces.number_of(then.ranking.runs[0])] - today)
        found[f"gain {more}"] = _pair([row["low"] <= gain <= row["high"]])
        found[f"promised {more}"], found[f"gained {more}"] = [100 * row["gain"], 1], [100 * gain, 1]
    return found


def _ranges(drawn: Drawn, surface: str) -> dict[str, object]:
    held = [run.low <= drawn.true[surfaces.number_of(run)] <= run.high for run in drawn.ranking.runs]
    shipped = drawn.ranking.best
    own = shipped.low <= drawn.true[surfaces.number_of(shipped)] <= shipped.high
    configs = []
    for config in drawn.ranking.configs:
        true = surfaces.SURFACES[surface](drawn.u[[surfaces.number_of(config.runs[0])]])[0]
        configs.append(config.low is not None and config.low <= true <= config.high)
    return {"all": _pair(held), "shipped": _pair([own]), "configs": _pair(configs)}


def _pair(held: Iterator[bool] | Sequence[bool]) -> list[float]:
    every = [bool(one) for one in held]
    return [sum(every), len(every)]


def rate(rows: Sequence[dict], name: str, scale: float = 100.0) -> str:
    """What held in all sweeps with its interval; "–" where nothing was claimed."""
    pairs = np.array([row[name] for row in rows if name in row and row[name][1]], dtype=float)
    if not len(pairs):
        return "–"
    random = np.random.default_rng(0)
    drawn = pairs[random.integers(len(pairs), size=(_DRAWS, len(pairs)))].sum(axis=1)
    low, high = np.quantile(scale * drawn[:, 0] / drawn[:, 1], (0.025, 0.975))
    digits = 0 if scale == 100 else 2
    value = scale * pairs[:, 0].sum() / pairs[:, 1].sum()
    if scale == 100 and value in (0, 100):  # what never varied tells a bootstrap nothing: Wilson's interval, of sweeps
        unsure = 100 * _Z**2 / (len(pairs) + _Z**2)
        low, high = (0.0, unsure) if value == 0 else (100 - unsure, 100.0)
    return f"{value:.{digits}f} ({low:.{digits}f} to {high:.{digits}f})"


COLUMNS = {
    "Importance, %": {"range holds": "importance held", "range too low": "importance below", "found": "found",
                      "found though nothing": "false"},
    "Edges, %": {"at the edge, true": "edge", "inside, true": "inside"},
    "More runs: range holds, %": {f"{more} more": f"gain {more}" for more in (5, 10, 20, 50)},
    "Ranges hold, %": {"all runs": "all", "the run to ship": "shipped", "configurations": "configs"},
}  # fmt: skip


def tables(rows: Sequence[dict]) -> Iterator[str]:
    """A table a question: a row for each number of runs of each half, then for each design of what is quoted."""
    quoted = [row for row in rows if row["half"] == "quoted"]
    parts = [(f"{half}, {runs} runs", [row for row in rows if row["half"] == half and row["runs"] == runs])
             for half in ("quoted", "chosen on") for runs in RUNS]  # fmt: skip
    parts += [(f"quoted, {design}", [row for row in quoted if row["design"] == design]) for design in surfaces.DESIGNS]
    parts += [(f"quoted, {one}", [row for row in quoted if row["surface"] == one]) for one in HALVES["quoted"]]
    for title, columns in COLUMNS.items():
        yield from (
            "",
            f"## {title}",
            "",
            f"| | sweeps | {' | '.join(columns)} |",
            "|---|---:|" + "---|" * len(columns),
        )
        for name, every in parts:
            own = [row for row in every if any(column in row for column in columns.values())]
            if own:
                yield f"| {name} | {len(own)} | {' | '.join(rate(own, column) for column in columns.values())} |"
    more = (5, 10, 20, 50)
    heads = [f"{count} more: promised, gained" for count in more]
    yield from ("", "## More runs: gain in points", "", f"| | {' | '.join(heads)} |", "|---|" + "---|" * len(more))
    for name, own in parts:
        if own:
            cells = [f"{rate(own, f'promised {n}', 1).split(' ')[0]}, {rate(own, f'gained {n}', 1)}" for n in more]
            yield f"| {name} | {' | '.join(cells)} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kept", type=Path, required=True)
    parser.add_argument("-o", "--output", type=Path, default=HERE / "questions.md")
    parser.add_argument("--sweeps", type=int, default=60)
    parser.add_argument("--workers", type=int, default=2)
    given = parser.parse_args()
    rows = [json.loads(line) for line in given.kept.read_text().splitlines()] if given.kept.exists() else []
    done = {(row["half"], row["runs"], row["number"]) for row in rows}
    jobs = [Job(half, runs, number) for number in range(given.sweeps) for runs in RUNS for half in HALVES]
    jobs = [job for job in jobs if tuple(job) not in done]
    with ProcessPoolExecutor(given.workers) as pool, given.kept.open("a") as kept:
        for row in pool.map(measured, jobs):
            rows.append(json.loads(json.dumps(row, default=float)))
            kept.write(json.dumps(row, default=float) + "\n")
            kept.flush()
    told = INTRODUCTION.format(
        chosen=", ".join(HALVES["chosen on"]), quoted=", ".join(HALVES["quoted"]), found=_FOUND,
        designs=", ".join(surfaces.DESIGNS),
    )  # fmt: skip
    given.output.write_text("\n".join([told.rstrip(), *tables(rows), ""]), encoding="utf-8")


if __name__ == "__main__":
    main()
