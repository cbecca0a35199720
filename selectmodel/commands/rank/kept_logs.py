"""Logs of a store, kept on the machine that read them: of one that has grown only the new end is read.

That it has grown and nothing else is never taken for granted: what was kept must have, with its new end, the very
checksum that the store tells of the whole object. Where it has not, or the store's tag is no checksum known here,
the object is read whole. So whatever lies in the folder, no answer depends on it.
"""

from __future__ import annotations

import hashlib
import os
import re
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from selectmodel.commands.rank import cache
from selectmodel.commands.rank.store import Store, StoredObject
from selectmodel.commands.rank.store_failures import may_pass
from selectmodel.files import gzipped
from selectmodel.files.candidates import Patterns

#: Logs that programs append to.
_GROWING = Patterns(("*tfevents*", "*.wandb", "*.csv", "*.tsv", "*.jsonl", "*.ndjson", "*.log", "*.txt", "*.out"))
#: Bytes below which asking for the end takes as long as for the whole; bytes, and seconds, that are kept.
LEAST, MOST, _AGE = 16 << 10, 1 << 30, 90 * 86400
#: Bytes in the parts in which clients of S3 write what is long.
PARTS = tuple(mebibytes << 20 for mebibytes in (5, 8, 10, 16, 32, 50, 64, 100))
#: What the files are called that are kept, and those that are being written: all others in the folder are not ours.
_OURS = re.compile(r"[0-9a-f]{32}(?:\.[0-9]+-[0-9]+)?")
#: Which checksum a tag of so many digits is.
_MD5, _GIT, _SHA256 = 32, 40, 64


def proven(content: bytes, tag: str) -> bool:
    """Whether a tag is a checksum of the content.

    MD5 is what S3 and Google tell, S3 that of the MD5s of parts where an object was written in parts; the Hub tells
    SHA-256 of long objects, and of others what Git calls them.
    """
    digest, _, parts = tag.lower().partition("-")
    if parts:
        fits = (size for size in PARTS if parts.isdecimal() and -(-len(content) // size) == int(parts))
        return any(_of_parts(content, size) == digest for size in fits)
    if len(digest) == _MD5:
        return hashlib.md5(content, usedforsecurity=False).hexdigest() == digest
    if len(digest) == _GIT:
        named = b"blob %d\0" % len(content) + content
        return hashlib.sha1(named, usedforsecurity=False).hexdigest() == digest
    return len(digest) == _SHA256 and hashlib.sha256(content).hexdigest() == digest


def _of_parts(content: bytes, size: int) -> str:
    parts = (content[at : at + size] for at in range(0, len(content), size))
    digests = b"".join(hashlib.md5(part, usedforsecurity=False).digest() for part in parts)
    return hashlib.md5(digests, usedforsecurity=False).hexdigest()


@dataclass(frozen=True, slots=True)
class KeptLogs:
    """Logs in ``folder``; "" is one in the cache folder of whoever reads, who may be on another machine."""

    folder: str = ""

    def read(self, store: Store, entry: StoredObject, limit: int, enough: Callable[[], bool]) -> bytes:
        """As :meth:`Store.read`, of which no more is asked for than its end where that is enough."""
        place = self._place(store, entry)
        if place is None:
            return store.read(entry, limit, enough)
        kept = _held(place)
        if LEAST <= len(kept) <= entry.size:
            content = kept + (_end(store, entry, len(kept), enough) if len(kept) < entry.size else b"")
            if proven(content, entry.tag):
                if len(kept) < entry.size:
                    _keep(place, content)
                return content
        content = store.read(entry, limit, enough)
        if proven(content, entry.tag):
            _keep(place, content)
        return content

    def tidy(self) -> None:
        """Removes what is old, and the oldest of what is too much. What others put into the folder stays there."""
        folder = self._folder()
        if folder is None:
            return
        with suppress(OSError):
            with os.scandir(folder) as entries:
                ours = [entry for entry in entries if _OURS.fullmatch(entry.name) and entry.is_file()]
            found = [(entry.stat(), entry.path) for entry in ours]
            room = MOST
            for told, path in sorted(found, key=lambda each: each[0].st_mtime, reverse=True):
                room -= told.st_size
                if room < 0 or told.st_mtime < time.time() - _AGE:
                    Path(path).unlink(missing_ok=True)

    def _folder(self) -> Path | None:
        if self.folder:
            return Path(self.folder)
        own = cache.default_place()
        return None if own is None else beside(own)

    def _place(self, store: Store, entry: StoredObject) -> Path | None:
        """Where a log is kept; None for what is not."""
        name = entry.name.rpartition("/")[2]
        folder = self._folder() if entry.tag and entry.size >= LEAST and _GROWING.fit(name) else None
        if folder is None or gzipped.shorn(name) != name:
            return None
        address = f"{store.url}/{entry.name}".encode("utf-8", "surrogateescape")
        return folder / hashlib.blake2b(address, digest_size=16).hexdigest()


def beside(place: Path) -> Path:
    """The folder of logs that goes with the file of a cache."""
    return place.with_name(f"{place.name}-logs")


def _end(store: Store, entry: StoredObject, start: int, enough: Callable[[], bool]) -> bytes:
    """The bytes of an object from ``start`` on; none where there are none, or where it cannot be read from there."""
    try:
        content = store.content(entry, enough, start)
    except Exception as failure:
        if may_pass(failure):
            raise
        return b""
    return content if isinstance(content, bytes) else b""


def _held(place: Path) -> bytes:
    try:
        return place.read_bytes()
    except OSError:
        return b""


def _keep(place: Path, content: bytes) -> None:
    """Whoever reads meanwhile finds the old content or the new; where it cannot be written, nothing is kept."""
    fresh = place.with_name(f"{place.name}.{os.getpid()}-{time.monotonic_ns()}")
    with suppress(OSError):
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            fresh.write_bytes(content)
            fresh.replace(place)
        finally:
            fresh.unlink(missing_ok=True)
