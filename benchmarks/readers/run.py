"""What reading a log costs beside the obvious way of reading it: its JSON parsed, its rows read by csv, its database
asked, and a column a metric made of it.

    python benchmarks/readers/run.py                 # all formats
    python benchmarks/readers/run.py ms_swift        # some of them
    python benchmarks/readers/run.py --logs FOLDER   # instead: how many of the public logs of a manifest are read right

A format is a function that makes a log of so many rows, and one that reads it the obvious way; add yours to FORMATS.
Time is that of the processor, the best of several, so that what else the machine does counts little.
"""

from __future__ import annotations

import csv
import json
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from selectmodel import registry
from selectmodel.files.opening import Source

ROWS = (20, 200, 2_000, 20_000)
REPEATS = 7
_LEAST = 0.05


class Format(NamedTuple):
    """A file's name, its content for so many evaluations (or what writes it), and what reads it the obvious way."""

    name: str
    make: Callable[[int], str] | Callable[[int, Path], None]
    obvious: Callable[[Path], Any]
    writes: bool = False


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


def rows_of(names: str, n: int, *, first: int = 0) -> Iterator[dict[str, Any]]:
    """Rows of random numbers with six digits, an epoch each."""
    numbers = np.random.default_rng(0).random((n, len(names.split()))).round(6).tolist()
    for at, row in enumerate(numbers, first):
        yield {"epoch": at, **dict(zip(names.split(), row, strict=True))}


_YOLO = (
    "time train/box_loss train/cls_loss train/dfl_loss metrics/precision(B) metrics/recall(B) metrics/mAP50(B) "
    "metrics/mAP50-95(B) val/box_loss val/cls_loss val/dfl_loss lr/pg0 lr/pg1 lr/pg2"
)


def ultralytics(n: int) -> str:
    lines = ["epoch," + _YOLO.replace(" ", ",")]
    return "\n".join([*lines, *(",".join(map(str, row.values())) for row in rows_of(_YOLO, n, first=1))]) + "\n"


def yolov5(n: int) -> str:
    return "".join(",".join(cell.rjust(20) for cell in line.split(",")) + "\n" for line in ultralytics(n).splitlines())


def json_lines(n: int) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows_of("train_loss val_loss val_accuracy lr", n))


def detectron2(n: int) -> str:
    lines = []
    for row in rows_of("data_time eta_seconds loss_cls lr time total_loss", n):
        row["iteration"] = 20 * row.pop("epoch") + 19
        lines.append(row | ({"bbox/AP": row["lr"], "bbox/AP50": row["time"]} if row["iteration"] % 40 == 39 else {}))
    return "".join(json.dumps(row) + "\n" for row in lines)


def json_history(n: int) -> str:
    return json.dumps(
        {name: found.tolist() for name, found in columns([*rows_of("loss accuracy val_loss val_accuracy", n)]).items()}
    )


def catboost(n: int) -> str:
    meta = {"test_sets": ["test"], "test_metrics": [{"best_value": "Min", "name": "Logloss"}],
            "learn_metrics": [{"best_value": "Min", "name": "Logloss"}], "learn_sets": ["learn"]}  # fmt: skip
    lines = [
        json.dumps({"learn": [row["learn"]], "iteration": row["epoch"], "passed_time": 0.5, "test": [row["test"]]})
        for row in rows_of("learn test", n)
    ]
    return '{\n"meta":' + json.dumps(meta) + ',\n"iterations":[\n' + ",\n".join(lines) + "\n]}"


def mlflow_files(n: int, store: Path) -> None:
    run = store / "0" / "ab12" / "metrics"
    run.mkdir(parents=True, exist_ok=True)
    (store / "0" / "meta.yaml").write_text("experiment_id: '0'\nname: Default\n")
    (run.parent / "meta.yaml").write_text("run_id: ab12\nrun_name: one\nexperiment_id: '0'\nstatus: 3\n")
    for name, values in columns([*rows_of("loss val_loss val_accuracy", n)]).items():
        if name != "epoch":
            lines = [f"{1700000000000 + at} {value} {at}\n" for at, value in enumerate(values.tolist())]
            (run / name).write_text("".join(lines))


