"""Optuna's SQLite storage: the trials of its studies, each with the intermediate values that it reported.

Written by: ``optuna.create_study(storage="sqlite:///study.db")`` and ``trial.report(value, step)``.
Runs: each complete or pruned trial, and one that is running and has reported something, as "study/trial N"; ``rank``
reads them all, with the parameters of each. Failed and waiting trials are left out.
Axis: the step that was reported. Metric: the objective, by its name where the study names it.
Direction: the study's. Split: what a study chooses by is taken for validation.
Watch out: the value of a whole trial is of no step; it is read only where nothing was reported on the way.
Source: optuna/storages/_rdb/models.py, 1.0 to 5.0; columns are looked up, since versions differ.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from selectmodel.errors import LogError, SelectModelError
from selectmodel.files.opening import Source

if TYPE_CHECKING:
    import sqlite3

    from selectmodel.files.hparams import Value
    from selectmodel.records import Run

FORMAT = "optuna"
FILES = ("*.db", "*.sqlite", "*.sqlite3")
_STATES = ("COMPLETE", "PRUNED", "RUNNING")
_UNFINISHED = {
    ("RUNNING", True): "running", ("RUNNING", False): "running without a value yet", ("PRUNED", True): "pruned",
    ("PRUNED", False): "pruned", ("FAIL", True): "failed, not ranked", ("FAIL", False): "failed, not ranked",
    ("WAITING", False): "waiting", ("WAITING", True): "waiting",
}  # fmt: skip
_INFINITE = {"INF_POS": math.inf, "INF_NEG": -math.inf, "NAN": math.nan}


def sniff(path: Path, head: bytes) -> float:
    """0.9 for an SQLite database with Optuna's tables of studies and trials, else 0."""
    if not head.startswith(b"SQLite format 3\x00"):  # any other file need not wait for what reads databases
        return 0.0
    from selectmodel.files import databases

    tables = databases.layout(path)
    return (
        0.9
        if "study_name" in tables.get("studies", ()) and {"study_id", "state"} <= {*tables.get("trials", ())}
        else 0.0
    )


def parts(source: Source) -> list[str]:
    """The trials that have a result, as "study/trial N"; without the study where there is one."""
    from selectmodel.files import databases

    return databases.names(source, _trials)


def read(source: Source) -> Run:
    """One trial. Raises LogError where the storage holds none of that name, or it reported nothing."""
    from selectmodel.files import databases

    return databases.read(source, _trials, _run)


def read_many(sources: Sequence[Source]) -> Iterator[Run | SelectModelError]:
    """For each source what :func:`read` gives, or the error that it raises; a database is opened once."""
    from selectmodel.files import databases

    return databases.read_many(sources, _trials, _run)


def hparams(source: Source) -> dict[str, Value]:
    """The parameters that were suggested for the trial."""
    from selectmodel.files import databases
    from selectmodel.files import hparams as settings

    with databases.opened(source.path, limit=source.options.max_bytes) as connection:
        if "distribution_json" not in databases.columns(connection, "trial_params"):
            return {}
        trial = databases.chosen(source, _trials(connection), "trial")
        query = "SELECT param_name, param_value, distribution_json FROM trial_params WHERE trial_id = ?"
        found = {str(name): _suggested(value, told) for name, value, told in connection.execute(query, (trial.key,))}
    return settings.parse(json.dumps(found, default=str), json_text=True)


def unfinished(source: Source) -> dict[str, str]:
    """The trials that are no complete ones, and what they are."""
    from selectmodel.files import databases

    with databases.opened(source.path, limit=source.options.max_bytes) as connection:
        every = _listed(connection)
    return {
        name: _UNFINISHED[one.state, bool(one.told)]
        for name, one in _named(every).items()
        if (one.state, bool(one.told)) in _UNFINISHED
    }


class _Trial(NamedTuple):
    """One row of the table of trials; ``told``: something was reported on the way."""

    key: int
    number: int
    study: int
    name: str
    state: str
    told: int


def _suggested(value: Any, distribution: Any) -> Any:
    """A parameter as it was suggested: Optuna keeps the place of a choice, and every number as a float."""
    try:
        told = json.loads(distribution)
        choices = told["attributes"].get("choices")
        if isinstance(choices, list):
            return choices[int(value)] if 0 <= int(value) < len(choices) else None
        return int(value) if str(told["name"]).startswith("Int") else value
    except (TypeError, ValueError, KeyError, AttributeError, RecursionError, OverflowError):
        return value


