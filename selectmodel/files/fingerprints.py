"""SHA-256 of logs and checkpoints, and whether a file stayed the same meanwhile. Weights are hashed, never opened."""

from __future__ import annotations

import os
import re
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path
from typing import BinaryIO

from selectmodel import progress
from selectmodel.errors import LogError
from selectmodel.files import opening
from selectmodel.files.candidates import may_matter
from selectmodel.files.folders import MAX_DEPTH, SKIPPED

_PIECE = 1024 * 1024
#: What changes when a file is written: device, inode, size, time of the last write.
Stamp = tuple[int, int, int, int]


def stamps(paths: Iterable[str | Path]) -> dict[str, Stamp | None]:
    """The stamp of each file, None where there is no such file."""
    return {str(path): _stamp(Path(path)) for path in paths}


def _stamp(path: Path) -> Stamp | None:
    try:
        found = path.stat()
    except (OSError, ValueError):
        return None
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns


def holding(stamps: Mapping[str, Stamp | None], sizes: Mapping[str, int]) -> dict[str, Stamp | None]:
    """The stamps, None for a file of another size than the bytes that were read before it was stamped."""
    return {
        path: found if found is None or found[2] == sizes.get(path, found[2]) else None
        for path, found in stamps.items()
    }


def of_logs(paths: Iterable[str | Path], before: Mapping[str, Stamp | None] | None = None) -> dict[str, str] | None:
    """File name → SHA-256 of each log; None where a file is not what it was when ``before`` was taken.

    Names are those of the files alone, with the folders that tell equal names apart; nothing tells the machine.
    """
    ordered = [Path(path) for path in paths]
    if before is None:
        before = stamps(ordered)
    found = {name: of_file(path) for name, path in zip(_told_apart(ordered), ordered, strict=True)}
    return found if stamps(ordered) == dict(before) else None


def _told_apart(paths: list[Path]) -> list[str]:
    depth = 1
    while depth < 8 and len({path.parts[-depth:] for path in paths}) < len(paths):
        depth += 1
    return ["/".join(part for part in path.parts[-depth:] if part != path.anchor) for path in paths]


def of_file(path: Path) -> str:
    """The SHA-256 of a regular file in hexadecimal. Raises LogError."""
    import hashlib  # loads OpenSSL

    digest = hashlib.sha256()
    try:
        with opening.opened(path) as file:
            for piece in pieces(file):
                digest.update(piece)
    except OSError as failure:
        raise LogError(f"{path}: cannot be read ({failure.strerror})") from None
    return digest.hexdigest()


def pieces(file: BinaryIO) -> Iterator[bytes]:
    """The bytes of an open file, part by part; how far it has come is told."""
    done, total = 0, os.fstat(file.fileno()).st_size
    while piece := file.read(_PIECE):
        yield piece
        done += len(piece)
        progress.tell("MB of files", done / 1e6, total / 1e6)


def of_checkpoint(path: Path) -> str:
    """The SHA-256 of a checkpoint: of its file, or of the sorted list ``hash  name`` of a folder's or of its parts."""
    import hashlib

    files = parts(path)
    if list(files) == [path.name]:
        return of_file(path)
    listing = "".join(f"{of_file(file)}  {name}\n" for name, file in files.items())
    return hashlib.sha256(listing.encode("utf-8", "surrogateescape")).hexdigest()


def parts(path: Path) -> dict[str, Path]:
    """Name → file of everything that makes up a checkpoint, sorted: a file, all below a folder, or TensorFlow's parts.

    Raises LogError where there is none, and for a link inside a folder: it may lead to anything on this machine.
    """
    try:
        if path.is_file():
            return {path.name: path}
        if path.is_dir():
            return _inside(path)
        beside = tensorflow_parts(path)
    except OSError as failure:
        raise LogError(f"{path}: cannot be read ({failure.strerror})") from None
    if not beside:
        raise LogError(f"{path}: the checkpoint is not there any more")
    return {file.name: file for file in beside}


def tensorflow_parts(path: Path) -> list[Path]:
    """The files that make up a TensorFlow checkpoint of this name, sorted. Raises OSError."""
    part = re.compile(re.escape(path.name) + r"\.(?:index|meta|data-[0-9]{5}-of-[0-9]{5})")
    return sorted(path.parent / name for name in os.listdir(path.parent) if part.fullmatch(name))  # noqa: PTH208


def _inside(folder: Path) -> dict[str, Path]:
    found = {}
    for where, folders, names in os.walk(folder, onerror=_raise):
        for name in (*folders, *names):
            path = Path(where) / name
            if path.is_symlink():
                raise LogError(f"{path}: is a link inside a checkpoint folder, which is not followed")
            if name in names:
                found[path.relative_to(folder).as_posix()] = path
    if not found:
        raise LogError(f"{folder}: the checkpoint folder is empty")
    return dict(sorted(found.items()))


def _raise(failure: OSError) -> None:
    raise failure


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
    import hashlib  # loads OpenSSL

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
                held = list(entries)
        except OSError:
            yield folder, False
            continue
        seen += len(held)
        if len(held) > 1:
            held.sort(key=_NAME)
        for entry in held:
            if not entry.is_dir(follow_symlinks=False):
                yield entry.path, may_matter(entry.name) and _is_file(entry)
            elif depth < MAX_DEPTH and entry.name not in SKIPPED:
                waiting.append((entry.path, depth + 1))


def _is_file(entry: os.DirEntry[str]) -> bool:
    """Whether it is a file, or a link to one that may be looked at."""
    try:
        return entry.is_file()
    except OSError:
        return False
