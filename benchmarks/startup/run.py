"""Start-up: time and peak memory of whole commands, as multiples of ``python -c pass`` in the same run.

Run it in an environment that has selectmodel installed::

    python benchmarks/startup/run.py            # prints the table
    python benchmarks/startup/run.py --write    # and keeps it in benchmarks/startup/results.md

Everything is byte-compiled first: an import that is compiled anew measures the compiler. Commands are interleaved and
the median of 21 rounds is taken, because machines are noisy. The goal is of wall time; where other programs run beside
it, the time that the processor spent (user and system) tells more.
"""

from __future__ import annotations

import argparse
import compileall
import os
import platform
import resource
import statistics
import subprocess
import sys
import sysconfig
import tempfile
import time
from pathlib import Path

ROUNDS = 21
HERE = Path(__file__).parent


def a_log(folder: Path) -> Path:
    """A Keras CSV log of 100 epochs."""
    lines = ["epoch,accuracy,loss,val_accuracy,val_loss"]
    lines += [f"{e},{0.5 + e / 250},{1 / (e + 1)},{0.5 + e / 300},{0.4 + abs(e - 60) / 100}" for e in range(100)]
    log = folder / "training.csv"
    log.write_text("\n".join(lines) + "\n")
    return log


def commands(log: Path) -> dict[str, tuple[list[str], float | None]]:
    """Name → command and its goal, in multiples of ``python -c pass``."""
    program = [sys.executable, "-m", "selectmodel"]
    return {
        "python -c pass": ([sys.executable, "-c", "pass"], None),
        "selectmodel --help": ([*program, "--help"], 14),
        "selectmodel rules": ([*program, "rules"], 14),
        "selectmodel pick (100 epochs)": ([*program, "pick", str(log)], 17),
        "import numpy": ([sys.executable, "-c", "import numpy"], None),
        "import pandas": ([sys.executable, "-c", "import pandas"], None),
    }


def once(command: list[str], environment: dict[str, str]) -> tuple[float, float]:
    """Wall seconds and processor seconds of one run."""
    start, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, stdout=subprocess.DEVNULL, env=environment, check=True)
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def peak_memory(command: list[str], environment: dict[str, str]) -> float:
    """Peak resident memory of one run in MB, measured in a process of its own."""
    code = (
        "import resource, subprocess, sys; subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, check=True);"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    done = subprocess.run([sys.executable, "-c", code, *command], capture_output=True, env=environment, check=True)
    return int(done.stdout) / (1024 if sys.platform != "darwin" else 1024**2)


def table() -> str:
    """The measurements as Markdown."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    for folder in {sysconfig.get_path("purelib"), sysconfig.get_path("stdlib"), str(HERE.parents[1] / "selectmodel")}:
        compileall.compile_dir(folder, quiet=2)
    with tempfile.TemporaryDirectory() as folder:
        named = commands(a_log(Path(folder)))
        seconds: dict[str, list[tuple[float, float]]] = {name: [] for name in named}
        for _ in range(ROUNDS):
            for name, (command, _goal) in named.items():
                seconds[name].append(once(command, environment))
        middle = {
            name: [statistics.median(kind) for kind in zip(*times, strict=True)] for name, times in seconds.items()
        }
        base = middle["python -c pass"]
        rows = [
            "| command | ms | × python -c pass | × in processor time | goal | peak MB |",
            "|---|---|---|---|---|---|",
        ]
        for name, (command, goal) in named.items():
            wall, cpu = middle[name]
            goal_text = "" if goal is None else f"≤ {goal:g}"
            memory = peak_memory(command, environment)
            ratios = f"{wall / base[0]:.1f} | {cpu / base[1]:.1f}"
            rows.append(f"| `{name}` | {1000 * wall:.0f} | {ratios} | {goal_text} | {memory:.0f} |")
    return "\n".join(rows)


def machine() -> str:
    """Processor and versions, as far as they matter."""
    import numpy
    import typer

    model = platform.processor() or platform.machine()
    if Path("/proc/cpuinfo").exists():
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        model = next((line.partition(": ")[2] for line in lines if line.startswith("model name")), model)
    versions = f"Python {platform.python_version()}, numpy {numpy.__version__}, typer {typer.__version__}"
    load = f"load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "load unknown"
    return f"{model}, {os.cpu_count()} cores, {load}; {versions}"


def main() -> None:
    """Prints the table; keeps it with ``--write``."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--write", action="store_true", help="keep the table in results.md")
    keep = parser.parse_args().write
    text = f"{table()}\n\n{machine()}\n"
    print(text)
    if keep:
        (HERE / "results.md").write_text(f"# Start-up\n\n{text}", encoding="utf-8")


if __name__ == "__main__":
    main()
