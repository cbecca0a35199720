"""Scalars of an event file as columns, one set a tag; every point is kept.

What was read is not yet a run: files are still apart, nothing is superseded, and steps are as written.
"""

from __future__ import annotations

import io
import os
from collections.abc import Collection, MutableMapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from selectmodel import progress
from selectmodel.errors import LogError
from selectmodel.files.opening import MAX_EVENT_BYTES, MAX_TEXT_BYTES, ends, is_packed, opened, plain
from selectmodel.readers.tfevents import crc, protobuf, record, tfrecord
from selectmodel.readers.tfevents.columns import columns_of
from selectmodel.readers.tfevents.points import (
    Beside,
    Gathered,
    Points,
    Rows,
    add,
    add_rows,
    beside,
    in_file_order,
    points,
    settle,
    take_record,
)
from selectmodel.readers.tfevents.tfrecord import Block, Problem


@dataclass(frozen=True, slots=True)
class EventFile:
    """What one event file holds. ``checkpoints`` are the paths that were evaluated, by step, as the log has them.

    ``beside`` is what stands under tags and was not read as their points.
    """

    path: Path
    size: int
    points: dict[str, Points]
    checkpoints: tuple[tuple[int, str], ...] = ()
    first_wall_time: float = 0.0
    problems: tuple[Problem, ...] = ()
    beside: tuple[Beside, ...] = ()


@dataclass(slots=True)
class _Soundings:
    """What was read of a file that grows: up to byte ``done``, where the next record begins.

    ``problems`` are those that stay; ``ends`` what the file began and ended with until there.
    """

    done: int = 0
    gathered: Gathered = field(default_factory=Gathered)
    problems: tuple[Problem, ...] = ()
    ends: tuple[bytes, bytes] = (b"", b"")


def read_file(
    path: Path,
    *,
    limit: int = MAX_EVENT_BYTES,
    only: int | None = None,
    memory: MutableMapping[Path, Any] | None = None,
) -> EventFile:
    """Reads what is in the file now; bytes appended while reading are left for the next look. gzip is unpacked.

    ``only`` stops after so many bytes, for a first look. ``memory`` keeps what was read, so that the next look reads
    only what was appended; a file that did not just grow is read from its beginning. Raises LogError if the file is
    larger than ``limit`` or cannot be read.
    """
    with opened(path) as file:
        size = os.fstat(file.fileno()).st_size
        if size > limit:
            raise LogError(
                f"{path}: {size:,} bytes, more than the limit of {limit:,}; to read it all the same: --max-bytes {size}"
            )
        try:
            if is_packed(file):
                # Unpacked it is held in memory, for which the limit of a file that is read in pieces is too high.
                most = MAX_TEXT_BYTES if limit == MAX_EVENT_BYTES else limit
                return read_bytes(plain(file.read(size), path, most)[:only], path)
            whole = cast(tfrecord.Readable, file)  # typing's BinaryIO knows no readinto
            if memory is not None:
                return _read_on(whole, size, path, memory)
            return _read(whole, size if only is None else min(size, only), path)
        except OSError as failure:
            raise LogError(f"{path}: cannot be read ({failure.strerror})") from None


def read_bytes(content: bytes, path: Path) -> EventFile:
    """What the content of an event file, from standard input, holds; ``path`` only names it."""
    return _read(io.BytesIO(content), len(content), path)


def _read_on(file: tfrecord.Readable, size: int, path: Path, memory: MutableMapping[Path, Any]) -> EventFile:
    """Reads what was appended since the last look."""
    known = memory.pop(path, None)  # half of a look is worth nothing
    if not isinstance(known, _Soundings) or known.done > size or ends(file, known.done) != known.ends:
        known = _Soundings()
    found = _read(file, size, path, known)
    # what ends the file may be the beginning of a record, or bytes that were not written yet
    known.problems = tuple(problem for problem in found.problems if problem.kind not in {"torn", "header"})
    known.ends = ends(file, known.done)
    memory[path] = known
    return found


