"""Zip archives of strangers: single members are read into memory, within limits; nothing is ever unpacked to a disk.

What the archive says of sizes is not believed: a member is read until it ends or is larger than its limit.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from selectmodel.errors import LogError
from selectmodel.files import opening

if TYPE_CHECKING:
    import zipfile

MAGIC = b"PK\x03\x04"
MAX_MEMBERS = 10_000


@contextmanager
def opened(path: Path, data: bytes | None = None) -> Iterator[zipfile.ZipFile]:
    """The archive at ``path``, or in ``data``. Raises LogError where it is none, damaged, or of too many members."""
    import zipfile
    import zlib

    try:
        with io.BytesIO(data) if data is not None else opening.opened(path) as file, zipfile.ZipFile(file) as archive:
            if len(archive.infolist()) > MAX_MEMBERS:
                raise LogError(f"{path}: holds more than {MAX_MEMBERS:,} members; no log is so kept")
            yield archive
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        NotImplementedError,
        RuntimeError,
        OSError,
        ValueError,
    ) as failure:
        raise LogError(f"{path}: cannot be read as a zip archive ({failure})") from None


def member(archive: zipfile.ZipFile, name: str, path: Path, *, limit: int) -> bytes | None:
    """What a member holds, None where there is none of that name. Raises LogError for one larger than ``limit``."""
    if name not in archive.NameToInfo:
        return None
    with archive.open(name) as content:
        data = content.read(limit + 1)
    if len(data) > limit:
        raise LogError(f"{path}: its {name} holds more than the limit of {limit:,} bytes")
    return data


def holds(path: Path, names: tuple[str, ...]) -> bool:
    """Whether an archive has all members of these names; False where it cannot be read."""
    try:
        with opened(path) as archive:
            return all(name in archive.NameToInfo for name in names)
    except LogError:
        return False
