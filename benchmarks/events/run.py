"""Event files: selectmodel against the readers there are, on the files of make_files.py; writes results.md and .png.

    python benchmarks/events/run.py FOLDER [--rounds 5] [--slow-rounds 1]

Readers take turns, a process each, so that a busy moment of the machine meets all of them. CPU seconds of the first
read (of the whole load cycle for the Rust server; its wall time below 0.1 s, for the kernel counts CPU in steps of
10 ms), imports apart; peak memory of the whole process.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import math
import os
import platform
import re
import statistics
import subprocess
import sys
import time
from importlib import metadata
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt

HERE = Path(__file__).parent
SLOW = "EventAccumulator"
RUST, RUST_CHECKED = "data-server (Rust)", "data-server (Rust), --checksum"
OURS = "selectmodel"
COMPARED = ["plain read()", OURS, "selectmodel, to runs", RUST, RUST_CHECKED, "protobuf", SLOW]
GROWN = [OURS, "selectmodel, to runs", RUST, "protobuf", SLOW]
GROWTH = (1000, 10_000, 100_000, 1_000_000)
CASES = {
    "simple_value": "simple_1000000",
    "tensor (Keras)": "tensor_1000000",
    "irregular order": "irregular",
    "mixed with images, histograms": "mixed",
    "1,000 scalars": "simple_1000",
    "2,000 files of 400 scalars": "many",
}
Measured = dict[str, float]


def measured(reader: str, place: Path) -> Measured:
    """CPU seconds of the first read in a fresh process, of a read again in the same one, and peak MB."""
    if reader in (RUST, RUST_CHECKED):
        return _server(place, checked=reader == RUST_CHECKED)
    small = sum(path.stat().st_size for path in place.rglob("*tfevents*")) < 10_000_000
    times = "7" if small else "3" if reader in COMPARED[:3] else "1"
    command = [sys.executable, str(HERE / "measure.py"), reader, times, str(place)]
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    # As the program has it: an idle thread of numpy's is charged with 4 ms of CPU time now and then.
    environment["OPENBLAS_NUM_THREADS"] = "1"
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    found = json.loads(done.stdout)
    again = statistics.median(found["cpu"][1:] or [float("nan")])
    return {"cpu": found["cpu"][0], "again": again, "peak": found["peak_mb"]}


def _server(place: Path, *, checked: bool) -> Measured:
    import tensorboard_data_server

    command = [tensorboard_data_server.server_binary(), "--logdir", str(place), "--reload", "once", "--port", "0", "-v"]
    command += ["--samples-per-plugin", "scalars=all"]  # else it keeps 1,000 points of a tag, and may lose the best one
    command.append("--checksum" if checked else "--no-checksum")
    with subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True) as server:
        assert server.stderr is not None
        for line in server.stderr:
            if "Finished load cycle" in line:
                break
        status = Path(f"/proc/{server.pid}/status").read_text()
        fields = Path(f"/proc/{server.pid}/stat").read_text().rpartition(")")[2].split()
        server.kill()
    cpu = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    peak = re.search(r"VmHWM:\s+(\d+) kB", status)
    wall = _seconds(line)
    return {
        "cpu": cpu if cpu >= 0.1 else wall,
        "again": float("nan"),
        "peak": int(peak[1]) / 1024 if peak else float("nan"),
        "wall": wall,
    }


def _seconds(line: str) -> float:
    found = re.search(r"\(([\d.]+)(s|ms|µs)\)", line)
    if found is None:
        return float("nan")
    return float(found[1]) * {"s": 1, "ms": 1e-3, "µs": 1e-6}[found[2]]


def rounds(
    folder: Path, cases: dict[str, str], readers: list[str], count: int, slow: int
) -> dict[str, dict[str, Measured]]:
    """Medians by case and reader; readers take turns within each round."""
    seen: dict[tuple[str, str], list[Measured]] = {}
    for turn in range(count):
        for case, name in cases.items():
            for reader in readers:
                if reader != SLOW or turn < slow:
                    seen.setdefault((case, reader), []).append(measured(reader, folder / name))
                    print(turn, case, reader, seen[case, reader][-1], file=sys.stderr)
    return {
        case: {reader: _medians(found) for (other, reader), found in seen.items() if other == case} for case in cases
    }


def _medians(found: list[Measured]) -> Measured:
    medians = {key: statistics.median(one[key] for one in found) for key in found[0]}
    cpu = [one["cpu"] for one in found]
    return {**medians, "least": min(cpu), "most": max(cpu)}


def machine() -> str:
    model = platform.machine()
    with contextlib.suppress(OSError):
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        model = next((line.partition(": ")[2] for line in lines if line.startswith("model name")), model)
    packages = ("numpy", "tensorboard", "tensorboard-data-server", "protobuf")
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in packages)
    return f"{model}, {os.cpu_count()} cores; Python {platform.python_version()}, {versions}"


def _size(folder: Path) -> float:
    return sum(path.stat().st_size for path in folder.rglob("*tfevents*")) / 1e6


def _seconds_text(seconds: float) -> str:
    return f"{seconds * 1e3:.1f} ms" if seconds < 0.1 else f"{seconds:.2f} s"


def table(folder: Path, found: dict[str, dict[str, Measured]]) -> list[str]:
    lines = [
        "| CPU time of the first read (and of a read again), × selectmodel, peak memory | "
        + " | ".join(COMPARED)
        + " |",
        "|---" * (len(COMPARED) + 1) + "|",
    ]
    for case, name in CASES.items():
        cells = []
        for reader in COMPARED:
            one, unit = found[case][reader], found[case][OURS]["cpu"]
            again = "" if math.isnan(one["again"]) else f" (again {_seconds_text(one['again'])})"
            cells.append(f"{_seconds_text(one['cpu'])}{again} · {one['cpu'] / unit:.3g} × · {one['peak']:.0f} MB")
        lines.append(f"| {case}, {_size(folder / name):.3g} MB | " + " | ".join(cells) + " |")
    return lines


def goals(folder: Path, found: dict[str, dict[str, Measured]]) -> list[str]:
    """What was to be reached, and what was."""
    lines = ["| goal | reached |", "|---|---|"]
    for case in ("simple_value", "tensor (Keras)"):
        one, cpu = found[case], found[case][OURS]["cpu"]
        lines += [
            f"| {case}: ≥ 100 × faster than EventAccumulator | {one[SLOW]['cpu'] / cpu:.0f} ×, "
            f"again {one[SLOW]['cpu'] / one[OURS]['again']:.0f} × |",
            f"| {case}: ≥ 4 × faster than the Rust load | {_rust(one, cpu)} |",
            f"| {case}: ≤ 6 × the CPU of a plain read() | {cpu / one['plain read()']['cpu']:.1f} × |",
            f"| {case}: peak memory ≤ 3.5 × file size | {one[OURS]['peak'] / _size(folder / CASES[case]):.2f} × |",
        ]
    for case in ("irregular order", "mixed with images, histograms"):
        lines.append(f"| {case}: ≥ 2.5 × faster than the Rust load | {_rust(found[case], found[case][OURS]['cpu'])} |")
    small = found["1,000 scalars"]
    first, again = (small["protobuf"][key] / small[OURS][key] for key in ("cpu", "again"))
    lines.append(f"| 1,000 scalars: no slower than protobuf's C parser | {first:.2f} × as fast, again {again:.2f} × |")
    for reader in (OURS, "selectmodel, to runs"):
        first, again = (2000 / found["2,000 files of 400 scalars"][reader][key] for key in ("cpu", "again"))
        lines.append(f"| 2,000 files of 400 scalars: ≥ 4,000 a second, {reader} | {first:,.0f}, again {again:,.0f} |")
    return lines


def lost(found: dict[str, dict[str, Measured]]) -> list[str]:
    """Every reader that was faster than selectmodel at its first read, and by how much."""
    lines = []
    for case, readers in found.items():
        for reader, one in readers.items():
            for mine in (OURS, "selectmodel, to runs"):
                ratio = readers[mine]["cpu"] / one["cpu"]
                if not reader.startswith(("selectmodel", "plain")) and ratio > 1:
                    lines.append(f"- {case}: {reader} takes 1/{ratio:.1f} of the time of {mine}")
    return lines or ["- nowhere in this run"]


def spread(found: dict[str, dict[str, Measured]]) -> list[str]:
    """The least and the most CPU time of selectmodel's first reads: the machine is shared."""
    return [
        f"- {case}: {_seconds_text(readers[OURS]['least'])} to {_seconds_text(readers[OURS]['most'])}"
        for case, readers in found.items()
    ]


