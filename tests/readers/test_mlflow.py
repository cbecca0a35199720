"""MLflow's store of files and its database, made here as MLflow makes them."""

from __future__ import annotations

import math
import sqlite3
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from places import SAMPLES, SHARED

from selectmodel.errors import ChoiceError, LogError, SelectModelError
from selectmodel.files import choose_run, discovery
from selectmodel.readers import mlflow, mlflow_database
from selectmodel.records import Run
from selectmodel.source import Source

META = "artifact_uri: file:///x\nlifecycle_stage: {stage}\nrun_id: {name}\nrun_name: {name}\nstatus: 3\n"


def stored(folder: Path, metrics: Mapping[str, str], *, stage: str = "active", name: str = "r1") -> Path:
    """A run of a store of files: the lines of each metric."""
    run = folder / "mlruns" / "0" / name
    for metric, lines in metrics.items():
        file = run / "metrics" / metric
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(lines)
    run.mkdir(parents=True, exist_ok=True)
    (run / "meta.yaml").write_text(META.format(stage=stage, name=name))
    return run


def lines(values: Sequence[float], *, start: int = 0, at: int = 1_700_000_000_000) -> str:
    return "".join(f"{at + 1000 * step} {value!r} {start + step}\n" for step, value in enumerate(values))


def read(path: Path) -> Run:
    return choose_run.choose(path, discovery.find(path)).read()


def points(run: Run, name: str) -> list[tuple[int, float]]:
    return list(zip(run.series[name].steps.tolist(), run.series[name].values.tolist(), strict=True))


def test_a_folder_of_metrics_is_one_run_whose_names_hold_slashes(tmp_path: Path) -> None:
    run = stored(tmp_path, {"val/loss": lines([1.5, 1.25, 1.75]), "train_loss": lines([1.0, 0.5, 0.25])})
    for place in (run, tmp_path, run / "meta.yaml"):
        assert points(read(place), "val/loss") == [(0, 1.5), (1, 1.25), (2, 1.75)]
    assert points(read(run / "metrics" / "train_loss"), "train_loss")[2] == (2, 0.25)


def test_a_run_without_its_meta_file_is_read_all_the_same(tmp_path: Path) -> None:
    run = stored(tmp_path, {"val_loss": lines([1.5, 1.25])})
    (run / "meta.yaml").unlink()
    assert points(read(run), "val_loss") == [(0, 1.5), (1, 1.25)]


def test_deleted_runs_and_system_metrics_are_left_out(tmp_path: Path) -> None:
    stored(tmp_path, {"val_loss": lines([1.5]), "system/cpu": lines([5.0])})
    stored(tmp_path, {"val_loss": lines([0.5])}, stage="deleted", name="r2")
    assert set(read(tmp_path).series) == {"val_loss"}


def test_the_order_of_time_counts_not_that_of_the_lines_and_the_last_value_of_a_step_does(tmp_path: Path) -> None:
    shuffled = "".join(reversed(lines([1.5, 1.25, 1.75]).splitlines(keepends=True)))
    again = shuffled + f"{1_700_000_009_000} 1.125 2\n"
    run = read(stored(tmp_path, {"val_loss": again}))
    assert points(run, "val_loss") == [(0, 1.5), (1, 1.25), (2, 1.125)]
    assert run.degraded and "SM105" in {note.code for note in run.notes}


def test_two_trainings_in_one_run_are_not_mixed(tmp_path: Path) -> None:
    both = lines([1.5, 1.25, 1.75, 1.0]) + lines([2.0, 1.5], at=1_700_000_100_000)
    with pytest.raises(ChoiceError, match="holds 2 trainings"):
        read(stored(tmp_path, {"val_loss": both}))


def test_metrics_that_count_in_two_units_are_both_whole(tmp_path: Path) -> None:
    """Epochs in the one and optimizer steps in the other, written in turns, are no restarts."""
    train = "".join(f"{1_700_000_000_000 + step} 0.5 {step}\n" for step in range(0, 100, 10))
    val = "".join(f"{1_700_000_000_005 + 30 * epoch} {1 / (epoch + 1)} {epoch}\n" for epoch in range(3))
    run = read(stored(tmp_path, {"val_loss": val, "train_loss": train}))
    assert len(points(run, "train_loss")) == 10 and len(points(run, "val_loss")) == 3 and not run.degraded


