"""What a folder of runs looks like without reading it: names, sizes, times, and a tag of each log's content.

A mark that is equal means a file that is equal: size, time of the last write and of the last change (which no program
can set back), inode, and a checksum of the content: of all of it up to 64 KiB, of the first and last 32 KiB beyond.
"""

from __future__ import annotations

import hashlib
import os
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path

from selectmodel.files.candidates import may_matter
from selectmodel.files.folders import MAX_DEPTH, SKIPPED

#: Bytes of a file that are summed whole; of a larger one, half as many at either end.
WHOLE = 64 * 1024
_HALF = WHOLE // 2
#: Files of a sweep that are looked at, far more than of a folder that is to hold one run.
MOST_FILES = 20_000_000

_NAME = attrgetter("name")
_HERE = f".{os.sep}"
_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)

Mark = str


@dataclass(frozen=True, slots=True)
class Tree:
    """The marks of files below a folder, by path, and one for all of it: ``whole``."""

    marks: dict[str, Mark]
    whole: str


def mark(path: str) -> Mark | None:
    """The mark of one file; None for what is no regular file, cannot be read, or changes while it is looked at."""
    try:
        descriptor = os.open(path, _FLAGS)
    except (OSError, ValueError):
        return None
    try:
        before = os.fstat(descriptor)
        size = before.st_size
        if before.st_mode & 0o170000 != 0o100000:
            return None
        content = os.read(descriptor, WHOLE if size <= WHOLE else _HALF)
        if size > WHOLE:
            os.lseek(descriptor, size - _HALF, os.SEEK_SET)
            content += os.read(descriptor, _HALF)
    except OSError:
        return None
    finally:
        os.close(descriptor)
    return f"{size} {before.st_mtime_ns} {before.st_ctime_ns} {before.st_ino} {zlib.crc32(content):x}"


def tree(root: Path) -> Tree | None:
    """The marks of a file, or of every file below a folder that a run may be made of; None where one has no mark.

    Of other files (checkpoints) only the names count. Links are followed to files, not to folders.
    """
    marks: dict[str, Mark] = {}
    digest = hashlib.blake2b(digest_size=16)
    for path, counts in _files(root):
        own = mark(path) if counts else ""
        if own is None:
            return None
        if counts:
            marks[path.removeprefix(_HERE)] = own
        digest.update(f"{path}\0{own}\0".encode("utf-8", "surrogateescape"))
    return Tree(marks, digest.hexdigest())


def _files(root: Path) -> Iterator[tuple[str, bool]]:
    """Each file below ``root`` and whether its content counts, in one order; as far as logs are looked for."""
    start = os.fspath(root)
    if not os.path.isdir(start):  # noqa: PTH112
        yield start, True
        return
    seen = 0
    waiting = [(start, 0)]
    while waiting and seen <= MOST_FILES:
        folder, depth = waiting.pop()
        try:
            with os.scandir(folder) as entries:
                held = sorted(entries, key=_NAME)
        except OSError:
            yield folder, False
            continue
        seen += len(held)
        for entry in held:
            if not entry.is_dir(follow_symlinks=False):
                yield entry.path, may_matter(entry.name) and entry.is_file()
            elif depth < MAX_DEPTH and entry.name not in SKIPPED:
                waiting.append((entry.path, depth + 1))
