"""Checkpoint files of epochs or steps that the log does not reach: the training went on, so the log's end is missing.

A log that was cut between two records or lines looks whole. Only files of the kind that was matched with the log count,
and only where the next value of the log should have stood at their epoch or step or before it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from selectmodel.display import numbers
from selectmodel.files.checkpoints.epoch_offset import NAMES, OFFSETS, template
from selectmodel.files.checkpoints.match import Match
from selectmodel.records import Checkpoint, Note, Run, Series

_ASSUMED = "SM152"


def told(run: Run, candidates: Series, matched: Match) -> list[Note]:
    """A note that degrades where files show that the training went on after the last value of the log."""
    held = {index: (file,) for index, file in matched.files.items()} | dict(matched.ambiguous)
    if not held or run.format == NAMES:
        return []
    kinds = {template(file) for files in held.values() for file in files}
    known = {id(file) for files in held.values() for file in files}
    others = [file for file in run.checkpoints if id(file) not in known and template(file) in kinds]
    shifts = {file.step - int(candidates.steps[i]) for i, files in held.items() for file in files if file.step}
    if run.x_axis == "step" and shifts:
        steps = [(file.step - max(shifts), file) for file in others if file.step is not None]
        return _past(run, "step", steps, [series.steps for series in run.series.values()])
    if matched.offset is None:
        return []
    assumed = any(note.code == _ASSUMED for note in matched.notes)
    offset = max(OFFSETS) if assumed else matched.offset
    epochs = [(file.number - offset, file) for file in others if file.number is not None]
    return _past(run, "epoch", epochs, [series.epochs for series in run.series.values()])


def _alone(files: Collection[str]) -> bool:
    """Whether no other log of that kind lies beside these: nobody knows which of several wrote the checkpoints."""
    own = {Path(file) for file in files}
    try:
        beside = {path for folder in {path.parent for path in own} for path in folder.iterdir()} - own
    except OSError:
        return False
    suffixes = {path.suffix for path in own}
    return not any("tfevents" in path.name or path.suffix in suffixes for path in beside)


def _past(
    run: Run, unit: str, named: Iterable[tuple[int, Checkpoint]], logged: Collection[NDArray[np.generic]]
) -> list[Note]:
    columns = [column[np.isfinite(column)].astype(np.float64) for column in logged]
    columns = [column for column in columns if len(column)]
    if not columns:
        return []
    last = max(float(column.max()) for column in columns)
    # What is logged rarely is due late: the next value comes when the widest gap of its metric has passed.
    gaps = [float(np.diff(column).max()) if len(column) > 1 else 1.0 for column in columns if column.max() == last]
    due = last + max(1.0, min(gaps))
    past = sorted((number, file.path) for number, file in named if number >= due)
    if not past or not _alone(run.files):
        return []
    first = Path(past[0][1]).name
    one = {"epoch": "an epoch", "step": "a step"}[unit]
    are = f"{first} is of {one}" if len(past) == 1 else f"{first} and {len(past) - 1} more are of {unit}s"
    message = f"{are} after {numbers.label(last)}, where the log ends: its end is missing"
    return [Note("SM147", message, past[0][1], "warn", degrades=True)]
