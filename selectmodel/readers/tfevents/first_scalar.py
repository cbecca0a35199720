"""Whether an event file begins with a scalar, told from its first records without numpy: a folder holds thousands."""

from __future__ import annotations

import itertools
from pathlib import Path

from selectmodel.files.opening import opened
from selectmodel.readers.tfevents import crc, offsets, protobuf, record, tfrecord

_LOOKED_AT = 4096
_FEW = 8


def begins(path: Path, content: bytes | None = None) -> bool:
    """Whether one of the first records is whole and holds a scalar; False is no answer.

    That a later value of the same tag may name a plugin for it is not seen. ``content`` is what the file holds, if that
    is known.
    """
    if content is None:
        with opened(path) as file:
            try:
                content = file.read(_LOOKED_AT)
            except OSError:
                return False
    starts, end = offsets.walk(content, 0, min(len(content), _LOOKED_AT), _LOOKED_AT, _FEW)
    for head, following in itertools.pairwise([*starts, end]):
        start, stop = head + record.HEADER_BYTES, following - record.FOOTER_BYTES
        if not tfrecord.is_header(content[head:start]):
            return False
        try:
            values = protobuf.event(content[start:stop]).values
        except protobuf.WireError:
            continue
        if any(value.number is not None and value.plugin in ("", "scalars") for value in values):
            stored = int.from_bytes(content[stop:following], "little")
            return stored == crc.masked_one(crc.crc32c(content[start:stop]))
    return False
