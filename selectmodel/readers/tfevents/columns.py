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

from selectmodel.readers.tfevents import crc, record_layout, tfrecord
from selectmodel.readers.tfevents.record import FOOTER_BYTES, Bytes, Offsets
from selectmodel.readers.tfevents.record_layout import RecordLayout
from selectmodel.readers.tfevents.tfrecord import Group, words

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

_FEWEST = 4  # fewer records are quicker parsed one by one
_ROUNDS = 32  # so many kinds of record of one length are looked for
_FEW = 128  # rows that one call of numpy compares
_AT_ONCE = 1 << 20  # bytes looked at together, so that they stay in the cache


@dataclass(frozen=True, slots=True)
class TagColumn:
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
class Decoded:
    """What became of the records of a group: columns, the starts of damaged ones, and of those to parse one by one."""

    columns: list[TagColumn] = field(default_factory=list)
    damaged: list[int] = field(default_factory=list)
    others: list[int] = field(default_factory=list)


def columns_of(data: Bytes, groups: Sequence[Group]) -> Iterator[tuple[Group, Decoded]]:
    """The points of each group of records of ``data`` (bytes,) whose frames are sound.

    Wide records are many bytes and few of a length: their checksums are computed for all lengths in one go.
    """
    wide = [group for group in groups if group.length > crc.WIDTH]
    sound = np.empty(0, np.bool_)
    if wide:
        starts = np.concatenate([group.starts for group in wide])
        lengths = np.repeat([group.length for group in wide], [len(group.starts) for group in wide])
        stored = tfrecord.stored(data, starts, lengths)
        sound = crc.masked(crc.crc32c_pieces(data, starts.tolist(), lengths.tolist())) == stored
    position = 0
    for group in groups:
        if group.length > crc.WIDTH:
            yield group, columns(data, group, sound[position : position + len(group.starts)])
            position += len(group.starts)
        else:
            yield group, columns(data, group)


