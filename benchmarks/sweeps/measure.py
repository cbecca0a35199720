"""Ranks synthetic sweeps on each engine: runs per second, memory; writes results.md beside itself.

    python benchmarks/sweeps/measure.py FOLDER [--counts 1000 10000 100000] [--engines batch process dask ray]

FOLDER takes the sweeps (8 kB a run, 100 epochs and five metrics each). Every number is of a process of its own; memory
is the highest of that process, workers apart. What a million runs would take is a line through the counts.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "runs"))
from make_runs import write

HERE = Path(__file__).parent
TEMPLATES = 97
ENGINES = ("batch", "process", "dask", "ray")


def made(folder: Path, count: int) -> Path:
    """A sweep of ``count`` runs, 100 to a folder."""
    root = folder / f"runs-{count}"
    if (root / "done").exists():
        return root
    templates = []
    for seed in range(TEMPLATES):
        path = folder / "template.csv"
        write(path, 100, seed)
        templates.append(path.read_bytes())
    for at in range(count):
        place = root / f"group{at // 100}" / f"run{at}"
        place.mkdir(parents=True, exist_ok=True)
        (place / "training.csv").write_bytes(templates[at % TEMPLATES])
    (root / "done").mkdir()
    return root


def once(folder: str, engine: str) -> None:
    """One look in this process; prints what it took."""
    import selectmodel as sm

    start, busy = time.perf_counter(), time.process_time()
    ranking = sm.rank(folder, engine=engine, workers=os.cpu_count())
    answer = {
        "runs": len(ranking.runs),
        "wall": time.perf_counter() - start,
        "cpu": time.process_time() - busy,
        "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "best": ranking.best.name,
    }
    print(json.dumps(answer))


def look(folder: Path, engine: str) -> dict[str, float]:
    command = [sys.executable, __file__, str(folder), "--once", engine]
    environment = {**os.environ, "RAY_AUTH_MODE": "disabled", "RAY_USAGE_STATS_ENABLED": "0"}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    found["all"] = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return found


def line(counts: list[int], seconds: list[float]) -> tuple[float, float]:
    """Seconds to start and per run, of a line fitted to relative errors."""
    weight = 1 / np.array(seconds)
    columns = np.stack([np.ones(len(counts)), np.array(counts)], axis=1)
    start, each = np.linalg.lstsq(columns * weight[:, None], np.ones(len(counts)), rcond=None)[0]
    return float(start), float(each)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--counts", type=int, nargs="+", default=[1000, 10_000, 100_000])
    parser.add_argument("--engines", nargs="+", default=ENGINES)
    parser.add_argument("--once", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.once:
        once(str(given.folder), given.once)
        return
    given.folder.mkdir(parents=True, exist_ok=True)
    rows = [
        "| engine | runs | wall s | runs/s | CPU s | with imports and workers | peak MB |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    model = [
        "| engine | to start s | each run µs | a million runs, minutes | error at the counts |",
        "|---|---:|---:|---:|---|",
    ]
    for engine in given.engines:
        walls = []
        for count in given.counts:
            found = look(made(given.folder, count), engine)
            walls.append(found["wall"])
            rate = count / found["wall"]
            rows.append(
                f"| {engine} | {count:,} | {found['wall']:.2f} | {rate:,.0f} "
                f"| {found['cpu']:.2f} | {found['all']:.2f} | {found['peak']:.0f} |"
            )
            print(rows[-1], flush=True)
        if len(walls) > 1:
            start, each = line(given.counts, walls)
            errors = [
                f"{100 * ((start + each * n) / wall - 1):+.0f} %" for n, wall in zip(given.counts, walls, strict=True)
            ]
            model.append(
                f"| {engine} | {start:.1f} | {1e6 * each:.0f} | {(start + 1e6 * each) / 60:.1f} | {', '.join(errors)} |"
            )
    parts = [
        f"Python {sys.version.split()[0]}, {os.cpu_count()} cores, load {os.getloadavg()[2]:.1f} over 15 minutes.",
        "",
        *rows,
        "",
        *model,
        "",
    ]
    (HERE / "results.md").write_text("\n".join(parts), encoding="utf-8")


if __name__ == "__main__":
    main()
