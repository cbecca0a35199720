"""What each rule costs on long logs, and ``pick`` with all of them; writes rules.md beside itself.

    python benchmarks/pick/rules.py [--repeats 3]

The logs are made here: a Keras log of twenty metrics, a validation in every row. ``pick`` is a process of its own, its
start included. The time of a rule is that of its answer alone, imports and factorisations of the first call left out;
its power of n is the slope of log time over log n above 10,000 epochs.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from measure import HERE, machine

import selectmodel.cli  # before numpy, which takes one thread for its matrices then, as in the program
from selectmodel import registry
from selectmodel.policy.policy import Policy
from selectmodel.records import Question
from selectmodel.selection import question as asking

METRICS = 20
SIZES = (1_000, 10_000, 30_000, 100_000, 300_000)
PICKED = 30_000
SLOPE_FROM = 10_000


def write_log(path: Path, epochs: int, seed: int = 0) -> None:
    """Falling losses and rising scores with noise, those of a network that overfits in the second half."""
    import numpy as np

    random, at = np.random.default_rng(seed), np.linspace(0, 1, epochs)
    columns: dict[str, Any] = {"epoch": np.arange(epochs)}
    for number in range(METRICS // 4):
        task = f"_{number}" if number else ""
        miss = 0.1 + 0.6 * np.exp(-8 * at) + 0.01 * number
        right = np.round(2_000 * np.clip(1 - miss + random.normal(0, 0.01, epochs), 0, 1)) / 2_000
        columns[f"accuracy{task}"] = 1 - miss * (1 - 0.5 * at)
        columns[f"loss{task}"] = miss * (1.5 - at)
        columns[f"val_accuracy{task}"] = right
        columns[f"val_loss{task}"] = miss * (1 + at**2) + random.normal(0, 0.01, epochs)
    np.savetxt(path, np.stack(list(columns.values()), axis=1), "%.7g", ",", header=",".join(columns), comments="")


def times(rule: str, question: Question, repeats: int) -> float:
    """Median CPU seconds of the rule's answer."""
    pick, spent = registry.load("rules", rule).pick, []
    for _ in range(repeats + 1):
        start = time.process_time()
        pick(question)
        spent.append(time.process_time() - start)
    return statistics.median(spent[1:])


def whole(log: Path, repeats: int) -> tuple[float, float]:
    """Median wall and CPU seconds of the command, in processes of their own."""
    command = [sys.executable, "-m", "selectmodel", "pick", str(log)]
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    turns = []
    for _ in range(repeats):
        before, start = os.times(), time.perf_counter()
        subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL)
        wall, after = time.perf_counter() - start, os.times()
        spent = sum(after[2:4]) - sum(before[2:4])
        turns.append((wall, spent))
    wall, spent = (statistics.median(values) for values in zip(*turns, strict=True))
    return wall, spent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=3)
    given = parser.parse_args()
    spent: dict[str, list[float]] = {name: [] for name in registry.names("rules")}
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "training.csv"
        for size in SIZES:
            write_log(log, size)
            if size == PICKED:
                wall, processor = whole(log, given.repeats)
            question = asking.ask(selectmodel.read(log), Policy()).question
            for name, each in spent.items():
                each.append(times(name, question, given.repeats))
    lines = [
        f"# What rules cost\n\n{machine()}\n",
        f"`selectmodel pick` on {PICKED:,} validations of {METRICS} metrics, every rule asked: {wall:.2f} s "
        f"({processor:.2f} s of processor time). Goal: at most 2 s.\n",
        f"| rule | {' | '.join(f'{size:,} epochs, ms' for size in SIZES)} | power of n |",
        f"|---|{'---:|' * (len(SIZES) + 1)}",
    ]
    import numpy as np

    long = [at for at, size in enumerate(SIZES) if size >= SLOPE_FROM]
    for name, each in spent.items():
        power = np.polyfit(np.log([SIZES[at] for at in long]), np.log([each[at] for at in long]), 1)[0]
        lines.append(f"| {name} | {' | '.join(f'{1000 * value:.3g}' for value in each)} | {power:.2f} |")
    (HERE / "rules.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
