"""Runs that a tracker keeps: addresses, what is copied of its tables, what is said of runs that did not finish."""

from __future__ import annotations

import sqlite3
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from cli import command

import selectmodel as sm
from selectmodel.commands.rank import tracker_database, trackers
from selectmodel.errors import LogError, UsageError
from selectmodel.files import databases

OPTUNA = """
CREATE TABLE studies (study_id INTEGER PRIMARY KEY, study_name TEXT);
CREATE TABLE study_directions (study_id INTEGER, direction TEXT, objective INTEGER);
CREATE TABLE trials (trial_id INTEGER PRIMARY KEY, number INTEGER, study_id INTEGER, state TEXT);
CREATE TABLE trial_params (trial_id INTEGER, param_name TEXT, param_value REAL, distribution_json TEXT);
CREATE TABLE trial_values (trial_id INTEGER, objective INTEGER, value REAL, value_type TEXT);
CREATE TABLE trial_intermediate_values (trial_id INTEGER, step INTEGER, intermediate_value REAL,
                                        intermediate_value_type TEXT);
INSERT INTO studies VALUES (1, 'digits');
INSERT INTO study_directions VALUES (1, 'MAXIMIZE', 0);
"""


def study(place: Path, states: str = "COMPLETE PRUNED FAIL RUNNING RUNNING WAITING COMPLETE") -> Path:
    """A study of a trial a state, of which the failed, the second running and the waiting one reported nothing."""
    with sqlite3.connect(place) as file:
        file.executescript(OPTUNA)
        for at, state in enumerate(states.split()):
            file.execute("INSERT INTO trials VALUES (?, ?, 1, ?)", (at + 1, at, state))
            told = '{"name": "FloatDistribution", "attributes": {}}'
            file.execute("INSERT INTO trial_params VALUES (?, 'lr', ?, ?)", (at + 1, 0.1 * (at + 1), told))
            if at not in (2, 4, 5):
                rows = [(at + 1, step, 0.5 + 0.05 * at + 0.01 * step, "FINITE") for step in range(3)]
                file.executemany("INSERT INTO trial_intermediate_values VALUES (?, ?, ?, ?)", rows)
    file.close()
    return place


def mlflow(place: Path) -> Path:
    """A database of MLflow of three runs: one finished, one failed, one running."""
    with sqlite3.connect(place) as file:
        file.executescript(
            """
            CREATE TABLE experiments (experiment_id, name);
            CREATE TABLE runs (run_uuid, name, experiment_id, status, start_time, lifecycle_stage);
            CREATE TABLE metrics (run_uuid, key, value, timestamp, step, is_nan);
            INSERT INTO experiments VALUES (1, 'Default');
            """
        )
        for at, state in enumerate(("FINISHED", "FAILED", "RUNNING")):
            file.execute("INSERT INTO runs VALUES (?, ?, 1, ?, ?, 'active')", (f"{at:032}", f"net-{at}", state, at))
            rows = [(f"{at:032}", "val_loss", 1 - 0.1 * step + at, step, step, 0) for step in range(3)]
            file.executemany("INSERT INTO metrics VALUES (?, ?, ?, ?, ?, ?)", rows)
    file.close()
    return place


def test_a_study_by_its_address_is_the_one_at_its_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    study(tmp_path / "study.db")
    monkeypatch.chdir(tmp_path)
    by_path = sm.rank("study.db")
    assert sm.rank("optuna:///study.db") == by_path
    assert [run.name for run in by_path.runs] == ["trial 6", "trial 3", "trial 1", "trial 0"]
    assert [run.name for run in sm.rank(f"optuna:///{tmp_path}/study.db").runs] == [run.name for run in by_path.runs]


def test_trials_that_did_not_finish_are_told(tmp_path: Path) -> None:
    (note,) = [note for note in sm.rank(study(tmp_path / "study.db")).notes if note.code == "SM285"]
    assert note.message == (
        "not all runs finished: 1 pruned (trial 1); 1 failed, not ranked (trial 2); 1 running (trial 3); "
        "1 running without a value yet (trial 4); 1 waiting (trial 5)"
    )


def test_trials_that_did_not_finish_are_called_as_they_are_ranked(tmp_path: Path) -> None:
    place = study(tmp_path / "study.db", "COMPLETE PRUNED")
    with sqlite3.connect(place) as file:
        file.execute("INSERT INTO studies VALUES (2, 'given up')")
        file.execute("INSERT INTO trials VALUES (9, 1, 2, 'FAIL')")
    file.close()
    ranking = sm.rank(place)
    assert [run.name for run in ranking.runs] == ["trial 1", "trial 0"]
    (note,) = [note for note in ranking.notes if note.code == "SM285"]
    assert note.message == "not all runs finished: 1 pruned (trial 1); 1 failed, not ranked (given up/trial 1)"


def test_runs_of_mlflow_that_did_not_finish_are_told(tmp_path: Path) -> None:
    ranking = sm.rank(mlflow(tmp_path / "mlflow.db"))
    assert [run.name for run in ranking.runs] == ["net-0", "net-1", "net-2"]
    (note,) = [note for note in ranking.notes if note.code == "SM285"]
    assert note.message == "not all runs finished: 1 failed (net-1); 1 running (net-2)"