def columns(data: Bytes, group: Group, sound: Bools | None = None) -> Decoded:
    """The points of one group; ``sound`` (n,) tells which records have the right checksum, if that is known."""
    found = Decoded()
    if sound is not None and not sound.all():
        found.damaged += group.starts[~sound].tolist()
        group = Group(group.length, group.starts[sound])
    count = max(_FEWEST, _AT_ONCE // (min(group.length, crc.WIDTH) + FOOTER_BYTES))
    for first in range(0, len(group.starts), count):
        part = Group(group.length, group.starts[first : first + count], group.stride)
        _take(data, part, sound is None, found)
    return found


def _take(data: Bytes, group: Group, check: bool, found: Decoded) -> None:
    for _ in range(_ROUNDS):
        if len(group.starts) < _FEWEST:
            break
        first = int(group.starts[0])
        layout = record_layout.layout(data[first : first + group.length].tobytes())
        if layout is None:
            found.others.append(first)
            group = Group(group.length, group.starts[1:], group.stride)
            continue
        rows, layout = _rows(data, group, layout, cut=not check)
        varying = _varying(rows)
        others = _others(rows, varying, layout)
        if others is None:
            _take_alike(rows, group.starts, layout, varying, check, found)
            return
        alike = rows[~others]
        _take_alike(alike, group.starts[~others], layout, _varying(alike), check, found)
        group = Group(group.length, group.starts[others])
    found.others += group.starts.tolist()


def _rows(data: Bytes, group: Group, layout: RecordLayout, *, cut: bool) -> tuple[Bytes, RecordLayout]:
    """(n, width) the content and stored checksum of each record; if ``cut`` without a payload that is passed over."""
    width = group.length + FOOTER_BYTES
    begin, end = layout.passed
    if not cut or begin == end:
        return tfrecord.windows(data, group.starts, width, group.stride), layout
    before = tfrecord.windows(data, group.starts, begin, group.stride)
    after = tfrecord.windows(data, group.starts + end, width - end, group.stride)
    return np.concatenate([before, after], axis=1), layout.without_passed()


def _varying(rows: Bytes) -> Bytes:
    """(width,) the bits that are not the same in all rows (n, width).

    Each row is compared with the one before, for all rows at once, and the differences are folded in halves: numpy
    works on long stretches of bytes several times as fast as row by row.
    """
    count, width = rows.shape
    flat = rows.ravel()
    differs = flat[width:] ^ flat[:-width]
    left = count - 1
    while left > _FEW:
        half = left // 2
        differs[: half * width] |= differs[(left - half) * width : left * width]
        left -= half
    varying: Bytes = np.bitwise_or.reduce(differs[: left * width].reshape(left, width), axis=0)
    return varying


def _others(rows: Bytes, varying: Bytes, layout: RecordLayout) -> Bools | None:
    """(n,) which rows have another layout than the first; None if none has."""
    structure = layout.structure(rows.shape[1])
    structure[slice(*layout.tag)] = 0
    places = (varying & structure).nonzero()[0].tolist()
    if not places:
        return None
    others = np.zeros(len(rows), np.bool_)
    for place in places:
        others |= ((rows[:, place] ^ rows[0, place]) & structure[place]) != 0
    return others


def _take_alike(
    rows: Bytes, starts: Offsets, layout: RecordLayout, varying: Bytes, check: bool, found: Decoded
) -> None:
    """Checks the rows, which are of one layout, and takes their numbers, a column a tag."""
    if check:
        sound = _sound(rows, varying)
        if not sound.all():
            found.damaged += starts[~sound].tolist()
            rows, starts = rows[sound], starts[sound]
    places = (varying[slice(*layout.tag)].nonzero()[0] + layout.tag[0]).tolist()
    if places:
        order = _tag_order(rows, places)
        rows, starts = rows[order], starts[order]
    steps, wall_times, values = _numbers(rows, layout)
    for first, last in _same_tag(rows, places):
        try:
            tag = rows[first, slice(*layout.tag)].tobytes().decode("utf-8")
        except UnicodeDecodeError:
            found.others += starts[first:last].tolist()
            continue
        part = slice(first, last)
        found.columns.append(TagColumn(tag, layout.plugin, starts[part], steps[part], wall_times[part], values[part]))


def _sound(rows: Bytes, varying: Bytes) -> Bools:
    """(n,) whether the checksum of each row is right."""
    crcs = crc.crc32c_rows(rows[:, :-FOOTER_BYTES], varying[:-FOOTER_BYTES] != 0)
    sound: Bools = crc.masked(crcs) == words(rows[:, -FOOTER_BYTES:])
    return sound


def _tag_order(rows: Bytes, places: Sequence[int]) -> NDArray[np.intp]:
    """An order in which equal tags mostly follow each other, and keep their own order: that of a hash of 16 bits.

    ``places`` are those at which the tags differ.
    """
    keys = np.zeros(len(rows), np.uint16)
    for place in places:
        keys = (keys + rows[:, place]) * np.uint16(0x9E37)
        keys ^= keys >> np.uint16(7)
    return np.argsort(keys, kind="stable")


def _same_tag(rows: Bytes, places: Sequence[int]) -> Iterator[tuple[int, int]]:
    """First and last + 1 of each stretch of equal tags, which differ at no other ``places``."""
    if not len(rows):
        return iter(())
    change = np.zeros(len(rows) - 1, np.bool_)
    for place in places:
        change |= rows[1:, place] != rows[:-1, place]
    changes = (np.flatnonzero(change) + 1).tolist()
    return zip([0, *changes], [*changes, len(rows)], strict=True)


def _numbers(rows: Bytes, layout: RecordLayout) -> tuple[Ints, Floats, Floats]:
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
    if numbers.dtype == np.float64:
        return numbers.copy()
    with np.errstate(invalid="ignore"):  # widening a signalling NaN
        return numbers.astype(np.float64)
