"""Trackio's SQLite database of a project, ``PROJECT.db``, with all of its runs.

Written by: trackio, into ``~/.cache/huggingface/trackio/`` or ``$TRACKIO_DIR``; what is new lies in ``PROJECT.db-wal``
beside it, and is read too. Trackio itself is not needed.
Runs: each by its name; ``pick`` asks which one, ``rank`` reads them all.
Axis: the step of each row; a metric named epoch tells the epoch of a step.
NaN and infinities: Trackio writes them as texts; they are read as what they were. Media and tables are no metrics.
Source: trackio/sqlite_storage.py, 0.43 and 2026-08; columns are looked up, since versions differ.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from selectmodel.errors import LogError, SelectModelError
from selectmodel.files.opening import Source

if TYPE_CHECKING:
    import sqlite3

    from selectmodel.files.hparams import Value
    from selectmodel.records import Run

FORMAT = "trackio"
FILES = ("*.db",)
_MOST_ROWS = 10_000_000


def sniff(path: Path, head: bytes) -> float:
    """0.9 for an SQLite database with Trackio's table of metrics, else 0."""
    if not head.startswith(b"SQLite format 3\x00"):  # any other file need not wait for what reads databases
        return 0.0
    from selectmodel.files import databases

    tables = databases.layout(path)
    return 0.9 if {"run_name", "step", "metrics"} <= {*tables.get("metrics", ())} else 0.0


def parts(source: Source) -> list[str]:
    """The runs of the project by name; with the run's id where names repeat."""
    from selectmodel.files import databases

    return databases.names(source, _runs)


def read(source: Source) -> Run:
    """One run of the project. Raises LogError where it holds none of that name, or nothing was logged to it."""
    from selectmodel.files import databases

    return databases.read(source, _runs, _run)


def read_many(sources: Sequence[Source]) -> Iterator[Run | SelectModelError]:
    """For each source what :func:`read` gives, or the error that it raises; a database is opened once."""
    from selectmodel.files import databases

    return databases.read_many(sources, _runs, _run)


def hparams(source: Source) -> dict[str, Value]:
    """The configuration of the run, without what Trackio notes of itself."""
    from selectmodel.files import databases
    from selectmodel.files import hparams as settings

    told = _object(databases.chosen(source, databases.told_once(source, _configurations)))
    own = {name: value for name, value in (told or {}).items() if not name.startswith("_")}
    return settings.parse(json.dumps(own), json_text=True)


def _configurations(connection: sqlite3.Connection) -> dict[str, Any]:
    """The configuration of each run, as it is kept, by the name that the run is called by; None without one."""
    from selectmodel.files import databases

    column = _key(databases.columns(connection, "configs"))
    found: dict[str, Any] = {}
    for key, config in connection.execute(f"SELECT {column}, config FROM configs") if column else ():
        found.setdefault(str(key), config)
    return {name: found.get(key) for name, key in _runs(connection).items()}


def _key(columns: Sequence[str]) -> str | None:
    """The column that tells runs apart."""
    return next((name for name in ("run_id", "run_name") if name in columns), None)


def _runs(connection: sqlite3.Connection) -> dict[str, str]:
    """The key of each run by the name that it is called by, in the order they were started."""
    from selectmodel.files import databases

    key = _key(databases.columns(connection, "metrics"))
    query = f"SELECT {key}, MIN(run_name) FROM metrics GROUP BY {key} ORDER BY MIN(rowid)"
    found = [(str(run), str(name)) for run, name in connection.execute(query)]
    times = Counter(name for _, name in found)
    return {(name if times[name] == 1 else f"{name} {run[:8]}"): run for run, name in found}


def _object(text: Any) -> dict[str, Any] | None:
    """A row's JSON, kept as text or bytes; None where it is none."""
    try:
        found = json.loads(text)
    except (TypeError, ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _run(source: Source, connection: sqlite3.Connection, runs: Mapping[str, str]) -> Run:
    from selectmodel.files import databases
    from selectmodel.readers.objects import as_run
    from selectmodel.readers.objects.json_text import Objects
    from selectmodel.records import Note

    key = _key(databases.columns(connection, "metrics"))
    query = f"SELECT step, metrics FROM metrics WHERE {key} = ? ORDER BY rowid LIMIT {_MOST_ROWS}"
    lines, objects, damaged = [], [], []
    for at, (step, text) in enumerate(connection.execute(query, (databases.chosen(source, runs),)), 1):
        row = _object(text)
        if row is None or not isinstance(step, int):
            damaged.append(at)
            continue
        metrics = {name: value for name, value in row.items() if not (isinstance(value, dict) and "_type" in value)}
        if metrics:
            lines.append(at)
            objects.append({"step": step, **metrics})
    notes: tuple[Note, ...] = ()
    if damaged:
        message = f"record {damaged[0]} holds no JSON object ({len(damaged)} in all); left out"
        notes = (Note("SM190", message, source.name, "warn", degrades=True),)
    if not objects:
        raise LogError(f"{source.path}: {source.name}: holds no metrics: nothing was logged to this run")
    return as_run.run(Objects(lines, objects, notes), source, FORMAT, label=source.name, place="record")
