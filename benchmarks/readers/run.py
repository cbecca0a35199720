"""What reading a log costs beside the obvious way of reading it: its JSON parsed, and a column a metric made of it.

    python benchmarks/readers/run.py            # all formats
    python benchmarks/readers/run.py ms_swift   # some of them

A format is a function that makes a log of so many rows, and one that reads it the obvious way; add yours to FORMATS.
Time is that of the processor, the best of several, so that what else the machine does counts little.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from selectmodel import registry
from selectmodel.files.opening import Source

ROWS = (20, 200, 2_000, 20_000)
REPEATS = 7
_LEAST = 0.05


class Format(NamedTuple):
    """A file's name, its content for so many evaluations, and what reads it the obvious way."""

    name: str
    make: Callable[[int], str]
    obvious: Callable[[Path], Any]


def history(n: int) -> Iterator[dict[str, Any]]:
    """Rows of the Hugging Face Trainer: training and evaluation at n steps."""
    random = np.random.default_rng(0)
    for at in range(1, n + 1):
        place = {"epoch": at / 10, "step": 50 * at}
        yield {"grad_norm": random.random(), "learning_rate": random.random(), "loss": random.random(), **place}
        yield {
            "eval_accuracy": random.random(), "eval_loss": random.random(), "eval_runtime": 1.5,
            "eval_samples_per_second": 90.5, "eval_steps_per_second": 9.5, **place,
        }  # fmt: skip


def trainer_state(n: int) -> str:
    rows = list(history(n))
    state = {"best_metric": None, "global_step": 50 * n, "log_history": rows, "max_steps": 50 * n}
    return json.dumps(state, indent=2, sort_keys=True) + "\n"


def llama_factory(n: int) -> str:
    rows = []
    for one in history(n):
        told = {"loss": one["loss"], "lr": 0.1} if "loss" in one else {"eval_loss": one["eval_loss"]}
        rows.append({"current_steps": one["step"], "total_steps": 50 * n, **told, "epoch": one["epoch"],
                     "percentage": 50.0, "elapsed_time": "0:00:09", "remaining_time": "0:00:09"})  # fmt: skip
    return "".join(json.dumps(row) + "\n" for row in rows)


def ms_swift(n: int) -> str:
    rows = [
        {**one, "global_step/max_steps": f"{one.pop('step')}/{50 * n}", "memory(GiB)": 3.5, "train_speed(s/it)": 0.5}
        for one in history(n)
    ]
    return "".join(json.dumps(row) + "\n" for row in rows)


def columns(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """An array a name, of the rows that have it."""
    names = dict.fromkeys(name for row in rows for name in row)
    return {name: np.array([row[name] for row in rows if name in row]) for name in names}


def of_state(path: Path) -> Any:
    return columns(json.loads(path.read_bytes())["log_history"])


def of_lines(path: Path) -> Any:
    return columns([json.loads(line) for line in path.read_bytes().splitlines()])


FORMATS = {
    "hf_trainer": Format("trainer_state.json", trainer_state, of_state),
    "llama_factory": Format("trainer_log.jsonl", llama_factory, of_lines),
    "ms_swift": Format("logging.jsonl", ms_swift, of_lines),
}


def seconds(work: Callable[[], Any]) -> float:
    """Processor time of one call, the best of several tries."""
    times = max(1, int(_LEAST / _one(work, 1)))
    return min(_one(work, times) for _ in range(REPEATS))


def _one(work: Callable[[], Any], times: int) -> float:
    start = time.process_time()
    for _ in range(times):
        work()
    return max(1e-6, (time.process_time() - start) / times)


def main() -> None:
    """Prints a table in Markdown."""
    print("| format | evaluations | ours ms | obvious ms | ratio |\n|---|---:|---:|---:|---:|")
    with tempfile.TemporaryDirectory() as folder:
        for reader in sys.argv[1:] or FORMATS:
            form = FORMATS[reader]
            for n in ROWS:
                path = Path(folder) / form.name
                path.write_text(form.make(n))
                source = Source(path, (path,), path.name)
                read = registry.load("readers", reader).read
                ours, obvious = seconds(lambda: read(source)), seconds(lambda: form.obvious(path))  # noqa: B023
                print(
                    f"| {reader} | {n:,} | {1e3 * ours:.2f} | {1e3 * obvious:.2f} | {ours / obvious:.2f} |", flush=True
                )


if __name__ == "__main__":
    main()
