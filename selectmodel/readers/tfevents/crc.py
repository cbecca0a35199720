"""CRC-32C (Castagnoli) in numpy, for many messages of one length at once.

A CRC without its initial value is linear over XOR, so the CRC of a message is the XOR of what each byte contributes
from its place: one table look-up a byte, with no step that waits for the previous one. Longer messages are first made
short (:func:`folded`). Places where all messages are the same are looked up once for all. Nothing is sampled: every
byte of every message counts.

Source: RFC 3720 appendix B.4 (the polynomial); TensorFlow masks a stored CRC so that a CRC over data that holds CRCs
stays strong (``rotate right by 15, add 0xa282ead8``).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, lru_cache

import numpy as np
from numpy.typing import NDArray

from selectmodel.readers.tfevents.record import Bytes, Offsets

Words = NDArray[np.uint32]
Bools = NDArray[np.bool_]

_POLYNOMIAL = 0x82F63B78
_ALL_ONES = 0xFFFFFFFF
WIDTH = 128  # bytes of a message looked up directly: nearly every scalar record is shorter
_SHORT = 96  # below, a loop in Python is faster than a call of numpy for each place
_AT_ONCE = 1 << 20  # bytes in one go, so that the temporary arrays stay in the cache


def crc32c(data: bytes | bytearray | memoryview, crc: int = 0) -> int:
    """CRC-32C of ``data``, or of what gave ``crc`` followed by ``data`` (as zlib.crc32 takes it)."""
    state = crc ^ _ALL_ONES
    if len(data) <= _SHORT:
        table = _byte_list()
        for byte in data:
            state = table[(state ^ byte) & 0xFF] ^ state >> 8
        return state ^ _ALL_ONES
    row = np.frombuffer(data, np.uint8)[np.newaxis, :]
    start = _advance(np.array([state], np.uint32), row.shape[1])
    return int(start[0] ^ _linear(row)[0]) ^ _ALL_ONES


def crc32c_rows(rows: Bytes, differs: Bools | None = None) -> Words:
    """(n,) CRC-32C of each of the n messages of equal length L in ``rows`` (n, L).

    ``differs`` (L,) is False where all rows hold the same byte, as the caller has seen: these are looked up once.
    """
    count, length = rows.shape
    crcs = np.empty(count, np.uint32)
    step = max(1, _AT_ONCE // max(1, length))
    for first in range(0, count, step):
        piece = rows[first : first + step]
        crcs[first : first + step] = _linear(piece, differs if length <= WIDTH else None)
    crcs ^= _start(length)
    return crcs


def crc32c_pieces(data: Bytes, starts: Sequence[int], lengths: Sequence[int]) -> Words:
    """(n,) CRC-32C of the pieces of ``data`` that start and are as long as given.

    Pieces of about one length are padded with zeros in front, which do not change a CRC from 0, and taken together.
    """
    if sum(lengths) <= 4 * _SHORT:
        pieces = [data[start : start + length].tobytes() for start, length in zip(starts, lengths, strict=True)]
        return np.array([crc32c(piece) for piece in pieces], np.uint32)
    crcs = np.empty(len(starts), np.uint32)
    order = np.argsort(lengths, kind="stable")[::-1].tolist()
    while order:
        width = max(1, lengths[order[0]])
        most = max(1, _AT_ONCE // width)
        together = [at for at in order[:most] if 2 * lengths[at] >= width] or order[:1]
        order = order[len(together) :]
        rows = np.zeros((len(together), width), np.uint8)
        for row, at in zip(rows, together, strict=True):
            row[width - lengths[at] :] = data[starts[at] : starts[at] + lengths[at]]
        crcs[together] = _linear_long(rows, width - np.array([lengths[at] for at in together]))
    known = {length: _start(length) for length in set(lengths)}
    crcs ^= np.array([known[length] for length in lengths], np.uint32)
    return crcs


def masked(crcs: Words) -> Words:
    """(n,) CRCs as TFRecord stores them; arithmetic is modulo 2^32."""
    stored: Words = ((crcs >> np.uint32(15)) | (crcs << np.uint32(17))) + np.uint32(0xA282EAD8)
    return stored


def masked_one(crc: int) -> int:
    """One CRC as a record stores it, masked."""
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & _ALL_ONES


@lru_cache(1024)
def masked_of_length(length: int) -> int:
    """The masked CRC of the eight bytes that tell a length; remembered, as a sweep's records are of few lengths."""
    return masked_one(crc32c(length.to_bytes(8, "little")))


def _linear(rows: Bytes, differs: Bools | None = None) -> Words:
    """(n,) CRCs of the rows (n, L) with initial value 0 and no final inversion: linear over XOR."""
    count, length = rows.shape
    if length > WIDTH:
        return _linear_long(rows.copy(), np.zeros(count, np.int64))
    table = _contributions(length)[-length:]
    crcs = np.zeros(count, np.uint32)
    places: Sequence[int] = range(length)
    if differs is not None:
        places, alike = differs.nonzero()[0].tolist(), (~differs).nonzero()[0]
        crcs ^= np.bitwise_xor.reduce(table[alike, rows[0, alike]])
    for place in places:  # an index of one byte is never out of range; "clip" spares the check, which costs the most
        crcs ^= table[place].take(rows[:, place], mode="clip")
    return crcs


