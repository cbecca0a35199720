"""How bytes come in: only from regular files, within limits, as one consistent snapshot, and never executed.

Everything a reader gets passes here, so that a FIFO cannot hang it, a pointer file is named for what it is, and a
log that is being rewritten under our eyes is not read half old, half new.
"""

from __future__ import annotations

import io
import os
import re
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Protocol, TypeVar

from selectmodel.errors import LogError, UsageError
from selectmodel.files import gzipped
from selectmodel.settings import nearest
from selectmodel.source import ROW as ROW  # noqa: PLC0414
from selectmodel.source import ReadOptions as ReadOptions  # noqa: PLC0414 - readers import them from here
from selectmodel.source import Source as Source  # noqa: PLC0414

_Made = TypeVar("_Made")

HEAD_BYTES = 64 * 1024
MAX_TEXT_BYTES = 256 * 1024 * 1024
#: Bytes at either end of a log that grew while it was read, which are read again.
_COMPARED = 4096
MAX_EVENT_BYTES = 4 * 1024 * 1024 * 1024

_ADDRESS = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):/+([^/].*)", re.DOTALL)  # one letter is a drive
_PICKLE = (
    "is a pickle, which is never loaded because loading one runs code; export it as CSV or JSON, if you trust it: "
    "python -c \"import json, pickle, sys; json.dump(pickle.load(open(sys.argv[1], 'rb')), open('history.json', 'w'), "
    'default=float)" FILE'
)
#: Leading bytes of what stands for a log that is kept elsewhere, whatever its name, and how to get the log.
_POINTERS: tuple[tuple[bytes, str], ...] = (
    (b"version https://git-lfs", "is a Git LFS pointer, not the log itself; run: git lfs pull"),
    (b"/annex/objects/", "is a git-annex pointer, not the log itself; run: git annex get"),
    (b"outs:\n", "is a DVC pointer, not the log itself; run: dvc pull"),
)
#: Leading bytes of files that people hand over by mistake, and what to do about each.
_NOT_A_LOG: tuple[tuple[bytes, str], ...] = (
    (gzipped.MAGIC, "is packed with gzip twice over; unpack it first: gunzip -k FILE"),
    (b"BZh", "is packed with bzip2; unpack it first: bunzip2 -k FILE"),
    (b"\xfd7zXZ\x00", "is packed with xz; unpack it first: unxz -k FILE"),
    (b"\x28\xb5\x2f\xfd", "is packed with zstd; unpack it first: unzstd FILE"),
    (b"PK\x03\x04", "is a zip archive; unpack it first (a .keras or .pth file is a checkpoint, not a log)"),
    (b"\x89HDF", "is an HDF5 file (weights, not a log)"),
    (b"SQLite format 3\x00", "is an SQLite database, which this version does not read"),
    (b"\x80\x02", _PICKLE),
    (b"\x80\x03", _PICKLE),
    (b"\x80\x04", _PICKLE),
    (b"\x80\x05", _PICKLE),
    (b"\x93NUMPY", "is a numpy array, not a log; export it as CSV with a header line"),
)


class Positioned(Protocol):
    """A binary file in which one can go to a place."""

    def seek(self, position: int, whence: int = 0, /) -> int: ...

    def read(self, count: int, /) -> bytes: ...


def refuse_column(options: ReadOptions, path: Path, what: str) -> None:
    """Raises UsageError where ``--index`` names a column and the log, in words ``what``, has none."""
    if options.index not in (None, ROW):
        raise UsageError(f"{path}: --index {options.index} names a column of a table; {what} has no columns")


def head(path: Path) -> bytes:
    """The first 64 KiB of a file, for sniffing its format."""
    return glance(path)[0]


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """Opens a regular file for reading in binary; raises LogError for anything else, without ever blocking."""
    with os.fdopen(_open(path), "rb") as file:
        yield file


