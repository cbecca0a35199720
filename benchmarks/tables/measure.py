"""Reads CSV logs of growing length with selectmodel and its peers; writes results.md and growth.png beside itself.

    python benchmarks/tables/measure.py FOLDER [--repeats 7]

FOLDER holds what make_files.py wrote. Times are medians of interleaved reads in one process, imports done; the peak
memory is that of a process that imports, reads once and ends.
"""

from __future__ import annotations

import argparse
import csv
import gc
import importlib.metadata
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).parent
SIZES = (1_000, 10_000, 100_000, 1_000_000)
FORMS = ("lightning", "keras")


def ours(path: Path) -> object:
    import selectmodel

    return selectmodel.read(path)


def with_pandas(path: Path) -> object:
    import pandas as pd

    return pd.read_csv(path)


def with_pyarrow(path: Path) -> object:
    import pyarrow.csv

    return pyarrow.csv.read_csv(path)


def with_csv(path: Path) -> object:
    with path.open(newline="", encoding="utf-8") as file:
        rows = csv.reader(file)
        names = next(rows)
        columns = zip(*rows, strict=True)
        return {
            name: [float(cell) if cell else None for cell in cells] for name, cells in zip(names, columns, strict=True)
        }


PEERS: dict[str, Callable[[Path], object]] = {
    "selectmodel": ours,
    "pandas": with_pandas,
    "pyarrow": with_pyarrow,
    "csv module": with_csv,
}


def seconds(path: Path, repeats: int) -> dict[str, tuple[float, float]]:
    """Median (wall, CPU) seconds of each peer, read in turns."""
    spent: dict[str, list[tuple[float, float]]] = {name: [] for name in PEERS}
    for turn in range(repeats + 1):
        for name, read in PEERS.items():
            gc.collect()
            wall, cpu = time.perf_counter(), time.process_time()
            read(path)
            if turn:  # the first one imports
                spent[name].append((time.perf_counter() - wall, time.process_time() - cpu))
    return {name: tuple(map(statistics.median, zip(*each, strict=True))) for name, each in spent.items()}  # type: ignore[misc]


def peak(path: Path, name: str) -> float:
    """Peak memory in MB of a process that reads once."""
    command = [sys.executable, __file__, str(path), "--once", name]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


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


def draw(table: dict[tuple[str, int], dict[str, tuple[float, float, float]]]) -> None:
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(2, len(FORMS), figsize=(10, 7), sharex=True, sharey="row", layout="constrained")
    for column, form in enumerate(FORMS):
        for row, (label, field) in enumerate((("wall seconds", 0), ("peak memory, MB", 2))):
            for name in PEERS:
                measured = [table[form, size][name][field] for size in SIZES]
                axes[row, column].loglog(SIZES, measured, marker="o", label=name)
            axes[row, column].set(title=f"{form}: {label}", xlabel="rows")
    axes[0, 0].legend()
    figure.savefig(HERE / "growth.png", dpi=110)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--once", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.once:
        PEERS[given.once](given.folder)
        print(own_peak())
        return
    table: dict[tuple[str, int], dict[str, tuple[float, float, float]]] = {}
    lines = [
        f"{machine()}",
        "",
        "| log | rows | reader | wall ms | CPU ms | × pandas (wall) | × pandas (CPU) | peak MB |",
    ]
    lines.append("|---|---:|---|---:|---:|---:|---:|---:|")
    for form in FORMS:
        for size in SIZES:
            path = given.folder / f"{form}-{size}.csv"
            times = seconds(path, given.repeats if size < 1_000_000 else max(3, given.repeats // 2))
            table[form, size] = {name: (*times[name], peak(path, name)) for name in PEERS}
            base = times["pandas"]
            for name, (wall, cpu, memory) in table[form, size].items():
                cells = (
                    f"{1e3 * wall:.1f} | {1e3 * cpu:.1f} | {wall / base[0]:.2f} | {cpu / base[1]:.2f} | {memory:.0f}"
                )
                lines.append(f"| {form} | {size:,} | {name} | {cells} |")
    (HERE / "results.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    draw(table)


if __name__ == "__main__":
    main()
