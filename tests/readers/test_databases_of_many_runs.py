"""A database of many runs is read about once, however many of them at a time are judged: rows are counted, not time."""

from __future__ import annotations

import json
import re
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

import selectmodel as sm
from selectmodel.files import databases, discovery

RUNS, EPOCHS, AT_A_TIME = 60, 10, 7


def loss(run: int, epoch: int) -> float:
    return 1.0 / (epoch + 1) + 0.001 * ((run * 7) % RUNS) + (0.2 if epoch == EPOCHS - 1 else 0.0)


def mlflow(place: Path) -> None:
    with closing(sqlite3.connect(place)) as connection, connection:
        connection.execute("CREATE TABLE experiments (experiment_id INTEGER, name TEXT)")
        connection.execute("CREATE TABLE runs (run_uuid TEXT, name TEXT, experiment_id INTEGER, start_time INTEGER)")
        connection.execute(
            "CREATE TABLE metrics (key TEXT, value REAL, timestamp INTEGER, run_uuid TEXT, step INTEGER)"
        )
        connection.execute("CREATE TABLE params (key TEXT, value TEXT, run_uuid TEXT)")
        for run in range(RUNS):
            connection.execute("INSERT INTO runs VALUES (?, ?, 0, ?)", (f"id{run}", f"run{run}", run))
            connection.execute("INSERT INTO params VALUES ('lr', ?, ?)", (str(run % 5), f"id{run}"))
            connection.executemany(
                "INSERT INTO metrics VALUES ('val_loss', ?, ?, ?, ?)",
                [(loss(run, epoch), run * 100 + epoch, f"id{run}", epoch) for epoch in range(EPOCHS)],
            )


def trackio(place: Path) -> None:
    with closing(sqlite3.connect(place)) as connection, connection:
        connection.execute("CREATE TABLE metrics (id INTEGER PRIMARY KEY, run_name TEXT, step INTEGER, metrics TEXT)")
        connection.execute("CREATE TABLE configs (id INTEGER PRIMARY KEY, run_name TEXT, config TEXT)")
        for run in range(RUNS):
            told = json.dumps({"lr": str(run % 5)})
            connection.execute("INSERT INTO configs (run_name, config) VALUES (?, ?)", (f"run{run}", told))
            connection.executemany(
                "INSERT INTO metrics (run_name, step, metrics) VALUES (?, ?, ?)",
                [(f"run{run}", epoch, json.dumps({"val_loss": loss(run, epoch)})) for epoch in range(EPOCHS)],
            )


class Counted:
    """A connection that counts the rows it hands out, by table."""

    def __init__(self, connection: sqlite3.Connection, rows: Counter[str]) -> None:
        self._connection, self._rows = connection, rows

    def execute(self, statement: str, *given: Any) -> Any:
        table = re.search(r"FROM (\w+)", statement)
        found = self._connection.execute(statement, *given).fetchall()
        if table:
            self._rows[table[1]] += len(found)
        return Handed(found)


class Handed(list[Any]):
    def fetchone(self) -> Any:
        return self[0] if self else None

    fetchall = list.copy


@pytest.mark.parametrize("made", [mlflow, trackio])
def test_a_database_is_read_once(made: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = tmp_path / f"{made.__name__}.db"
    made(place)
    wanted = sm.rank(place)
    rows: Counter[str] = Counter()
    opened = databases.opened

    @contextmanager
    def counted(*given: Any, **more: Any) -> Iterator[Any]:
        with opened(*given, **more) as connection:
            yield Counted(connection, rows)

    monkeypatch.setattr(databases, "opened", counted)
    monkeypatch.setattr(discovery, "BATCH", AT_A_TIME)
    databases._told.cache_clear()
    found = sm.rank(place)
    databases._told.cache_clear()
    assert found == wanted and len(found.runs) == RUNS
    assert {str(run.hparams["lr"]) for run in found.runs} == set("01234")
    points = RUNS * EPOCHS + 2 * EPOCHS  # and the run to ship once more, for its checks
    lists = 5 * RUNS  # a few times every run's name
    assert points - 2 * EPOCHS <= rows["metrics"] <= points + lists
    assert max(rows[table] for table in rows if table != "metrics") <= lists
