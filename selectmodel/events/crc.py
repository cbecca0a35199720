"""CRC-32C (Castagnoli) in numpy, for many messages of one length at once.

A CRC without its initial value is linear over XOR, so the CRC of a message is the XOR of what each byte contributes
from its place: one table look-up a byte, with no step that waits for the previous one. Longer messages are cut into
blocks, whose CRCs are joined in a tree by "what k further zero bytes make of this state", which is linear too.

Source: RFC 3720 appendix B.4 (the polynomial); TensorFlow masks a stored CRC so that a CRC over data that holds CRCs
stays strong (``rotate right by 15, add 0xa282ead8``).
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Words = NDArray[np.uint32]

_POLYNOMIAL = np.uint32(0x82F63B78)
_ALL_ONES = 0xFFFFFFFF
_WIDTH = 128  # bytes of a message looked up directly: nearly every scalar record is shorter
_AT_ONCE = 1 << 19  # look-ups in one go, so that the temporary arrays stay in the cache


def crc32c(data: bytes | bytearray | memoryview, crc: int = 0) -> int:
    """CRC-32C of ``data``, or of what gave ``crc`` followed by ``data`` (as zlib.crc32 takes it)."""
    row = np.frombuffer(data, np.uint8)[np.newaxis, :]
    start = _advance(np.array([crc ^ _ALL_ONES], np.uint32), row.shape[1])
    return int(start[0] ^ _linear(row)[0]) ^ _ALL_ONES


def crc32c_rows(rows: Bytes) -> Words:
    """(n,) CRC-32C of each of the n messages of equal length L in ``rows`` (n, L)."""
    count, length = rows.shape
    start = _advance(np.array([_ALL_ONES], np.uint32), length)[0] ^ np.uint32(_ALL_ONES)
    crcs = np.empty(count, np.uint32)
    step = max(1, _AT_ONCE // max(1, length))
    for first in range(0, count, step):
        crcs[first : first + step] = _linear(rows[first : first + step])
    crcs ^= start
    return crcs


def masked(crcs: Words) -> Words:
    """(n,) CRCs as TFRecord stores them; arithmetic is modulo 2^32."""
    stored: Words = ((crcs >> np.uint32(15)) | (crcs << np.uint32(17))) + np.uint32(0xA282EAD8)
    return stored


def _linear(rows: Bytes) -> Words:
    """(n,) CRCs of the rows (n, L) with initial value 0 and no final inversion: linear over XOR."""
    count, length = rows.shape
    if length <= _WIDTH:
        table, offsets = _contributions()
        looked_up = table.take(rows + offsets[_WIDTH - length :])
        joined: Words = np.bitwise_xor.reduce(looked_up, axis=1, dtype=np.uint32)
        return joined
    blocks = 1 << (-(-length // _WIDTH) - 1).bit_length()
    padded = np.zeros((count, blocks * _WIDTH), np.uint8)
    padded[:, blocks * _WIDTH - length :] = rows  # leading zeros do not change a CRC that starts at 0
    parts: Words = _linear(padded.reshape(count * blocks, _WIDTH)).reshape(count, blocks)
    exponent = _WIDTH.bit_length() - 1
    while parts.shape[1] > 1:
        parts = _apply(_zeros(exponent), parts[:, 0::2]) ^ parts[:, 1::2]
        exponent += 1
    return parts[:, 0]


@cache
def _byte_table() -> Words:
    table = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        table = (table >> np.uint32(1)) ^ (_POLYNOMIAL * (table & np.uint32(1)))
    return table


@cache
def _contributions() -> tuple[Words, NDArray[np.intp]]:
    """What byte b at place p of _WIDTH adds, at [256 p + b]; and 256 p for each place."""
    first = _byte_table()
    rows = [first]
    for _ in range(_WIDTH - 1):
        rows.append((rows[-1] >> np.uint32(8)) ^ first[rows[-1] & np.uint32(0xFF)])
    return np.concatenate(rows[::-1]), np.arange(_WIDTH, dtype=np.intp) * 256


@cache
def _zeros(exponent: int) -> Words:
    """(4, 256) what 2**exponent zero bytes make of a state, by the state's byte 0 to 3."""
    if exponent == 0:
        states = np.arange(256, dtype=np.uint32) << (np.arange(4, dtype=np.uint32)[:, np.newaxis] * np.uint32(8))
        shifted: Words = (states >> np.uint32(8)) ^ _byte_table()[states & np.uint32(0xFF)]
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
