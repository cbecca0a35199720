"""The file that remembers what each run came to, which runs a folder holds, and what was answered about them.

One SQLite file in the user's cache folder, written in transactions: several programs may use it at once, and it may be
deleted at any time. Its application id, read before SQLite is let near it, tells it from any other SQLite file: what
does not bear it belongs to somebody else. Rows are plain JSON. What is there counts only where every file of the run
still bears the mark it had before it was read (:mod:`selectmodel.files.fingerprints`), under the same policy and
version: a second look at a sweep reads only what has changed.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import stat
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from selectmodel import registry
from selectmodel.commands.rank import typed
from selectmodel.commands.rank.ranking import LeftOut, RankedRun
from selectmodel.errors import OutputError, UsageError
from selectmodel.files.folders import exists
from selectmodel.records import Note
from selectmodel.version import __version__

#: What SQLite's header calls the files of this program ("smRC"), and the meaning of their rows.
APPLICATION, LAYOUT = 0x736D5243, 5
_MAGIC = b"SQLite format 3\0"
_TABLES = ("runs", "trees", "answers")
_DAYS_KEPT = 90
_AT_ONCE = 500
_BUSY_SECONDS = 2.0
#: Primary error codes of SQLite: somebody else uses the file; the disk does not take it; the file is no database.
_HELD = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL})
_REFUSED = frozenset(
    {sqlite3.SQLITE_FULL, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_PERM}
)
_DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
#: What reading a row raises that this program did not write.
NONSENSE = (ValueError, TypeError, LookupError, AttributeError, RecursionError)

Row = RankedRun | LeftOut


def default_place() -> Path | None:
    """The file in the user's cache folder; None where there is no home."""
    from platformdirs import user_cache_path

    try:
        place = user_cache_path("selectmodel", appauthor=False) / "rank.sqlite3"
    except RuntimeError:
        return None
    return place if place.is_absolute() else None  # older releases leave "~" as it is


def digest(*parts: object) -> str:
    """A key of what the parts say."""
    text = repr((__version__, registry.state_of_others(), LAYOUT, parts))
    return hashlib.blake2b(text.encode("utf-8", "surrogateescape"), digest_size=16).hexdigest()


