"""A run too good to be true never wins silently, and runs that failed or still run are told, from any source."""

from __future__ import annotations

import json
import sqlite3
import struct
import zlib
from collections.abc import Mapping
from pathlib import Path

import pytest
from cli import command

import selectmodel as sm
from selectmodel.readers import wandb
from selectmodel.source import Source

#: Runs, the accuracies of their validations; the first is too good to be true.
LEAKED, CLEAN = [0.985, 1.0, 1.0, 1.0], [0.5, 0.7, 0.8, 0.81]
RUNS = {"a-leaked": LEAKED, "b-clean": CLEAN, "c-worse": [value - 0.1 for value in CLEAN]}


def folders(place: Path, runs: Mapping[str, list[float]] = RUNS) -> Path:
    """A folder a run, with a CSV log."""
    for name, values in runs.items():
        (place / name).mkdir(parents=True)
        rows = "".join(f"{at},{value},{1.2 - value}\n" for at, value in enumerate(values))
        (place / name / "training.csv").write_text(f"epoch,val_accuracy,val_loss\n{rows}")
    return place


def part(number: int, content: bytes | int) -> bytes:
    """A field of a protocol buffer below 128 bytes."""
    if isinstance(content, int):
        return bytes([number << 3]) + bytes([content])
    key = [number << 3 | 2] if number < 16 else [(number << 3 | 2) & 127 | 128, number >> 4]
    return bytes([*key, len(content)]) + content


def record(payload: bytes) -> bytes:
    kind = b"\x01"
    return struct.pack("<IH", zlib.crc32(payload, zlib.crc32(kind)), len(payload)) + kind + payload


def of_wandb(values: list[float], exit_code: int | None = 0) -> bytes:
    """A run as wandb records it: rows, and how it ended unless that is None."""
    found = b":W&B\xe1\xbe\x00"
    for at, value in enumerate(values):
        told = {"epoch": at, "val_accuracy": value, "val_loss": round(1.2 - value, 4), "_step": at}
        items = [part(1, part(1, name.encode()) + _json(number)) for name, number in told.items()]
        found += record(part(2, b"".join(items)))
    if exit_code is not None:
        found += record(part(18, (part(1, exit_code) if exit_code else b"") + part(2, 5)))
    return found


def _json(number: float) -> bytes:
    return part(16, json.dumps(number).encode())


def wandb_folder(place: Path) -> Path:
    for at, values in enumerate(RUNS.values()):
        run = place / f"offline-run-2026010{at + 1}_000000-run{at}"
        run.mkdir(parents=True)
        (run / f"run-run{at}.wandb").write_bytes(of_wandb(values))
    return place


def mlflow_database(place: Path) -> Path:
    with sqlite3.connect(place / "mlflow.db") as file:
        file.executescript(
            """
            CREATE TABLE experiments (experiment_id, name);
            CREATE TABLE runs (run_uuid, name, experiment_id, status, start_time, lifecycle_stage);
            CREATE TABLE metrics (run_uuid, key, value, timestamp, step, is_nan);
            INSERT INTO experiments VALUES (1, 'Default');
            """
        )
        for at, (name, values) in enumerate(RUNS.items()):
            file.execute("INSERT INTO runs VALUES (?, ?, 1, 'FINISHED', ?, 'active')", (f"{at:032}", name, at))
            rows = [(f"{at:032}", "val_accuracy", value, step, step, 0) for step, value in enumerate(values)]
            rows += [(f"{at:032}", "val_loss", 1.2 - value, step, step, 0) for step, value in enumerate(values)]
            file.executemany("INSERT INTO metrics VALUES (?, ?, ?, ?, ?, ?)", rows)
    file.close()
    return place / "mlflow.db"


def trackio_project(place: Path) -> Path:
    with sqlite3.connect(place / "project.db") as file:
        file.execute("CREATE TABLE metrics (id INTEGER PRIMARY KEY, run_name TEXT, step INTEGER, metrics TEXT)")
        for name, values in RUNS.items():
            rows = [
                (name, at, json.dumps({"val_accuracy": one, "val_loss": 1.2 - one})) for at, one in enumerate(values)
            ]
            file.executemany("INSERT INTO metrics (run_name, step, metrics) VALUES (?, ?, ?)", rows)
    file.close()
    return place / "project.db"


def in_a_store(place: Path) -> str:
    fsspec = pytest.importorskip("fsspec")
    memory = fsspec.filesystem("memory")
    for file in folders(place).rglob("*.csv"):
        memory.pipe_file(f"/{place.name}/{file.relative_to(place).as_posix()}", file.read_bytes())
    return f"memory://{place.name}"


