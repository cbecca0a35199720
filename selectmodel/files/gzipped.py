"""Logs that were packed with gzip: unpacked in memory, never beyond a limit, however small the packed file is."""

from __future__ import annotations

import io

from selectmodel.errors import LogError

#: What every such file begins with, and what its name ends with.
MAGIC = b"\x1f\x8b"
SUFFIX = ".gz"
_PIECE = 1 << 20


def unpacked(packed: bytes, path: object, most: int, *, beginning: bool = False) -> bytes:
    """What a gzip file holds, up to ``most`` bytes and one more, which tells that there are more.

    Raises LogError where the file is cut or damaged; of the ``beginning`` of a file, what can be unpacked is given.
    """
    import gzip  # few logs are packed
    import zlib

    pieces: list[bytes] = []
    room = most + 1
    with gzip.GzipFile(fileobj=io.BytesIO(packed)) as file:
        try:
            while room > 0 and (piece := file.read1(min(_PIECE, room))):
                pieces.append(piece)
                room -= len(piece)
        except (EOFError, OSError, zlib.error) as failure:
            if not beginning:
                raise LogError(f"{path}: is a gzip file that is cut or damaged ({failure})") from None
    return b"".join(pieces)


def shorn(name: str) -> str:
    """The name of a file without the ending that says it is packed."""
    return name[: -len(SUFFIX)] if name.lower().endswith(SUFFIX) and len(name) > len(SUFFIX) else name
