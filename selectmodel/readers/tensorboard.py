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
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from selectmodel.errors import LogError
from selectmodel.events import assemble, decode, framing, layout
from selectmodel.events.decode import EventFile
from selectmodel.records import Note, Run
from selectmodel.sources import MAX_EVENT_BYTES, Source

FORMAT = "tensorboard"
_WALL_TIME_KEY = 0x09  # the first byte of an Event


def sniff(path: Path, head: bytes) -> float:
    """1 for an event file by name and content, 0.5 by name alone (it may be damaged), 0.6 by content alone, else 0."""
    sound = framing.is_header(head)
    if "tfevents" in path.name:
        return 1.0 if sound or len(head) < framing.HEADER_BYTES else 0.5
    return 0.6 if sound and head[framing.HEADER_BYTES :][:1] == bytes([_WALL_TIME_KEY]) else 0.0


def group(files: Sequence[Path]) -> list[tuple[Path, tuple[Path, ...]]]:
    """The runs among event files found below a folder: where each is, and its files."""
    return layout.runs(files)


def read(source: Source) -> Run:
    """The run of the source's event files.

    Raises LogError where none can be read or none holds a scalar, ChoiceError where they hold several trainings.
    """
    files, notes = _files(source)
    if not any(file.points for file in files):
        raise LogError(f"{source.path}: {_why_nothing(files)}")
    run = assemble.run(source, FORMAT, _base(source), sorted(files, key=_written))
    if not run.series:
        raise LogError(f"{source.path}: holds no metric of the training ({'; '.join(n.message for n in run.notes)})")
    return replace(run, notes=(*notes, *run.notes)) if notes else run


def _files(source: Source) -> tuple[list[EventFile], list[Note]]:
    if source.data is not None:
        return [decode.read_bytes(source.data, source.path)], []
    limit = source.options.max_bytes or MAX_EVENT_BYTES
    files: list[EventFile] = []
    notes: list[Note] = []
    for path in source.paths:
        try:
            files.append(decode.read_file(path, limit=limit))
        except LogError as failure:
            if len(source.paths) == 1:
                raise
            notes.append(Note("SM141", f"one of the files was left out: {failure}", path.name, "warn", degrades=True))
    if not files:
        raise LogError(notes[0].message)
    return files, notes


def _base(source: Source) -> Path:
    """The folder of the run: where its files are, or, where they are in sub-folders, what these have in common."""
    folders = {path.parent for path in source.paths}
    return source.path if source.path.is_dir() else Path(os.path.commonpath(list(folders)))


def _written(file: EventFile) -> tuple[int, float, int, int, str]:
    """Order of time: names sort wrongly within a second (.10 before .9), and wall times may be missing."""
    stamp = layout.stamp(file.path)
    wall_time = file.first_wall_time
    return stamp.seconds, wall_time if math.isfinite(wall_time) else 0.0, stamp.process, stamp.count, file.path.name


def _why_nothing(files: Sequence[EventFile]) -> str:
    if all(file.size == 0 for file in files):
        return "is empty (training may not have started)"
    for file in files:
        for problem in file.problems:
            return f"holds no scalar that can be read; byte {problem.offset}: {problem.message}"
    return "holds no scalars yet (only a header, a graph or other payloads)"
