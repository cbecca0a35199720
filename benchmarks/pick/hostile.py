"""CPU time and memory of ``pick`` on logs that are odd, hostile or very long, by their length; writes hostile.md.

    python benchmarks/pick/hostile.py [--most 1.0]

Each log is written at three lengths, each twice as long as the one before, and tables of them all above the 8 MB from
which on pandas is imported (60 MB more, whatever the length). Each command is a process of its own,
that may not take more than 8 GB. ``--most 0.1`` makes all logs a tenth as long.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import random
import re
import resource
import struct
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from measure import machine

HERE = Path(__file__).parent
LIMIT = 8 << 30
SECONDS = 900
PROGRAM = """
import atexit, re, sys, time
def told():
    status = open('/proc/self/status').read()
    print(time.process_time(), int(re.search(r'VmHWM:\\s+(\\d+)', status)[1]) / 1024, file=sys.stderr)
atexit.register(told)
from selectmodel.cli import main
sys.exit(main.run(['pick', sys.argv[1]]))
"""


def blank_lines(count: int) -> Iterator[str]:
    yield "epoch,val_loss\n"
    yield "\n" * count


def one_long_line(count: int) -> Iterator[str]:
    yield "epoch,val_loss\n0,0.5\n"
    yield "," * count + "\n"


def one_epoch(count: int) -> Iterator[str]:
    yield "epoch,val_loss\n"
    yield "3,0.5\n" * count


def downwards(count: int) -> Iterator[str]:
    yield "epoch,val_loss\n"
    yield from (f"{epoch},0.5\n" for epoch in range(count, 0, -1))


def rows(count: int) -> Iterator[str]:
    yield "epoch,val_loss\n"
    yield from (f"{epoch},{0.5 + epoch * 7919 % 1000 / 1e4:.4f}\n" for epoch in range(count))


def keras(count: int) -> Iterator[str]:
    yield "epoch,accuracy,learning_rate,loss,val_accuracy,val_loss\n"
    chance = random.Random(7)
    for epoch in range(count):
        yield f"{epoch},{','.join(str(chance.random()) for _ in range(5))}\n"


def lightning(count: int) -> Iterator[str]:
    """49 rows of training and one of validation for each epoch."""
    yield "epoch,step,train_acc,train_loss,val_acc,val_loss\n"
    chance = random.Random(7)
    for row in range(count):
        epoch, one, other = row // 50, chance.random(), chance.random()
        yield f"{epoch},{row},,,{one},{other}\n" if row % 50 == 49 else f"{epoch},{row},{one},{other},,\n"


def json_lines(count: int) -> Iterator[str]:
    chance = random.Random(7)
    for epoch in range(count):
        metrics = {name: round(chance.random(), 4) for name in ("train_loss", "val_loss", "val_accuracy")}
        yield json.dumps({"epoch": epoch, **metrics}) + "\n"


def restarts(count: int) -> Iterator[bytes]:
    """An event file of so many trainings of five steps and three metrics, one after the other."""
    from selectmodel.readers.tfevents import crc

    def summed(data: bytes) -> bytes:
        return struct.pack("<I", crc.masked_one(crc.crc32c(data)))

    one = b""
    for step in range(5):
        for tag in (b"loss", b"val_loss", b"val_acc"):
            value = b"\x0a" + bytes([len(tag)]) + tag + b"\x15" + struct.pack("<f", 1 / (step + 1))
            summary = b"\x0a" + bytes([len(value)]) + value
            event = b"\x09" + struct.pack("<d", 1.7e9) + b"\x10" + bytes([step])
            event += b"\x2a" + bytes([len(summary)]) + summary
            length = struct.pack("<Q", len(event))
            one += length + summed(length) + event + summed(event)
    yield from (one for _ in range(count))


class Case(NamedTuple):
    """What a log holds, in words, at how many of what at most, and how it is written."""

    what: str
    most: int
    write: Callable[[int], Iterator[str] | Iterator[bytes]]
    name: str = "log.csv"


CASES = (
    Case("blank lines", 100_000_000, blank_lines),
    Case("cells of one line", 100_000_000, one_long_line),
    Case("rows of one epoch", 6_000_000, one_epoch),
    Case("epochs downwards", 3_200_000, downwards),
    Case("epochs", 2_600_000, rows),
    Case("Keras log", 400_000, keras),
    Case("Lightning log", 800_000, lightning),
    Case("JSON lines", 400_000, json_lines, "log.jsonl"),
    Case("restarts in an event file", 32_000, restarts, "events.out.tfevents.1.host.1.0"),
)


def written(path: Path, case: Case, count: int) -> int:
    """Writes the log and gives its bytes."""
    with path.open("wb") as file:
        for piece in case.write(count):
            file.write(piece.encode() if isinstance(piece, str) else piece)
    return path.stat().st_size


def once(log: Path) -> tuple[float, float, int]:
    """CPU seconds, peak MB and exit code; NaN where it was ended for taking too long or too much."""
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    command = [sys.executable, "-c", PROGRAM, str(log)]
    try:
        done = subprocess.run(
            command, text=True, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=SECONDS,
            check=False, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (LIMIT, LIMIT)),
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return math.nan, math.nan, -1
    told = re.search(r"^([\d.]+) ([\d.]+)\n\Z", done.stderr, re.MULTILINE)
    return (float(told[1]), float(told[2]), done.returncode) if told else (math.nan, math.nan, done.returncode)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--most", type=float, default=1.0)
    given = parser.parse_args()
    lines = ["| log | of | MB | CPU s | peak MB | exit |", "|---|---:|---:|---:|---:|---:|"]
    growth = ["| log | power of time | bytes of memory a byte of log |", "|---|---:|---:|"]
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "empty.csv").write_text("epoch,val_loss\n0,0.5\n", encoding="utf-8")
        start, floor, _ = once(Path(folder) / "empty.csv")
        for at, case in enumerate(CASES):
            found = []
            for part in (4, 2, 1):
                count = int(case.most * given.most) // part
                path = Path(folder) / f"{at}-{part}" / case.name
                path.parent.mkdir()
                size = written(path, case, count) / 1e6
                seconds, memory, code = once(path)
                path.unlink()
                found.append((size, seconds - start, memory))
                lines.append(f"| {case.what} | {count:,} | {size:.1f} | {seconds:.2f} | {memory:.0f} | {code} |")
                print(lines[-1], file=sys.stderr)
            (small, quick, little), (_, _, _), (large, slow, much) = found
            power = math.log(slow / quick) / math.log(large / small) if min(slow, quick) > 0 else math.nan
            growth.append(f"| {case.what} | {power:.2f} | {(much - little) / (large - small) * 1.048576:.1f} |")
    text = [
        "# What odd and hostile logs cost",
        machine(),
        f"One epoch alone takes {start:.2f} s and {floor:.0f} MB, the start of the program: taken off for the power of "
        "growth, which is 1 where a log twice as long takes twice the time. Memory a byte is the slope between the "
        "shortest and the longest log.",
        "\n".join(growth),
        "\n".join(lines),
    ]
    (HERE / "hostile.md").write_text("\n\n".join(text) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
