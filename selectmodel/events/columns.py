"""Records of one length that differ only in wall time, step and value, read as columns of a byte matrix.

One record is parsed to learn where its numbers lie. Every other record whose remaining bytes are the same (and whose
step is a varint of as many bytes) must parse the same way, so its numbers are taken from the same places.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from selectmodel.events import wire
from selectmodel.events.framing import Bytes, Offsets

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_FEWEST = 4  # fewer records are quicker parsed one by one
_ROUNDS = 8  # so many kinds of record of one length are looked for


@dataclass(frozen=True, slots=True)
class Column:
    """Points of one tag: ``members`` (n,) says which of the rows they are, the numbers are (n,) each."""

    tag: str
    plugin: str
    members: Offsets
    steps: Ints
    wall_times: Floats
    values: Floats


@dataclass(frozen=True, slots=True)
class _Layout:
    value: wire.Value
    wall_time: int | None
    step: tuple[int, int]
    number: tuple[int, int]


def columns(rows: Bytes) -> tuple[list[Column], Offsets]:
    """The rows (n, L) that can be read as columns, and the indices of those that cannot."""
    found: list[Column] = []
    others: list[Offsets] = []
    left = np.arange(len(rows))
    for _ in range(_ROUNDS):
        if len(left) < _FEWEST:
            break
        layout = _layout(rows[left[0]].tobytes())
        others.append(left[:1] if layout is None else left[:0])
        left = left[1:] if layout is None else left
        if layout is not None:
            alike, left = _of_layout(rows, left, layout)
            found += alike
    return found, np.concatenate([*others, left])


def _of_layout(rows: Bytes, left: Offsets, layout: _Layout) -> tuple[list[Column], Offsets]:
    """The columns of one kind of record, a tag each, and the rows that are of another kind or too few."""
    found: list[Column] = []
    missed: list[Offsets] = []
    for members in _by_tag(rows[left], layout):
        inside = left[members]
        exemplar = rows[inside[0]]
        own = _layout(exemplar.tobytes()) if len(inside) >= _FEWEST else None
        if own is None:
            missed.append(inside)
            continue
        candidates = rows[inside]
        alike = _alike(candidates, exemplar, own)
        found.append(_column(candidates[alike], inside[alike], own))
        missed.append(inside[~alike])
    return found, np.concatenate(missed) if missed else left[:0]


def _by_tag(rows: Bytes, layout: _Layout) -> list[Offsets]:
    """Indices of rows that are likely equal but for their numbers. A hash groups them; the caller compares them."""
    fixed = _fixed(rows.shape[1], layout)
    if not ((rows ^ rows[0]) & fixed).any():
        return [np.arange(len(rows))]
    words = np.zeros((len(rows), -(-rows.shape[1] // 8) * 8), np.uint8)
    words[:, : rows.shape[1]] = rows & fixed
    keys = np.zeros(len(rows), np.uint64)
    for column in words.view(np.uint64).T:
        keys = (keys ^ column) * np.uint64(0x9E3779B97F4A7C15)
        keys ^= keys >> np.uint64(29)
    order = np.argsort(keys, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(keys[order])) + 1)


def _layout(record: bytes) -> _Layout | None:
    """Where the numbers of a record lie; None if it is not an event with one scalar of fixed width."""
    wall_time: int | None = None
    step = number = (0, 0)
    try:
        event = wire.event(record)
        if len(event.values) != 1 or event.refused or event.values[0].number is None:
            return None
        for which, wire_type, start, end in wire.fields(record):
            if which == 1 and wire_type == wire.FIXED64:
                wall_time = start
            elif which == 2 and wire_type == wire.VARINT:
                step = (start, end)
            elif which == 5 and wire_type == wire.DELIMITED:
                number = _number(record, start, end)
    except wire.WireError:
        return None
    width = number[1] - number[0]
    if width not in (4, 8) or np.isnan(event.values[0].number):
        return None
    if float(np.frombuffer(record[slice(*number)], f"<f{width}")[0]) != event.values[0].number:
        return None  # an integer tensor, say: these bytes are not the value as a float
    return _Layout(event.values[0], wall_time, step, number)


def _number(record: bytes, start: int, end: int) -> tuple[int, int]:
    """Where simple_value or the one element of a tensor lies: the last of them, as the plain parser has it."""
    place = (0, 0)
    for _, _, value_start, value_end in wire.fields(record[start:end]):
        value = record[start + value_start : start + value_end]
        for which, wire_type, begin, stop in wire.fields(value):
            base = start + value_start
            if which == 2 and wire_type == wire.FIXED32:
                place = (base + begin, base + stop)
            elif which == 8 and wire_type == wire.DELIMITED:
                for inner, _, first, last in wire.fields(value[begin:stop]):
                    if inner in (4, 5, 6):
                        place = (base + begin + first, base + begin + last)
    return place


def _alike(rows: Bytes, exemplar: Bytes, layout: _Layout) -> NDArray[np.bool_]:
    alike: NDArray[np.bool_] = np.equal((rows ^ exemplar) & _fixed(len(exemplar), layout), 0).all(axis=1)
    return alike


def _fixed(length: int, layout: _Layout) -> Bytes:
    """(length,) the bits that must be equal: all but the numbers, and of a varint those that say whether it goes on."""
    fixed = np.full(length, 0xFF, np.uint8)
    if layout.wall_time is not None:
        fixed[layout.wall_time : layout.wall_time + 8] = 0
    fixed[slice(*layout.step)] = 0x80
    fixed[slice(*layout.number)] = 0
    return fixed


def _column(rows: Bytes, members: Offsets, layout: _Layout) -> Column:
    count = len(rows)
    wall_times = np.zeros(count)
    if layout.wall_time is not None:
        wall_times = _floats(rows, layout.wall_time, layout.wall_time + 8)
    steps = np.zeros(count, np.uint64)
    for place, column in enumerate(range(*layout.step)):
        steps |= (rows[:, column] & np.uint8(0x7F)).astype(np.uint64) << np.uint64(7 * place)
    values = _floats(rows, *layout.number)
    return Column(layout.value.tag, layout.value.plugin, members, steps.view(np.int64), wall_times, values)


def _floats(rows: Bytes, start: int, end: int) -> Floats:
    with np.errstate(invalid="ignore"):  # widening a signalling NaN
        return np.ascontiguousarray(rows[:, start:end]).view(f"<f{end - start}").ravel().astype(np.float64)
