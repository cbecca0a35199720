"""Ranks runs in a store on clusters that share no folder with the driver, on a bad day; writes stores.md beside itself.

    python benchmarks/sweeps/stores.py [--runs 20000] [--engines dask ray]

Store, scheduler, workers and driver are processes of their own on this machine, each with its own home and work
folder. The server fails as a store does: of every 500 logs one is missing, one is answered seven times with 503, one
comes torn twice, one late, and one has changed since it was listed. The answer is held against that on a folder with
the same logs.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from datetime import date
from importlib.metadata import version
from pathlib import Path
from urllib.request import urlopen

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parents[1] / "tests" / "commands" / "rank"))
import small_s3  # noqa: E402
import store_machines  # noqa: E402

CLUSTERS = {"dask": store_machines.on_dask, "ray": store_machines.on_ray}
PACKAGES = {"dask": "distributed", "ray": "ray"}


def measured(engine: str, runs: int) -> str:
    """A row of the table. Raises AssertionError where the answer is another than on a folder."""
    with tempfile.TemporaryDirectory() as folder:
        with store_machines.machines(Path(folder), runs) as own:
            got = CLUSTERS[engine](own)
            with urlopen(f"{own.store['AWS_ENDPOINT_URL']}/sweeps/{small_s3.ASKED}") as answer:
                asked = json.load(answer)
            for left in store_machines.left_behind(own):
                print(f"left behind: {left}", file=sys.stderr)
                print(Path(folder, f"{left.partition('/')[0]}.log").read_text(encoding="utf-8"), file=sys.stderr)
        store_machines.held_against_local(got, Path(folder) / "local", runs)
    return (
        f"| {engine} {version(PACKAGES[engine])} | {runs:,} | {len(got['runs']):,} | {len(got['left_out']):,} "
        f"| {got['seconds']:.0f} | {os.getloadavg()[2]:.0f} | {got['peak']:.0f} | {got['grown']:.0f} "
        f"| {asked['requests']:,} | {asked['bytes'] / 1e6:.1f} |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=20_000)
    parser.add_argument("--engines", nargs="+", choices=[*CLUSTERS], default=[*CLUSTERS])
    parser.add_argument("-o", "--output", type=Path, default=HERE / "stores.md")
    given = parser.parse_args()
    for engine in given.engines:
        row = measured(engine, given.runs)
        print(row, flush=True)
        write(given.output, engine, row, given.runs)


def write(page: Path, engine: str, row: str, runs: int) -> None:
    """Puts a row on the page, in place of that of the same engine."""
    old = page.read_text(encoding="utf-8").splitlines() if page.exists() else []
    others = [line for line in old if line.startswith(tuple(f"| {name} " for name in CLUSTERS if name != engine))]
    logs = sum(map(len, small_s3.runs(runs).values()))
    parts = [
        f"{date.today()}, Python {sys.version.split()[0]}, s3fs {version('s3fs')}, {os.cpu_count()} cores; two workers",
        "of one core each. Load is the mean number of programs that wanted a core in the last 15 minutes: most of them",
        "were others, which make the time longer and change nothing else.",
        "",
        "Every run stands where a folder with the same logs puts it, by the same value and epoch; every log that the",
        "server says is missing is listed as such, no other run is left out, and no log came to the driver.",
        "",
        "| cluster | runs | ranked | missing, listed | wall s | load | driver's peak MB | of it since its imports "
        "| objects asked for | MB served |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|",
        *sorted([*others, row]),
        "",
        f"The logs are {logs / 1e6:.1f} MB; what else was served are listings and error messages.",
        "",
    ]
    page.write_text("\n".join(parts), encoding="utf-8")


if __name__ == "__main__":
    main()
