"""Where the parts of an event lie in a record, learnt from one record, the exemplar, by parsing it.

Another record of the same length whose bytes outside the numbers, the tag and a payload that is passed over are the
same (and whose step is a varint of as many bytes) must parse the same way: the plain parser would take every branch
again. So its numbers may be taken from the same places; see columns.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from selectmodel.readers.tfevents import protobuf
from selectmodel.readers.tfevents.record import FOOTER_BYTES, Bytes

Place = tuple[int, int]


@dataclass(frozen=True, slots=True)
class RecordLayout:
    """Where the parts of an event lie in its record, as (start, end); (0, 0) for a part that is absent.

    ``number`` is empty where the value is no scalar; ``passed`` is the payload that is then passed over.
    """

    plugin: str
    wall_time: Place
    step: Place
    tag: Place
    number: Place
    passed: Place

    def without_passed(self) -> RecordLayout:
        """The layout of records from which the payload that is passed over has been cut."""
        begin, end = self.passed

        def moved(place: Place) -> Place:
            return (place[0] - (end - begin), place[1] - (end - begin)) if place[0] >= end else place

        parts = moved(self.wall_time), moved(self.step), moved(self.tag), moved(self.number)
        return RecordLayout(self.plugin, *parts, (0, 0))

    def structure(self, width: int) -> Bytes:
        """(width,) the bits that records of this layout share, their stored checksum being the last four bytes.

        All but the numbers; of a varint those that say whether it goes on.
        """
        fixed = np.full(width, 0xFF, np.uint8)
        for part in (self.wall_time, self.number, self.passed, (width - FOOTER_BYTES, width)):
            fixed[slice(*part)] = 0
        fixed[slice(*self.step)] = 0x80
        return fixed


def layout(record: bytes) -> RecordLayout | None:
    """Where the parts of a record lie; None if it is not an event with one value, a scalar or of no interest."""
    wall_time = step = (0, 0)
    values: list[tuple[int, int]] = []
    try:
        for which, wire_type, start, end in protobuf.fields(record):
            if which == 1 and wire_type == protobuf.FIXED64:
                wall_time = start, end
            elif which == 2 and wire_type == protobuf.VARINT:
                step = start, end
            elif which == 5 and wire_type == protobuf.DELIMITED:
                values += _within(record, start, end, 1)
        if len(values) != 1:
            return None
        value = protobuf.value(record[slice(*values[0])])
        tag, number, passed = _value(record, *values[0])
    except protobuf.WireError:
        return None
    scalar = value.number is not None
    if value.text is not None or scalar == (number == (0, 0)) or tag == (0, 0):
        return None
    return RecordLayout(value.plugin, wall_time, step, tag, number, (0, 0) if scalar else passed)


def _within(record: bytes, start: int, end: int, wanted: int) -> Iterator[tuple[int, int]]:
    """Where the delimited fields of one number lie in the message at ``start``."""
    for which, wire_type, begin, stop in protobuf.fields(record[start:end]):
        if which == wanted and wire_type == protobuf.DELIMITED:
            yield start + begin, start + stop


def _value(record: bytes, start: int, end: int) -> tuple[tuple[int, int], ...]:
    """Where tag, number and a payload without a number lie; as in the plain parser the last one counts."""
    tag = number = passed = (0, 0)
    for which, wire_type, begin, stop in protobuf.fields(record[start:end]):
        place = start + begin, start + stop
        if which == 1 and wire_type == protobuf.DELIMITED:
            tag = place
        elif which == 2 and wire_type == protobuf.FIXED32:
            number, passed = place, (0, 0)
        elif which in (3, 4, 5, 6) and wire_type == protobuf.DELIMITED:
            number, passed = (0, 0), place
        elif which == 8 and wire_type == protobuf.DELIMITED:
            number, passed = _in_tensor(record, *place)
    return tag, number, passed


def _in_tensor(record: bytes, start: int, end: int) -> tuple[tuple[int, int], tuple[int, int]]:
    """Where the one float of a tensor lies, and its content, which is passed over if it holds several numbers.

    No place is given for other types, or where more than one field could hold the number.
    """
    dtype = 0
    content = (0, 0)
    held: list[tuple[int, int]] = []
    for which, wire_type, begin, stop in protobuf.fields(record[start:end]):
        if which == 1 and wire_type == protobuf.VARINT:
            dtype = protobuf.varint(record, start + begin)[0]
        elif which >= 4:
            held.append((start + begin, start + stop))
            content = held[-1] if which == 4 and wire_type == protobuf.DELIMITED else content
    width = {1: 4, 2: 8}.get(dtype, 0)
    fits = len(held) == 1 and width == held[0][1] - held[0][0]
    return held[0] if fits else (0, 0), content if len(held) == 1 else (0, 0)
