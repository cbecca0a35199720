"""Points of one event file as they are found, gathered by tag, in whatever order; and put into that of the file."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from selectmodel.readers.tfevents import protobuf
from selectmodel.readers.tfevents.columns import TagColumn
from selectmodel.readers.tfevents.record import Offsets
from selectmodel.readers.tfevents.tfrecord import Problem
from selectmodel.records import Floats, Ints

_SCALAR_PLUGINS = ("", "scalars")
_CHECKPOINT_TAG = "checkpoint_path"  # TF1's estimator writes which checkpoint it evaluated
_LONGEST_PATH = 4096
_SPARE = 64
_LEAST_BYTES = 32  # of a record that holds a scalar

Rows = dict[tuple[str, str], list[tuple[int, float, float, int]]]  # by tag and plugin: step, wall time, value, offset


@dataclass(frozen=True, slots=True, eq=False)
class Points:
    """One tag in the order of the file; (n,) each.

    ``steps`` int64; ``wall_times`` float64, seconds; ``values`` float64, a float32 widened exactly; ``offsets`` int64,
    the byte of the file at which the record's content starts.
    """

    steps: Ints
    wall_times: Floats
    values: Floats
    offsets: Ints

    def __getitem__(self, chosen: NDArray[np.bool_] | NDArray[np.intp] | slice) -> Points:
        return Points(self.steps[chosen], self.wall_times[chosen], self.values[chosen], self.offsets[chosen])


@dataclass(frozen=True, slots=True)
class Beside:
    """What stands under a tag and is not among its points.

    ``numbers``: they belong to ``plugin`` and were left out; otherwise values that are no numbers. ``inside``: the
    numbers may be points of a metric, for others of the tag name no plugin or are scalars.
    """

    tag: str
    plugin: str
    numbers: bool
    inside: bool = False


@dataclass(slots=True, eq=False)
class _Settled:
    """Points in the order of the file, with room behind them for more: memory that is never touched costs nothing."""

    count: int
    room: Points

    def add(self, more: Points, room: int) -> None:
        """Appends points; where they do not fit, ``room`` is made for others behind them."""
        end = self.count + len(more.steps)
        if end > len(self.room.steps):
            self.room = joined([self.room[: self.count], _untouched(end - self.count + room)])
        for own, new in zip(_columns(self.room), _columns(more), strict=True):
            own[self.count : end] = new
        self.count = end


@dataclass(slots=True)
class Gathered:
    """Pieces of columns by (tag, plugin), in no order: the offsets tell it.

    ``settled`` are those that come before all pieces. ``plugins`` holds the offset of the first number of a tag that
    names its plugin, and the plugin; ``others`` the same of the values that are no numbers.
    """

    pieces: dict[tuple[str, str], list[Points]] = field(default_factory=dict)
    settled: dict[tuple[str, str], _Settled] = field(default_factory=dict)
    plugins: dict[str, tuple[int, str]] = field(default_factory=dict)
    others: dict[str, tuple[int, str]] = field(default_factory=dict)
    checkpoints: list[tuple[int, str]] = field(default_factory=list)
    first_wall_time: float = float("nan")


def take_record(data: bytes, offset: int, rows: Rows, gathered: Gathered, problems: list[Problem]) -> None:
    """Adds what one record holds: scalars to ``rows``, the rest to ``gathered``; ``offset`` is where it starts."""
    try:
        event = protobuf.event(data)
    except protobuf.WireError as reason:
        problems.append(Problem("message", offset, f"a record is not an event: {reason}"))
        return
    problems.extend(Problem("value", offset, f"a value could not be read: {reason}") for reason in event.refused)
    for value in event.values:
        if value.number is not None:
            row = (event.step, event.wall_time, value.number, offset)
            rows.setdefault((value.tag, value.plugin), []).append(row)
        elif value.text is not None and value.tag == _CHECKPOINT_TAG and len(value.text) <= _LONGEST_PATH:
            gathered.checkpoints.append((event.step, value.text.decode("utf-8", "replace")))
        _note_plugin(value.tag, value.plugin, offset, gathered.others if value.number is None else gathered.plugins)


def points(column: TagColumn, base: Offsets | int) -> Points:
    """What was read together, its starts counted from byte ``base`` of the file; (n,) if each has its own."""
    return Points(column.steps, column.wall_times, column.values, column.starts + base)


def add(column: TagColumn, points: Points, gathered: Gathered) -> None:
    """Adds points of a column, all of them or those of one file; where they are no scalars there are offsets alone."""
    if len(points.values):
        gathered.pieces.setdefault((column.tag, column.plugin), []).append(points)
    named = gathered.plugins if len(points.values) else gathered.others
    _note_plugin(column.tag, column.plugin, int(points.offsets[0]), named)


def _note_plugin(tag: str, plugin: str, offset: int, named: dict[str, tuple[int, str]]) -> None:
    if plugin and (tag not in named or offset < named[tag][0]):
        named[tag] = (offset, plugin)


def add_rows(rows: Rows, gathered: Gathered) -> None:
    """Adds points that were read one by one."""
    for key, listed in rows.items():
        steps, wall_times, values, offsets = zip(*listed, strict=True)
        points = Points(np.array(steps, np.int64), np.array(wall_times), np.array(values), np.array(offsets, np.int64))
        gathered.pieces.setdefault(key, []).append(points)


def settle(gathered: Gathered, done: int, size: int, *, growing: bool = False) -> None:
    """Puts the pieces of a block behind those before, so that what held them can be used again for the next block.

    ``done`` of ``size`` bytes have been read: room is made once for all that may be expected at this rate, for fresh
    memory costs more than reading. A file that is ``growing`` has as much again as was read to come.
    """
    left = size - done
    for key, pieces in gathered.pieces.items():
        own = gathered.settled.setdefault(key, _Settled(0, _untouched(0)))
        more = _in_order(pieces)
        expected = int(1.05 * (own.count + len(more.steps)) * left / max(1, done)) + _SPARE
        room = min(expected, left // _LEAST_BYTES + _SPARE)
        own.add(more, max(room, own.count + len(more.steps)) if growing else room)
    gathered.pieces.clear()


def _untouched(count: int) -> Points:
    return Points(np.empty(count, np.int64), np.empty(count), np.empty(count), np.empty(count, np.int64))


def _columns(points: Points) -> tuple[Ints, Floats, Floats, Ints]:
    return points.steps, points.wall_times, points.values, points.offsets


def in_file_order(gathered: Gathered) -> dict[str, Points]:
    """Points by tag in the order of the file; tags in the order they first appear.

    The plugin of a tag may stand on its first number only, so a number without one has that of its tag. A text or the
    settings of a training under the same tag say nothing of its numbers.
    """
    by_tag: dict[str, list[Points]] = {}
    whole = {key: [found.room[: found.count]] for key, found in gathered.settled.items()}
    for key, pieces in gathered.pieces.items():
        whole.setdefault(key, []).extend(pieces)
    for (tag, plugin), pieces in whole.items():
        if _plugin(tag, plugin, gathered) in _SCALAR_PLUGINS:
            by_tag.setdefault(tag, []).extend(pieces)
    ordered = {tag: _in_order(pieces) for tag, pieces in by_tag.items()}
    return dict(sorted(ordered.items(), key=lambda item: int(item[1].offsets[0])))


def beside(gathered: Gathered, kept: Container[str]) -> tuple[Beside, ...]:
    """What stands under tags beside the points that are ``kept``, in the order of the tags."""
    found = []
    for tag, own in sorted({*gathered.settled, *gathered.pieces}):
        plugin = _plugin(tag, own, gathered)
        if plugin not in _SCALAR_PLUGINS:
            found.append(Beside(tag, plugin, True, inside=not own or tag in kept))
    others = sorted((tag, plugin) for tag, (_, plugin) in gathered.others.items() if tag in kept)
    found += [Beside(tag, plugin, False) for tag, plugin in others if plugin not in _SCALAR_PLUGINS]
    return tuple(found)


def _plugin(tag: str, own: str, gathered: Gathered) -> str:
    """The plugin of numbers that name their ``own``, or none."""
    return own or gathered.plugins.get(tag, (0, ""))[1]


def _in_order(pieces: list[Points]) -> Points:
    if len(pieces) > 1:
        pieces.sort(key=lambda piece: int(piece.offsets[0]))
    whole = joined(pieces)
    if not np.count_nonzero(whole.offsets[1:] < whole.offsets[:-1]):
        return whole
    return whole[np.argsort(whole.offsets, kind="stable")]  # several values of one event keep their order


def joined(pieces: Sequence[Points]) -> Points:
    """Points of one tag from several places, end to end."""
    if len(pieces) == 1:
        return pieces[0]
    return Points(
        np.concatenate([piece.steps for piece in pieces]),
        np.concatenate([piece.wall_times for piece in pieces]),
        np.concatenate([piece.values for piece in pieces]),
        np.concatenate([piece.offsets for piece in pieces]),
    )
