"""Databases that hold many runs: Trackio's projects and Optuna's studies, made here table by table."""

from __future__ import annotations

import json
import math
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from property_tests import examples

from selectmodel.errors import LogError, SelectModelError
from selectmodel.files import discovery
from selectmodel.readers import optuna, trackio
from selectmodel.records import Run
from selectmodel.source import Source
from tests.support.places import SHARED

TRACKIO = "CREATE TABLE metrics (id INTEGER PRIMARY KEY, run_id TEXT, run_name TEXT, step INTEGER, metrics TEXT)"
OPTUNA = (
    "CREATE TABLE studies (study_id INTEGER PRIMARY KEY, study_name TEXT);"
    "CREATE TABLE study_directions (direction TEXT, study_id INTEGER, objective INTEGER);"
    "CREATE TABLE trials (trial_id INTEGER PRIMARY KEY, number INTEGER, study_id INTEGER, state TEXT);"
    "CREATE TABLE trial_params (trial_id INTEGER, param_name TEXT, param_value FLOAT, distribution_json TEXT);"
    "CREATE TABLE trial_values (trial_id INTEGER, objective INTEGER, value FLOAT, value_type TEXT);"
    "CREATE TABLE trial_intermediate_values (trial_id INTEGER, step INTEGER, intermediate_value FLOAT,"
    " intermediate_value_type TEXT);"
)


@contextmanager
def database(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(path)) as connection:
        yield connection
        connection.commit()


def runs(path: Path) -> dict[str, Run]:
    return {found.source.part: found.read() for found in discovery.find(path)}


def points(run: Run, name: str) -> list[tuple[int, float]]:
    return list(zip(run.series[name].steps.tolist(), run.series[name].values.tolist(), strict=True))


def project(path: Path, *rows: tuple[str, str, int, object]) -> Path:
    with database(path) as connection:
        connection.execute(TRACKIO)
        connection.execute("CREATE TABLE configs (run_id TEXT, run_name TEXT, config TEXT)")
        connection.execute("INSERT INTO configs VALUES ('a1', 'one', ?)", (b'{"lr": 0.5, "_Username": "x"}',))
        for run, name, step, told in rows:
            text = told if isinstance(told, bytes) else json.dumps(told).encode()
            connection.execute("INSERT INTO metrics VALUES (NULL, ?, ?, ?, ?)", (run, name, step, text))
    return path


def study(path: Path, *, names: str = "") -> Path:
    with database(path) as connection:
        connection.executescript(OPTUNA)
        connection.executemany("INSERT INTO studies VALUES (?, ?)", [(1, "big"), (2, "small")])
        connection.executemany("INSERT INTO study_directions VALUES (?, ?, 0)", [("MAXIMIZE", 1), ("MINIMIZE", 2)])
        states = (
            (1, 0, 1, "COMPLETE"),
            (2, 1, 1, "PRUNED"),
            (3, 2, 1, "FAIL"),
            (4, 3, 1, "RUNNING"),
            (5, 0, 2, "COMPLETE"),
        )
        connection.executemany("INSERT INTO trials VALUES (?, ?, ?, ?)", states)
        told = [
            (1, 1, 0.75, "FINITE"),
            (1, 0, 0.5, "FINITE"),
            (1, 2, None, "NAN"),
            (2, 0, None, "INF_NEG"),
            (3, 0, 0.9, "FINITE"),
        ]
        connection.executemany("INSERT INTO trial_intermediate_values VALUES (?, ?, ?, ?)", told)
        connection.execute("INSERT INTO trial_values VALUES (5, 0, 0.25, 'FINITE')")
        choices = '{"name": "CategoricalDistribution", "attributes": {"choices": ["adam", "sgd"]}}'
        suggested = [("opt", 1.0, choices), ("layers", 2.0, '{"name": "IntDistribution", "attributes": {}}')]
        connection.executemany("INSERT INTO trial_params VALUES (1, ?, ?, ?)", suggested)
        if names:
            connection.execute("CREATE TABLE study_system_attributes (study_id INTEGER, key TEXT, value_json TEXT)")
            connection.execute("INSERT INTO study_system_attributes VALUES (1, 'study:metric_names', ?)", (names,))
    return path


