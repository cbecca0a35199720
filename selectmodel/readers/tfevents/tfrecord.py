"""TFRecord framing: where the records of an event file lie, block by block, and whether their bytes are whole.

A record is ``length u64le | masked CRC-32C of the length | data | masked CRC-32C of the data``; a file has no header
and no index. The file is read in blocks and never mapped: a mapped file that is cut by its writer kills the reader.
Records of one length are handed on together; what their bytes must be is for others to check.

A damaged length leaves no way to find the next record, so the file ends there. Damaged data with a sound length
costs that one record. A record that stops at the end of the file is what a live or killed writer leaves: no damage.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from struct import Struct
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from selectmodel.readers.tfevents import crc, offsets
from selectmodel.readers.tfevents.offsets import Stripe
from selectmodel.readers.tfevents.record import FOOTER_BYTES, FRAME_BYTES, HEADER_BYTES, Bytes, Offsets, numbers

BLOCK_BYTES = 8 << 20
LARGE_BYTES = 1 << 20  # records above are looked at field by field in the file, not read
MAX_LENGTH = 1 << 31  # protobuf's own limit of a message: a length beyond is damage or an attack, not a record
_LONG = 2048  # a stripe of fewer records costs more on its own than copied together with others
_WIDEST = 65535
_FEWEST = 4  # fewer records are quicker parsed one by one
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


class Readable(Protocol):
    """A binary file, or bytes in memory."""

    def seek(self, position: int, whence: int = 0, /) -> int: ...

    def read(self, count: int, /) -> bytes: ...

    def readinto(self, buffer: memoryview, /) -> int: ...


@dataclass(frozen=True, slots=True)
class Group:
    """Records of one length: ``starts`` (n,) where the content of each begins, ``stride`` apart if that is not 0."""

    length: int
    starts: Offsets
    stride: int = 0


@dataclass(frozen=True, slots=True)
class Block:
    """Whole records that follow each other, their headers sound and their content not yet checked.

    ``data`` (bytes,) is a piece of the file that starts at byte ``base``, valid until the next block is asked for; the
    records end at ``end`` within it.
    ``single`` are start and length of the content of those that are in no group. ``large`` is the place (offset in
    the file, length) of a record above LARGE_BYTES that comes after these, with its content not read.
    """

    data: Bytes
    base: int
    end: int
    groups: list[Group]
    single: list[tuple[int, int]]
    large: tuple[int, int] | None = None


def is_header(head: bytes) -> bool:
    """Whether the bytes begin with a record header whose length is sound and possible."""
    if len(head) < HEADER_BYTES:
        return False
    length, stored = _READ_HEADER(head)
    return bool(length < MAX_LENGTH and stored == crc.masked_of_length(length))


def blocks(file: Readable, size: int, problems: list[Problem], position: int = 0) -> Iterator[Block]:
    """The records in the first ``size`` bytes of ``file``; appends what is wrong with their frames to ``problems``.

    The first is that at ``position``.
    """
    # The same for all blocks: fresh memory costs more than the reading.
    buffer = bytearray(min(BLOCK_BYTES, max(0, size - position)))
    while position < size:
        file.seek(position)
        wanted = min(BLOCK_BYTES, size - position)
        count = file.readinto(memoryview(buffer)[:wanted])
        if count < wanted:
            size = position + count
            problems.append(Problem("header", size, "the file became shorter while it was read"))
        data = np.frombuffer(buffer, np.uint8)[:count]
        found = len(problems)
        frames = offsets.framed(buffer, count, LARGE_BYTES)
        heads, lengths, damaged = headers(data, frames.walked)
        stripes, end = frames.stripes, frames.end
        if damaged is not None:  # stripes need no check of their own: their headers equal one that was walked before
            stripes, end = [stripe for stripe in stripes if stripe.first < damaged], damaged
            problems.append(_damaged_header(position + end))
        large, following = None, None
        if len(problems) == found:
            large, following = _after(file, position + end, size, problems)
        yield Block(data, position, end, *grouped(stripes, heads, lengths), large)
        if following is None:
            return
        position = following


def headers(data: Bytes, heads: Offsets) -> tuple[Offsets, Offsets, int | None]:
    """(m,) the headers before the first whose checksum is wrong, (m,) their lengths, and where that one is, if any."""
    sound, lengths = sound_headers(data, heads)
    if sound.all():
        return heads, lengths, None
    first = int(np.argmin(sound))
    return heads[:first], lengths[:first], int(heads[first])


def sound_headers(data: Bytes, heads: Offsets) -> tuple[NDArray[np.bool_], Offsets]:
    """(n,) each: whether the checksum of a header is right, and the length in it, which its walker found possible."""
    lengths = lengths_at(data, heads)
    if not len(heads):
        return np.empty(0, np.bool_), lengths
    # Records have few lengths, so the checksum of each is computed once.
    right = np.zeros(int(lengths.max()) + 1, np.uint32)
    right[lengths] = 1
    several = np.flatnonzero(right)
    right[several] = crc.masked(crc.crc32c_rows(several.astype("<u8").view(np.uint8).reshape(-1, 8)))
    return right.take(lengths) == numbers(data, "<u4")[heads + 8], lengths


def lengths_at(data: Bytes, heads: Offsets) -> Offsets:
    """(n,) what stands in headers for the length."""
    lengths: Offsets = numbers(data, "<u8")[heads].view(np.int64)
    return lengths


def grouped(stripes: Sequence[Stripe], walked: Offsets, sizes: Offsets) -> tuple[list[Group], list[tuple[int, int]]]:
    """The records by length, long stripes apart; and start and length of those too few or too wide for a group.

    ``walked`` (m,) are places of headers, ``sizes`` (m,) the lengths in them.
    """
    groups: list[Group] = []
    heads, known = [walked], [sizes]
    for stripe in stripes:
        places = stripe.first + stripe.stride * np.arange(stripe.count, dtype=np.int64)
        if stripe.count >= _LONG:
            groups.append(Group(stripe.length, places + HEADER_BYTES, stripe.stride))
        else:
            heads.append(places)
            known.append(np.full(stripe.count, stripe.length, np.int64))
    starts, lengths = np.concatenate(heads) + HEADER_BYTES, np.concatenate(known)
    wide = lengths > _WIDEST
    single = list(zip(starts[wide].tolist(), lengths[wide].tolist(), strict=True))
    starts, lengths = (starts[~wide], lengths[~wide]) if wide.any() else (starts, lengths)
    order = lengths.astype(np.uint16).argsort(kind="stable")  # 16 bits: sorted by digits, not by comparing
    starts, lengths = starts[order], lengths[order]
    changes = ((lengths[1:] != lengths[:-1]).nonzero()[0] + 1).tolist()
    for first, last in itertools.pairwise([0, *changes, len(starts)] if len(starts) else []):
        length = int(lengths[first])
        if last - first >= _FEWEST:
            groups.append(Group(length, starts[first:last]))
        else:
            single += [(start, length) for start in starts[first:last].tolist()]
    return groups, single


def _after(
    file: Readable, position: int, size: int, problems: list[Problem]
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
    if stored != crc.masked_one(crc.crc32c(header[:8])):
        problems.append(_damaged_header(position))
        return None, None
    if length >= MAX_LENGTH:
        problems.append(Problem("header", position, f"a record claims a length of {length} bytes; not read further"))
        return None, None
    end = position + length + FRAME_BYTES
    if end > size:
        problems.append(_torn(position, size))
        return None, None
    if length > LARGE_BYTES:
        return (position + HEADER_BYTES, length), end
    return None, position


def data_matches(file: Readable, start: int, length: int) -> bool:
    """Whether the data CRC of a large record is right; it is read piece by piece."""
    file.seek(start)
    state, left = 0, length
    while left:
        piece = file.read(min(LARGE_BYTES, left))
        if not piece:
            return False
        state, left = crc.crc32c(piece, state), left - len(piece)
    return int.from_bytes(file.read(FOOTER_BYTES), "little") == crc.masked_one(state)


def _torn(position: int, size: int) -> Problem:
    return Problem("torn", position, f"{size - position} bytes of an unfinished record at the end")


def _damaged_header(position: int) -> Problem:
    return Problem("header", position, "the length of a record is damaged; nothing after it can be read")


def words(rows: Bytes) -> NDArray[np.uint32]:
    """(n,) the four bytes of each row as a number."""
    return np.ascontiguousarray(rows).view("<u4").ravel()


def stored(data: Bytes, starts: Sequence[int] | Offsets, lengths: Sequence[int] | Offsets) -> NDArray[np.uint32]:
    """(n,) the stored checksums of records whose content starts and is as long as given."""
    if not len(starts):
        return np.empty(0, np.uint32)
    found: NDArray[np.uint32] = numbers(data, "<u4")[np.asarray(starts) + np.asarray(lengths)]
    return found


def windows(data: Bytes, starts: Offsets, width: int, stride: int = 0) -> Bytes:
    """(n, width) a copy of the bytes from each start on, one item a row, not a byte; ``stride`` apart if not 0."""
    count = len(starts)
    if not count or not width:
        return np.empty((count, width), np.uint8)
    if stride:
        picked = np.ndarray(count, f"V{width}", data, int(starts[0]), (stride,)).copy()
    else:
        picked = np.ndarray(len(data) - width + 1, f"V{width}", data, 0, (1,))[starts]
    rows: Bytes = picked.view(np.uint8).reshape(count, width)
    return rows
