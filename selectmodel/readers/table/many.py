"""Many small tables of one header, as a sweep leaves them: their rows are joined and parsed at once.

Only what is ordinary in every respect is read here: plain numbers, epochs at a constant stride, no empty column. Any
other log is handed to the reader of a single one, so that both ways give the same run.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from selectmodel.errors import SelectModelError
from selectmodel.files.opening import HEAD_BYTES, ReadOptions, Source
from selectmodel.readers.table import counters, epoch_rows, equal_columns, fast, headers, load, run_columns, split_files
from selectmodel.readers.table.axis import MAX_EPOCH
from selectmodel.records import Bools, Floats, Ints, Run, Series

_PLAIN = b"0123456789.,;\t|+-e\r\n"
_FEWEST = 8


class _Joined(NamedTuple):
    """The rows of several logs: ``values`` (columns, rows), NaN where blank; log i begins at row ``starts[i]``."""

    names: tuple[str, ...]
    epoch: int
    values: Floats
    starts: Ints


def read(sources: Sequence[Source], form: str, one: Callable[[Source], Run]) -> list[Run | SelectModelError]:
    """What ``one`` gives for each source, its error in place of a run that cannot be read; ``form`` is the format."""
    results: list[Run | SelectModelError | None] = [None] * len(sources)
    by_header: dict[bytes, list[int]] = {}
    for at, source in enumerate(sources):
        content = _content(source)
        header = content[: content.find(b"\n") + 1]
        if 0 < len(header) < len(content) <= HEAD_BYTES and content[-1:] == b"\n" and _unasked(source.options):
            by_header.setdefault(header, []).append(at)
    for header, members in by_header.items():
        if len(members) >= _FEWEST:
            for at, run in zip(members, _runs(header, [sources[at] for at in members], form), strict=True):
                results[at] = run
    return [found if found is not None else _alone(source, one) for source, found in zip(sources, results, strict=True)]


def _content(source: Source) -> bytes:
    """What the only file of the source held when it was found; nothing if that is not known."""
    if len(source.paths) > 1 or split_files.tells_validation(source.paths[0]):
        return b""
    return source.contents.get(source.paths[0], b"")


def _alone(source: Source, one: Callable[[Source], Run]) -> Run | SelectModelError:
    try:
        return one(source)
    except SelectModelError as failure:
        return failure


def _unasked(options: ReadOptions) -> bool:
    """Whether the user said nothing of how a log is to be read."""
    return options.segment is None and options.index is None and options.decimal == "." and not options.max_bytes


def _plain(rows: bytes) -> bool:
    """Whether there are only plain numbers, blank cells and NA."""
    return not rows.translate(None, _PLAIN).replace(b"NA", b"")


def _runs(header: bytes, sources: Sequence[Source], form: str) -> list[Run | None]:
    """The runs of logs with this header, None for each that is not ordinary."""
    contents = [_content(source) for source in sources]
    joined = _joined(header, contents)
    if joined is None:
        plain = [_plain(content[len(header) :]) for content in contents]
        if all(plain) or not any(plain):
            return [None] * len(sources)
        others = iter(_runs(header, list(itertools.compress(sources, plain)), form))
        return [next(others) if fine else None for fine in plain]
    ordinary = _ordinary(joined)
    starts = joined.starts.tolist()
    return [
        _run(joined, start, stop, source, form) if fine else None
        for source, start, stop, fine in zip(sources, starts, starts[1:], ordinary.tolist(), strict=False)
    ]


def _joined(header: bytes, contents: Sequence[bytes]) -> _Joined | None:
    shape = load.plain_header(header, "")
    if shape is None:
        return None
    names, delimiter, start = shape
    if counters.may_count_rows(names[0]) or run_columns.runs(names):
        return None
    axis = counters.axis(names, ())
    others = [name for at, name in enumerate(names) if at != axis.epoch and counters.may_be_a_counter(name)]
    if axis.epoch is None or axis.step is not None or others or headers.why_no_epochs(names, [()] * len(names), axis):
        return None
    values = fast.matrix(b"".join([content[start:] for content in contents]), delimiter, len(names))
    if values is None:
        return None
    rows = [content.count(b"\n") - 1 for content in contents]
    return _Joined(names, axis.epoch, values, np.cumsum([0, *rows]))


def _ordinary(joined: _Joined) -> Bools:
    """(logs,) whether epochs are whole numbers at one stride, and no column is empty."""
    epochs, first = joined.values[joined.epoch], joined.starts[:-1]
    stride = np.diff(epochs, prepend=np.nan)
    within = np.ones(len(epochs), dtype=np.bool_)
    within[first] = False
    uneven = np.diff(stride, prepend=np.nan) != 0
    uneven[first] = False
    uneven[np.minimum(first + 1, len(epochs) - 1)] = False
    with np.errstate(invalid="ignore"):
        fine = (epochs >= 0) & (epochs <= MAX_EPOCH) & (epochs == np.floor(epochs))
        fine &= ~(within & ~(stride > 0)) & ~uneven
    together = [joined.names.index(name) for name in epoch_rows.blanked_together(joined.names)]
    if together:
        fine &= ~(joined.values[together] == 0).all(axis=0)
    good = np.logical_and.reduceat(fine, first)
    for one, other in equal_columns.pairs(joined.names):
        left, right = (joined.values[joined.names.index(name)] for name in (one, other))
        good &= np.logical_or.reduceat((left != right) & ~(np.isnan(left) & np.isnan(right)), first)
    filled = np.logical_or.reduceat(~np.isnan(joined.values), first, axis=1)
    return good & filled.all(axis=0)


def _run(joined: _Joined, start: int, stop: int, source: Source, form: str) -> Run:
    block = joined.values[:, start:stop].copy()
    epochs = block[joined.epoch]
    steps = epochs.astype(np.int64)
    missing = np.isnan(block)
    block.setflags(write=False)
    holes: Bools = np.logical_or.reduce(missing, axis=1)
    series: dict[str, Series] = {}
    for at, name in enumerate(joined.names):
        if at == joined.epoch:
            continue
        if holes[at]:
            kept = ~missing[at]
            series[name] = Series.made(name, steps[kept], epochs[kept], block[at][kept])
        else:
            series[name] = Series.made(name, steps, epochs, block[at])
    return Run(source.name, str(source.path), form, series, "epoch")
