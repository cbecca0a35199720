"""SQLite databases of strangers: read as they lie, without a lock, a journal or any other trace beside them.

A database that is being written keeps what is new in a second file (``-wal``), or what was there before it
(``-journal``); both are then copied and the copy is read, because reading it in place would write beside it.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote

from selectmodel.errors import LogError, SelectModelError
from selectmodel.files import opening
from selectmodel.files.folders import absolute

if TYPE_CHECKING:
    import sqlite3

    from selectmodel.records import Run
    from selectmodel.source import Source

_Key = TypeVar("_Key")
_Told = TypeVar("_Told")

MAGIC = b"SQLite format 3\x00"
MAX_DATABASE_BYTES = 4 * 1024 * 1024 * 1024
#: Instructions of SQLite's machine that a query may take: some minutes.
_MOST_INSTRUCTIONS = 20_000
_EVERY = 1_000_000
_MOST_TABLES = 1000


@contextmanager
def opened(path: Path, *, limit: int | None = None) -> Iterator[sqlite3.Connection]:
    """The database at ``path``, for reading alone. Raises LogError where it is none, damaged, or too large."""
    import sqlite3

    _check(path, limit or MAX_DATABASE_BYTES)
    try:
        with tempfile.TemporaryDirectory(prefix="selectmodel-") as folder:
            place = _copied(path, Path(folder)) if any(file.exists() for file in _journals(path)) else path
            # Of a copy SQLite takes back, as its journal says, what was written in part.
            how = "mode=ro&immutable=1" if place == path else "mode=rw"
            name = f"file:{quote(str(absolute(place)))}?{how}"
            with closing(sqlite3.connect(name, uri=True)) as connection:
                _careful(connection)
                yield connection
    except (sqlite3.Error, UnicodeDecodeError) as failure:  # names of columns are decoded strictly
        raise LogError(f"{path}: cannot be read as an SQLite database ({failure})") from None


def columns(connection: sqlite3.Connection, table: str) -> tuple[str, ...]:
    """The columns of a table, none where there is no such table; a view is no table."""
    found = connection.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", (table,)).fetchone()
    if found is None:
        return ()
    return tuple(name for (name,) in connection.execute("SELECT name FROM pragma_table_info(?)", (table,)))


def layout(path: Path) -> Mapping[str, frozenset[str]]:
    """The columns of each table of a database, none where it cannot be read.

    Every reader of a database asks this of the same file, which is looked into once.
    """
    return _layout(path, tuple(_state(path)))


@lru_cache(maxsize=16)
def _layout(path: Path, state: tuple[tuple[int, int], ...]) -> Mapping[str, frozenset[str]]:
    try:
        with opened(path) as connection:
            tables = [
                str(name) for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            ]
            return {table: frozenset(columns(connection, table)) for table in tables[:_MOST_TABLES]}
    except LogError:
        return {}


def told_once(source: Source, asked: Callable[[sqlite3.Connection], _Told]) -> _Told:
    """What ``asked`` gives of the whole database of a source: of many runs each asks, and it is looked into once."""
    told: _Told = _told(source.path, tuple(_state(source.path)), source.options.max_bytes, asked)
    return told


@lru_cache(maxsize=4)
def _told(
    path: Path, state: tuple[tuple[int, int], ...], limit: int | None, asked: Callable[[sqlite3.Connection], Any]
) -> Any:
    with opened(path, limit=limit) as connection:
        return asked(connection)


def chosen(source: Source, runs: Mapping[str, _Key], noun: str = "run") -> _Key:
    """Which of the ``runs`` of a database, by name, a source names; raises LogError where it names none of them."""
    part = source.part or (next(iter(runs)) if len(runs) == 1 else "")
    if part not in runs:
        raise LogError(f"{source.path}: holds " + (f"no {noun} {part!r}" if part else f"{len(runs)} {noun}s"))
    return runs[part]


def names(source: Source, listed: Callable[[sqlite3.Connection], Mapping[str, _Key]]) -> list[str]:
    """The names of the runs that a database holds."""
    with opened(source.path, limit=source.options.max_bytes) as connection:
        return list(listed(connection))


def read(
    source: Source,
    listed: Callable[[sqlite3.Connection], Mapping[str, _Key]],
    made: Callable[[Source, sqlite3.Connection, Mapping[str, _Key]], Run],
) -> Run:
    """The run that ``made`` gives of those ``listed`` in a database. Raises LogError where it is none."""
    with opened(source.path, limit=source.options.max_bytes) as connection:
        return made(source, connection, listed(connection))


def read_many(
    sources: Sequence[Source],
    listed: Callable[[sqlite3.Connection], Mapping[str, _Key]],
    made: Callable[[Source, sqlite3.Connection, Mapping[str, _Key]], Run],
) -> Iterator[Run | SelectModelError]:
    """For each source the run that ``made`` gives, or the error it raises; each database is opened and listed once."""
    wanted: dict[Path, list[int]] = {}
    for at, source in enumerate(sources):
        wanted.setdefault(source.path, []).append(at)
    found: dict[int, Run | SelectModelError] = {}
    for path, members in wanted.items():
        runs = told_once(sources[members[0]], listed)
        with opened(path, limit=sources[members[0]].options.max_bytes) as connection:
            for at in members:
                try:
                    found[at] = made(sources[at], connection, runs)
                except SelectModelError as failure:
                    found[at] = failure
    yield from (found[at] for at in range(len(sources)))


def _check(path: Path, limit: int) -> None:
    with opening.opened(path) as file:
        first = file.read(len(MAGIC))
        size = file.seek(0, 2)
    if first != MAGIC:
        raise LogError(f"{path}: is no SQLite database")
    if size > limit:
        raise LogError(
            f"{path}: {size:,} bytes, more than the limit of {limit:,}; to read it all the same: --max-bytes {size}"
        )


def _journals(path: Path) -> tuple[Path, Path]:
    return path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-journal")


def _copied(path: Path, folder: Path) -> Path:
    """A copy of the database and what was written since, both of one moment."""
    for attempt in range(3):
        time.sleep(0.05 * attempt)
        before = _state(path)
        for each in (path, *_journals(path)):
            if each.exists():
                shutil.copyfile(each, folder / each.name)
        if _state(path) == before:
            return folder / path.name
    raise LogError(f"{path}: changed while it was read, three times; is training writing to it just now?")


def _state(path: Path) -> list[tuple[int, int]]:
    found = []
    for each in (path, *_journals(path)):
        try:
            stat = each.stat()
            found.append((stat.st_size, stat.st_mtime_ns))
        except OSError:
            found.append((-1, 0))
    return found


def _careful(connection: sqlite3.Connection) -> None:
    """No text of the database is run, and no query runs for ever."""
    left = [_MOST_INSTRUCTIONS]

    def tired() -> bool:
        left[0] -= 1
        return left[0] < 0

    connection.set_progress_handler(tired, _EVERY)
    connection.execute("PRAGMA query_only = ON")
    connection.execute("PRAGMA trusted_schema = OFF")
    connection.execute("PRAGMA cell_size_check = ON")