class Cache:
    """Rows by key. A failure of the file makes it an empty cache that takes nothing: no answer depends on it."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection: sqlite3.Connection | None = connection

    def runs(self, keys: Sequence[str]) -> dict[str, Row]:
        """The rows that are known among ``keys``."""
        found: dict[str, Row] = {}
        for key, text in self._select("runs", keys):
            row = _row(text)
            if row is not None:
                found[key] = row
        return found

    def tree(self, key: str, whole: str) -> tuple[list[str], tuple[Note, ...]] | None:
        """The keys of the runs of a folder in order, and what finding them had to say; ``whole`` is its mark."""
        for _, text in self._select("trees", [key]):
            try:
                then, runs, notes = json.loads(text)
                told = tuple(typed.checked(Note(**note)) for note in notes)
                keys = [typed.checked_as("str", run) for run in runs if isinstance(runs, list)]
                return (keys, told) if then == whole and keys else None
            except NONSENSE:
                return None
        return None

    def answer(self, key: str) -> tuple[str, str] | None:
        """What an answer rests on, and the answer, each as it was kept."""
        for _, text in self._select("answers", [key]):
            basis, _, answer = text.partition("\n")
            return basis, answer
        return None

    def keep(self, rows: Mapping[str, Row]) -> None:
        """Keeps what runs came to, in one transaction."""
        self._insert("runs", [(key, _text(row)) for key, row in rows.items()])

    def keep_tree(self, key: str, whole: str, runs: Sequence[str], notes: Iterable[Note]) -> None:
        """Keeps which runs a folder holds, in place of what it held the last time."""
        self.keep_trees([(key, whole, runs, notes)])

    def keep_trees(self, trees: Iterable[tuple[str, str, Sequence[str], Iterable[Note]]]) -> None:
        """Keeps many of them, in one transaction."""
        self._insert("trees", [(key, _tree_text(whole, runs, notes)) for key, whole, runs, notes in trees])

    def keep_answer(self, key: str, basis: str, answer: str) -> None:
        """Keeps an answer, in place of an earlier one to the same question. ``basis`` is one line."""
        self._insert("answers", [(key, f"{basis}\n{answer}")])

    def _select(self, table: str, keys: Sequence[str]) -> Iterator[tuple[str, str]]:
        for at in range(0, len(keys), _AT_ONCE):
            some = keys[at : at + _AT_ONCE]
            marks = ",".join("?" * len(some))
            for key, value in self._done(f"SELECT key, value FROM {table} WHERE key IN ({marks})", some):
                if isinstance(key, str) and isinstance(value, str):
                    yield key, value

    def _done(self, statement: str, values: Sequence[Any]) -> list[tuple[str, str]]:
        if self._connection is None:
            return []
        try:
            return self._connection.execute(statement, values).fetchall()
        except sqlite3.Error:
            self.close()
            return []

    def _insert(self, table: str, rows: Sequence[tuple[str, str]]) -> None:
        if self._connection is None:
            return
        now = int(time.time())
        try:
            with self._connection:
                self._connection.executemany(f"INSERT OR REPLACE INTO {table} VALUES (?, ?, {now})", rows)
        except sqlite3.Error:
            self.close()

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


@contextmanager
def opened(place: Path, *, given: bool) -> Iterator[Cache | None]:
    """The cache at ``place``; None where it cannot be used, or where others hold it for too long.

    An absent or empty file becomes one. A file that the user named (``given``) and that is no such cache is refused
    with UsageError, before a byte of it or beside it is written; the one in the cache folder is made anew.
    """
    connection = _given(place) if given else _own(place)
    cache = Cache(connection) if connection is not None else None
    try:
        yield cache
    finally:
        if cache is not None:
            cache.close()


def _given(place: Path) -> sqlite3.Connection | None:
    """Raises UsageError."""
    fresh = not exists(place)
    try:
        whose = _stranger(place)
        if not whose:
            return _connected(place)
    except (sqlite3.Error, OSError, ValueError) as failure:
        if _is(failure, _HELD):
            return None
        if fresh and not isinstance(failure, ValueError):
            with suppress(OSError):
                _unfilled(place)
        if _is(failure, _REFUSED) or isinstance(failure, OSError):
            reason = getattr(failure, "strerror", None) or failure
            raise OutputError(f"--cache {place}: cannot be written ({reason})") from None
        whose = "cannot be used as a cache"
    raise UsageError(
        f"--cache {place}: {whose}, and was not touched; name a file that does not exist yet, or delete this one first"
    )


def _unfilled(place: Path) -> None:
    """Takes away the empty file that SQLite leaves where the disk is full."""
    if place.stat().st_size == 0:
        place.unlink()


def _own(place: Path) -> sqlite3.Connection | None:
    try:
        if not _stranger(place):
            return _connected(place)
    except (sqlite3.Error, OSError) as failure:
        if not _is(failure, _DAMAGED):
            return None
    return _made_anew(place)


def _stranger(place: Path) -> str:
    """Why a file is no cache of this program; "" for one that is, and where there is none yet. Raises OSError."""
    try:
        mode = place.stat().st_mode
    except FileNotFoundError:
        return ""
    if not stat.S_ISREG(mode):
        return "is no file"
    with place.open("rb") as file:
        header = file.read(100)
    if not header:
        return ""
    if len(header) < 100 or not header.startswith(_MAGIC):
        return "is no cache of this program"
    layout, application = (int.from_bytes(header[at : at + 4], "big") for at in (60, 68))
    if application != APPLICATION:
        return "is a database, but no cache of this program"
    return "" if layout == LAYOUT else "is a cache of another version of this program"


def _is(failure: Exception, codes: frozenset[int]) -> bool:
    """Whether SQLite failed for one of these primary reasons."""
    return isinstance(failure, sqlite3.Error) and getattr(failure, "sqlite_errorcode", 0) & 0xFF in codes


def _made_anew(place: Path) -> sqlite3.Connection | None:
    try:
        for part in ("-wal", "-shm", ""):
            place.with_name(place.name + part).unlink(missing_ok=True)
        return _connected(place)
    except (sqlite3.Error, OSError):
        return None


def _connected(place: Path) -> sqlite3.Connection:
    """Raises sqlite3.Error and OSError.

    A new file is switched to its log under an exclusive lock. Where two programs do so at once, SQLite refuses one of
    them at once instead of letting it wait, because waiting could never end: it has to ask again.
    """
    place.parent.mkdir(parents=True, exist_ok=True)
    until = time.monotonic() + _BUSY_SECONDS
    while True:
        connection = sqlite3.connect(place, timeout=_BUSY_SECONDS)
        try:
            _prepare(connection)
            return connection
        except sqlite3.Error as failure:
            connection.close()
            if not _is(failure, _HELD) or time.monotonic() > until:
                raise
            time.sleep(0.01)


def _prepare(connection: sqlite3.Connection) -> None:
    """The file's mark and its tables come to be in one transaction: there is never a cache that does not bear it."""
    if not _marked(connection):
        with connection:
            connection.execute("BEGIN IMMEDIATE")
            if not _marked(connection):
                _begin(connection)
    for table in _TABLES:  # before a byte is changed: whatever bears the mark may have been altered
        connection.execute(f"SELECT key, value, at FROM {table} LIMIT 0")
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")
    _forget_old(connection)


def _marked(connection: sqlite3.Connection) -> bool:
    return bool(connection.execute("PRAGMA application_id").fetchone() == (APPLICATION,))


def _begin(connection: sqlite3.Connection) -> None:
    if connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone() is not None:
        raise OSError("another program has filled the file meanwhile")
    connection.execute(f"PRAGMA application_id={APPLICATION}")
    connection.execute(f"PRAGMA user_version={LAYOUT}")
    for table in _TABLES:
        connection.execute(f"CREATE TABLE {table} (key TEXT PRIMARY KEY, value TEXT, at INTEGER) WITHOUT ROWID")


def _forget_old(connection: sqlite3.Connection) -> None:
    before = int(time.time()) - _DAYS_KEPT * 86400
    for table in _TABLES:
        oldest = connection.execute(f"SELECT 1 FROM {table} WHERE at < ? LIMIT 1", (before,)).fetchone()
        if oldest is not None:
            with connection:
                connection.execute(f"DELETE FROM {table} WHERE at < ?", (before,))


_FIELDS = {kind.__name__: tuple(part.name for part in fields(kind)) for kind in (RankedRun, LeftOut)}
_FILES = _FIELDS["RankedRun"].index("files")


def _tree_text(whole: str, runs: Sequence[str], notes: Iterable[Note]) -> str:
    return json.dumps([whole, list(runs), [asdict(note) for note in notes]])


def _text(row: Row) -> str:
    kind = type(row).__name__
    return json.dumps([kind, *(getattr(row, name) for name in _FIELDS[kind])])


def _row(text: str) -> Row | None:
    """The row that :func:`_text` wrote; None for anything else, which counts as not there."""
    try:
        kind, *values = json.loads(text)
        if kind == "LeftOut":
            return typed.checked(LeftOut(*values))
        values[_FILES] = tuple(values[_FILES])
        return typed.checked(RankedRun(*values))
    except NONSENSE:
        return None