def _read(file: tfrecord.Readable, size: int, path: Path, known: _Soundings | None = None) -> EventFile:
    """What the first ``size`` bytes hold, of which some may be ``known``, which is brought up to date."""
    own = known or _Soundings()
    problems, gathered = list(own.problems), own.gathered
    for block in tfrecord.blocks(file, size, problems, own.done):
        damaged = _take_block(block, gathered, problems)
        if block.base == 0:
            gathered.first_wall_time = first_wall_time(block.data, 0, block.end, damaged)
        if block.large is not None:
            _take_large(file, *block.large, gathered, problems)
            done = sum(block.large) + record.FOOTER_BYTES
        else:
            done = block.base + block.end
        own.done = done
        progress.tell("MB", done / 1e6, size / 1e6)
        if done < size or gathered.settled:
            settle(gathered, done, size, growing=known is not None)
    return finished(path, size, gathered, problems)


def finished(path: Path, size: int, gathered: Gathered, problems: Sequence[Problem]) -> EventFile:
    """What was gathered and what was wrong, in the order of the file."""
    ordered = sorted(problems, key=lambda problem: problem.offset)
    found = in_file_order(gathered)
    return EventFile(
        path=path,
        size=size,
        points=found,
        checkpoints=tuple(sorted(gathered.checkpoints)),
        first_wall_time=gathered.first_wall_time,
        problems=tuple(ordered),
        beside=beside(gathered, found),
    )


def first_wall_time(data: record.Bytes, head: int, end: int, damaged: Collection[int] = ()) -> float:
    """The wall time of the first whole record from ``head`` on; NaN if there is none or it is no event."""
    while head < end:
        start = head + record.HEADER_BYTES
        stop = start + int.from_bytes(data[head : head + 4].tobytes(), "little")
        if start not in damaged:
            try:
                return protobuf.event(data[start:stop].tobytes()).wall_time
            except protobuf.WireError:
                return float("nan")
        head = stop + record.FOOTER_BYTES
    return float("nan")


def _take_block(block: Block, gathered: Gathered, problems: list[Problem]) -> set[int]:
    """Takes what it can as columns and the rest one record at a time; gives the starts of damaged records."""
    damaged: list[int] = []
    single = list(block.single)
    for group, found in columns_of(block.data, block.groups):
        damaged += found.damaged
        single += [(start, group.length) for start in found.others]
        for column in found.columns:
            add(column, points(column, block.base), gathered)
    single.sort()
    starts, lengths = [start for start, _ in single], [length for _, length in single]
    sound = crc.masked(crc.crc32c_pieces(block.data, starts, lengths)) == tfrecord.stored(block.data, starts, lengths)
    rows: Rows = {}
    for (start, length), whole in zip(single, sound.tolist(), strict=True):
        if whole:
            data = block.data[start : start + length].tobytes()
            take_record(data, block.base + start, rows, gathered, problems)
        else:
            damaged.append(start)
    add_rows(rows, gathered)
    for start in damaged:
        offset = block.base + start - record.HEADER_BYTES
        problems.append(Problem("data", offset, "the checksum of the record's data does not match"))
    return set(damaged)


def _take_large(file: tfrecord.Readable, start: int, length: int, gathered: Gathered, problems: list[Problem]) -> None:
    """Scalars that stand beside an image or a graph of more than 1 MiB. Without any, its checksum is not computed."""

    def read(position: int, count: int) -> bytes:
        file.seek(position)
        return file.read(count)

    rows: Rows = {}
    try:
        data = protobuf.condensed(read, start, start + length)
    except protobuf.WireError as reason:
        problems.append(Problem("large", start, f"a record of {length} bytes was passed over: {reason}"))
        return
    take_record(data, start, rows, gathered, problems)
    if rows and not tfrecord.data_matches(file, start, length):
        problems.append(Problem("data", start, "the checksum of the record's data does not match"))
        return
    add_rows(rows, gathered)


def first_scalars(path: Path, content: bytes | None = None) -> dict[str, Points]:
    """The first points of a file that holds scalars, found by reading as little of it as that takes.

    ``content`` is what it holds, if that is known.
    """
    for only in (4 * 1024, 1024 * 1024, None):
        found = read_file(path, only=only) if content is None else read_bytes(content[:only], path)
        if found.points or (only is not None and found.size < only):
            return found.points
    return {}
