"""TFRecord framing: where the records of an event file lie, block by block, and whether their bytes are whole.

A record is ``length u64le | masked CRC-32C of the length | data | masked CRC-32C of the data``; a file has no header
and no index. The file is read in blocks and never mapped: a mapped file that is cut by its writer kills the reader.

A damaged length leaves no way to find the next record, so the file ends there. Damaged data with a sound length
costs that one record. A record that stops at the end of the file is what a live or killed writer leaves: no damage.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from struct import Struct
from typing import BinaryIO, Literal

import numpy as np
from numpy.typing import NDArray

from selectmodel.events import crc

Bytes = NDArray[np.uint8]
Offsets = NDArray[np.int64]

BLOCK_BYTES = 16 << 20
LARGE_BYTES = 1 << 20  # records above are looked at field by field in the file, not read
MAX_LENGTH = 1 << 31  # protobuf's own limit of a message: a length beyond is damage or an attack, not a record
HEADER_BYTES = 12
FOOTER_BYTES = 4
_FRAME = HEADER_BYTES + FOOTER_BYTES
_READ_HEADER = Struct("<QI").unpack_from


@dataclass(frozen=True, slots=True)
class Problem:
    """Something in an event file that is not as it should be; ``offset`` is the byte it was found at.

    ``kind``: "torn" an unfinished last record; "header" nothing from here on could be read; "data" a record
    with damaged content; "message" a record that is no Event; "value" one value of an event; "large" a record too
    large to take.
    """

    kind: Literal["torn", "header", "data", "message", "value", "large"]
    offset: int
    message: str


@dataclass(frozen=True, slots=True)
class Block:
    """Whole records that follow each other.

    ``data`` (bytes,) is a piece of the file that starts at byte ``base``; ``starts`` (n,) and ``lengths`` (n,) place
    the content of each record in it. ``large`` is the place (offset in the file, length) of a record above
    LARGE_BYTES that comes after these, with its content neither read nor checked.
    """

    data: Bytes
    base: int
    starts: Offsets
    lengths: Offsets
    large: tuple[int, int] | None = None


def is_header(head: bytes) -> bool:
    """Whether the bytes begin with a record header whose length is sound and possible."""
    if len(head) < HEADER_BYTES:
        return False
    length, stored = _READ_HEADER(head)
    return bool(length < MAX_LENGTH and stored == _masked(crc.crc32c(head[:8])))


def blocks(file: BinaryIO, size: int, problems: list[Problem]) -> Iterator[Block]:
    """The records in the first ``size`` bytes of ``file``; appends what is wrong to ``problems``.

    Data CRCs are checked, and damaged records left out, for all but ``Block.large``.
    """
    position = 0
    while position < size:
        file.seek(position)
        wanted = min(BLOCK_BYTES, size - position)
        content = file.read(wanted)
        if len(content) < wanted:
            size = position + len(content)
            problems.append(Problem("header", size, "the file became shorter while it was read"))
        data = np.frombuffer(content, np.uint8)
        found = len(problems)
        starts, lengths, end = _sound_headers(data, position, *_walk(content), problems)
        large, following = None, None
        if len(problems) == found:
            large, following = _after(file, position + end, size, problems)
        starts, lengths = _sound_data(data, position, starts, lengths, problems)
        yield Block(data, position, starts, lengths, large)
        if following is None:
            return
        position = following


def _walk(content: bytes) -> tuple[list[int], int]:
    """Starts of the records that lie whole in ``content``, as their lengths tell, and where the next one begins."""
    starts: list[int] = []
    position, last = 0, len(content) - _FRAME
    while position <= last:
        length = _READ_HEADER(content, position)[0]
        if length > LARGE_BYTES or position + length > last:
            break
        starts.append(position)
        position += length + _FRAME
    return starts, position


def _sound_headers(
    data: Bytes, base: int, starts: list[int], end: int, problems: list[Problem]
) -> tuple[Offsets, Offsets, int]:
    """Start and length of the content of the records before the first damaged header, and where that is."""
    heads = np.array(starts, np.int64)
    headers = _windows(data, heads, HEADER_BYTES)
    sound = crc.masked(crc.crc32c_rows(headers[:, :8])) == _words(headers[:, 8:])
    count = len(starts)
    if not sound.all():
        count = int(np.argmin(sound))
        end = starts[count]
        problems.append(_damaged_header(base + end))
    lengths = np.ascontiguousarray(headers[:count, :8]).view("<u8").ravel().astype(np.int64)
    return heads[:count] + HEADER_BYTES, lengths, end


def _sound_data(
    data: Bytes, base: int, starts: Offsets, lengths: Offsets, problems: list[Problem]
) -> tuple[Offsets, Offsets]:
    sound = np.ones(len(starts), np.bool_)
    for length, members in by_length(lengths):
        rows = _windows(data, starts[members], length + FOOTER_BYTES)
        sound[members] = crc.masked(crc.crc32c_rows(rows[:, :length])) == _words(rows[:, length:])
    for start in starts[~sound].tolist():
        offset = base + start - HEADER_BYTES
        problems.append(Problem("data", offset, "the checksum of the record's data does not match"))
    return starts[sound], lengths[sound]


def by_length(lengths: Offsets) -> Iterator[tuple[int, Offsets]]:
    """Each length and the indices of the records that have it, in order."""
    order = np.argsort(lengths, kind="stable")
    values, firsts = np.unique(lengths[order], return_index=True)
    return zip(values.tolist(), np.split(order, firsts[1:]), strict=False)


def rows_of(block: Block, members: Offsets, length: int) -> Bytes:
    """(n, length) a copy of the content of records of equal length."""
    return _windows(block.data, block.starts[members], length)


def _after(
    file: BinaryIO, position: int, size: int, problems: list[Problem]
) -> tuple[tuple[int, int] | None, int | None]:
    """What follows the records of a block: a large record if there is one, and where to read on, None at the end."""
    if position >= size:
        return None, None
    file.seek(position)
    header = file.read(min(HEADER_BYTES, size - position))
    if len(header) < HEADER_BYTES:
        problems.append(_torn(position, size))
        return None, None
    length, stored = _READ_HEADER(header)
    if stored != _masked(crc.crc32c(header[:8])):
        problems.append(_damaged_header(position))
        return None, None
    if length >= MAX_LENGTH:
        problems.append(Problem("header", position, f"a record claims a length of {length} bytes; not read further"))
        return None, None
    end = position + length + _FRAME
    if end > size:
        problems.append(_torn(position, size))
        return None, None
    if length > LARGE_BYTES:
        return (position + HEADER_BYTES, length), end
    return None, position


def data_matches(file: BinaryIO, start: int, length: int) -> bool:
    """Whether the data CRC of a large record is right; it is read piece by piece."""
    file.seek(start)
    state, left = 0, length
    while left:
        piece = file.read(min(LARGE_BYTES, left))
        if not piece:
            return False
        state, left = crc.crc32c(piece, state), left - len(piece)
    return int.from_bytes(file.read(FOOTER_BYTES), "little") == _masked(state)


def _torn(position: int, size: int) -> Problem:
    return Problem("torn", position, f"{size - position} bytes of an unfinished record at the end")


def _damaged_header(position: int) -> Problem:
    return Problem("header", position, "the length of a record is damaged; nothing after it can be read")


def _masked(value: int) -> int:
    return int(crc.masked(np.array([value], np.uint32))[0])


def _words(rows: Bytes) -> NDArray[np.uint32]:
    return np.ascontiguousarray(rows).view("<u4").ravel()


def _windows(data: Bytes, starts: Offsets, width: int) -> Bytes:
    if not len(starts):
        return np.empty((0, width), np.uint8)
    return np.lib.stride_tricks.sliding_window_view(data, width)[starts]
