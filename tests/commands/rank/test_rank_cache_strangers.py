"""A file that is not the ranking's own cache is never written to, and a row that is not as written counts as absent."""

from __future__ import annotations

import json
import os
import random
import shutil
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from cli import command
from test_rank import sweep_of

import selectmodel as sm
from selectmodel.commands.rank import answer, cache, cache_file
from selectmodel.commands.rank.engines import How
from selectmodel.policy.policy import Policy


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    return sweep_of(tmp_path / "runs")


def database(place: Path, *statements: str) -> Path:
    connection = sqlite3.connect(place)
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()
    return place


ROWS = "INSERT INTO runs (name, at) VALUES ('a', 1600000000), ('b', 1600000001)"
STRANGERS = {
    "a table of the same name": ("CREATE TABLE runs (id INTEGER PRIMARY KEY, name TEXT, at INTEGER)", ROWS),
    "our very tables": tuple(
        f"CREATE TABLE {name} (key TEXT PRIMARY KEY, value TEXT, at INTEGER) WITHOUT ROWID"
        for name in ("runs", "trees", "answers")
    ),
    "other tables": ("CREATE TABLE thesis (chapter TEXT)",),
    "somebody's application": ("PRAGMA application_id=252006674", "CREATE TABLE fossil (x)"),
    "another version": (
        f"PRAGMA application_id={cache_file.APPLICATION}",
        f"PRAGMA user_version={cache_file.LAYOUT + 1}",
    ),
}


@pytest.mark.parametrize("name", STRANGERS)
@pytest.mark.parametrize("linked", [False, True])
def test_a_database_of_somebody_else_is_refused_untouched(
    name: str, linked: bool, runs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "kept").mkdir()
    place = database(tmp_path / "kept" / "lab.db", *STRANGERS[name])
    os.utime(place, ns=(1_600_000_000_000_000_000, 1_600_000_000_000_000_000))
    before = place.read_bytes()
    given = tmp_path / "link" if linked else place
    if linked:
        given.symlink_to(place)
    done = command(capsys, "rank", runs, "--cache", given)
    assert done.code == 2 and done.out == ""
    assert f"--cache {given}: is " in done.err and "was not touched" in done.err
    assert place.read_bytes() == before and place.stat().st_mtime_ns == 1_600_000_000_000_000_000
    assert list(place.parent.iterdir()) == [place]


