"""Protobuf's wire format and the few messages of an event file that lead to a scalar, read without protobuf.

Field numbers are those of TensorFlow's event.proto, summary.proto and tensor.proto. A field of an unexpected wire
type is passed over, as protobuf does; what cannot be parsed raises WireError.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from struct import Struct

import numpy as np

_DOUBLE = Struct("<d").unpack_from
_FLOAT = Struct("<f").unpack_from
VARINT, FIXED64, DELIMITED, FIXED32 = 0, 1, 2, 5
_SUMMARY = 5
_BIG_FIELD = 64 * 1024  # a value with a scalar in it is far smaller
_MAX_KEPT = 64 << 20


class WireError(ValueError):
    """The bytes are not the message they should be."""


@dataclass(slots=True)
class Value:
    """One value of an event. Exactly one of ``number``, ``text`` and neither: a value of another kind."""

    tag: str
    number: float | None = None
    text: bytes | None = None
    plugin: str = ""


@dataclass(slots=True)
class Event:
    """Wall time in seconds, step, the values, and for each value that could not be read the reason why."""

    wall_time: float = 0.0
    step: int = 0
    values: list[Value] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)


def varint(data: bytes, position: int) -> tuple[int, int]:
    """The number at ``position``, modulo 2^64, and where it ends."""
    if position < len(data) and (byte := data[position]) < 0x80:  # nearly all are this short
        return byte, position + 1
    number = shift = 0
    while True:
        if position >= len(data) or shift > 63:
            raise WireError("a number does not end")
        byte = data[position]
        position += 1
        number |= (byte & 0x7F) << shift
        if byte < 0x80:
            return number & 0xFFFFFFFFFFFFFFFF, position
        shift += 7


def fields(data: bytes) -> Iterator[tuple[int, int, int, int]]:
    """Field number, wire type, and where the content of each field starts and ends."""
    position, size = 0, len(data)
    while position < size:
        key, start = varint(data, position)
        wire_type = key & 7
        if wire_type == VARINT:
            position = varint(data, start)[1]
        elif wire_type == FIXED64:
            position = start + 8
        elif wire_type == FIXED32:
            position = start + 4
        elif wire_type == DELIMITED:
            length, start = varint(data, start)
            position = start + length
        else:
            raise WireError(f"wire type {wire_type} is not used in event files")
        if position > size or not 0 < key >> 3 < 1 << 29:
            raise WireError("a field reaches beyond its message")
        yield key >> 3, wire_type, start, position


def signed(number: int) -> int:
    """A varint as int64."""
    return number - (1 << 64) if number >> 63 else number


def event(data: bytes) -> Event:
    """An Event; raises WireError if the message itself cannot be parsed. A bad value costs that value only."""
    result = Event()
    for number, wire_type, start, end in fields(data):
        if number == 1 and wire_type == FIXED64:
            result.wall_time = _DOUBLE(data, start)[0]
        elif number == 2 and wire_type == VARINT:
            result.step = signed(varint(data, start)[0])
        elif number == _SUMMARY and wire_type == DELIMITED:
            _summary(data[start:end], result)
    return result


def _summary(data: bytes, result: Event) -> None:
    for number, wire_type, start, end in fields(data):
        if number == 1 and wire_type == DELIMITED:
            try:
                result.values.append(value(data[start:end]))
            except WireError as reason:
                result.refused.append(str(reason))


def value(data: bytes) -> Value:
    """One value of a summary; raises WireError if it cannot be parsed."""
    tag = plugin = ""
    number: float | None = None
    text: bytes | None = None
    for which, wire_type, start, end in fields(data):
        if which == 1 and wire_type == DELIMITED:
            tag = _text(data[start:end])
        elif which == 2 and wire_type == FIXED32:
            number, text = _FLOAT(data, start)[0], None
        elif which in (3, 4, 5, 6) and wire_type == DELIMITED:
            number = text = None
        elif which == 8 and wire_type == DELIMITED:
            number, text = _tensor(data[start:end])
        elif which == 9 and wire_type == DELIMITED:
            plugin = _plugin(data[start:end])
    return Value(tag, number, text, plugin)


def _plugin(metadata: bytes) -> str:
    plugin = ""
    for number, wire_type, start, end in fields(metadata):
        if number == 1 and wire_type == DELIMITED:
            data = metadata[start:end]
            names = [data[begin:stop] for name, inner, begin, stop in fields(data) if (name, inner) == (1, DELIMITED)]
            plugin = _text(names[-1]) if names else ""
    return plugin


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise WireError("a name is not UTF-8") from None


# TensorProto: dtype → (numpy type of tensor_content, number of its …_val field, how a …_val element is written)
_DTYPES: dict[int, tuple[str, int, str]] = {
    1: ("<f4", 5, "<f4"),
    2: ("<f8", 6, "<f8"),
    3: ("<i4", 7, "varint"),
    4: ("u1", 7, "varint"),
    5: ("<i2", 7, "varint"),
    6: ("i1", 7, "varint"),
    9: ("<i8", 10, "varint"),
    10: ("?", 11, "varint"),
    14: ("bfloat16", 13, "varint"),
    17: ("<u2", 7, "varint"),
    19: ("<f2", 13, "varint"),
    22: ("<u4", 16, "varint"),
    23: ("<u8", 17, "varint"),
}
_STRING, _STRING_FIELD = 7, 8


def _tensor(data: bytes) -> tuple[float | None, bytes | None]:
    """The number or the text of a tensor of one element; None, None of any other tensor."""
    dtype, count, content = 0, 1, b""
    held: dict[int, list[tuple[int, bytes]]] = {}
    for number, wire_type, start, end in fields(data):
        if number == 1 and wire_type == VARINT:
            dtype = varint(data, start)[0]
        elif number == 2 and wire_type == DELIMITED:
            count = _elements(data[start:end])
        elif number == 4 and wire_type == DELIMITED:
            content = data[start:end]
        elif number >= 5:
            held.setdefault(number, []).append((wire_type, data[start:end]))
    if count != 1:
        return None, None
    if dtype == _STRING:
        return None, next((text for wire_type, text in held.get(_STRING_FIELD, []) if wire_type == DELIMITED), b"")
    if dtype not in _DTYPES:
        return None, None
    kind, where, written = _DTYPES[dtype]
    if content:
        return _number(content, kind), None
    numbers = [number for wire_type, piece in held.get(where, []) for number in _listed(wire_type, piece, written)]
    if len(numbers) != 1:
        raise WireError(f"a tensor of one element holds {len(numbers)}")
    return _number(_as_content(numbers[0], kind) if written == "varint" else numbers[0], kind), None


def _elements(shape: bytes) -> int:
    count = 1
    for number, wire_type, start, end in fields(shape):
        if number == 2 and wire_type == DELIMITED:
            dimension = shape[start:end]
            size = 0
            for which, inner_type, begin, _ in fields(dimension):
                if which == 1 and inner_type == VARINT:
                    size = signed(varint(dimension, begin)[0])
            count *= size
    return count


def _listed(wire_type: int, piece: bytes, written: str) -> list[bytes]:
    """The elements of one …_val field, packed or not, each as the bytes of one number."""
    expected = VARINT if written == "varint" else FIXED64 if written == "<f8" else FIXED32
    if wire_type not in (DELIMITED, expected):
        return []
    if written == "varint":
        elements: list[bytes] = []
        position = 0
        while position < len(piece) and len(elements) < 2:
            start = position
            position = varint(piece, position)[1]
            elements.append(piece[start:position])
        return elements
    width = int(written[-1])
    if len(piece) % width:
        raise WireError("a list of numbers is cut")
    return [piece[start : start + width] for start in range(0, min(len(piece), 2 * width), width)]


def _as_content(number: bytes, kind: str) -> bytes:
    width = 2 if kind == "bfloat16" else np.dtype(kind).itemsize
    return varint(number, 0)[0].to_bytes(8, "little")[:width]


def _number(content: bytes, kind: str) -> float:
    if kind == "bfloat16":  # the upper half of a float32
        content, kind = b"\x00\x00" + content, "<f4"
    if len(content) != np.dtype(kind).itemsize:
        raise WireError("the bytes of a tensor do not fit its type")
    return float(np.frombuffer(content, kind)[0])


def condensed(read: Callable[[int, int], bytes], start: int, end: int, *, summary: bool = False) -> bytes:
    """An Event without its big fields and without the big values of its summary, none of which is read.

    ``read(position, count)`` gives bytes of the file. Raises WireError if it cannot be parsed or stays too large.
    """
    kept = bytearray()
    position = start
    while position < end:
        head = read(position, min(20, end - position))
        key, inner = varint(head, 0)
        if key & 7 == DELIMITED:
            length, inner = varint(head, inner)
            stop = position + inner + length
        else:
            stop = position + next(fields(head))[3]
        if stop > end:
            raise WireError("a field reaches beyond its message")
        if stop - position <= _BIG_FIELD:
            kept += read(position, stop - position)
        elif not summary and key >> 3 == _SUMMARY:
            values = condensed(read, position + inner, stop, summary=True)
            kept += bytes([_SUMMARY << 3 | DELIMITED]) + _encoded(len(values)) + values
        if len(kept) > _MAX_KEPT:
            raise WireError("too many small values in one record")
        position = stop
    return bytes(kept)


def _encoded(number: int) -> bytes:
    encoded = bytearray()
    while number >= 0x80:
        encoded.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*encoded, number])