def test_an_epoch_metric_tells_the_epoch_of_a_step(tmp_path: Path) -> None:
    run = read(stored(tmp_path, {"epoch": "1700000000000 0 9\n1700000001000 1 19\n",
                                 "val_loss": "1700000000000 1.5 9\n1700000001000 1.25 19\n"}))  # fmt: skip
    assert run.series["val_loss"].epochs.tolist() == [0, 1] and "epoch" not in run.series


@pytest.mark.parametrize(
    ("line", "code", "degrades"),
    [
        ("1700000002000 1.2", "SM101", False),  # cut: no newline
        ("1700000002000 abc 2\n", "SM102", True),
        ("x\n", "SM102", True),
        ("1700000002000 1_0 2\n", "SM102", True),
    ],
)
def test_a_line_that_cannot_be_read_is_told(tmp_path: Path, line: str, code: str, degrades: bool) -> None:
    run = read(stored(tmp_path, {"val_loss": lines([1.5, 1.25]) + line}))
    assert points(run, "val_loss") == [(0, 1.5), (1, 1.25)]
    assert [note.code for note in run.notes if note.code == code] == [code] and run.degraded == degrades


def test_what_a_newer_mlflow_writes_after_the_step_is_passed_over(tmp_path: Path) -> None:
    run = read(stored(tmp_path, {"val_loss": "1700000000000 nan 3 my data set d1g3st\n1700000001000 -inf 4 a b\n"}))
    (first, nan), (second, inf) = points(run, "val_loss")
    assert (first, second) == (3, 4) and math.isnan(nan) and inf == -math.inf


def test_one_value_of_each_metric_leaves_nothing_to_choose_and_says_so(tmp_path: Path) -> None:
    run = read(stored(tmp_path, {"accuracy": lines([0.5]), "loss": lines([1.5])}))
    assert "SM193" in {note.code for note in run.notes}


@given(st.binary(max_size=200))
def test_whatever_a_metric_file_holds_it_is_read_or_refused_in_words(content: bytes) -> None:
    path = Path("-")
    try:
        mlflow.read(Source(path, (path,), "run", data=content))
    except SelectModelError as refusal:
        assert str(refusal)


SCHEMA = """
CREATE TABLE experiments (experiment_id INTEGER, name TEXT);
CREATE TABLE runs (run_uuid TEXT, name TEXT, experiment_id INTEGER, start_time INTEGER, lifecycle_stage TEXT);
CREATE TABLE metrics (key TEXT, value REAL, timestamp INTEGER, run_uuid TEXT, step INTEGER, is_nan INTEGER);
CREATE TABLE params (key TEXT, value TEXT, run_uuid TEXT);
INSERT INTO experiments VALUES (0, 'Default'), (1, 'exp');
INSERT INTO runs VALUES ('aaaaaaaa1', 'x', 1, 1, 'active'), ('bbbbbbbb2', 'x', 1, 2, 'active'),
  ('cccccccc3', 'y', 0, 3, 'active'), ('dddddddd4', 'gone', 1, 4, 'deleted'), ('eeeeeeee5', 'empty', 1, 5, 'active');
"""


def database(path: Path, *rows: tuple[str, float, int, str, int, int]) -> Path:
    connection = sqlite3.connect(path)
    connection.executescript(SCHEMA)
    connection.executemany("INSERT INTO metrics VALUES (?, ?, ?, ?, ?, ?)", rows)
    connection.commit()
    connection.close()
    return path


ROWS = [
    *((("val_loss", value, at, "aaaaaaaa1", at, 0)) for at, value in enumerate([1.5, 1.25, 1.75])),
    ("val_loss", 0.0, 3, "bbbbbbbb2", 0, 1),
    ("val_loss", -1.7976931348623157e308, 4, "bbbbbbbb2", 1, 0),
    ("val_loss", 1.0, 5, "cccccccc3", 0, 0),
    ("val_loss", 0.1, 6, "dddddddd4", 0, 0),
]