def mlflow_database(n: int, path: Path) -> None:
    path.unlink(missing_ok=True)
    with sqlite3.connect(path) as store:
        store.executescript(
            "create table experiments (experiment_id integer primary key, name text, lifecycle_stage text);"
            "create table runs (run_uuid text primary key, name text, status text, start_time bigint, "
            "lifecycle_stage text, experiment_id integer);"
            "create table metrics (key text, value double, timestamp bigint, run_uuid text, step bigint, "
            "is_nan boolean, primary key (key, timestamp, step, run_uuid, value, is_nan));"
            "insert into experiments values (0, 'Default', 'active');"
            "insert into runs values ('ab12', 'one', 'FINISHED', 1, 'active', 0);"
        )
        for row in rows_of("loss val_loss val_accuracy", n):
            at = row.pop("epoch")
            told = [(name, value, 1700000000000 + at, "ab12", at, 0) for name, value in row.items()]
            store.executemany("insert into metrics values (?, ?, ?, ?, ?, ?)", told)
    store.close()


def of_csv(path: Path) -> Any:
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return {name: np.array([float(row[name]) for row in rows]) for name in rows[0]}


def of_history(path: Path) -> Any:
    return {name: np.array(values) for name, values in json.loads(path.read_bytes()).items()}


def of_catboost(path: Path) -> Any:
    rows = json.loads(path.read_bytes())["iterations"]
    return {name: np.array([row[name] for row in rows]) for name in ("iteration", "learn", "test")}


def of_files(store: Path) -> Any:
    found = {}
    for path in (store / "0" / "ab12" / "metrics").iterdir():
        rows = [line.split() for line in path.read_text().splitlines()]
        found[path.name] = np.array([float(row[1]) for row in rows]), np.array([int(row[2]) for row in rows])
    return found


def of_database(path: Path) -> Any:
    with sqlite3.connect(path) as store:
        asked = "select key, value, step, is_nan from metrics where run_uuid = 'ab12' order by key, step"
        told: dict[str, list[Any]] = {}
        for key, value, step, _ in store.execute(asked):
            told.setdefault(key, []).append((step, value))
    store.close()
    return {key: np.array(values) for key, values in told.items()}


FORMATS = {
    "ultralytics": Format("results.csv", ultralytics, of_csv),
    "ultralytics padded": Format("results.csv", yolov5, of_csv),
    "json_lines": Format("log.jsonl", json_lines, of_lines),
    "detectron2": Format("metrics.json", detectron2, of_lines),
    "json_history": Format("history.json", json_history, of_history),
    "catboost": Format("catboost_training.json", catboost, of_catboost),
    "mlflow": Format("mlruns", mlflow_files, of_files, writes=True),
    "mlflow_database": Format("mlflow.db", mlflow_database, of_database, writes=True),
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


def found(form: Format, reader: str, path: Path) -> Source:
    """The log as a command finds it, its content not yet read."""
    from selectmodel.files import discovery

    if path.is_file() and not form.writes:
        return Source(path, (path,), path.name)
    return replace(next(one.source for one in discovery.find(path) if one.reader == reader), contents={})


def main() -> None:
    """Prints a table in Markdown."""
    if sys.argv[1:2] == ["--logs"]:
        sys.path.insert(0, str(Path(__file__).parents[2] / "tests" / "support"))
        import public_logs

        print(public_logs.table(list(public_logs.judged(Path(sys.argv[2])))))
        return
    print("| format | evaluations | ours ms | obvious ms | ratio |\n|---|---:|---:|---:|---:|")
    for label in sys.argv[1:] or FORMATS:
        form, reader = FORMATS[label], label.partition(" ")[0]
        for n in ROWS:
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / form.name
                if form.writes:
                    form.make(n, path)  # type: ignore[call-arg]
                else:
                    path.write_text(form.make(n))  # type: ignore[arg-type, call-arg]
                source = found(form, reader, path)
                read = registry.load("readers", reader).read
                ours, obvious = seconds(lambda: read(source)), seconds(lambda: form.obvious(path))  # noqa: B023
                ratio = f"{ours / obvious:.2f}"
                print(f"| {label} | {n:,} | {1e3 * ours:.2f} | {1e3 * obvious:.2f} | {ratio} |", flush=True)


if __name__ == "__main__":
    main()
