"""One sweep in three forms: CSV logs with settings beside them, event files, and MLflow's database.

Every run is 30 epochs of five metrics with settings of its own, made from its number alone: the same in each form, on
each machine, and in a sweep of any size.
"""

from __future__ import annotations

import csv
import io
import json
import sqlite3
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "runs"))
from make_runs import write

EPOCHS = 30
METRICS = ("accuracy", "learning_rate", "loss", "val_accuracy", "val_loss")
_START = 1_700_000_000


def name(run: int) -> str:
    return f"group{run // 100}/run{run}"


def settings(run: int) -> dict[str, float]:
    """Three settings: 5 × 4 configurations, each with every seed."""
    return {"lr": 10.0 ** -(1 + run % 5), "batch_size": 16 * (1 + run // 5 % 4), "seed": run // 20}


def made(folder: Path, form: str, count: int) -> Path:
    """The sweep of ``count`` runs in one of :data:`FORMS`; made once."""
    place, done = folder / f"{form}-{count}", folder / f"{form}-{count}.done"
    if not done.exists():
        place.mkdir(parents=True, exist_ok=True)
        FORMS[form](place, count)
        done.touch()
    return place


def _as_csv(place: Path, count: int) -> None:
    for run in range(count):
        home = place / name(run)
        home.mkdir(parents=True, exist_ok=True)
        write(home / "training.csv", EPOCHS, run)
        (home / "hparams.yaml").write_text("".join(f"{key}: {value}\n" for key, value in settings(run).items()))


def points(place: Path, run: int) -> Iterator[tuple[str, int, float]]:
    """Metric, epoch and value of all that a run logged, from the CSV form of the sweep."""
    with io.StringIO((place / name(run) / "training.csv").read_text(encoding="utf-8")) as file:
        for row in csv.DictReader(file):
            for metric in METRICS:
                yield metric, int(row["epoch"]), float(row[metric])


def _as_events(place: Path, count: int) -> None:
    sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "events"))
    from make_files import NAME, event, framed

    tables = made(place.parent, "csv", count)
    for run in range(count):
        home = place / name(run)
        home.mkdir(parents=True, exist_ok=True)
        records = [
            framed(event(metric, epoch, _START + epoch, value, tensor=False))
            for metric, epoch, value in points(tables, run)
        ]
        (home / NAME).write_bytes(b"".join(records))


def _as_mlflow(place: Path, count: int) -> None:
    """MLflow makes the database and its experiment; rows are then written at once: its client takes 30 ms a run."""
    from mlflow.tracking import MlflowClient

    tables = made(place.parent, "csv", count)
    file = place / "mlflow.db"
    client = MlflowClient(f"sqlite:///{file}")
    experiment = int(client.create_experiment("sweep", artifact_location=str(place / "artifacts")))
    with sqlite3.connect(file) as connection:
        for run in range(count):
            _insert(connection, experiment, f"{run:032x}", run, list(points(tables, run)))
    connection.close()


def _insert(
    connection: sqlite3.Connection, experiment: int, key: str, run: int, logged: list[tuple[str, int, float]]
) -> None:
    at = (_START + run) * 1000
    _rows(connection, "runs", [{
        "run_uuid": key, "name": name(run).replace("/", "-"), "source_type": "LOCAL", "source_name": "", "user_id": "",
        "entry_point_name": "", "status": "FINISHED", "start_time": at, "end_time": at + 1, "source_version": "",
        "lifecycle_stage": "active", "artifact_uri": "", "experiment_id": experiment,
    }])  # fmt: skip
    told = [
        {"key": metric, "value": value, "timestamp": at, "step": epoch, "is_nan": False, "run_uuid": key}
        for metric, epoch, value in logged
    ]
    _rows(connection, "metrics", told)
    _rows(connection, "latest_metrics", list({row["key"]: row for row in told}.values()))
    _rows(
        connection,
        "params",
        [{"key": one, "value": json.dumps(v), "run_uuid": key} for one, v in settings(run).items()],
    )


def _rows(connection: sqlite3.Connection, table: str, rows: list[dict[str, object]]) -> None:
    names, marks = ", ".join(rows[0]), ", ".join(f":{column}" for column in rows[0])
    connection.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", rows)


FORMS: dict[str, Callable[[Path, int], None]] = {"csv": _as_csv, "events": _as_events, "mlflow": _as_mlflow}
