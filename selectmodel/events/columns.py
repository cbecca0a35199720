"""Records of one length that differ only in wall time, step, tag and value, read as columns of a byte matrix.

One record, the exemplar, is parsed to learn where its numbers lie. Every other record whose remaining bytes are the
same (and whose step is a varint of as many bytes) must parse the same way, so its numbers are taken from the same
places. The bytes of the tag may differ: the parser looks at nothing but their number, and at whether they are UTF-8.
Nor do the bytes of a histogram or an image matter, which the parser passes over. Records that are of another kind are
looked at again with one of them as the exemplar, and what is left after some rounds goes to the plain parser.

The checksum of each record is computed; places at which all records are equal are looked up once for all of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from selectmodel.events import crc, wire
from selectmodel.events.frame import Bytes, Offsets
from selectmodel.events.framing import Group, words

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_FEWEST = 4  # fewer records are quicker parsed one by one
_ROUNDS = 32  # so many kinds of record of one length are looked for
_AT_ONCE = 1 << 20  # bytes looked at together, so that they stay in the cache


@dataclass(frozen=True, slots=True)
class Column:
    """Points of one tag, (n,) each: where the content of their records starts, and the numbers.

    A tag whose values are no scalars has starts and no numbers.
    """

    tag: str
    plugin: str
    starts: Offsets
    steps: Ints
    wall_times: Floats
    values: Floats


@dataclass(slots=True)
class Found:
    """What became of the records of a group: columns, the starts of damaged ones, and of those to parse one by one."""

    columns: list[Column] = field(default_factory=list)
    damaged: list[int] = field(default_factory=list)
    others: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Layout:
    """Where the parts of an event lie in its record, as (start, end); (0, 0) for a part that is absent.

    ``number`` is empty where the value is no scalar; ``passed`` is the payload that is then passed over.
    """

    plugin: str
    wall_time: tuple[int, int]
    step: tuple[int, int]
    tag: tuple[int, int]
    number: tuple[int, int]
    passed: tuple[int, int]


def columns_of(data: Bytes, groups: Sequence[Group]) -> Iterator[tuple[Group, Found]]:
    """The points of each group of records of ``data`` whose frames are sound.

    Wide records are many bytes and few of a length: their checksums are computed for all lengths in one go.
    """
    wide = [group for group in groups if group.length > crc.WIDTH]
    starts = [start for group in wide for start in group.starts.tolist()]
    lengths = [group.length for group in wide for _ in range(len(group.starts))]
    sound = np.empty(0, np.bool_)
    if wide:
        stored = np.concatenate([words(group.rows[:, -4:]) for group in wide])
        sound = crc.masked(crc.crc32c_pieces(data, starts, lengths)) == stored
    position = 0
    for group in groups:
        if group.length > crc.WIDTH:
            yield group, columns(group, sound[position : position + len(group.starts)])
            position += len(group.starts)
        else:
            yield group, columns(group)


def columns(group: Group, sound: NDArray[np.bool_] | None = None) -> Found:
    """The points of one group; ``sound`` (n,) tells which records have the right checksum, if that is known."""
    found = Found()
    if sound is not None and not sound.all():
        found.damaged += group.starts[~sound].tolist()
        group = Group(group.length, group.starts[sound], group.rows[sound])
    count = max(_FEWEST, _AT_ONCE // (group.length + 4))
    for first in range(0, len(group.starts), count):
        rows = np.ascontiguousarray(group.rows[first : first + count])
        _take(rows, group.starts[first : first + count], sound is None, found)
    return found


def _take(rows: Bytes, starts: Offsets, check: bool, found: Found) -> None:
    for _ in range(_ROUNDS):
        if len(rows) < _FEWEST:
            break
        layout = _layout(rows[0, :-4].tobytes())
        if layout is None:
            found.others += starts[:1].tolist()
            rows, starts = rows[1:], starts[1:]
            continue
        alike, one_tag = _alike(rows, layout)
        if alike is None:
            _take_alike(rows, starts, layout, one_tag, check, found)
            return
        _take_alike(rows[alike], starts[alike], layout, one_tag, check, found)
        rows, starts = rows[~alike], starts[~alike]
    found.others += starts.tolist()


def _alike(rows: Bytes, layout: _Layout) -> tuple[NDArray[np.bool_] | None, bool]:
    """Which rows have the layout of the first, None if all have; and whether all of them have the same tag."""
    fixed = _fixed(rows.shape[1], layout)
    differs = (rows ^ rows[0]) & fixed
    if not differs.any():
        return None, True
    same_tag = not differs[:, slice(*layout.tag)].any()
    differs[:, slice(*layout.tag)] = 0
    if not differs.any():
        return None, False
    return ~differs.any(axis=1), same_tag


def _fixed(width: int, layout: _Layout) -> Bytes:
    """(width,) the bits that must be equal: all but the numbers, and of a varint those that say whether it goes on."""
    fixed = np.full(width, 0xFF, np.uint8)
    for part in (layout.wall_time, layout.number, layout.passed, (width - 4, width)):
        fixed[slice(*part)] = 0
    fixed[slice(*layout.step)] = 0x80
    return fixed


def _take_alike(rows: Bytes, starts: Offsets, layout: _Layout, one_tag: bool, check: bool, found: Found) -> None:
    """Checks the rows, which are of one layout, and takes their numbers, a column a tag."""
    sound = _sound(rows, layout, one_tag) if check else np.ones(len(rows), np.bool_)
    if not sound.all():
        found.damaged += starts[~sound].tolist()
        rows, starts = rows[sound], starts[sound]
    if not one_tag:
        order = _tag_order(rows[:, slice(*layout.tag)])
        rows, starts = rows[order], starts[order]
    steps, wall_times, values = _numbers(rows, layout)
    for first, last in _same_tag(rows[:, slice(*layout.tag)], one_tag):
        try:
            tag = rows[first, slice(*layout.tag)].tobytes().decode("utf-8")
        except UnicodeDecodeError:
            found.others += starts[first:last].tolist()
            continue
        part = slice(first, last)
        found.columns.append(Column(tag, layout.plugin, starts[part], steps[part], wall_times[part], values[part]))


def _sound(rows: Bytes, layout: _Layout, one_tag: bool) -> NDArray[np.bool_]:
    """(n,) whether the checksum of each row is right; the rows are of one layout."""
    fixed = _fixed(rows.shape[1], layout)[:-4] == 0xFF
    if not one_tag:
        fixed[slice(*layout.tag)] = False
    sound: NDArray[np.bool_] = crc.masked(crc.crc32c_rows(rows[:, :-4], np.flatnonzero(fixed).tolist())) == words(
        rows[:, -4:]
    )
    return sound


def _tag_order(tags: Bytes) -> NDArray[np.intp]:
    """An order in which equal tags mostly follow each other, and keep their own order: that of a hash of 16 bits."""
    keys = np.zeros(len(tags), np.uint16)
    for place in range(tags.shape[1]):
        keys = (keys + tags[:, place]) * np.uint16(0x9E37)
        keys ^= keys >> np.uint16(7)
    return np.argsort(keys, kind="stable")


def _same_tag(tags: Bytes, one_tag: bool) -> Iterator[tuple[int, int]]:
    """First and last + 1 of each stretch of equal tags."""
    if one_tag or not len(tags):
        return iter([(0, len(tags))] if len(tags) else [])
    changes = (np.flatnonzero((tags[1:] != tags[:-1]).any(axis=1)) + 1).tolist()
    return zip([0, *changes], [*changes, len(tags)], strict=True)


def _numbers(rows: Bytes, layout: _Layout) -> tuple[Ints, Floats, Floats]:
    """Steps, wall times and values of the rows, (n,) each; nothing if they hold no scalar."""
    if layout.number == (0, 0):
        nothing = np.empty(0)
        return nothing.astype(np.int64), nothing, nothing
    steps = np.zeros(len(rows), np.uint64)
    for place, column in enumerate(range(*layout.step)):
        steps |= (rows[:, column] & np.uint8(0x7F)).astype(np.uint64) << np.uint64(7 * place)
    return steps.view(np.int64), _floats(rows, *layout.wall_time), _floats(rows, *layout.number)


def _floats(rows: Bytes, start: int, end: int) -> Floats:
    """(n,) the little-endian float32 or float64 at a place of each row; 0 if there is none."""
    if start == end or not len(rows):
        return np.zeros(len(rows))
    numbers = np.ndarray(len(rows), f"<f{end - start}", rows, start, (rows.shape[1],))
    with np.errstate(invalid="ignore"):  # widening a signalling NaN
        return numbers.astype(np.float64)


def _layout(record: bytes) -> _Layout | None:
    """Where the parts of a record lie; None if it is not an event with one value, a scalar or of no interest."""
    wall_time = step = (0, 0)
    parts: list[tuple[tuple[int, int], ...]] = []
    try:
        event = wire.event(record)
        for which, wire_type, start, end in wire.fields(record):
            if which == 1 and wire_type == wire.FIXED64:
                wall_time = start, end
            elif which == 2 and wire_type == wire.VARINT:
                step = start, end
            elif which == 5 and wire_type == wire.DELIMITED:
                parts += [_value(record, *place) for place in _within(record, start, end, 1)]
    except wire.WireError:
        return None
    if len(parts) != 1 or len(event.values) != 1 or event.values[0].text is not None:
        return None
    tag, number, passed = parts[0]
    scalar = event.values[0].number is not None
    if scalar == (number == (0, 0)) or tag == (0, 0):
        return None
    return _Layout(event.values[0].plugin, wall_time, step, tag, number, (0, 0) if scalar else passed)


def _within(record: bytes, start: int, end: int, wanted: int) -> Iterator[tuple[int, int]]:
    """Where the delimited fields of one number lie in the message at ``start``."""
    for which, wire_type, begin, stop in wire.fields(record[start:end]):
        if which == wanted and wire_type == wire.DELIMITED:
            yield start + begin, start + stop


def _value(record: bytes, start: int, end: int) -> tuple[tuple[int, int], ...]:
    """Where tag, number and a payload without a number lie; as in the plain parser the last one counts."""
    tag = number = passed = (0, 0)
    for which, wire_type, begin, stop in wire.fields(record[start:end]):
        place = start + begin, start + stop
        if which == 1 and wire_type == wire.DELIMITED:
            tag = place
        elif which == 2 and wire_type == wire.FIXED32:
            number, passed = place, (0, 0)
        elif which in (3, 4, 5, 6) and wire_type == wire.DELIMITED:
            number, passed = (0, 0), place
        elif which == 8 and wire_type == wire.DELIMITED:
            number, passed = _in_tensor(record, *place)
    return tag, number, passed


def _in_tensor(record: bytes, start: int, end: int) -> tuple[tuple[int, int], tuple[int, int]]:
    """Where the one float of a tensor lies, and its content, which is passed over if it holds several numbers.

    No place is given for other types, or where more than one field could hold the number.
    """
    dtype = 0
    content = (0, 0)
    held: list[tuple[int, int]] = []
    for which, wire_type, begin, stop in wire.fields(record[start:end]):
        if which == 1 and wire_type == wire.VARINT:
            dtype = wire.varint(record, start + begin)[0]
        elif which >= 4:
            held.append((start + begin, start + stop))
            content = held[-1] if which == 4 and wire_type == wire.DELIMITED else content
    width = {1: 4, 2: 8}.get(dtype, 0)
    fits = len(held) == 1 and width == held[0][1] - held[0][0]
    return held[0] if fits else (0, 0), content if len(held) == 1 else (0, 0)
