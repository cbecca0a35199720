"""MLflow's SQLite database, ``mlflow.db``, with all runs of all experiments.

Written by: mlflow from 3.0 on unless told otherwise, and by ``--backend-store-uri sqlite:///mlflow.db``; MLflow itself
is not needed and no server asked.
Runs: each by its experiment and name; deleted ones are left out. ``pick`` asks which one, ``rank`` reads them all.
Axis: the step of each value; a metric named epoch tells the epoch of a step.
NaN and infinities: MLflow writes 0 with a mark, and the largest numbers there are; they are read as what they were.
Source: mlflow/store/tracking/dbmodels/models.py, MLflow 1.0 to 3.18; columns are looked up, since versions differ.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from selectmodel.errors import LogError, SelectModelError
from selectmodel.files.opening import Source

# A sniff must not wait for SQLite: it is imported where a database is opened.
if TYPE_CHECKING:
    import sqlite3

    from selectmodel.files.hparams import Value
    from selectmodel.records import Run

FORMAT = "mlflow"
FILES = ("*.db", "*.sqlite", "*.sqlite3")
SAME_NAMES = ("mlflow.db",)
_OWN = "system/"
_UNFINISHED = {"RUNNING": "running", "SCHEDULED": "waiting", "FAILED": "failed", "KILLED": "killed"}
_INFINITE = 1.7976931348623157e308
#: Runs that are asked for in one query: of a large database no more is read than they have.
_AT_ONCE = 500


def sniff(path: Path, head: bytes) -> float:
    """0.9 for an SQLite database with MLflow's tables, else 0."""
    if not head.startswith(b"SQLite format 3\x00"):  # any other file need not wait for what reads databases
        return 0.0
    from selectmodel.files import databases

    tables = databases.layout(path)
    found = {"metrics", "runs", "experiments"} <= tables.keys() and "run_uuid" in tables["metrics"]
    return 0.9 if found else 0.0


def parts(source: Source) -> list[str]:
    """The runs of the database that are not deleted, as "experiment/name"; with the run's id where names repeat."""
    from selectmodel.files import databases

    return databases.names(source, _runs)


def read(source: Source) -> Run:
    """One run of the database. Raises LogError where it holds none of that name, or nothing was logged to it."""
    from selectmodel.files import databases

    with databases.opened(source.path, limit=source.options.max_bytes) as connection:
        run_id = databases.chosen(source, _runs(connection))
        return _run(source, list(_points(connection, [run_id]).get(run_id, ())))


def read_many(sources: Sequence[Source]) -> Iterator[Run | SelectModelError]:
    """For each source what :func:`read` gives, or the error that it raises; a database is opened once."""
    from selectmodel.files import databases

    wanted: dict[Path, list[Source]] = {}
    for source in sources:
        wanted.setdefault(source.path, []).append(source)
    points: dict[tuple[Path, str], list[tuple[str, float, float]]] = {}
    for path, members in wanted.items():
        runs = databases.told_once(members[0], _runs)
        with databases.opened(path, limit=members[0].options.max_bytes) as connection:
            ids = {runs[source.part]: source.part for source in members if source.part in runs}
            for run_id, found in _points(connection, list(ids)).items():
                points[path, ids[run_id]] = found
    for source in sources:
        try:
            yield _run(source, points.get((source.path, source.part), []))
        except SelectModelError as failure:
            yield failure


def hparams(source: Source) -> dict[str, Value]:
    """The parameters of the run."""
    from selectmodel.files import databases
    from selectmodel.files import hparams as settings

    every = databases.told_once(source, _parameters)
    return settings.of_texts(dict(databases.chosen(source, every)))


def unfinished(source: Source) -> dict[str, str]:
    """The runs that MLflow does not call finished, and what it calls them."""
    from selectmodel.files import databases

    with databases.opened(source.path, limit=source.options.max_bytes) as connection:
        if "status" not in databases.columns(connection, "runs"):
            return {}
        states = {str(run_id): str(state) for run_id, state in connection.execute("SELECT run_uuid, status FROM runs")}
        return {
            name: _UNFINISHED[states[run_id]]
            for name, run_id in _runs(connection).items()
            if states.get(run_id) in _UNFINISHED
        }


def _parameters(connection: sqlite3.Connection) -> dict[str, dict[str, Any]]:
    """The parameters of each run, by the name that the run is called by."""
    from selectmodel.files import databases

    runs = _runs(connection)
    found: dict[str, dict[str, Any]] = {run_id: {} for run_id in runs.values()}
    if "run_uuid" in databases.columns(connection, "params"):
        for run_id, name, value in connection.execute("SELECT run_uuid, key, value FROM params"):
            if str(run_id) in found:
                found[str(run_id)][str(name)] = value
    return {name: found[run_id] for name, run_id in runs.items()}


def _runs(connection: sqlite3.Connection) -> dict[str, str]:
    """The id of each run by the name that it is called by, in the order they were started."""
    from selectmodel.files import databases

    has = databases.columns(connection, "runs")
    name = "runs.name" if "name" in has else "''"
    alive = " WHERE runs.lifecycle_stage IS NOT 'deleted'" if "lifecycle_stage" in has else ""
    order = " ORDER BY runs.start_time, runs.rowid" if "start_time" in has else " ORDER BY runs.rowid"
    query = f"SELECT runs.run_uuid, {name}, experiments.name FROM runs LEFT JOIN experiments USING (experiment_id)"
    found = [(str(run_id), str(called or run_id), str(above or "")) for run_id, called, above in
             connection.execute(query + alive + order)]  # fmt: skip
    names = [f"{above}/{called}" if above and above != "Default" else called for _, called, above in found]
    times = Counter(names)
    return {
        (called if times[called] == 1 else f"{called} {run_id[:8]}"): run_id
        for called, (run_id, _, _) in zip(names, found, strict=True)
    }


def _points(connection: sqlite3.Connection, run_ids: Sequence[str]) -> dict[str, list[tuple[str, float, float]]]:
    """Metric, step and value of each run's points, in the order of their times."""
    from selectmodel.files import databases

    has = databases.columns(connection, "metrics")
    step = "step" if "step" in has else "0"
    mark = "is_nan" if "is_nan" in has else "0"
    query = f"SELECT run_uuid, key, {step}, value, {mark} FROM metrics"
    found: dict[str, list[tuple[str, float, float]]] = {}
    for first in range(0, len(run_ids), _AT_ONCE):
        some = run_ids[first : first + _AT_ONCE]
        which = f" WHERE run_uuid IN ({','.join('?' * len(some))}) ORDER BY timestamp, rowid"
        for run_id, key, at, value, is_nan in connection.execute(query + which, some):
            if type(at) is int and isinstance(value, (int, float)) and not str(key).startswith(_OWN):
                found.setdefault(run_id, []).append((str(key), at, _as_logged(value, is_nan)))
    return found


def _as_logged(value: float, is_nan: Any) -> float:
    if is_nan:
        return math.nan
    return math.copysign(math.inf, value) if abs(value) >= _INFINITE else float(value)


def _run(source: Source, points: Sequence[tuple[str, float, float]]) -> Run:
    from selectmodel.readers.objects import as_run, rows

    if not points:
        raise LogError(f"{source.path}: {source.name}: holds no metrics: nothing was logged to this run")
    found = rows.noted_if_once(rows.of_points(points, "step"), source.name)
    return as_run.run(found, source, FORMAT, label=source.name, place="record")