def test_a_database_holds_many_runs_and_one_is_asked_for(tmp_path: Path) -> None:
    path = database(tmp_path / "mlflow.db", *ROWS)
    found = discovery.find(path)
    assert [item.name for item in found] == ["exp/x aaaaaaaa", "exp/x bbbbbbbb", "y", "exp/empty"]
    with pytest.raises(ChoiceError, match="holds 4 runs"):
        choose_run.choose(path, found)
    assert points(choose_run.choose(path, found, ["exp/x aaaaaaaa"]).read(), "val_loss")[1] == (1, 1.25)
    assert {item.source.part for item in discovery.find(tmp_path)} == {item.source.part for item in found}


def test_many_runs_are_read_at_once_as_each_alone(tmp_path: Path) -> None:
    found = discovery.find(database(tmp_path / "mlflow.db", *ROWS))
    together = list(discovery.read_all(found))
    for item, run in zip(found[:3], together, strict=False):
        assert isinstance(run, Run) and str(points(run, "val_loss")) == str(points(item.read(), "val_loss"))
    assert isinstance(together[3], LogError) and "nothing was logged" in str(together[3])


def test_nan_and_infinity_are_what_they_were(tmp_path: Path) -> None:
    path = database(tmp_path / "mlflow.db", *ROWS)
    run = choose_run.choose(path, discovery.find(path), ["exp/x bbbbbbbb"]).read()
    (_, nan), (_, inf) = points(run, "val_loss")
    assert math.isnan(nan) and inf == -math.inf


def test_what_is_still_in_the_journal_is_read_and_nothing_is_left_beside(tmp_path: Path) -> None:
    path = tmp_path / "mlflow.db"
    database(path, *ROWS[:1])
    writer = sqlite3.connect(path)
    writer.execute("PRAGMA journal_mode = WAL")
    writer.execute("PRAGMA wal_autocheckpoint = 0")
    writer.executemany("INSERT INTO metrics VALUES (?, ?, ?, ?, ?, ?)", ROWS[1:3])
    writer.commit()
    before = sorted(entry.name for entry in tmp_path.iterdir())
    found = discovery.find(path)
    assert len(points(found[0].read(), "val_loss")) == 3
    assert sorted(entry.name for entry in tmp_path.iterdir()) == before
    writer.close()


def test_what_a_killed_writer_wrote_in_part_is_taken_back_and_nothing_is_touched(tmp_path: Path) -> None:
    path = database(tmp_path / "mlflow.db", *ROWS[:3])
    code = (
        "import os, sqlite3; c = sqlite3.connect('mlflow.db', isolation_level=None); "
        "c.execute('PRAGMA cache_size = 1'); c.execute('PRAGMA cache_spill = 1'); c.execute('BEGIN'); "
        "[c.execute('UPDATE metrics SET value = 9') for _ in range(2)]; "
        "[c.execute('INSERT INTO metrics VALUES (?, 9, 9, ?, ?, 0)', ('x' * 900, 'aaaaaaaa1', n)) for n in range(400)]"
        "; "
        "os._exit(1)"
    )
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=False)
    before = {entry.name: entry.read_bytes() for entry in tmp_path.iterdir()}
    assert before.get("mlflow.db-journal")
    assert points(discovery.find(path)[0].read(), "val_loss") == [(0, 1.5), (1, 1.25), (2, 1.75)]
    assert {entry.name: entry.read_bytes() for entry in tmp_path.iterdir()} == before