def _linear_long(rows: Bytes, begins: NDArray[np.int64]) -> Words:
    """(n,) the same of messages of any length that begin at ``begins``, ascending; the rows are overwritten."""
    rows = folded(rows, begins)
    crcs = _linear(rows[:, -WIDTH:])
    if rows.shape[1] > WIDTH:
        crcs ^= _apply(_zeros(WIDTH.bit_length() - 1), _linear(rows[:, :-WIDTH]))
    return crcs


@lru_cache(4096)
def _start(length: int) -> np.uint32:
    """What the initial value and the final inversion add to the CRC of any message of this length."""
    if 4 <= length <= WIDTH:  # the initial value is as if the first four bytes were inverted
        first, second, third, fourth = _contributions(length)[-length:][:4, 255].tolist()
        return np.uint32(first ^ second ^ third ^ fourth ^ _ALL_ONES)
    return np.uint32(_advance(np.array([_ALL_ONES], np.uint32), length)[0] ^ np.uint32(_ALL_ONES))


@cache
def _byte_list() -> list[int]:
    """(256,) what each byte adds as the last of a message."""
    table = [0]
    for added in reversed(_bits(8)):
        table += [state ^ added for state in table]
    return table


def _bits(count: int) -> list[int]:
    """What each of the last ``count`` bits of a message adds to its CRC, the last bit first."""
    state, found = _POLYNOMIAL, []
    for _ in range(count):
        found.append(state)
        state = state >> 1 ^ (_POLYNOMIAL if state & 1 else 0)
    return found


def _contributions(length: int) -> Words:
    """(m, 256) what each byte adds at each of the last m places of a message, m being ``length`` or more."""
    return _last_places(WIDTH // 2 if length <= WIDTH // 2 else WIDTH)


@cache
def _last_places(count: int) -> Words:
    """(count, 256) the same; a byte adds the sum of what its bits add."""
    bits = np.array(_bits(8 * count), np.uint32).reshape(count, 8)[::-1, ::-1]
    table = np.zeros((count, 256), np.uint32)
    for bit in range(8):
        np.bitwise_xor(table[:, : 1 << bit], bits[:, bit : bit + 1], out=table[:, 1 << bit : 2 << bit])
    return table


@cache
def _zeros(exponent: int) -> Words:
    """(4, 256) what 2**exponent zero bytes make of a state, by the state's byte 0 to 3."""
    if 4 <= 1 << exponent <= WIDTH:
        return _contributions(1 << exponent)[-(1 << exponent) :][:4]
    if exponent == 0:
        states = np.arange(256, dtype=np.uint32) << (np.arange(4, dtype=np.uint32)[:, np.newaxis] * np.uint32(8))
        shifted: Words = (states >> np.uint32(8)) ^ _contributions(1)[-1][states & np.uint32(0xFF)]
        return shifted
    half = _zeros(exponent - 1)
    return _apply(half, half)


def _apply(table: Words, states: Words) -> Words:
    low, high = np.uint32(0xFF), np.uint32(24)
    second, third = (states >> np.uint32(8)) & low, (states >> np.uint32(16)) & low
    joined: Words = table[0][states & low] ^ table[1][second] ^ table[2][third] ^ table[3][states >> high]
    return joined


def _advance(states: Words, zero_bytes: int) -> Words:
    for exponent in range(zero_bytes.bit_length()):
        if zero_bytes >> exponent & 1:
            states = _apply(_zeros(exponent), states)
    return states


#: (k, terms e): x^(8k) + the sum of x^(8e) is a multiple of the polynomial. The longer one moves more at once.
MULTIPLES: tuple[tuple[int, tuple[int, ...]], ...] = (
    (8274, (0, 6, 33, 42, 47, 55, 67)),
    (1108, (0, 8, 18, 38, 41, 49, 64)),
    (216, (0, 7, 15, 18, 33, 38, 66)),
)
#: Messages up to this length are left as they are, longer ones become as short.
SHORT = 216


def folded(rows: Bytes, begins: Offsets) -> Bytes:
    """(n, up to SHORT) bytes with the CRC from 0 of the messages in ``rows`` (n, width), which are overwritten.

    Message i stands at the end of its row, from place ``begins[i]`` on, with zeros before it; ``begins`` ascend.
    """
    at, width = 0, rows.shape[1]
    for following, terms in MULTIPLES:
        most = following - max(terms)
        while width - at > following:
            count = min(most, width - at - following)
            begun = rows[: int(np.searchsorted(begins, at + count))]
            moved = begun[:, at : at + count]
            for term in terms:
                place = at + following - term
                begun[:, place : place + count] ^= moved
            at += count
    return rows[:, at:]
