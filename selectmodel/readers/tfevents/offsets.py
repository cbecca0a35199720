"""Where the records of a block lie, found from the order in which their lengths come again.

A training logs the same tags again and again, so the lengths of its records have a period. The first records are
walked one by one; if their lengths repeat, the rest of the block is predicted, and all predicted headers are compared
with those that were walked. A record is taken only if its own header says so: a wrong prediction costs time, never a
record. From the first header that differs records are walked one by one again, and where nothing repeats, from many
places of the block at once (:func:`walk_from_many`).
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from struct import Struct

import numpy as np
from numpy.typing import NDArray

from selectmodel.readers.tfevents import crc
from selectmodel.readers.tfevents.record import FRAME_BYTES, HEADER_BYTES, Bytes, Offsets, numbers

_READ_LENGTH = Struct("<Q").unpack_from
_FIRST = 1024  # records walked before the first look for a period: a small file needs none
_PROBES = (256, 1024, 8192)  # before the next one
_WORTH = 16  # periods: fewer are not worth the prediction


@dataclass(frozen=True, slots=True)
class Stripe:
    """``count`` records of one length at ``first``, ``first + stride``, …: places of their headers in the block."""

    length: int
    first: int
    stride: int
    count: int


@dataclass(frozen=True, slots=True)
class Framed:
    """Places of headers, of records in stripes and of others, in order; the next record would begin at ``end``.

    The lengths of ``walked`` are as the bytes tell and their checksums are not compared yet. Every header of a stripe
    has the bytes of its first, which is listed in ``walked`` too (and there alone is part of the records).
    """

    stripes: list[Stripe]
    walked: Offsets
    end: int


def framed(content: bytes | bytearray | memoryview, size: int, largest: int) -> Framed:
    """The records that lie whole in the first ``size`` bytes, up to the first that is larger than ``largest``."""
    data = np.frombuffer(content, np.uint8)[:size]
    stripes: list[Stripe] = []
    walked: list[Offsets] = []
    end, misses = 0, 0
    while True:
        count = _PROBES[min(misses, len(_PROBES) - 1)] if walked else _FIRST
        starts, end = walk(content, end, size, largest, count)
        walked.append(np.array(starts, np.int64))
        if len(starts) < count:
            return Framed(stripes, np.concatenate(walked), end)
        found = _predicted(data, [*starts, end])
        misses = 0 if found else misses + 1
        if found:
            stripes += found
            end = found[-1].first + found[-1].stride * (found[-1].count - 1) + found[-1].length + FRAME_BYTES
        elif misses >= len(_PROBES):
            places, end = walk_from_many(data, end, largest)
            walked.append(places)


def walk(
    content: bytes | bytearray | memoryview, position: int, size: int, largest: int, count: int
) -> tuple[list[int], int]:
    """Places of the headers of up to ``count`` whole records, as their lengths tell, and where the next one begins."""
    starts: list[int] = []
    last = size - FRAME_BYTES
    for _ in range(count):
        if position > last:
            break
        length = _READ_LENGTH(content, position)[0]
        if length > largest or position + length > last:
            break
        starts.append(position)
        position += length + FRAME_BYTES
    return starts, position


def _predicted(data: Bytes, starts: list[int]) -> list[Stripe]:
    """Stripes of the records that follow the walked ones, whose last entry is where the next record begins."""
    sizes = np.diff(starts)
    period = _period(sizes[len(sizes) // 2 :])  # the first half may be of another order, or of none
    if not period:
        return []
    cycle = sizes[len(sizes) - period :]
    stride, begin = int(cycle.sum()), starts[-1]
    heads = (np.cumsum(cycle) - cycle + begin).tolist()
    count = (len(data) - begin) // stride
    for head, model in zip(heads, starts[-1 - period : -1], strict=True):
        if count < _WORTH:
            return []
        count = _alike(data, head, model, stride, count)
    sized = zip(heads, cycle.tolist(), strict=True)
    return [Stripe(size - FRAME_BYTES, head, stride, count) for head, size in sized] if count >= _WORTH else []


def _alike(data: Bytes, head: int, model: int, stride: int, count: int) -> int:
    """How many of the headers at ``head``, ``head + stride``, … have the 12 bytes of the one at ``model``."""
    for dtype, skipped in (("<u8", 0), ("<u4", 8)):
        wanted = np.ndarray(1, dtype, data, model + skipped)[0]
        differs = np.ndarray(count, dtype, data, head + skipped, (stride,)) != wanted
        count = int(np.argmax(differs)) if differs.any() else count
    return count


def _period(sizes: NDArray[np.int64]) -> int:
    """The smallest p with sizes[i] == sizes[i + p] for all i, at most half of their number; 0 if there is none."""
    key = array("Q", sizes.tolist()).tobytes()
    at = key.find(key[: len(key) // 16 * 8], 8)
    while at > 0 and at % 8:
        at = key.find(key[: len(key) // 16 * 8], at + 1)
    return at // 8 if at > 0 and key[at:] == key[: len(key) - at] else 0


_CHUNK = 8192
_SOUGHT = 1024  # bytes of a chunk in which its first record is looked for


def walk_from_many(data: Bytes, position: int, largest: int) -> tuple[Offsets, int]:
    """(m,) places of headers from ``position``, a header, on, as their lengths tell, and where the next one begins.

    It need not come to the end of ``data``, and takes no record that is cut there or larger than ``largest``.
    """
    firsts = _beginnings(data, position)
    stops = np.append(firsts[1:], len(data))
    places, ends = _walked(data, firsts, stops, largest)
    met = ends == stops
    count = len(firsts) if met.all() else int(np.argmin(met)) + 1
    return places[places < stops[count - 1]], int(ends[count - 1])


def _beginnings(data: Bytes, position: int) -> Offsets:
    """(m,) ``position``, and in each chunk after it the first place that has the bytes of a header."""
    seek = np.arange(position + _CHUNK, len(data) - _SOUGHT - HEADER_BYTES, _CHUNK, dtype=np.int64)
    found = [np.array([position], np.int64)]
    word = numbers(data, "<u4")
    for _ in range(_SOUGHT):
        if not len(seek):
            break
        maybe = word[seek + 4] == 0  # no record is of 4 GiB
        if maybe.any():
            at = seek[maybe]
            heads = np.stack([data[at + place] for place in range(8)], axis=1)
            sound = crc.masked(crc.crc32c_rows(heads, np.arange(8) < 4)) == word[at + 8]
            found.append(at[sound])
            maybe[maybe] = sound
            seek = seek[~maybe]
        seek = seek + 1
    return np.sort(np.concatenate(found))


def _walked(data: Bytes, firsts: Offsets, stops: Offsets, largest: int) -> tuple[Offsets, Offsets]:
    """Places of all headers met, in order, and where each walk ended: past its stop, or before a record not taken."""
    word = numbers(data, "<u4")
    last = len(data) - FRAME_BYTES
    ends = firsts.copy()
    going = np.arange(len(firsts))
    places: list[Offsets] = []
    while len(going):
        at = ends[going]
        inside = (at < stops[going]) & (at <= last)
        going, at = (going, at) if inside.all() else (going[inside], at[inside])
        length = word[at].astype(np.int64)
        taken = (word[at + 4] == 0) & (length <= largest) & (at + length <= last)
        going, at, length = (going, at, length) if taken.all() else (going[taken], at[taken], length[taken])
        places.append(at)
        ends[going] = at + length + FRAME_BYTES
    return np.sort(np.concatenate(places)) if places else firsts[:0], ends