def _rust(one: dict[str, Measured], cpu: float) -> str:
    # Of CPU time alone: the server's wall time on a busy machine says nothing.
    return f"{one[RUST]['cpu'] / cpu:.1f} ×; with --checksum {one[RUST_CHECKED]['cpu'] / cpu:.1f} ×"


def grown(found: dict[str, dict[str, Measured]], readers: list[str], picture: Path) -> list[str]:
    """A table and a picture of time and memory by number of points."""
    figure, axes = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
    lines = ["| points | " + " | ".join(readers) + " |", "|---" * (len(readers) + 1) + "|"]
    for count in GROWTH:
        row = [found[f"{count:,}"][reader] for reader in readers]
        lines.append(
            f"| {count:,} | " + " | ".join(f"{_seconds_text(o['cpu'])} · {o['peak']:.0f} MB" for o in row) + " |"
        )
    for axis, key, title in zip(axes, ("cpu", "peak"), ("CPU seconds of the load", "peak memory, MB"), strict=True):
        for reader in readers:
            axis.loglog(GROWTH, [found[f"{count:,}"][reader][key] for count in GROWTH], marker="o", label=reader)
        axis.set(xlabel="scalars in one event file", title=title)
        axis.grid(alpha=0.3)
    axes[0].legend(fontsize=8)
    figure.savefig(picture, dpi=110)
    return lines


def report(
    folder: Path, found: dict[str, dict[str, Measured]], growth: dict[str, dict[str, Measured]], how: str
) -> list[str]:
    """The lines of results.md; draws results.png."""
    return [
        "# Event files", "", f"Medians of {how}; {time.strftime('%Y-%m-%d')}; {machine()}.", "",
        "selectmodel checks the checksum of every record up to 1 MiB, and of larger ones that hold a scalar;",
        "protobuf and the Rust server (by default) check none.", "",
        *table(folder, found), "", *goals(folder, found), "", "## Where we lose", "", *lost(found), "",
        "## Spread of selectmodel's first reads", "", *spread(found), "", "## Growth", "",
        *grown(growth, GROWN, HERE / "results.png"), "",
        "![CPU time and memory by number of points](results.png)", "",
    ]  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--slow-rounds", type=int, default=1, help="rounds of EventAccumulator")
    arguments = parser.parse_args()
    folder = arguments.folder
    found = rounds(folder, CASES, COMPARED, arguments.rounds, arguments.slow_rounds)
    sizes = {f"{count:,}": f"simple_{count}" for count in GROWTH}
    growth = rounds(folder, sizes, GROWN, min(3, arguments.rounds), arguments.slow_rounds)
    lines = report(folder, found, growth, f"{arguments.rounds} interleaved rounds ({SLOW}: {arguments.slow_rounds})")
    (HERE / "results.md").write_text("\n".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