def _listed(connection: sqlite3.Connection) -> list[_Trial]:
    """Every trial of every study, in order."""
    from selectmodel.files import databases

    number = "trials.number" if "number" in databases.columns(connection, "trials") else "trials.trial_id"
    table, _ = _reported(connection)
    query = (
        f"SELECT trials.trial_id, {number}, trials.study_id, studies.study_name, trials.state, "
        f"EXISTS (SELECT 1 FROM {table} AS told WHERE told.trial_id = trials.trial_id) "
        "FROM trials JOIN studies USING (study_id) ORDER BY trials.study_id, trials.trial_id"
    )
    return [_Trial(*row) for row in connection.execute(query)]


def _trials(connection: sqlite3.Connection) -> dict[str, _Trial]:
    """Those that have a result."""
    every = _listed(connection)
    return _named([one for one in every if one.state in _STATES and (one.told or one.state != "RUNNING")])


def _named(trials: Sequence[_Trial]) -> dict[str, _Trial]:
    """Each trial by its name: with that of its study where they are of several."""
    alone = len({one.study for one in trials}) == 1
    return {f"trial {one.number}" if alone else f"{one.name}/trial {one.number}": one for one in trials}


def _reported(connection: sqlite3.Connection) -> tuple[str, str]:
    """The table of intermediate values, and its column of them: Optuna before 2.4 called them trial_values."""
    from selectmodel.files import databases

    if "step" in databases.columns(connection, "trial_values"):
        return "trial_values", "value"
    return "trial_intermediate_values", "intermediate_value"


def _run(source: Source, connection: sqlite3.Connection, trials: Mapping[str, _Trial]) -> Run:
    from selectmodel.files import databases
    from selectmodel.readers.objects import as_run, rows
    from selectmodel.records import Hint, Note

    trial = databases.chosen(source, trials, "trial")
    names, goals = _objectives(connection, trial.study)
    table, column = _reported(connection)
    kind = f"{column}_type"
    points = [(names[0], at, value) for at, value in _values(connection, table, "step", column, kind, trial.key)]
    notes: tuple[Note, ...] = ()
    if not points:
        values = _values(connection, "trial_values", "objective", "value", "value_type", trial.key)
        points = [(names[at], 0, value) for at, value in values if at < len(names)]
        message = "nothing was reported on the way, only the value of the trial: there is no step to choose"
        notes = (Note("SM193", message, source.name),)
    if not points:
        raise LogError(f"{source.path}: {source.name}: reported no value")
    found = rows.of_points([(name, float(at), value) for name, at, value in points], "step")
    hints = {name: Hint("val", "max" if goal == "MAXIMIZE" else "min", f"the study is to {goal.lower()} it")
             for name, goal in zip(names, goals, strict=True) if goal in ("MAXIMIZE", "MINIMIZE")}  # fmt: skip
    return as_run.run(found._replace(notes=notes), source, FORMAT, label=source.name, place="record", hints=hints)


def _objectives(connection: sqlite3.Connection, study: int) -> tuple[list[str], list[str]]:
    """The names of a study's objectives, and the direction of each."""
    from selectmodel.files import databases

    if databases.columns(connection, "study_directions"):
        query = "SELECT direction FROM study_directions WHERE study_id = ? ORDER BY objective"
    elif "direction" in databases.columns(connection, "studies"):
        query = "SELECT direction FROM studies WHERE study_id = ?"
    else:
        query = "SELECT 'NOT_SET' WHERE ?"
    goals = [str(goal) for (goal,) in connection.execute(query, (study,))] or ["NOT_SET"]
    names = ["objective"] if len(goals) == 1 else [f"objective {at}" for at in range(len(goals))]
    if "value_json" in databases.columns(connection, "study_system_attributes"):
        query = "SELECT value_json FROM study_system_attributes WHERE study_id = ? AND key = 'study:metric_names'"
        row = connection.execute(query, (study,)).fetchone()
        told = _list(row[0]) if row else []
        if len(told) == len(names) == len(set(told)):
            names = told
    return names, goals


def _list(text: Any) -> list[str]:
    try:
        found = json.loads(text)
    except (TypeError, ValueError, RecursionError):
        return []
    return [str(one) for one in found] if isinstance(found, list) else []


def _values(
    connection: sqlite3.Connection, table: str, place: str, column: str, kind: str, trial: int
) -> list[tuple[int, float]]:
    """Place and value of each row of a trial, in order of the places."""
    from selectmodel.files import databases

    has = databases.columns(connection, table)
    if not {place, column} <= {*has}:
        return []
    marks = kind if kind in has else "''"
    query = f"SELECT {place}, {column}, {marks} FROM {table} WHERE trial_id = ? ORDER BY {place}"
    rows = connection.execute(query, (trial,))
    return [
        (at, _INFINITE.get(mark, math.nan if value is None else value))
        for at, value, mark in rows
        if isinstance(at, int) and isinstance(value, (int, float, type(None)))
    ]
