"""Scalars of an event file as columns, one set a tag; every point is kept.

What was read is not yet a run: files are still apart, nothing is superseded, and steps are as written.
"""

from __future__ import annotations

import io
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from selectmodel.errors import LogError
from selectmodel.events import framing, wire
from selectmodel.events.columns import Column, columns
from selectmodel.events.framing import Block, Offsets, Problem
from selectmodel.records import Floats, Ints
from selectmodel.sources import MAX_EVENT_BYTES, opened

_SCALAR_PLUGINS = ("", "scalars")
_CHECKPOINT_TAG = "checkpoint_path"  # TF1's estimator writes which checkpoint it evaluated
_LONGEST_PATH = 4096


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
class EventFile:
    """What one event file holds. ``checkpoints`` are the paths that were evaluated, by step, as the log has them."""

    path: Path
    size: int
    points: dict[str, Points]
    checkpoints: tuple[tuple[int, str], ...] = ()
    first_wall_time: float = 0.0
    problems: tuple[Problem, ...] = ()


@dataclass(slots=True)
class _Gathered:
    """Pieces of columns by (tag, plugin), in no order: the offsets tell it.

    ``plugins`` holds the offset of the first value of a tag that names its plugin, and the plugin.
    """

    pieces: dict[tuple[str, str], list[Points]] = field(default_factory=dict)
    plugins: dict[str, tuple[int, str]] = field(default_factory=dict)
    checkpoints: list[tuple[int, str]] = field(default_factory=list)
    first_wall_time: float = float("nan")


def read_file(path: Path, *, limit: int = MAX_EVENT_BYTES, only: int | None = None) -> EventFile:
    """Reads what is in the file now; bytes appended while reading are left for the next look.

    ``only`` stops after so many bytes, for a first look. Raises LogError if the file is larger than ``limit`` or
    cannot be read.
    """
    with opened(path) as file:
        size = os.fstat(file.fileno()).st_size
        if size > limit:
            raise LogError(
                f"{path}: {size:,} bytes, more than the limit of {limit:,}; to read it all the same: --max-bytes {size}"
            )
        try:
            return _read(file, size if only is None else min(size, only), path)
        except OSError as failure:
            raise LogError(f"{path}: cannot be read ({failure.strerror})") from None


def read_bytes(content: bytes, path: Path) -> EventFile:
    """The same for the content of standard input; ``path`` only names it."""
    return _read(io.BytesIO(content), len(content), path)


def _read(file: BinaryIO, size: int, path: Path) -> EventFile:
    problems: list[Problem] = []
    gathered = _Gathered()
    for block in framing.blocks(file, size, problems):
        if block.base == 0 and len(block.starts):
            gathered.first_wall_time = _first_wall_time(block)
        _take_block(block, gathered, problems)
        if block.large is not None:
            _take_large(file, *block.large, gathered, problems)
    problems.sort(key=lambda problem: problem.offset)
    checkpoints = tuple(sorted(gathered.checkpoints))
    return EventFile(path, size, _joined(gathered), checkpoints, gathered.first_wall_time, tuple(problems))


def _first_wall_time(block: Block) -> float:
    start = int(block.starts[0])
    try:
        return wire.event(block.data[start : start + int(block.lengths[0])].tobytes()).wall_time
    except wire.WireError:
        return float("nan")


def _take_block(block: Block, gathered: _Gathered, problems: list[Problem]) -> None:
    """Takes what it can as columns and the rest one record at a time."""
    plain: list[Offsets] = []
    for length, members in framing.by_length(block.lengths):
        found, others = columns(framing.rows_of(block, members, length))
        for column in found:
            _add_column(column, block.base + block.starts[members[column.members]], gathered)
        plain.append(members[others])
    rows: dict[tuple[str, str], list[tuple[int, float, float, int]]] = {}
    for index in np.sort(np.concatenate(plain)).tolist() if plain else ():
        start = int(block.starts[index])
        data = block.data[start : start + int(block.lengths[index])].tobytes()
        _take_record(data, block.base + start, rows, gathered, problems)
    _add_rows(rows, gathered)


