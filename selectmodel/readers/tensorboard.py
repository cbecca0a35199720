"""TensorBoard event files and folders of them; the tensorboard package is not needed.

Written by: Keras' TensorBoard callback (``train/`` and ``validation/``), torch's SummaryWriter, tensorboardX,
TensorFlow 1 and 2, Lightning's TensorBoardLogger, Hugging Face Trainer, CatBoost, detectron2.
Epochs: the step of Keras' ``epoch_…`` tags; Lightning's tag ``epoch`` and Hugging Face's ``train/epoch`` tell the
epoch of a step; elsewhere only the step is known.
Kept: every point, of simple values and of tensors of one number. Superseded points and damaged records are reported.
Left out: evaluations after the training, tags whose steps count something else, add_hparams.
Source: TensorFlow's record_writer.cc, event.proto, summary.proto; what each writer does was seen by running it.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from selectmodel.errors import LogError, SelectModelError
from selectmodel.files.opening import MAX_EVENT_BYTES, Source

# What reads event files is imported where it is used: every reader is asked what it thinks of every log, and a CSV
# must not wait for numpy to make the tables of a checksum.
if TYPE_CHECKING:
    from selectmodel.files.hparams import Value
    from selectmodel.readers.tfevents.event_file import EventFile
    from selectmodel.records import Note, Run

FORMAT = "tensorboard"
FILES = ("*tfevents*",)
DEEP = True
LESS_EXACT = True
CHECKSUMS = True
#: val_loss 1.5, 1.25 and 1.75 as TensorFlow writes them.
EXAMPLES = (
    (
        bytes.fromhex(
            "1800000000000000a37f4b220900000040fc54d9411a0d627261696e2e4576656e743a32eced8f9d1c00000000000000c8c1"
            "951d0900000040fc54d9412a110a0f0a0876616c5f6c6f7373150000c03f9078c3221e00000000000000d9dc123209000000"
            "40fc54d94110012a110a0f0a0876616c5f6c6f7373150000a03fd5b4abe81e00000000000000d9dc12320900000040fc54d9"
            "4110022a110a0f0a0876616c5f6c6f7373150000e03f326f329e"
        ),
        (0, 1, 2),
    ),
)
_BYTES_TOGETHER = 64 << 20
_WALL_TIME_KEY = 0x09  # the first byte of an Event


def sniff(path: Path, head: bytes) -> float:
    """1 for an event file by name and content, 0.5 by name alone (it may be damaged), 0.6 by content alone, else 0."""
    named = "tfevents" in path.name
    if not named and head[4:8] != bytes(4):  # the upper half of a record's length: no text holds it
        return 0.0
    from selectmodel.readers.tfevents import record, tfrecord

    sound = tfrecord.is_header(head)
    if named:
        return 1.0 if sound or len(head) < record.HEADER_BYTES else 0.5
    return 0.6 if sound and head[record.HEADER_BYTES :][:1] == bytes([_WALL_TIME_KEY]) else 0.0


def group(
    files: Sequence[Path], contents: Mapping[Path, bytes] = MappingProxyType({})
) -> list[tuple[Path, tuple[Path, ...]]]:
    """The runs among event files found below a folder: where each is, and its files.

    ``contents`` is what those of the files hold that have been read already.
    """
    from selectmodel.readers.tfevents import run_folders

    return run_folders.runs(files, contents)


def read(source: Source) -> Run:
    """The run of the source's event files.

    Raises LogError where none can be read or none holds a scalar, ChoiceError where they hold several trainings.
    """
    from selectmodel.readers.tfevents import event_file

    if source.data is not None:
        return _run(source, [event_file.read_bytes(source.data, source.path)])
    return _run(source, [_read_file(path, source) for path in source.paths])


def read_many(sources: Sequence[Source]) -> Iterator[Run | SelectModelError]:
    """For each source what :func:`read` gives, or the error that it raises; many small files are read together."""
    for some in _batches(sources):
        together = iter(_files_of(some))
        for source in some:
            files = [next(together) for _ in source.paths]
            try:
                yield _run(source, files) if source.data is None else read(source)
            except SelectModelError as failure:
                yield failure


def hparams(source: Source) -> dict[str, Value]:
    """What the event files say that the training was configured with."""
    from selectmodel.readers.tfevents import hparams

    return hparams.logged(source.paths, source.contents)


def _batches(sources: Sequence[Source]) -> Iterator[Sequence[Source]]:
    """Sources whose points are held in memory at the same time; all of a batch have one limit of size."""
    first, held = 0, 0
    for at, source in enumerate(sources):
        size = sum(_size(path, source) for path in source.paths)
        held += size
        if at > first and (held > _BYTES_TOGETHER or _limit(source) != _limit(sources[first])):
            yield sources[first:at]
            first, held = at, size
    if sources:
        yield sources[first:]


def _size(path: Path, source: Source) -> int:
    try:
        return len(source.contents[path]) if path in source.contents else path.stat().st_size
    except OSError:
        return 0  # reading it will say why


def _files_of(sources: Sequence[Source]) -> list[EventFile | LogError]:
    from selectmodel.readers.tfevents import many

    known = {path: content for source in sources for path, content in source.contents.items()}
    return many.read_many([path for source in sources for path in source.paths], known, limit=_limit(sources[0]))


def _read_file(path: Path, source: Source) -> EventFile | LogError:
    from selectmodel.readers.tfevents import event_file

    known = source.contents.get(path)
    try:
        if known is not None and len(known) <= _limit(source):
            return event_file.read_bytes(known, path)
        return event_file.read_file(path, limit=_limit(source), memory=source.memory)
    except LogError as failure:
        return failure


def _limit(source: Source) -> int:
    return source.options.max_bytes or MAX_EVENT_BYTES


def _run(source: Source, read: Sequence[EventFile | LogError]) -> Run:
    from selectmodel.readers.tfevents import run as assemble

    files = [file for file in read if not isinstance(file, LogError)]
    notes = _left_out(source, read) if len(files) < len(read) else []
    if not any(file.points for file in files):
        raise LogError(f"{source.path}: {_why_nothing(files)}")
    run = assemble.run(source, FORMAT, _base(source), sorted(files, key=_written) if len(files) > 1 else files)
    if not run.series:
        raise LogError(f"{source.path}: holds no metric of the training ({'; '.join(n.message for n in run.notes)})")
    return replace(run, notes=(*notes, *run.notes)) if notes else run


def _left_out(source: Source, read: Sequence[EventFile | LogError]) -> list[Note]:
    """Notes of the files that could not be read. Raises LogError if none could."""
    from selectmodel.records import Note

    failures = [(path, file) for path, file in zip(source.paths, read, strict=True) if isinstance(file, LogError)]
    if len(read) == 1:
        raise failures[0][1]
    notes = [
        Note("SM141", f"one of the files was left out: {failure}", path.name, "warn", degrades=True)
        for path, failure in failures
    ]
    if len(failures) == len(read):
        raise LogError(notes[0].message)
    return notes


def _base(source: Source) -> Path:
    """The folder of the run: where its files are, or, where they are in sub-folders, what these have in common."""
    if source.path not in source.paths:
        return source.path
    return Path(os.path.commonpath([path.parent for path in source.paths]))


def _written(file: EventFile) -> tuple[int, float, int, int, str]:
    """Order of time: names sort wrongly within a second (.10 before .9), and wall times may be missing."""
    from selectmodel.readers.tfevents import run_folders

    stamp = run_folders.stamp(file.path)
    wall_time = file.first_wall_time
    return stamp.seconds, wall_time if math.isfinite(wall_time) else 0.0, stamp.process, stamp.count, file.path.name


def _why_nothing(files: Sequence[EventFile]) -> str:
    if all(file.size == 0 for file in files):
        return "is empty (training may not have started)"
    for file in files:
        for problem in file.problems:
            return f"holds no scalar that can be read; byte {problem.offset}: {problem.message}"
    return "holds no scalars yet (only a header, a graph or other payloads)"
