"""Reads a sweep to Runs with ``selectmodel.discover`` and its peers; writes results.md and growth.png beside itself.

    python benchmarks/runs/measure.py FOLDER [--repeats 5]

FOLDER holds what make_runs.py wrote. Warm times are medians of interleaved reads in one process; a cold one is the
first call in a process of its own, whatever it imports within it. Peers read every file to a table, no more.
"""

from __future__ import annotations

import argparse
import csv
import importlib.metadata
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

HERE = Path(__file__).parent
COUNTS = (10, 100, 500, 1000, 2000)


def with_pandas(paths: Sequence[Path]) -> object:
    import pandas as pd

    return [pd.read_csv(path) for path in paths]


def with_pyarrow(paths: Sequence[Path]) -> object:
    import pyarrow.csv

    return [pyarrow.csv.read_csv(path) for path in paths]


def with_csv(paths: Sequence[Path]) -> object:
    tables = []
    for path in paths:
        with path.open(newline="", encoding="utf-8") as file:
            rows = csv.reader(file)
            names = next(rows)
            tables.append(dict(zip(names, (list(map(float, cells)) for cells in zip(*rows, strict=True)), strict=True)))
    return tables


PEERS: dict[str, Callable[[Sequence[Path]], object]] = {
    "pandas": with_pandas,
    "pyarrow": with_pyarrow,
    "csv module": with_csv,
}


def ours(folder: Path) -> object:
    import selectmodel

    return selectmodel.discover(folder)


def warm(folder: Path, paths: Sequence[Path], repeats: int) -> dict[str, float]:
    """Median wall seconds of each, in turns."""
    spent: dict[str, list[float]] = {name: [] for name in ("selectmodel", *PEERS)}
    for turn in range(repeats + 1):
        for name, each in spent.items():
            start = time.perf_counter()
            _ = ours(folder) if name == "selectmodel" else PEERS[name](paths)
            if turn:
                each.append(time.perf_counter() - start)
    return {name: statistics.median(each) for name, each in spent.items()}


def once(folder: Path) -> tuple[float, float]:
    """Seconds of the first call in a new process, and its peak memory in MB."""
    command = [sys.executable, __file__, str(folder), "--once"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    taken, memory = map(float, done.stdout.split())
    return taken, memory


def part(folder: Path, count: int) -> Path:
    """A folder with links to the first runs."""
    chosen = folder.parent / f"{folder.name}-{count}"
    if not chosen.exists():
        for at, path in enumerate(sorted(folder.glob("*/*/training.csv"))[:count]):
            (chosen / f"run{at}").mkdir(parents=True)
            os.link(path, chosen / f"run{at}" / path.name)
    return chosen


def own_peak() -> float:
    """Peak memory of this process in MB; ru_maxrss would count that of the parent too."""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def machine() -> str:
    """Versions and processor, without names."""
    packages = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in ("numpy", "pandas", "pyarrow"))
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    model = next(line.partition(":")[2].strip() for line in lines if "model name" in line)
    return f"Python {platform.python_version()}, {packages}; {model}, {os.cpu_count()} cores, shared."


def draw(rates: dict[int, dict[str, float]]) -> None:
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(figsize=(7, 4), layout="constrained")
    for name in ("selectmodel", *PEERS):
        axes.loglog(list(rates), [rates[count][name] for count in rates], marker="o", label=name)
    axes.set(title="a sweep of CSV logs, 100 epochs each", xlabel="runs", ylabel="wall seconds")
    axes.legend()
    figure.savefig(HERE / "growth.png", dpi=110)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--once", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.once:
        import selectmodel.api

        start = time.perf_counter()
        selectmodel.api.discover(given.folder)
        print(time.perf_counter() - start, own_peak())
        return
    rates: dict[int, dict[str, float]] = {}
    lines = [
        machine(),
        "",
        "| runs | reader | wall ms | runs/s | cold ms | peak MB |",
        "|---:|---|---:|---:|---:|---:|",
    ]
    for count in COUNTS:
        folder = part(given.folder, count)
        rates[count] = warm(folder, sorted(folder.glob("*/training.csv")), given.repeats)
        cold, memory = once(folder)
        for name, taken in rates[count].items():
            first = f"{1e3 * cold:.0f} | {memory:.0f}" if name == "selectmodel" else " | "
            lines.append(f"| {count:,} | {name} | {1e3 * taken:.0f} | {count / taken:,.0f} | {first} |")
    (HERE / "results.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    draw(rates)


if __name__ == "__main__":
    main()
