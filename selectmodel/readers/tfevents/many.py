"""Many small event files, joined end to end and read as one, for a call of numpy costs more than a small file holds.

Each file is framed on its own, from its first byte to its last, and no record crosses from one into the next. Only
files that are whole take part: one with a damaged, cut or huge record is read alone, from the same bytes, so that what
is told of it is the same. Points are put back to their file by where their record lies.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

import numpy as np

from selectmodel.errors import LogError
from selectmodel.files.opening import MAX_EVENT_BYTES, is_packed, opened
from selectmodel.readers.tfevents import crc, event_file, offsets, tfrecord
from selectmodel.readers.tfevents import points as gather
from selectmodel.readers.tfevents.columns import TagColumn, columns_of
from selectmodel.readers.tfevents.event_file import EventFile
from selectmodel.readers.tfevents.points import Gathered, Rows
from selectmodel.readers.tfevents.record import Bytes, Offsets
from selectmodel.readers.tfevents.tfrecord import Problem

_SMALL = 1 << 20  # a larger file is read alone
_TOGETHER = 2 << 20  # more would be in nobody's cache


def read_many(
    paths: Sequence[Path], known: Mapping[Path, bytes] = MappingProxyType({}), *, limit: int = MAX_EVENT_BYTES
) -> list[EventFile | LogError]:
    """For each path what :func:`decode.read_file` gives, or the LogError that it raises.

    ``known`` is what those of the files hold that have been read already.
    """
    read: list[EventFile | LogError] = []
    waiting: list[tuple[int, Path, bytes]] = []
    size = 0
    for path in paths:
        kept = known.get(path)
        content = kept if kept is not None and len(kept) <= limit else _content(path, limit)
        if isinstance(content, bytes):
            waiting.append((len(read), path, content))
            size += len(content)
            read.append(EventFile(path, len(content), {}))  # its place is kept
        else:
            read.append(content)
        if size > _TOGETHER:
            _fill(read, waiting)
            waiting, size = [], 0
    _fill(read, waiting)
    return read


def _content(path: Path, limit: int) -> bytes | EventFile | LogError:
    try:
        with opened(path) as file:
            size = os.fstat(file.fileno()).st_size
            if size <= min(limit, _SMALL) and not is_packed(file):
                content = file.read(size)
                if len(content) == size:
                    return content
        return event_file.read_file(path, limit=limit)
    except LogError as failure:
        return failure
    except OSError as failure:
        return LogError(f"{path}: cannot be read ({failure.strerror})")


def _fill(read: list[EventFile | LogError], waiting: Sequence[tuple[int, Path, bytes]]) -> None:
    contents = [content for _, _, content in waiting]
    for (at, path, content), own in zip(waiting, _together(contents), strict=True):
        read[at] = (
            event_file.read_bytes(content, path) if own is None else event_file.finished(path, len(content), *own)
        )


def _together(contents: Sequence[bytes]) -> list[tuple[Gathered, list[Problem]] | None]:
    """What was found in each file; None for one that is not whole."""
    joined = b"".join(contents)
    data = np.frombuffer(joined, np.uint8)
    bounds = np.cumsum([0, *map(len, contents)])
    heads, lengths, apart = _framed(joined, data, bounds)
    found = [(Gathered(), list[Problem]()) for _ in contents]
    groups, single = tfrecord.grouped([], heads, lengths)
    for group, taken in columns_of(data, groups):
        apart.update(_files(bounds, taken.damaged))
        single += [(start, group.length) for start in taken.others]
        for column in taken.columns:
            _share_out(column, bounds, found)
    apart.update(_take_single(data, bounds, sorted(single), found))
    for (gathered, _), (begin, end) in zip(found, itertools.pairwise(bounds.tolist()), strict=True):
        gathered.first_wall_time = event_file.first_wall_time(data, begin, end)
    return [None if at in apart else own for at, own in enumerate(found)]


def _framed(joined: bytes, data: Bytes, bounds: Offsets) -> tuple[Offsets, Offsets, set[int]]:
    """Headers and lengths of the records of all whole files, and which files are not whole.

    The runs of a sweep log alike: where a file holds the same lengths at the same places as the one before, a walk
    would have met the same headers.
    """
    walked: list[Offsets] = []
    apart: set[int] = set()
    size, alike, lengths = -1, np.empty(0, np.int64), np.empty(0, np.int64)
    for at, (begin, stop) in enumerate(itertools.pairwise(bounds.tolist())):
        if stop - begin != size or not (tfrecord.lengths_at(data, alike + begin) == lengths).all():
            starts, end = offsets.walk(joined, begin, stop, tfrecord.LARGE_BYTES, stop - begin)
            if end != stop:
                apart.add(at)
                starts = []
            found = np.array(starts, np.int64)
            size, alike, lengths = stop - begin if starts else -1, found - begin, tfrecord.lengths_at(data, found)
        walked.append(alike + begin)
    heads = np.concatenate([np.empty(0, np.int64), *walked])
    sound, lengths = tfrecord.sound_headers(data, heads)
    if not sound.all():
        owner = np.repeat(np.arange(len(walked)), [len(starts) for starts in walked])
        apart.update(owner[~sound].tolist())
        whole = ~np.isin(owner, list(apart))
        heads, lengths = heads[whole], lengths[whole]
    return heads, lengths, apart


def _files(bounds: Offsets, starts: Sequence[int]) -> list[int]:
    """The file of each place in the joined bytes."""
    found: list[int] = (np.searchsorted(bounds, np.array(starts, np.int64), "right") - 1).tolist()
    return found


def _share_out(column: TagColumn, bounds: Offsets, found: Sequence[tuple[Gathered, list[Problem]]]) -> None:
    """Gives each file its part of a column, whose starts ascend as those of the joined records do."""
    cuts = np.searchsorted(column.starts, bounds)
    counts = np.diff(cuts)
    points = gather.points(column, -np.repeat(bounds[:-1], counts))
    places = cuts.tolist()
    for file in np.flatnonzero(counts).tolist():
        gather.add(column, points[places[file] : places[file + 1]], found[file][0])


def _take_single(
    data: Bytes, bounds: Offsets, single: Sequence[tuple[int, int]], found: Sequence[tuple[Gathered, list[Problem]]]
) -> Iterator[int]:
    """Takes records that are parsed one by one, and gives the files of damaged ones."""
    starts, lengths = [start for start, _ in single], [length for _, length in single]
    sound = crc.masked(crc.crc32c_pieces(data, starts, lengths)) == tfrecord.stored(data, starts, lengths)
    rows: dict[int, Rows] = {}
    for file, (start, length), whole in zip(_files(bounds, starts), single, sound.tolist(), strict=True):
        if whole:
            gathered, problems = found[file]
            content = data[start : start + length].tobytes()
            gather.take_record(content, start - int(bounds[file]), rows.setdefault(file, {}), gathered, problems)
        else:
            yield file
    for file, own in rows.items():
        gather.add_rows(own, found[file][0])
