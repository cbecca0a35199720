"""The SQLite file of the cache: whose it is, how one comes to be, and when it cannot be used.

Its application id, read before SQLite is let near it, tells it from any other SQLite file: what does not bear it
belongs to somebody else.
"""

from __future__ import annotations

import sqlite3
import stat
import time
from contextlib import suppress
from pathlib import Path

from selectmodel.errors import OutputError, UsageError
from selectmodel.files.folders import exists

#: What SQLite's header calls the files of this program ("smRC"), and the meaning of their rows.
APPLICATION, LAYOUT = 0x736D5243, 5
_MAGIC = b"SQLite format 3\0"
_TABLES = ("runs", "trees", "answers")
_DAYS_KEPT = 90
_BUSY_SECONDS = 2.0
#: Primary error codes of SQLite: somebody else uses the file; the disk does not take it; the file is no database.
_HELD = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL})
_REFUSED = frozenset(
    {sqlite3.SQLITE_FULL, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_PERM}
)
_DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})


def given(place: Path) -> sqlite3.Connection | None:
    """The file that the user named; None where others hold it for too long.

    Raises UsageError where it is no cache of this program, OutputError where it cannot be written.
    """
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


def own(place: Path) -> sqlite3.Connection | None:
    """The file in the user's cache folder, made anew where it is none; None where it cannot be used."""
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