@pytest.mark.parametrize("content", [b"x", b"SQLite format 3\0", b"SQLite format 3\0" + b"\0" * 4096, b"{}" * 5000])
def test_what_is_no_database_is_refused_untouched(
    content: bytes, runs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = tmp_path / "file"
    place.write_bytes(content)
    assert command(capsys, "rank", runs, "--cache", place).code == 2
    assert place.read_bytes() == content and not list(tmp_path.glob("file-*"))


def test_a_folder_a_pipe_and_an_odd_name_are_refused(
    runs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    os.mkfifo(tmp_path / "pipe")
    for place, code in ((tmp_path, 2), (tmp_path / "pipe", 2), (tmp_path / "x" / ("y" * 300), 4)):
        done = command(capsys, "rank", runs, "--cache", place)
        assert done.code == code and "--cache" in done.err


def test_an_absent_and_an_empty_file_become_a_cache(runs: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    for name in ("empty", "absent", "empty"):
        assert sm.rank(runs, cache=tmp_path / name) == sm.rank(runs)
        header = (tmp_path / name).read_bytes()[:100]
        assert int.from_bytes(header[68:72], "big") == cache_file.APPLICATION
        assert int.from_bytes(header[60:64], "big") == cache_file.LAYOUT


def test_the_old_cache_in_the_cache_folder_is_made_anew(runs: Path, tmp_path: Path) -> None:
    place = database(tmp_path / "c", *STRANGERS["our very tables"])
    with cache.opened(place, given=False) as opened:
        assert opened is not None
        assert answer.answer([str(runs)], Policy(), None, How(cache=opened)) == sm.rank(runs)
    with cache.opened(place, given=True) as opened:
        assert opened is not None


JUNK: tuple[Any, ...] = (
    None, True, -1, 0, 1e308, float("nan"), float("inf"), "x", "", "a\0b", [], {}, [[]], {"a": 1}, "\x1b[31mX",
    "</script>", 10**30, 10**400, "2020", [None], [1, "a"],
)  # fmt: skip


def mutated(content: Any, draw: random.Random) -> Any:
    """The content with one part of it replaced."""
    places: list[list[Any]] = []

    def walk(part: Any, path: list[Any]) -> None:
        places.append(path)
        inner = part.items() if isinstance(part, dict) else enumerate(part) if isinstance(part, list) else ()
        for key, value in inner:
            walk(value, [*path, key])

    walk(content, [])
    *above, last = draw.choice(places[1:])
    part = content
    for key in above:
        part = part[key]
    part[last] = draw.choice(JUNK)
    return content


@pytest.mark.parametrize("table", ["runs", "trees", "answers"])
@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.heavy) for seed in (1, 2, 3))])
def test_a_row_of_another_type_never_ends_a_ranking(
    table: str, seed: int, runs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (runs / "link.csv").symlink_to("nowhere")
    whole, draw = tmp_path / "whole", random.Random(seed)
    assert command(capsys, "rank", runs, "--cache", whole).code == 0
    for _ in range(40 if seed else 15):
        place = Path(shutil.copy(whole, tmp_path / "poisoned"))
        connection = sqlite3.connect(place)
        if table != "answers":
            connection.execute("DELETE FROM answers")
        key, value = draw.choice(connection.execute(f"SELECT key, value FROM {table}").fetchall())
        basis, line, text = value.partition("\n") if table == "answers" else ("", "", value)
        changed = basis + line + json.dumps(mutated(json.loads(text), draw))
        connection.execute(f"UPDATE {table} SET value = ? WHERE key = ?", (changed, key))
        connection.commit()
        connection.close()
        more = draw.choice([[], ["--format", "json"], ["--format", "csv"], ["--format", "html"], ["--top", "1"]])
        done = command(capsys, "rank", runs, "--cache", place, *more)
        assert done.code == 0, (changed, done.err)
        assert "\x1b" not in done.out + done.err


@pytest.mark.parametrize("value", [b"\xff", 7, 1.5, None])
def test_a_value_that_is_no_text_is_absent(value: Any, runs: Path, tmp_path: Path) -> None:
    for table in ("answers", "trees", "runs"):
        assert sm.rank(runs, cache=tmp_path / "c") == sm.rank(runs)
        connection = sqlite3.connect(tmp_path / "c")
        connection.execute(f"UPDATE {table} SET value = ?", (value,))
        connection.commit()
        connection.close()
        assert sm.rank(runs, cache=tmp_path / "c") == sm.rank(runs)


def test_what_bears_our_mark_and_holds_no_tables_of_ours_is_refused_untouched(
    runs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ours = (f"PRAGMA application_id={cache_file.APPLICATION}", f"PRAGMA user_version={cache_file.LAYOUT}")
    place = database(tmp_path / "c.db", *ours, "CREATE TABLE runs (id, name)")
    before = place.read_bytes()
    assert command(capsys, "rank", runs, "--cache", place).code == 2
    assert place.read_bytes() == before


@pytest.mark.skipif(os.name != "posix", reason="the paths are POSIX'")
@pytest.mark.parametrize("place", ["/dev/null/c.db", "x" * 5000, "/proc/c.db"])
def test_a_cache_that_cannot_be_written_is_exit_4(
    place: str, runs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    done = command(capsys, "rank", runs, "--cache", place)
    assert (done.code, done.out) == (4, "")
    assert "cannot be written" in done.err


def test_a_full_disk_leaves_no_empty_cache(
    runs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(connection: sqlite3.Connection) -> None:
        failure = sqlite3.OperationalError("database or disk is full")
        failure.sqlite_errorcode = sqlite3.SQLITE_FULL
        raise failure

    place = tmp_path / "c.db"
    place.touch()
    monkeypatch.setattr(cache_file, "_prepare", full)
    assert command(capsys, "rank", runs, "--cache", place).code == 4
    assert place.exists()  # it was there before
    place.unlink()
    real = sqlite3.connect

    def connect(path: Path, **given: Any) -> sqlite3.Connection:
        Path(path).touch()
        return real(path, **given)

    monkeypatch.setattr(sqlite3, "connect", connect)
    assert command(capsys, "rank", runs, "--cache", place).code == 4
    assert not place.exists()
