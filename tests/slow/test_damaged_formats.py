"""A log of every reader, cut, with bits flipped, doubled, appended to or with pieces gone: never a fault of ours.

The logs are the examples of the readers and the samples of this repository, files, databases, archives and folders.
SELECTMODEL_MUTATION_TRIES=1000 pytest -m heavy tests/slow/test_damaged_formats.py      searches for half an hour
"""

from __future__ import annotations

import contextlib
import io
import os
import random
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import places
import pytest

from selectmodel import registry
from selectmodel.cli.main import run

#: By their number and not by the clock, so that a fast machine tries no others than a slow one.
TRIES = int(os.environ.get("SELECTMODEL_MUTATION_TRIES", "150"))
SEED = int(os.environ.get("SELECTMODEL_MUTATION_SEED", "1"))
EXPECTED = (0, 1, 2, 3)
#: Bytes of a file beyond which damaging it takes more time than it is worth.
_MOST = 300_000
_ENDINGS = (b"\n", b"{", b"}\n", b"]", b",\n1,2,3\n", b"\x00" * 64, b"nan\n", b'{"epoch": 1}\n')
_NUMBERS = (b"1e999", b"-1", b"NaN", b"9" * 400, b"null", b'"a"', b"[[[[", b"1e-320", b"18446744073709551616")
_CELLS = ("'x'", "null", "1e999", "-1", "x'ff'", "9223372036854775807", "''", "0.5", "'\ud83d'")


def logs() -> dict[str, Path]:
    """Every sample by name: a file alone, or the folder of a log of several files."""
    tops = [path for path in places.SAMPLES.iterdir() if path.is_dir() and path.name not in ("cycles", "sweep")]
    found = {path.name: path for path in tops}
    if places.SHARED.is_dir():
        found |= {f"shared {path.name}": path for path in (places.SHARED / "samples").iterdir() if path.is_dir()}
    return dict(sorted(found.items()))


def examples() -> dict[str, tuple[str, bytes]]:
    """Every example of a reader, with a name that its reader is asked about."""
    found = {}
    for name in registry.names("readers"):
        reader = registry.load("readers", name)
        for at, (content, _) in enumerate(reader.examples):
            found[f"{name} {at}"] = (reader.files[0].replace("*", "log"), content)
    return found


def damaged(content: bytes, chance: random.Random) -> bytes:
    """Content with one to four things done to it."""
    data = bytearray(content)
    for _ in range(chance.randint(1, 4)):
        at, size = chance.randint(0, len(data)), chance.randint(1, 400)
        match chance.choice(["cut", "flip", "insert", "repeat", "drop", "zero", "double", "append", "number"]):
            case "cut":
                del data[at:]
            case "flip" if at < len(data):
                data[at] ^= 1 << chance.randint(0, 7)
            case "insert":
                data[at:at] = chance.randbytes(chance.randint(1, 20))
            case "repeat":
                data[at:at] = data[at : at + size]
            case "drop":
                del data[at : at + size]
            case "zero":
                data[at : at + size] = bytes(len(data[at : at + size]))
            case "double" if len(data) < _MOST:
                data += bytes(data)
            case "append":
                data += chance.choice(
                    [b"\n", b"{", b"}\n", b"]", b",\n1,2,3\n", b"\x00" * 64, b"nan\n", b'{"epoch": 1}\n']
                )
            case "number":
                digits = [i for i in range(len(data)) if data[i : i + 1].isdigit()][:2000]
                if digits:
                    spot = chance.choice(digits)
                    data[spot : spot + 1] = chance.choice(_NUMBERS)
    return bytes(data)


def altered(database: Path, chance: random.Random) -> None:
    """A database that is whole and holds what no writer puts there."""
    with contextlib.suppress(sqlite3.Error), contextlib.closing(sqlite3.connect(database)) as opened:
        tables = [name for (name,) in opened.execute("select name from sqlite_master where type = 'table'")]
        for table in chance.sample(tables, min(3, len(tables))):
            columns = [row[1] for row in opened.execute(f'pragma table_info("{table}")')]
            column = chance.choice(columns)
            value = chance.choice(
                ["'x'", "null", "1e999", "-1", "x'ff'", "9223372036854775807", "''", "0.5", "'\ud83d'"]
            )
            with contextlib.suppress(sqlite3.Error, UnicodeError):
                match chance.choice(["set", "set", "rename", "drop", "empty"]):
                    case "set":
                        opened.execute(f'update "{table}" set "{column}" = {value}')
                    case "rename":
                        opened.execute(f'alter table "{table}" rename column "{column}" to "{column}_2"')
                    case "drop":
                        opened.execute(f'drop table "{table}"')
                    case "empty":
                        opened.execute(f'delete from "{table}"')
        opened.commit()


def answered(place: Path, label: str) -> None:
    """Whatever stands there, pick, inspect and rank say something of it."""
    for command in ("pick", "inspect", *(["rank"] if place.is_dir() else [])):
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = run([command, str(place)])
        assert code in EXPECTED, f"{label}: {command}\n{err.getvalue()}"
        assert "Traceback" not in err.getvalue(), f"{label}: {command}\n{err.getvalue()}"


def searched(tries: Callable[[random.Random, str], None], count: int) -> None:
    """Tries so many seeds, one after the other."""
    for number in range(count):
        seed = f"{SEED}-{number}"
        tries(random.Random(seed), f"seed {seed}")


EXAMPLES = examples()


@pytest.mark.parametrize("name", EXAMPLES)
def test_damaged_examples(name: str, tmp_path: Path) -> None:
    file, content = EXAMPLES[name]

    def once(chance: random.Random, label: str) -> None:
        log = tmp_path / file
        log.write_bytes(damaged(content, chance))
        answered(log, f"{name} {label}")

    searched(once, 6)


@pytest.mark.heavy
@pytest.mark.parametrize("name", logs())
def test_damaged_samples(name: str, tmp_path: Path) -> None:
    top = logs()[name]

    def once(chance: random.Random, label: str) -> None:
        copy = tmp_path / "log"
        shutil.copytree(top, copy, symlinks=True, ignore=shutil.ignore_patterns("weights", "*.pt", "*.ckpt", "*.h5"))
        # sorted, because each file system lists a folder in an order of its own
        files = [path for path in sorted(copy.rglob("*")) if path.is_file() and 0 < path.stat().st_size < _MOST]
        for path in chance.sample(files, min(len(files), chance.randint(1, 3))):
            if not path.exists():  # SQLite takes away what it no longer needs beside a database
                continue
            path.chmod(0o644)
            match chance.choice(["damage", "damage", "damage", "remove", "empty", "swap"]):
                case "damage" if path.suffix == ".db" and chance.random() < 0.7:
                    altered(path, chance)
                case "damage":
                    path.write_bytes(damaged(path.read_bytes(), chance))
                case "remove":
                    path.unlink()
                case "empty":
                    path.write_bytes(b"")
                case "swap":
                    other = chance.choice(files)
                    if other.exists() and other != path:
                        path.write_bytes(other.read_bytes())
        try:
            answered(copy, f"{name} {label}")
            single = [path for path in files if path.exists()]
            if single:
                answered(chance.choice(single), f"{name} {label}, one file")
        finally:
            shutil.rmtree(copy)

    searched(once, TRIES)
