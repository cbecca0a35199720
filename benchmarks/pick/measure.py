"""CPU time and memory of ``pick`` and of reading alone, by the length of the log; writes results.md and growth.png.

    python benchmarks/pick/measure.py TABLES EVENTS [--repeats 3]

TABLES and EVENTS hold what the make_files.py of ../tables and ../events wrote.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
SIZES = (1_000, 10_000, 100_000, 1_000_000)
COUNTED = """
import re
status = open('/proc/self/status').read()
spent = time.process_time() - start
print(spent, int(re.search(r'VmHWM:\\s+(\\d+)', status)[1]) / 1024, file=sys.stderr)
"""
PROGRAMS = {
    "read": "import sys, time, selectmodel as sm; sm.read; start = time.process_time(); sm.read(sys.argv[1])",
    "pick": "import sys, time; start = 0; from selectmodel.cli import main; main.run(['pick', sys.argv[1]])",
}


def once(what: str, log: Path) -> tuple[float, float]:
    """CPU seconds and peak MB of one process; for ``pick`` those of the whole process, its start included."""
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    command = [sys.executable, "-c", PROGRAMS[what] + COUNTED, str(log)]
    done = subprocess.run(
        command, check=True, text=True, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    seconds, memory = map(float, done.stderr.split("\n")[-2].split())
    return seconds, memory


def machine() -> str:
    """Versions and processor, without names."""
    import numpy as np

    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    model = next(line.partition(":")[2].strip() for line in lines if "model name" in line)
    return f"Python {platform.python_version()}, numpy {np.__version__}; {model}, {os.cpu_count()} cores, shared."


def draw(found: dict[tuple[str, str], list[tuple[float, float]]]) -> None:
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
    for (form, what), measured in found.items():
        style = {"marker": "o", "linestyle": "-" if what == "pick" else "--", "label": f"{form}, {what}"}
        for axis, values in zip(axes, zip(*measured, strict=True), strict=True):
            axis.loglog(SIZES[: len(values)], values, **style)
    for axis, title in zip(axes, ("CPU seconds", "peak memory, MB"), strict=True):
        axis.set(xlabel="rows or scalars", title=title)
        axis.grid(alpha=0.3)
    axes[0].legend(fontsize=8)
    figure.savefig(HERE / "growth.png", dpi=110)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tables", type=Path)
    parser.add_argument("events", type=Path)
    parser.add_argument("--repeats", type=int, default=3)
    given = parser.parse_args()
    logs = {
        "Keras CSV": [given.tables / f"keras-{size}.csv" for size in SIZES],
        "Lightning CSV": [given.tables / f"lightning-{size}.csv" for size in SIZES],
        "event file": [given.events / f"simple_{size}" for size in SIZES],
    }
    lines = [machine(), "", "| log | rows or scalars | read, CPU s | peak MB | pick, CPU s | peak MB |"]
    lines.append("|---|---:|---:|---:|---:|---:|")
    found: dict[tuple[str, str], list[tuple[float, float]]] = {}
    for form, paths in logs.items():
        for size, path in zip(SIZES, paths, strict=True):
            cells = []
            for what in PROGRAMS:
                turns = [once(what, path) for _ in range(given.repeats if size < SIZES[-1] else 1)]
                seconds, memory = (statistics.median(values) for values in zip(*turns, strict=True))
                found.setdefault((form, what), []).append((seconds, memory))
                cells.append(f"{seconds:.3g} | {memory:.0f}")
            lines.append(f"| {form} | {size:,} | {' | '.join(cells)} |")
            print(lines[-1], file=sys.stderr)
    lines += ["", "![CPU time and memory by length](growth.png)"]
    (HERE / "results.md").write_text("# Growth of pick\n\n" + "\n".join(lines) + "\n", encoding="utf-8")
    draw(found)


if __name__ == "__main__":
    main()
