"""SQLite databases of strangers: read as they lie, without a lock, a journal or any other trace beside them.

A database that is being written keeps what is new in a second file (``-wal``); both are then copied and the copy is
read, because reading it in place would write beside it.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from selectmodel.errors import LogError
from selectmodel.files import opening
from selectmodel.files.folders import absolute

if TYPE_CHECKING:
    import sqlite3

MAGIC = b"SQLite format 3\x00"
MAX_DATABASE_BYTES = 4 * 1024 * 1024 * 1024
#: Instructions of SQLite's machine that a query may take: some minutes.
_MOST_INSTRUCTIONS = 20_000
_EVERY = 1_000_000


@contextmanager
def opened(path: Path, *, limit: int | None = None) -> Iterator[sqlite3.Connection]:
    """The database at ``path``, for reading alone. Raises LogError where it is none, damaged, or too large."""
    import sqlite3

    size = _checked(path, limit or MAX_DATABASE_BYTES)
    try:
        with tempfile.TemporaryDirectory(prefix="selectmodel-") as folder:
            # The first 20 bytes tell whether a second file may hold newer rows.
            place = _copied(path, Path(folder)) if _journal(path).exists() and size else path
            name = f"file:{quote(str(absolute(place)))}?mode=ro" + ("&immutable=1" if place == path else "")
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


def _checked(path: Path, limit: int) -> int:
    with opening.opened(path) as file:
        first = file.read(len(MAGIC))
        size = file.seek(0, 2)
    if first != MAGIC:
        raise LogError(f"{path}: is no SQLite database")
    if size > limit:
        raise LogError(
            f"{path}: {size:,} bytes, more than the limit of {limit:,}; to read it all the same: --max-bytes {size}"
        )
    return size


def _journal(path: Path) -> Path:
    return path.with_name(f"{path.name}-wal")


def _copied(path: Path, folder: Path) -> Path:
    """A copy of the database and what was written since, both of one moment."""
    for attempt in range(3):
        time.sleep(0.05 * attempt)
        before = _state(path)
        for each in (path, _journal(path)):
            if each.exists():
                shutil.copyfile(each, folder / each.name)
        if _state(path) == before:
            return folder / path.name
    raise LogError(f"{path}: changed while it was read, three times; is training writing to it just now?")


def _state(path: Path) -> list[tuple[int, int]]:
    found = []
    for each in (path, _journal(path)):
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
