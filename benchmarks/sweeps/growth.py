"""How ``rank`` grows with runs and workers, beside its peers; writes growth.md beside itself.

    python benchmarks/sweeps/growth.py FOLDER [--counts 1000 10000 100000] [--checked 3000 20000]

FOLDER takes the sweeps and ``looks.jsonl``, to which every look is added as it ends: called again, only what is missing
is measured (``--again``: everything once more; of several looks the one with the fewest processor seconds counts), and
``--page`` only writes the page. Every look is a process of its own. The model is fitted at ``--counts``, and held
against ``--checked``.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from growth_page import page
from growth_runs import made

HERE = Path(__file__).parent
WORKERS = (2, 4, 8)
#: Beyond this many runs, no more than this many workers: each further look costs minutes and tells little.
MANY, OF_MANY = 50_000, 2
#: Who looks at which form of the sweep.
PEERS = (
    ("csv", "rank"),
    ("csv", "pandas"),
    ("events", "rank"),
    ("events", "tbparse"),
    ("mlflow", "rank"),
    ("mlflow", "mlflow"),
)

Look = dict[str, Any]


class Looks:
    """The looks that were measured, in a file that outlives an interruption."""

    def __init__(self, file: Path, *, again: bool) -> None:
        self._file, self._again = file, again
        self.all: list[Look] = [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []

    def missing(self, **what: Any) -> bool:
        return self._again or not any(what.items() <= look.items() for look in self.all)

    def add(self, look: Look) -> None:
        self.all.append(look)
        with self._file.open("a", encoding="utf-8") as file:
            file.write(json.dumps(look) + "\n")
        print(json.dumps(look), flush=True)


def once(*given: object) -> Look:
    """One look in a process of its own."""
    command = [sys.executable, str(HERE / "growth_looks.py"), *map(str, given)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    found: Look = json.loads(done.stdout.splitlines()[-1])
    return found


def timed(folder: Path, cache: Path) -> tuple[Look, bytes]:
    """The command, as people call it: what it took with its start, and what it showed."""
    shown = cache.with_suffix(".txt")
    command = [sys.executable, "-m", "selectmodel", "rank", str(folder), "--cache", str(cache)]
    start = time.perf_counter()
    with shown.open("wb") as out:
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.DEVNULL)
        _, status, used = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{' '.join(command)}: ended with {status}")
    wall = time.perf_counter() - start
    return {"wall": wall, "cpu": used.ru_utime + used.ru_stime, "peak": used.ru_maxrss / 1024}, shown.read_bytes()


def engines(folder: Path, count: int, looks: Looks) -> None:
    """A first look in one process, and on each number of workers."""
    place = made(folder, "csv", count)
    for workers in (1, *(each for each in WORKERS if count < MANY or each <= OF_MANY)):
        what = {"kind": "engine", "count": count, "workers": workers}
        if looks.missing(**what):
            looks.add({**what, **once("rank", place, "batch" if workers == 1 else "process", workers)})


def peers(folder: Path, count: int, looks: Looks) -> None:
    """Ours and theirs in turns, on the same runs."""
    for form, who in PEERS:
        what = {"kind": "peer", "count": count, "form": form, "who": who}
        if looks.missing(**what):
            place = made(folder, form, count)
            looks.add({**what, **(once(who, place, "batch", 1) if who == "rank" else once(who, place))})


def again(folder: Path, count: int, looks: Looks) -> None:
    """A first look that fills a cache, then three second looks."""
    if not looks.missing(kind="again", count=count):
        return
    place, cache = made(folder, "csv", count), folder / f"cache-{count}"
    for part in folder.glob(f"cache-{count}*"):
        part.unlink()
    first, wanted = timed(place, cache)
    for _ in range(3):
        second, shown = timed(place, cache)
        if shown != wanted:
            raise SystemExit(f"{count} runs: the second look shows something else")
        looks.add({"kind": "again", "count": count, "first": first, "second": second, "cpu": second["cpu"]})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--counts", type=int, nargs="+", default=[1000, 10_000, 100_000])
    parser.add_argument("--checked", type=int, nargs="+", default=[3000, 20_000])
    parser.add_argument("--peers", type=int, nargs="+", default=[1000, 10_000])
    parser.add_argument(
        "--only", nargs="+", choices=("engines", "peers", "again"), default=["engines", "peers", "again"]
    )
    parser.add_argument("--again", action="store_true")
    parser.add_argument("--page", action="store_true")
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    looks = Looks(given.folder / "looks.jsonl", again=given.again)
    if not given.page:
        for count in sorted({*given.counts, *given.checked}):
            if "engines" in given.only:
                engines(given.folder, count, looks)
            if "again" in given.only and count in given.counts:
                again(given.folder, count, looks)
            if "peers" in given.only and count in given.peers:
                peers(given.folder, count, looks)
    (HERE / "growth.md").write_text(page(looks.all, given.counts, given.checked), encoding="utf-8")


if __name__ == "__main__":
    main()