def test_a_project_holds_its_runs_by_name(tmp_path: Path) -> None:
    rows = (
        ("a1", "one", 0, {"val_loss": 1.5, "epoch": 0}),
        ("b2", "two", 0, {"val_loss": 9.0}),
        ("a1", "one", 1, {"val_loss": 0.5, "epoch": 1, "picture": {"_type": "trackio.image"}}),
        ("a1", "one", 2, {"val_loss": "NaN", "epoch": 2}),
    )
    place = project(tmp_path / "p.db", *rows)
    found = runs(place)
    assert list(found) == ["one", "two"] and found["one"].format == "trackio"
    assert points(found["one"], "val_loss")[:2] == [(0, 1.5), (1, 0.5)] and set(found["one"].series) == {"val_loss"}
    assert math.isnan(found["one"].series["val_loss"].values[2])
    assert trackio.hparams(Source(place, (place,), "p", part="one")) == {"lr": 0.5}


def test_runs_of_one_name_are_told_apart_by_their_ids(tmp_path: Path) -> None:
    place = project(tmp_path / "p.db", ("aaaa", "one", 0, {"x": 1}), ("bbbb", "one", 0, {"x": 2}))
    assert list(runs(place)) == ["one aaaa", "one bbbb"]


def test_a_record_that_is_no_object_is_noted(tmp_path: Path) -> None:
    place = project(tmp_path / "p.db", ("a", "one", 0, b'{"val_loss": 0.'), ("a", "one", 1, {"val_loss": 2.0}))
    (run,) = runs(place).values()
    assert points(run, "val_loss") == [(1, 2.0)] and "SM190" in {note.code for note in run.notes} and run.degraded


@pytest.mark.skipif(not SHARED.is_dir(), reason="the real store is not here")
def test_a_real_store_with_its_log_of_what_is_new_is_read_and_left_alone() -> None:
    place = SHARED / "samples" / "trackio_store"
    before = sorted(place.iterdir())
    (run,) = runs(place).values()
    assert points(run, "val_loss")[:4] == [(0, 1.1), (1, 0.55), (2, 1.1 / 3), (3, 0.275)]
    assert sorted(place.iterdir()) == before


def test_a_study_holds_the_trials_that_have_a_result(tmp_path: Path) -> None:
    place = study(tmp_path / "s.db")
    found = runs(place)
    assert list(found) == ["big/trial 0", "big/trial 1", "small/trial 0"]
    first = found["big/trial 0"]
    assert points(first, "objective")[:2] == [(0, 0.5), (1, 0.75)] and math.isnan(first.series["objective"].values[2])
    assert (first.hints["objective"].split, first.hints["objective"].goal) == ("val", "max")
    assert found["small/trial 0"].hints["objective"].goal == "min"
    assert points(found["big/trial 1"], "objective") == [(0, -math.inf)]
    assert "SM193" in {note.code for note in found["small/trial 0"].notes}
    assert optuna.hparams(Source(place, (place,), "s", part="big/trial 0")) == {"opt": "sgd", "layers": 2}


def test_an_objective_is_called_as_the_study_calls_it(tmp_path: Path) -> None:
    found = runs(study(tmp_path / "s.db", names='["val accuracy"]'))
    assert set(found["big/trial 0"].series) == {"val accuracy"}


def test_many_are_read_as_each_is(tmp_path: Path) -> None:
    for place in (
        study(tmp_path / "s.db"),
        project(tmp_path / "p.db", ("a", "x", 0, {"l": 1}), ("b", "y", 0, {"l": 2})),
    ):
        found = discovery.find(place)
        together = [run for run in discovery.read_all(found) if isinstance(run, Run)]
        assert repr([{name: points(run, name) for name in run.series} for run in together]) == repr(
            [{name: points(run, name) for name in run.series} for run in (item.read() for item in found)]
        )


def test_an_unknown_run_is_refused(tmp_path: Path) -> None:
    place = project(tmp_path / "p.db", ("a", "one", 0, {"x": 1}))
    with pytest.raises(LogError, match="holds no run 'two'"):
        trackio.read(Source(place, (place,), "p", part="two"))


@settings(max_examples=examples(150), deadline=None)
@given(st.data())
def test_a_damaged_database_is_read_as_it_was_or_refused(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("db")
    make = data.draw(st.sampled_from((study, lambda path: project(path, ("a", "one", 0, {"x": 1})))))
    content = bytearray(make(folder / "whole.db").read_bytes())
    for _ in range(data.draw(st.integers(1, 20))):
        content[data.draw(st.integers(16, len(content) - 1))] = data.draw(st.integers(0, 255))
    place = folder / "broken.db"
    place.write_bytes(content[: data.draw(st.integers(100, len(content)))])
    try:
        runs(place)
    except SelectModelError as refusal:
        assert str(refusal)
