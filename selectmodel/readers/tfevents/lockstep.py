"""Where the records of a block lie if their lengths have no order: walked from many places at once.

A walk through a file waits at each record for its length. So the block is cut into chunks; in each the first place is
sought that looks like a header and whose checksum is right, and from there all chunks are walked together, a record a
step. Bytes inside a record may look like a header too. Hence a chunk counts only if the walk of the chunk before it
ends exactly where its own began: then, by induction from the first record, every place is one that a walk of the whole
block would have come to. At the first chunk that was not met, the walk ends, and goes on from there as if it had begun.
"""

from __future__ import annotations

import numpy as np

from selectmodel.readers.tfevents import crc
from selectmodel.readers.tfevents.record import FRAME_BYTES, HEADER_BYTES, Bytes, Offsets, numbers

_CHUNK = 8192
_SOUGHT = 1024  # bytes of a chunk in which its first record is looked for


def walk(data: Bytes, position: int, largest: int) -> tuple[Offsets, int]:
    """Places of headers from ``position``, a header, on, as their lengths tell, and where the next one begins.

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