def read_at_most(path: Path, most: int, what: str) -> bytes:
    """All of a small file. Raises LogError where it cannot be read, or is larger than any ``what``: "policy"."""
    with opened(path) as file:
        content = _read(path, file, most + 1)
    if len(content) > most:
        raise LogError(f"{path}: is larger than {most:,} bytes, which no {what} is")
    return content


def glance(path: Path, most: int = HEAD_BYTES) -> tuple[bytes, bool]:
    """The first bytes of a file, for sniffing its format, and whether they are one snapshot of all that it holds."""
    with open(_open(path), "rb", buffering=0) as file:
        before = os.fstat(file.fileno())
        first = _read(path, file, most)
        after = os.fstat(file.fileno())
    whole = len(first) == before.st_size == after.st_size and before.st_mtime_ns == after.st_mtime_ns
    if not first.startswith(gzipped.MAGIC):
        return first, whole
    try:
        plain = gzipped.unpacked(first, path, most)
    except LogError:  # most likely there is more of it than was read
        return gzipped.unpacked(first, path, most, beginning=True)[:most], False
    return plain[:most], whole and len(plain) <= most


def read_bytes(source: Source, path: Path, *, limit: int = MAX_TEXT_BYTES) -> bytes:
    """The whole file as one snapshot, unpacked if packed. Bytes appended while reading are left for the next look.

    Raises LogError if what it holds is larger than the limit, or it is rewritten each time it is read.
    """
    if source.data is not None:
        return source.data
    limit = source.options.max_bytes or limit
    known = source.contents.get(path)
    if known is not None and len(known) <= limit:
        return known
    return plain(_snapshot(path, limit), path, limit)


def plain(content: bytes, path: Path, limit: int = MAX_TEXT_BYTES) -> bytes:
    """What was read from a file, unpacked if that is gzip. Raises LogError where it is damaged or beyond the limit."""
    if not content.startswith(gzipped.MAGIC):
        return content
    found = gzipped.unpacked(content, path, limit)
    if len(found) > limit:
        raise LogError(
            f"{path}: holds more than the limit of {limit:,} bytes when it is unpacked; to read it all: --max-bytes N"
        )
    return found


def is_packed(file: BinaryIO) -> bool:
    """Whether an open file, which stands at its beginning again afterwards, is packed with gzip."""
    first = file.read(len(gzipped.MAGIC))
    file.seek(0)
    return first == gzipped.MAGIC


def _snapshot(path: Path, limit: int) -> bytes:
    """The bytes of a file as they lie on disk."""
    for attempt in range(3):
        if attempt:
            time.sleep(0.05 * attempt)
        with opened(path) as file:
            before = os.fstat(file.fileno())
            if before.st_size > limit:
                raise LogError(
                    f"{path}: {before.st_size:,} bytes, more than the limit of {limit:,}; "
                    f"to read it all the same: --max-bytes {before.st_size}"
                )
            content = _read(path, file, before.st_size)
            both = content[:_COMPARED], content[-_COMPARED:]
            if len(content) == before.st_size and not _rewritten(path, file, before, both):
                return content
    raise LogError(f"{path}: changed while it was read, three times; is training rewriting it just now?")


def appended(source: Source, path: Path, done: int, both: tuple[bytes, bytes]) -> bytes | None:
    """What was appended to a text of which the first ``done`` bytes, with ``both`` :func:`ends`, were read before.

    None where that is not all that happened to the file, or it cannot be told: then all of it has to be read.
    """
    if source.data is not None or path in source.contents:
        return None
    with opened(path) as file:
        before = os.fstat(file.fileno())
        if not done <= before.st_size <= (source.options.max_bytes or MAX_TEXT_BYTES):
            return None
        try:
            if ends(file, done) != both:
                return None
            file.seek(done)
            data = file.read(before.st_size - done)
            if len(data) < before.st_size - done or _rewritten(path, file, before, ends_with(both, data)):
                return None
            return data
        except OSError:
            return None


def ends_with(before: tuple[bytes, bytes], data: bytes) -> tuple[bytes, bytes]:
    """The :func:`ends` of a file that had those ``before`` and to which ``data`` was appended."""
    return (before[0] + data)[:_COMPARED], (before[1] + data)[-_COMPARED:]


