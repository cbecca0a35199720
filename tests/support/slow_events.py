"""Event files written and read byte by byte, with nothing of selectmodel in it: the fast reader is held against it."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

#: Records of fewer bytes are met again and again: when they are written, read, and read beside one that is damaged.
_SHORT = 2000
_TABLE = []
for _byte in range(256):
    for _ in range(8):
        _byte = (_byte >> 1) ^ (0x82F63B78 if _byte & 1 else 0)
    _TABLE.append(_byte)


def crc32c(data: bytes) -> int:
    return _remembered(bytes(data)) if len(data) <= _SHORT else _worked_out(data)


@lru_cache(1 << 14)
def _remembered(data: bytes) -> int:
    return _worked_out(data)


def _worked_out(data: bytes) -> int:
    state = 0xFFFFFFFF
    for byte in data:
        state = (state >> 8) ^ _TABLE[(state ^ byte) & 0xFF]
    return state ^ 0xFFFFFFFF


def masked(data: bytes) -> int:
    crc = crc32c(data)
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def record(data: bytes) -> bytes:
    length = struct.pack("<Q", len(data))
    return length + struct.pack("<I", masked(length)) + data + struct.pack("<I", masked(data))


def varint(number: int) -> bytes:
    number &= 0xFFFFFFFFFFFFFFFF
    out = b""
    while number > 0x7F:
        out += bytes([number & 0x7F | 0x80])
        number >>= 7
    return out + bytes([number])


def number_field(which: int, number: int) -> bytes:
    return varint(which << 3) + varint(number)


def bytes_field(which: int, content: bytes) -> bytes:
    return varint(which << 3 | 2) + varint(len(content)) + content


def float_field(which: int, value: float) -> bytes:
    return varint(which << 3 | 5) + struct.pack("<f", value)


def double_field(which: int, value: float) -> bytes:
    return varint(which << 3 | 1) + struct.pack("<d", value)


def metadata(plugin: str) -> bytes:
    return bytes_field(9, bytes_field(1, bytes_field(1, plugin.encode())))


def tensor(dtype: int, body: bytes, shape: Sequence[int] | None = ()) -> bytes:
    dims = b"" if shape is None else bytes_field(2, b"".join(bytes_field(2, number_field(1, size)) for size in shape))
    return bytes_field(8, number_field(1, dtype) + dims + body)


def value(tag: str | bytes, content: bytes) -> bytes:
    return bytes_field(1, bytes_field(1, tag if isinstance(tag, bytes) else tag.encode()) + content)


def event(step: int, *values: bytes, wall_time: float = 1.7e9, other: bytes = b"") -> bytes:
    head = double_field(1, wall_time) + (number_field(2, step) if step else b"")
    return head + (bytes_field(5, b"".join(values)) if values else b"") + other


def version() -> bytes:
    return record(event(0, other=bytes_field(3, b"brain.Event:2")))


def scalar(tag: str, step: int, number: float, wall_time: float = 1.7e9) -> bytes:
    return record(event(step, value(tag, float_field(2, number)), wall_time=wall_time))


def keras(tag: str, step: int, number: float, wall_time: float = 1.7e9) -> bytes:
    content = tensor(1, bytes_field(4, struct.pack("<f", number))) + metadata("scalars")
    return record(event(step, value(tag, content), wall_time=wall_time))


Point = tuple[int, float, float]


def read(data: bytes) -> dict[str, list[Point]]:
    """(step, wall time, value) by tag, of the records whose checksums are right, up to the first bad length."""
    found: dict[str, list[Point]] = {}
    plugins: dict[str, str] = {}
    rows: list[tuple[str, str, Point | None]] = []
    for payload in _records(data):
        try:
            rows += _rows(payload)
        except ValueError:
            continue
    for tag, plugin, point in rows:
        if plugin and point is not None:  # a text of the same tag says nothing of its numbers
            plugins.setdefault(tag, plugin)
    for tag, plugin, point in rows:
        if point is not None and (plugin or plugins.get(tag, "")) in ("", "scalars"):
            found.setdefault(tag, []).append(point)
    return found


def _records(data: bytes) -> Iterator[bytes]:
    position = 0
    while position + 16 <= len(data):
        length, stored = struct.unpack_from("<QI", data, position)
        if stored != masked(data[position : position + 8]) or position + 16 + length > len(data):
            return
        payload = data[position + 12 : position + 12 + length]
        if struct.unpack_from("<I", data, position + 12 + length)[0] == masked(payload):
            yield payload
        position += 16 + length


def _message(data: bytes) -> list[tuple[int, int, Any]]:
    out = []
    position = 0

    def take(count: int) -> bytes:
        nonlocal position
        piece = data[position : position + count]
        if len(piece) < count:
            raise ValueError("cut")
        position += count
        return piece

    def number() -> int:
        total = 0
        for place in range(10):
            (byte,) = take(1)
            total |= (byte & 0x7F) << 7 * place
            if byte < 0x80:
                return total & 0xFFFFFFFFFFFFFFFF
        raise ValueError("endless")

    while position < len(data):
        key = number()
        kind = key & 7
        if kind not in (0, 1, 2, 5) or not 0 < key >> 3 < 1 << 29:
            raise ValueError("wire type")
        content: Any = number() if kind == 0 else take({1: 8, 5: 4}.get(kind) or number())
        out.append((key >> 3, kind, content))
    return out


def _rows(payload: bytes) -> list[tuple[str, str, Point | None]]:
    wall_time, step = 0.0, 0
    rows = []
    fields = _message(payload)
    for which, kind, content in fields:
        if (which, kind) == (1, 1):
            wall_time = struct.unpack("<d", content)[0]
        elif (which, kind) == (2, 0):
            step = content - (1 << 64) if content >> 63 else content
    for which, kind, content in fields:
        if (which, kind) == (5, 2):
            for inner, inner_kind, one in _message(content):
                if (inner, inner_kind) == (1, 2):
                    try:
                        tag, plugin, found = _value(one)
                    except ValueError:
                        continue
                    rows.append((tag, plugin, None if found is None else (step, wall_time, found)))
    return rows


def _value(data: bytes) -> tuple[str, str, float | None]:
    tag, plugin, number = "", "", None
    for which, kind, content in _message(data):
        if (which, kind) == (1, 2):
            tag = content.decode("utf-8")
        elif (which, kind) == (2, 5):
            number = struct.unpack("<f", content)[0]
        elif (which, kind) == (8, 2):
            number = _tensor(content)
        elif kind == 2 and which in (3, 4, 5, 6):
            number = None
        elif (which, kind) == (9, 2):
            for inner, inner_kind, one in _message(content):
                if (inner, inner_kind) == (1, 2):
                    names = [text.decode("utf-8") for k, t, text in _message(one) if (k, t) == (1, 2)]
                    plugin = names[-1] if names else ""
    return tag, plugin, number


_CONTENT = {
    1: "<f", 2: "<d", 3: "<i", 4: "<B", 5: "<h", 6: "<b", 9: "<q", 10: "<?", 17: "<H", 19: "<e", 22: "<I", 23: "<Q",
}  # fmt: skip
_LISTS = {1: 5, 2: 6, 3: 7, 4: 7, 5: 7, 6: 7, 9: 10, 10: 11, 14: 13, 17: 7, 19: 13, 22: 16, 23: 17}


def _tensor(data: bytes) -> float | None:
    fields = _message(data)
    dtype, count, content = 0, 1, b""
    for which, kind, held in fields:
        if (which, kind) == (1, 0):
            dtype = held
        elif (which, kind) == (4, 2):
            content = held
        elif (which, kind) == (2, 2):
            count = 1
            for dim in [one for inner, inner_kind, one in _message(held) if (inner, inner_kind) == (2, 2)]:
                count *= ([0] + [size for inner, inner_kind, size in _message(dim) if (inner, inner_kind) == (1, 0)])[
                    -1
                ]
    if count != 1 or dtype not in _LISTS:
        return None
    if content:
        return _from_bytes(dtype, content)
    numbers = [n for which, kind, held in fields if which == _LISTS[dtype] for n in _list(dtype, kind, held)]
    if len(numbers) != 1:
        raise ValueError("not one number")
    return numbers[0]


def _from_bytes(dtype: int, content: bytes) -> float:
    if dtype == 14:
        content, dtype = b"\0\0" + content, 1
    if len(content) != struct.calcsize(_CONTENT[dtype]):
        raise ValueError("wrong size")
    return float(struct.unpack(_CONTENT[dtype], content)[0])


def _list(dtype: int, kind: int, held: Any) -> list[float]:
    if dtype in (1, 2):
        form = _CONTENT[dtype]
        if kind == 0 or len(held) % struct.calcsize(form):
            raise ValueError("wrong size")
        return [float(n) for (n,) in struct.iter_unpack(form, held)]
    numbers = [held]
    if kind == 2:
        numbers, position = [], 0
        while position < len(held):
            end = position
            while held[end : end + 1] and held[end] & 0x80:
                end += 1
            numbers.append(_message(b"\x08" + held[position : end + 1])[0][2])
            position = end + 1
    elif kind != 0:
        raise ValueError("wrong kind")
    size = 2 if dtype == 14 else struct.calcsize(_CONTENT[dtype])
    return [_from_bytes(dtype, (n & 0xFFFFFFFFFFFFFFFF).to_bytes(8, "little")[:size]) for n in numbers]