@pytest.mark.parametrize("made", [folders, wandb_folder, mlflow_database, trackio_project, in_a_store])
def test_the_first_run_is_not_believed_wherever_it_lies(
    made: object, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert callable(made)
    sweep = made(tmp_path)
    told = json.loads(command(capsys, "rank", sweep, "--no-cache", "--format", "json").out)
    assert [one["code"] for one in told["findings"]].count("SM210") == 1
    assert told["believable"] == told["runs"][1]["run"]
    screen = " ".join(command(capsys, "rank", sweep, "--no-cache").out.split())
    assert screen.startswith("The first run looks too good to be true, see below. Without it:")


def test_it_is_said_again_from_the_cache(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sweep = folders(tmp_path / "sweep")
    first, second = (command(capsys, "rank", sweep, "--cache", tmp_path / "cache.db").out for _ in range(2))
    assert first == second and first.startswith("The first run looks too good to be true")


def test_others_that_are_too_good_are_not_named_instead(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sweep = folders(tmp_path, {"a": LEAKED, "b": LEAKED, "c": LEAKED, "d": CLEAN})
    screen = " ".join(command(capsys, "rank", sweep, "--no-cache").out.split())
    assert screen.startswith("The first 3 runs look too good to be true, see below. Without them: epoch 3 of d")
    page = tmp_path / "page.html"
    command(capsys, "rank", sweep, "--no-cache", "-o", page)
    assert "The first 3 runs look too good to be true: see what the checks saw. Without them" in page.read_text()


def test_where_none_can_be_believed_none_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sweep = folders(tmp_path, {"a": LEAKED, "b": LEAKED})
    screen = " ".join(command(capsys, "rank", sweep, "--no-cache").out.split())
    assert screen.startswith("The first run looks too good to be true, see below. None was found that does not.")
    assert sm.rank(sweep).to_dict()["believable"] is None


def test_of_a_sweep_that_can_be_believed_nothing_is_said(tmp_path: Path) -> None:
    assert sm.rank(folders(tmp_path, {"b": CLEAN, "c": CLEAN})).believable == ""


@pytest.mark.parametrize(("exit_code", "said"), [(0, None), (1, "failed, with exit code 1"), (None, None)])
def test_a_run_that_failed_in_wandb_says_so(exit_code: int | None, said: str | None) -> None:
    run = wandb.read(Source(Path("-"), (Path("-"),), "run", data=of_wandb(CLEAN, exit_code)))
    told = [note.message for note in run.notes if note.code == "SM285"]
    assert told == ([f"W&B says that this run {said}"] if said else [])


def test_runs_that_failed_are_told_and_told_again(tmp_path: Path) -> None:
    wandb_folder(tmp_path / "wandb")
    for at, code in ((1, 3), (2, 255 & 127)):
        run = tmp_path / "wandb" / f"offline-run-2026010{at + 1}_000000-run{at}"
        (run / f"run-run{at}.wandb").write_bytes(of_wandb(CLEAN, code))
    first, second = (sm.rank(tmp_path / "wandb", cache=tmp_path / "cache.db") for _ in range(2))
    (note,) = [note for note in first.notes if note.code == "SM281"]
    assert note.message.startswith("2 of 3 runs did not finish, by what their tracker says")
    assert first.notes == second.notes


def test_a_run_that_was_resumed_ends_as_its_last_file_does(tmp_path: Path) -> None:
    for date, code in (("20260101", 1), ("20260102", 0)):
        run = tmp_path / f"run-{date}_000000-abc"
        run.mkdir()
        (run / "run-abc.wandb").write_bytes(of_wandb(CLEAN, code))
    files = tuple(sorted(tmp_path.rglob("*.wandb")))
    run = wandb.read(Source(files[0], files, "abc"))
    assert not [note for note in run.notes if note.code == "SM285"]


def test_links_to_the_log_of_wandb_itself_are_no_matter(tmp_path: Path) -> None:
    wandb_folder(tmp_path / "wandb")
    for run in (tmp_path / "wandb").iterdir():
        (run / "logs").mkdir()
        (run / "logs" / "debug-core.log").symlink_to(tmp_path / "far" / "core-debug.log")
    assert not [note for note in sm.rank(tmp_path / "wandb").notes if note.code == "SM169"]
    (tmp_path / "wandb" / "training.log").symlink_to(tmp_path / "far" / "training.log")
    assert [note.code for note in sm.rank(tmp_path / "wandb").notes if note.code == "SM169"] == ["SM169"]


@pytest.mark.parametrize(
    ("status", "said"),
    [("3", None), ("1", "is running"), ("4", "failed"), ("5", "was killed"), ("77", None)],
)
def test_a_folder_of_mlflow_says_how_its_run_ended(status: str, said: str | None, tmp_path: Path) -> None:
    run = tmp_path / "mlruns" / "0" / f"{7:032x}"
    (run / "metrics").mkdir(parents=True)
    (run / "meta.yaml").write_text(f"artifact_uri: x\nlifecycle_stage: active\nrun_id: {7:032x}\nstatus: {status}\n")
    rows = "".join(f"17600000000{at:02} {1 - at / 10} {at}\n" for at in range(4))
    (run / "metrics" / "val_loss").write_text(rows)
    ranking = sm.rank(tmp_path / "mlruns")
    told = [note.message for note in sm.read(run).notes if note.code == "SM285"]
    assert told == ([f"MLflow says that this run {said}"] if said else [])
    assert ranking.runs[0].state == ("not finished" if said else "")
