"""The file that remembers what each run came to, which runs a folder holds, and what was answered about them.

One SQLite file in the user's cache folder, written in transactions: several programs may use it at once, and it may be
deleted at any time (:mod:`.cache_file`). Rows are plain JSON. What is there counts only where every file of the run
still bears the mark it had before it was read (:mod:`selectmodel.files.fingerprints`), under the same policy and
version: a second look at a sweep reads only what has changed.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from selectmodel import registry
from selectmodel.commands.rank import cache_file, typed
from selectmodel.commands.rank.ranking import LeftOut, RankedRun
from selectmodel.records import Note
from selectmodel.version import __version__

_AT_ONCE = 500
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
    text = repr((__version__, registry.state_of_others(), cache_file.LAYOUT, parts))
    return hashlib.blake2b(text.encode("utf-8", "surrogateescape"), digest_size=16).hexdigest()


class Cache:
    """Rows by key. A failure of the file makes it an empty cache that takes nothing: no answer depends on it."""

    def __init__(self, connection: sqlite3.Connection, place: Path) -> None:
        self._connection: sqlite3.Connection | None = connection
        self.place = place

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
    connection = cache_file.given(place) if given else cache_file.own(place)
    cache = Cache(connection, place.absolute()) if connection is not None else None
    try:
        yield cache
    finally:
        if cache is not None:
            cache.close()


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
