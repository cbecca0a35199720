"""Blocks of 32 KiB that hold records, or pieces of them, each with a checksum.

A piece is ``crc u32 | length u16 | kind u8 | payload``, kind 1 a whole record, 2, 3 and 4 the first, a middle and the
last piece of one. Fewer than 7 bytes at the end of a block are padding. The checksum is zlib's CRC-32 of kind and
payload (LevelDB's own is another). Source: wandb/sdk/internal/datastore.py, wandb 0.31; swanlab 0.10.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field
from struct import Struct

BLOCK_BYTES = 32768
_PIECE = Struct("<IHB")
_WHOLE, _FIRST, _MIDDLE, _LAST = 1, 2, 3, 4
_KINDS = (_WHOLE, _FIRST, _MIDDLE, _LAST)


@dataclass(slots=True)
class Records:
    """The payloads of the records that are sound, in order; where damage begins; and whether the last one is cut.

    ``damaged`` are offsets in bytes, of which each costs the rest of its block.
    """

    payloads: list[bytes] = field(default_factory=list)
    damaged: list[int] = field(default_factory=list)
    cut: bool = False


def records(data: bytes, start: int) -> Records:
    """The records of a log whose own header is ``start`` bytes long; the header counts in the first block."""
    found = Records()
    pieces: list[bytes] = []
    position, size = start, len(data)
    while position < size:
        left = BLOCK_BYTES - position % BLOCK_BYTES
        if left < _PIECE.size:
            position += left
            continue
        if position + _PIECE.size > size:
            found.cut = True
            break
        checksum, length, kind = _PIECE.unpack_from(data, position)
        if checksum == length == kind == 0 and not any(data[position : position + left]):
            position += left  # a block that was set aside and never written
            continue
        end = position + _PIECE.size + length
        if kind not in _KINDS or length > left - _PIECE.size:
            found.damaged.append(position)
            pieces, position = [], position + left
            continue
        if end > size:
            found.cut = True
            break
        payload = data[position + _PIECE.size : end]
        if zlib.crc32(payload, zlib.crc32(bytes((kind,)))) != checksum or (kind in (_WHOLE, _FIRST)) == bool(pieces):
            found.damaged.append(position)
            pieces, position = [], position + left
            continue
        pieces.append(payload)
        if kind in (_WHOLE, _LAST):
            found.payloads.append(b"".join(pieces))
            pieces = []
        position = end
    found.cut |= bool(pieces)
    return found
