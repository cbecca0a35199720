"""Checkpoint folder without a log: epochs and metric values as the file names spell them.

Files: ``weights.38-0.944.hdf5``, ``epoch=3-val_loss=0.21.ckpt``, ``ssd7_epoch-24_loss-2.0928_val_loss-2.2581.h5``: at
least two checkpoints whose names carry an epoch or step and a metric value. Nothing is opened.
Epochs: the number in the name as it is; Keras counts files from 1, Lightning from 0.
Metrics: by the name before the value; a value without a name is the metric "value", whose direction nobody knows.
Watch out: values are rounded to the decimals in the names, so ties are often artefacts; and only the epochs whose
file was kept are seen.
Source: Keras ModelCheckpoint and Lightning ``format_checkpoint_name`` templates.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np

from selectmodel.errors import ChoiceError, LogError
from selectmodel.files.checkpoints.epoch_offset import template
from selectmodel.files.checkpoints.listing import listing
from selectmodel.files.opening import Source, refuse_column
from selectmodel.records import Checkpoint, Note, Run, Series

FORMAT = "checkpoint names"


def sniff_directory(path: Path) -> float:
    """0.6 if ``path`` is a folder with at least two checkpoints whose names carry a count and a value, else 0."""
    return 0.6 if path.is_dir() and len(_scored(listing(path)[0])) >= 2 else 0.0


def read(source: Source) -> Run:
    """The run that the names tell. Raises ChoiceError where they are of several trainings, or two of one epoch.

    Where ``source.paths`` names files, only those are read; else all of the folder ``source.path``.
    """
    refuse_column(source.options, source.path, "a folder of checkpoints")
    folder = source.path
    found, notes = listing(folder)
    wanted = {path.name for path in source.paths if path != folder}
    found = tuple(item for item in found if not wanted or item.path.rpartition("/")[2] in wanted)
    scored = _scored(found)
    if len(scored) < 2:
        raise LogError(
            f"{folder}: fewer than two checkpoint names carry an epoch and a metric value; no log to judge by"
        )
    _refuse_several(folder, scored)
    counts, x_axis = _counts(folder, scored)
    series = _series(scored, counts)
    decimals = max(len(text.partition(".")[2]) for item in scored for text in item.values.values())
    message = (
        f"made from {len(scored)} checkpoint names: values are rounded to {decimals} decimals, so ties may be "
        "artefacts, and epochs without a file are not seen"
    )
    files = tuple(replace(item, path=str(folder / item.path)) for item in found)
    return Run(
        source.name,
        str(folder),
        FORMAT,
        series,
        x_axis,
        checkpoints=files,
        notes=(*notes, Note("SM156", message, str(folder), "warn")),
    )


def _scored(found: Sequence[Checkpoint]) -> list[Checkpoint]:
    scored = [item for item in found if item.values and (item.number is not None or item.step is not None)]
    # copies kept as "best" repeat an epoch, unless they are all there is
    return [item for item in scored if item.role == "epoch"] or scored


def _refuse_several(folder: Path, scored: Sequence[Checkpoint]) -> None:
    families: dict[str, list[str]] = defaultdict(list)
    for item in scored:
        families[template(item)].append(item.path)
    if len(families) > 1:
        message = (
            f"{folder}: the names of {len(scored)} checkpoints follow {len(families)} patterns, so they may be of "
            "several trainings; give each its own folder:"
        )
        raise ChoiceError(message, [f"{len(paths)} like {paths[0]}" for paths in families.values()])


def _counts(folder: Path, scored: Sequence[Checkpoint]) -> tuple[list[int], Literal["step", "epoch"]]:
    """What orders the names: epochs, or steps where an epoch occurs twice or none is given."""
    numbers = [item.number for item in scored if item.number is not None]
    if len(numbers) == len(scored) and len(set(numbers)) == len(numbers):
        return numbers, "epoch"
    steps = [item.step for item in scored if item.step is not None]
    if len(steps) == len(scored) and len(set(steps)) == len(steps):
        return steps, "step"
    by_count = _grouped(scored)
    twice = next((paths for paths in by_count.values() if len(paths) > 1), [item.path for item in scored])
    raise ChoiceError(f"{folder}: several checkpoints are of one epoch; give each training its own folder:", twice)


def _grouped(scored: Sequence[Checkpoint]) -> dict[tuple[int | None, int | None], list[str]]:
    groups: dict[tuple[int | None, int | None], list[str]] = defaultdict(list)
    for item in scored:
        groups[item.number, item.step].append(item.path)
    return groups


def _series(scored: Sequence[Checkpoint], counts: Sequence[int]) -> dict[str, Series]:
    points: dict[str, list[tuple[int, float, float]]] = defaultdict(list)
    for count, item in sorted(zip(counts, scored, strict=True), key=lambda pair: pair[0]):
        epoch = float(item.number) if item.number is not None else np.nan
        for name, text in item.values.items():
            points[_readable(name)].append((count, epoch, float(text)))
    return {name: Series.of(name, *zip(*rows, strict=True)) for name, rows in points.items()}


def _readable(name: str) -> str:
    """``""`` and ``#2``, values without a name, as metrics."""
    return f"value{name}".replace("#", " ") if name == "" or name.startswith("#") else name