def test_an_older_schema_is_read(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    connection = sqlite3.connect(path)
    connection.executescript(
        "CREATE TABLE experiments (experiment_id INTEGER, name TEXT); CREATE TABLE runs (run_uuid TEXT, "
        "experiment_id INTEGER); CREATE TABLE metrics (key TEXT, value REAL, timestamp INTEGER, run_uuid TEXT); "
        "INSERT INTO runs VALUES ('r', 0); INSERT INTO metrics VALUES ('val_loss', 1.5, 1, 'r');"
    )
    connection.close()
    (found,) = discovery.find(path)
    assert points(found.read(), "val_loss") == [(0, 1.5)]


def test_another_database_is_named_for_what_it_is(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE t (a)")
    connection.commit()
    connection.close()
    with pytest.raises(LogError, match="SQLite database"):
        discovery.find(path)


@given(st.data())
def test_a_damaged_database_is_read_or_refused_in_words(data: st.DataObject) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = database(Path(folder, "mlflow.db"), *ROWS)
        content = bytearray(path.read_bytes())
        for _ in range(data.draw(st.integers(1, 20))):
            content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
        path.write_bytes(bytes(content))
        source = Source(path, (path,), "run")
        try:
            for part in mlflow_database.parts(source):
                mlflow_database.read(Source(path, (path,), "run", part=part))
        except SelectModelError as refusal:
            assert str(refusal)


def test_the_samples_are_one_training_in_both() -> None:
    files = {item.name.rpartition("/")[2]: item for item in discovery.find(SAMPLES / "mlflow" / "mlruns")}
    rows = {item.name.rpartition("/")[2]: item for item in discovery.find(SAMPLES / "mlflow" / "mlflow.db")}
    assert sorted(files) == sorted(rows) == ["seed-1", "seed-2", "seed-3"]
    for name, item in files.items():
        one, other = item.read(), rows[name].read()
        assert {metric: points(one, metric) for metric in one.series} == {
            metric: points(other, metric) for metric in other.series
        }
        assert mlflow.hparams(item.source) == mlflow_database.hparams(rows[name].source)
        assert mlflow.hparams(item.source)["learning_rate"] == 0.05


@pytest.mark.skipif(not SHARED.is_dir(), reason="the public logs are not here")
def test_public_stores() -> None:
    samples = SHARED / "samples"
    run = read(samples / "mlflow_sqlite" / "mlflow.db")
    assert points(run, "val_loss")[-1] == (3, 0.275) and math.isnan(run.series["nanm"].values[0])
    run = read(samples / "mlflow_filestore_selfmalformed")
    assert points(run, "val/acc")[-1] == (3, 0.8)


@pytest.mark.parametrize("name", ["val/loss", "metrics/mAP50", "val_loss"])
def test_a_metric_named_alone_is_called_as_in_its_run(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = stored(tmp_path, {name: lines([1.5, 1.25])}, name="0123456789abcdef" * 2)
    assert set(read(home).series) == {name} == set(read(home / "metrics" / name).series)
    monkeypatch.chdir((home / "metrics" / name).parent)
    assert set(read(Path(name.rpartition("/")[2])).series) == {name}


def test_a_version_in_the_registry_of_models_is_no_run(tmp_path: Path) -> None:
    stored(tmp_path, {"val_loss": lines([1.5, 1.25])})
    version = tmp_path / "mlruns/models/m/version-1/meta.yaml"
    version.parent.mkdir(parents=True)
    version.write_text("current_stage: None\nname: m\nrun_id: r1\nstorage_location: x\nversion: 1\n")
    assert set(read(tmp_path).series) == {"val_loss"}


def test_what_mlflow_measured_of_the_machine_is_read_where_it_is_named_alone(tmp_path: Path) -> None:
    run = stored(tmp_path, {"system/cpu": lines([5.0, 6.0])})
    assert points(read(run / "metrics/system/cpu"), "system/cpu") == [(0, 5.0), (1, 6.0)]
    with pytest.raises(LogError, match="nothing was logged to this run but what MLflow measured of the machine"):
        read(run)


@pytest.mark.parametrize("odd", ["", "1700000000009 nan 9\n", "1700000000009 1e-3 -1\n", "1700000000009 - 9\n", "x\n"])
def test_the_quick_way_gives_what_the_careful_one_does(odd: str, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [f"170000000000{at} {0.5 - at / 100} {at}\n" for at in range(6)]
    data, notes, others = "".join([*lines, odd]).encode(), [], []
    source = Source(Path("val_loss"), (Path("val_loss"),), "run", data=data)
    quick = [*mlflow._points(source, Path("val_loss"), "val_loss", notes)]
    monkeypatch.setattr(mlflow, "_plain_points", lambda *_: None)
    assert str(quick) == str([*mlflow._points(source, Path("val_loss"), "val_loss", others)])
    assert notes == others and len(quick) >= 6