def test_of_a_finished_study_nothing_is_said(tmp_path: Path) -> None:
    ranking = sm.rank(study(tmp_path / "study.db", "COMPLETE COMPLETE"))
    assert not [note for note in ranking.notes if note.code == "SM285"]


def test_it_is_said_again_from_the_cache(tmp_path: Path) -> None:
    study(tmp_path / "study.db")
    first, second = (sm.rank(tmp_path / "study.db", cache=tmp_path / "cache.db") for _ in range(2))
    assert first == second and any(note.code == "SM285" for note in second.notes)


def test_runs_of_two_databases_keep_their_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    study(tmp_path / "a.db", "COMPLETE COMPLETE")
    study(tmp_path / "b.db", "COMPLETE COMPLETE")
    monkeypatch.chdir(tmp_path)
    names = sorted(run.name for run in sm.rank("a.db", "b.db").runs)
    assert names == ["a.db/trial 0", "a.db/trial 1", "b.db/trial 0", "b.db/trial 1"]


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("optuna://study.db", "names no file; write optuna:///FILE.db"),
        ("optuna:///", "names no file"),
        ("mlflow+sqlite://", "write mlflow+sqlite:///FILE.db"),
        ("optuna+redis://host/1", "not reached by redis; there are sqlite, postgresql, mysql"),
        ("optuna+postgres://host/1", "did you mean postgresql?"),
        ("mlflow://host:port/vision", "the port is no number"),
        ("mlflow:///vision", "names no host"),
    ],
)
def test_addresses_that_mean_nothing(path: str, told: str, capsys: pytest.CaptureFixture[str]) -> None:
    done = command(capsys, "rank", path)
    assert done.code == 2 and told in done.err and not done.out


@pytest.mark.parametrize(
    ("path", "url", "shown"),
    [
        ("mlflow://host:5000/a/b", "http://host:5000/a/b", "mlflow+http://host:5000/a/b"),
        ("MLFLOW+HTTPS://me:pass@host/a", "https://me:pass@host/a", "mlflow+https://me@host/a"),
        ("optuna+postgresql://me:p%40s@h/db?password=q", "postgresql://me:p%40s@h/db?password=q",
         "optuna+postgresql://me@h/db"),
    ],
)  # fmt: skip
def test_an_address_is_shown_without_what_is_secret(path: str, url: str, shown: str) -> None:
    address = trackers.parsed(path)
    assert (address.url, address.shown) == (url, shown)


def test_no_password_is_left_in_a_text() -> None:
    address = trackers.parsed("optuna+postgresql://me:p%40ss@h/db?password=quiet")
    assert address.hiding("p%40ss and p@ss and quiet") == "*** and *** and ***"


def test_a_failure_tells_no_password(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("sqlalchemy")
    pytest.importorskip("psycopg")
    done = command(capsys, "rank", "optuna+postgresql://me:sesame@127.0.0.1:9/db?connect_timeout=1")
    assert done.code == 3 and "cannot be read" in done.err
    assert "sesame" not in done.err + done.out and "optuna+postgresql://me@127.0.0.1:9/db" in done.err


def test_tables_are_copied_row_by_row(tmp_path: Path) -> None:
    pytest.importorskip("sqlalchemy")
    here = study(tmp_path / "study.db")
    copy = tmp_path / "copy.db"
    tracker_database.copied(f"sqlite:///{here}", "shown", "optuna", copy)
    assert [run.expected for run in sm.rank(copy).runs] == [run.expected for run in sm.rank(here).runs]
    with pytest.raises(LogError, match="no table 'runs', so it is no database of mlflow"):
        tracker_database.copied(f"sqlite:///{here}", "shown", "mlflow", tmp_path / "other.db")


def test_what_is_missing_is_said_with_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for package in ("mlflow", "sqlalchemy"):
        monkeypatch.setitem(__import__("sys").modules, package, None)
    for path in ("mlflow://127.0.0.1:9/vision", "optuna+postgresql://127.0.0.1:9/db"):
        with pytest.raises(UsageError, match=r"pip install 'selectmodel\[trackers\]'"):
            sm.rank(path)


def test_a_database_is_opened_as_often_for_many_runs_as_for_few(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[Path] = []
    whole = databases.opened

    def counted(path: Path, *, limit: int | None = None) -> AbstractContextManager[sqlite3.Connection]:
        opened.append(path)
        return whole(path, limit=limit)

    monkeypatch.setattr(databases, "opened", counted)
    places = [study(tmp_path / f"{many}.db", " ".join(["COMPLETE"] * many)) for many in (7, 35)]
    lrs = [[run.hparams["lr"] for run in sm.rank(place).runs] for place in places]
    assert [len(set(values)) for values in lrs] == [4, 32]
    assert opened.count(places[0]) == opened.count(places[1])


def test_no_note_tells_a_password(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def copied(address: trackers.Address, place: Path) -> list[tuple[str, str]]:
        study(place)
        return []

    monkeypatch.setattr(trackers, "_copied", copied)
    ranking = sm.rank("optuna+postgresql://me:sesame@host/db", validation="shifted")
    assert {note.where for note in ranking.notes} == {"optuna+postgresql://me@host/db"}
    assert "sesame" not in repr(ranking)
