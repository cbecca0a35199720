"""What a look of ``watch`` costs, by the size of the log: it should grow with what is new, not with what is there.

Each log is looked at four times: from its beginning, after nothing was written, after a row, and after a hundredth of
it was appended. "read" is what finding and reading the log takes, "look" that and the answer.

To measure again, in some ten minutes, from the root of the repository, with the extra "benchmarks"; the files (1 GB at
a time) are made in FOLDER and taken away again:

    env -u PYTHONDONTWRITEBYTECODE python benchmarks/watch/run.py FOLDER > benchmarks/watch/results.md
"""

from __future__ import annotations

import gc
import platform
import sys
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from statistics import median

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "events"))
import make_files

from selectmodel.commands.watch.watching import Watch
from selectmodel.files.following import Follower
from selectmodel.files.opening import ReadOptions
from selectmodel.policy.policy import Policy

MB = 1_000_000
#: Rows of the training between two validations of an event file.
_SPARSE = 1000
_ROUNDS = 5


def scalars(steps: int, begin: int = 0) -> make_files.Scalars:
    """train/loss and lr at each step, val/loss and val/accuracy at every thousandth."""
    every = np.arange(begin + 1, begin + steps + 1)
    few = every[every % _SPARSE == 0]
    step = np.concatenate([every, every, few, few])
    tag = np.repeat([0, 4, 2, 3], [len(every), len(every), len(few), len(few)])
    order = np.lexsort((tag, step))
    step, tag = step[order], tag[order]
    random = np.random.default_rng(begin)
    return make_files.Scalars(tag, step, make_files.START + step * 0.1, random.random(len(step), np.float32))


def events(path: Path, size: int) -> list[bytes]:
    """An event file of ``size`` bytes in which nearly all is histograms and images; the last hundredth is returned."""
    steps = 450_000 * size // (1000 * MB)
    made = make_files.records(scalars(steps), tensor=False)
    groups = [make_files.payloads(step, make_files.START, np.random.default_rng(step)) for step in range(4)]
    beside = max(0, size - sum(map(len, made)))
    count = beside // (sum(map(len, groups[0])))
    each = max(1, len(made) // max(1, count))
    whole: list[bytes] = []
    for at, first in enumerate(range(0, len(made), each)):
        whole += made[first : first + each]
        whole += groups[at % len(groups)]
    cut = len(whole) - len(whole) // 100
    make_files.write(path.parent, whole[:cut])
    return whole[cut:]


def csv(path: Path, size: int) -> list[bytes]:
    random = np.random.default_rng(0).random(4)
    cells = b",".join(b"%.6f" % number for number in random)
    rows = [b"%d,%s\n" % (epoch, cells) for epoch in range(size // 44)]
    cut = len(rows) - len(rows) // 100
    path.write_bytes(b"epoch,accuracy,loss,val_accuracy,val_loss\n" + b"".join(rows[:cut]))
    return rows[cut:]


def json_lines(path: Path, size: int) -> list[bytes]:
    rows = [
        b'{"step": %d, "train_loss": 0.123456%s}\n' % (step, b', "val_loss": 0.234567' * (step % 100 == 0))
        for step in range(size // 42)
    ]
    cut = len(rows) - len(rows) // 100
    path.write_bytes(b"".join(rows[:cut]))
    return rows[cut:]


def timed(work: Callable[[], object]) -> float:
    gc.collect()
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def measured(path: Path, rest: list[bytes], look: Callable[[], object]) -> list[float]:
    """Seconds from the beginning, with nothing new, with a row more, and with a hundredth more."""
    first = timed(look)
    nothing = median(timed(look) for _ in range(_ROUNDS))
    rows = []
    for row in rest[:_ROUNDS]:
        with path.open("ab") as file:
            file.write(row)
        rows.append(timed(look))
    with path.open("ab") as file:
        file.write(b"".join(rest[_ROUNDS:]))
    return [first, nothing, median(rows), timed(look)]


def shown(seconds: float) -> str:
    return f"{1000 * seconds:.3g} ms" if seconds < 1 else f"{seconds:.3g} s"


def main(folder: Path) -> None:
    """Prints the page."""
    kinds: list[tuple[str, str, Callable[[Path, int], list[bytes]], tuple[int, ...]]] = [
        ("event file", make_files.NAME, events, (10 * MB, 100 * MB, 1000 * MB)),
        ("CSV", "training.csv", csv, (MB // 10, MB, 10 * MB, 100 * MB)),
        ("JSON lines", "log.jsonl", json_lines, (MB // 10, MB)),
    ]
    print("# What a look costs\n")
    print("`benchmarks/watch/run.py` wrote this: " + ", ".join((
        f"Python {platform.python_version()}", f"numpy {version('numpy')}", f"pandas {version('pandas')}",
        platform.machine(),
    )) + ". Cells are read / look.\n")  # fmt: skip
    print("| log | size | from its beginning | nothing new | one row more | a hundredth more |")
    print("|---|--:|--:|--:|--:|--:|")
    for kind, name, make, sizes in kinds:
        for size in sizes:
            told = []
            path = folder / f"{kind} {size}".replace(" ", "_") / name
            path.parent.mkdir(parents=True, exist_ok=True)
            for whole in (False, True):
                rest = make(path, size)
                follower, watch = Follower(path, ReadOptions()), Watch(path, Policy())
                told.append(measured(path, rest, watch.step if whole else follower.look))
            cells = [f"{shown(read)} / {shown(look)}" for read, look in zip(*told, strict=True)]
            print(f"| {kind} | {path.stat().st_size / MB:,.3g} MB | " + " | ".join(cells) + " |", flush=True)
            path.unlink()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