def _take_large(file: BinaryIO, start: int, length: int, gathered: _Gathered, problems: list[Problem]) -> None:
    """Scalars that stand beside an image or a graph of more than 1 MiB. Without any, its checksum is not computed."""

    def read(position: int, count: int) -> bytes:
        file.seek(position)
        return file.read(count)

    rows: dict[tuple[str, str], list[tuple[int, float, float, int]]] = {}
    try:
        data = wire.condensed(read, start, start + length)
    except wire.WireError as reason:
        problems.append(Problem("large", start, f"a record of {length} bytes was passed over: {reason}"))
        return
    _take_record(data, start, rows, gathered, problems)
    if rows and not framing.data_matches(file, start, length):
        problems.append(Problem("data", start, "the checksum of the record's data does not match"))
        return
    _add_rows(rows, gathered)


def _take_record(
    data: bytes,
    offset: int,
    rows: dict[tuple[str, str], list[tuple[int, float, float, int]]],
    gathered: _Gathered,
    problems: list[Problem],
) -> None:
    try:
        event = wire.event(data)
    except wire.WireError as reason:
        problems.append(Problem("message", offset, f"a record is not an event: {reason}"))
        return
    problems.extend(Problem("value", offset, f"a value could not be read: {reason}") for reason in event.refused)
    for value in event.values:
        if value.number is not None:
            row = (event.step, event.wall_time, value.number, offset)
            rows.setdefault((value.tag, value.plugin), []).append(row)
        elif value.text is not None and value.tag == _CHECKPOINT_TAG and len(value.text) <= _LONGEST_PATH:
            gathered.checkpoints.append((event.step, value.text.decode("utf-8", "replace")))
        _note_plugin(value.tag, value.plugin, offset, gathered)


def _add_column(column: Column, offsets: Ints, gathered: _Gathered) -> None:
    points = Points(column.steps, column.wall_times, column.values, offsets)
    gathered.pieces.setdefault((column.tag, column.plugin), []).append(points)
    _note_plugin(column.tag, column.plugin, int(offsets[0]), gathered)


def _note_plugin(tag: str, plugin: str, offset: int, gathered: _Gathered) -> None:
    if plugin and (tag not in gathered.plugins or offset < gathered.plugins[tag][0]):
        gathered.plugins[tag] = (offset, plugin)


def _add_rows(rows: dict[tuple[str, str], list[tuple[int, float, float, int]]], gathered: _Gathered) -> None:
    for key, listed in rows.items():
        steps, wall_times, values, offsets = zip(*listed, strict=True)
        points = Points(np.array(steps, np.int64), np.array(wall_times), np.array(values), np.array(offsets, np.int64))
        gathered.pieces.setdefault(key, []).append(points)


def _joined(gathered: _Gathered) -> dict[str, Points]:
    """Points by tag in the order of the file; tags in the order they first appear.

    The plugin of a tag may stand on its first value only, so a value without one has that of its tag.
    """
    by_tag: dict[str, list[Points]] = {}
    for (tag, plugin), pieces in gathered.pieces.items():
        if (plugin or gathered.plugins.get(tag, (0, ""))[1]) in _SCALAR_PLUGINS:
            by_tag.setdefault(tag, []).extend(pieces)
    ordered = {tag: _in_order(pieces) for tag, pieces in by_tag.items()}
    return dict(sorted(ordered.items(), key=lambda item: int(item[1].offsets[0])))


def _in_order(pieces: list[Points]) -> Points:
    whole = joined(pieces)
    return whole[np.argsort(whole.offsets, kind="stable")]  # several values of one event keep their order


def joined(pieces: Sequence[Points]) -> Points:
    """Points of one tag from several places, end to end."""
    return Points(
        np.concatenate([piece.steps for piece in pieces]),
        np.concatenate([piece.wall_times for piece in pieces]),
        np.concatenate([piece.values for piece in pieces]),
        np.concatenate([piece.offsets for piece in pieces]),
    )


def first_scalars(path: Path) -> dict[str, Points]:
    """The first points of a file that holds scalars, found by reading as little of it as that takes."""
    for only in (4 * 1024, 1024 * 1024, None):
        found = read_file(path, only=only)
        if found.points or (only is not None and found.size < only):
            return found.points
    return {}