def in_parts(source: Source, path: Path, read: Callable[[BinaryIO, int], _Made | None]) -> _Made | None:
    """What ``read`` makes of a text and its size, of which not all need be in memory at a time.

    None where ``read`` gives None, as it has to if it meets fewer bytes, and where only ``read_bytes`` can tell what is
    the matter: the file is larger than the limit, cannot be read, or was rewritten meanwhile.
    """
    content = source.contents.get(path) if source.data is None else source.data
    if content is not None:
        return read(io.BytesIO(content), len(content))
    with opened(path) as file:
        before = os.fstat(file.fileno())
        if before.st_size > (source.options.max_bytes or MAX_TEXT_BYTES) or is_packed(file):
            return None
        try:
            both = ends(file, before.st_size)
            file.seek(0)
            made = read(file, before.st_size)
        except OSError:
            return None
        return None if made is None or _rewritten(path, file, before, both) else made


def refuse_if_pointer(path: Path, first: bytes) -> None:
    """Raises LogError where the first bytes are those of a pointer to a log, which has the name of that log."""
    for magic, advice in _POINTERS:
        if first.startswith(magic):
            raise LogError(f"{path}: {advice}")


def refuse_if_not_a_log(path: Path, first: bytes) -> None:
    """Raises LogError where the first bytes belong to something that is often mistaken for a log."""
    refuse_if_pointer(path, first)
    for magic, advice in _NOT_A_LOG:
        if first.startswith(magic):
            raise LogError(f"{path}: {advice}")


def _open(path: Path) -> int:
    """The descriptor of a regular file."""
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except FileNotFoundError:
        raise LogError(no_address(path) or _missing(path)) from None
    except OSError as failure:
        raise LogError(f"{path}: cannot be opened ({failure.strerror})") from None
    except ValueError:
        raise LogError(f"{path}: is no path (it holds a NUL character)") from None
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise LogError(f"{path}: is not a regular file")
    return descriptor


def _read(path: Path, file: BinaryIO | io.FileIO, size: int) -> bytes:
    try:
        return file.read(size)
    except OSError as failure:
        raise LogError(f"{path}: cannot be read ({failure.strerror})") from None


def ends(file: Positioned, size: int) -> tuple[bytes, bytes]:
    """The first and the last bytes of the first ``size`` bytes of a file: a log that only grew still has them."""
    file.seek(0, os.SEEK_END)  # whatever is buffered may be old by now
    file.seek(0)
    first = file.read(min(_COMPARED, size))
    file.seek(max(0, size - _COMPARED))
    return first, file.read(len(first))


def _rewritten(path: Path, file: BinaryIO, before: os.stat_result, both: tuple[bytes, bytes]) -> bool:
    """Whether what was read may be half old, half new. A log that only grew still has ``both`` the ends it had."""
    try:
        after = path.stat()
        if (after.st_ino, after.st_dev) != (before.st_ino, before.st_dev) or after.st_size < before.st_size:
            return True
        if after.st_size == before.st_size:
            return after.st_mtime_ns != before.st_mtime_ns
        return ends(file, before.st_size) != both
    except OSError:
        return True


def no_address(path: Path) -> str:
    """What is told of a path that was written as ``s3://…``, of which one slash is left; "" where it is none."""
    found = _ADDRESS.fullmatch(str(path))
    if found is None or Path(f"{found[1]}:").exists():
        return ""
    return (
        f"{found[1]}://{found[2]}: is an address, and files of this machine are read here; bring the log here first "
        "(of many runs in a store: selectmodel rank ADDRESS)"
    )


def _missing(path: Path) -> str:
    try:
        siblings = [entry.name for entry in os.scandir(path.parent)]
    except OSError:
        siblings = []
    hint = nearest(path.name, siblings)
    return f"{path}: no such file or folder" + (f"; did you mean {path.with_name(hint)}?" if hint else "")
