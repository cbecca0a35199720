"""OpenMMLab's logs: mmengine's ``vis_data/scalars.json``, and the ``.log.json`` of MMCV before it.

Written by: mmdetection, mmsegmentation, mmpretrain, mmpose and all that run on mmengine or MMCV.
Axis: the epoch, where validations are of epochs; the iteration where they are of iterations. mmengine's validation rows
have a step alone, which is the one or the other: it is the epoch where it equals that of the training row before.
Training rows: of an epoch the last of each name counts, since validation comes after it.
Split: validation rows are MMCV's ``"mode": "val"`` and mmengine's rows without ``iter``.
Missing: −1 of COCO's averages, for which there were no objects.
Resume: a new folder or file with the time of its start; ``--run A --run B`` reads both as one.
Source: mmengine/visualization/vis_backend.py, mmengine 0.10; mmcv/runner/hooks/logger/text.py, MMCV 1.7.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from selectmodel.files.opening import Source
from selectmodel.readers.objects import as_run, growing, json_text
from selectmodel.records import Hint, Note, Run

FORMAT = "mmengine"
FILES = ("*.json",)
SAME_NAMES = ("scalars.json",)
EXAMPLES = (
    (
        b'{"lr": 0.1, "loss": 0.5, "data_time": 0.5, "epoch": 1, "iter": 8, "step": 8}\n'
        b'{"acc": 50.0, "data_time": 0.5, "step": 1}\n'
        b'{"lr": 0.1, "loss": 0.25, "data_time": 0.5, "epoch": 2, "iter": 16, "step": 16}\n'
        b'{"acc": 75.0, "data_time": 0.5, "step": 2}\n',
        (1, 2),
    ),
    (
        b'{"mode": "train", "epoch": 1, "iter": 50, "lr": 0.1, "loss": 0.5}\n'
        b'{"mode": "val", "epoch": 1, "iter": 70, "lr": 0.1, "mAP": 0.25}\n',
        (1,),
    ),
)
_PLACES = frozenset({"epoch", "iter", "step", "mode"})
_OF_ROWS = frozenset({"time", "data_time", "memory", "eta"})
_COCO = re.compile(r"(?:.*[/_])?(?:mAP|AP|AR)(?:[@_].*)?")


def sniff(path: Path, head: bytes) -> float:
    """0.9 for rows with MMCV's mode or mmengine's data_time and step, else 0."""
    first = head[: 1 << 14]
    if not first.lstrip().startswith(b"{"):
        return 0.0
    old = b'"mode": "train"' in first or b'"mode": "val"' in first or first.lstrip().startswith(b'{"env_info"')
    new = b'"data_time"' in first and b'"step"' in first and (b'"iter"' in first or path.name == "scalars.json")
    return 0.9 if old or new else 0.0


def group(
    files: Sequence[Path], contents: Mapping[Path, bytes] = MappingProxyType({})
) -> list[tuple[Path, tuple[Path, ...]]]:
    """The runs: mmengine writes each twice, of which scalars.json is read; the run is the folder above vis_data."""
    both = {path.parent for path in files if path.name == "scalars.json"}
    kept = [path for path in files if path.name == "scalars.json" or path.parent not in both]
    return [(path.parent.parent if path.parent.name == "vis_data" else path, (path,)) for path in kept]


def continues(earlier: Run, later: Run) -> bool:
    """Whether a later log begins with the epoch or iteration after the last one of an earlier log."""
    last = max((int(series.steps[-1]) for series in earlier.series.values()), default=0)
    first = min((int(series.steps[0]) for series in later.series.values()), default=0)
    return last > 0 and 0 < first - last <= max(1, last)


class _Row(NamedTuple):
    line: int
    validation: bool
    epoch: Any
    iteration: Any
    metrics: dict[str, Any]


def read(source: Source) -> Run:
    """The run of one file, or of several of one training in order. Raises LogError where no row is left."""
    rows: list[_Row] = []
    notes: tuple[Note, ...] = ()
    for path in source.paths:
        found = growing.lines_of(source, path)
        rows += _rows(found)
        notes += found.notes
    by_epoch = not any(row.validation for row in rows) or any(row.validation and row.epoch is not None for row in rows)
    axis = "epoch" if by_epoch else "iter"
    objects, lines = _joined(rows, axis)
    hints = {
        name: Hint(
            "val" if validation else "train", why="the row is of validation" if validation else "the row is of training"
        )
        for validation in (False, True)
        for row in rows
        if row.validation == validation
        for name in row.metrics
        if name != "lr"
    }
    return as_run.run(json_text.Objects(lines, objects, notes), source, FORMAT, hints=hints)


def _rows(found: json_text.Objects) -> Iterator[_Row]:
    """Each row with its place; of a validation the epoch, unless it is of an iteration."""
    epoch = iteration = None
    several = _validations_in_an_epoch(found.objects)
    for line, one in zip(found.lines, found.objects, strict=True):
        metrics = {name: value for name, value in one.items() if name not in _PLACES | _OF_ROWS}
        if "env_info" in one or not metrics:
            continue
        mode = one.get("mode")
        if mode == "train" or (mode is None and "iter" in one):
            epoch, iteration = one.get("epoch"), one.get("iter")
            yield _Row(line, False, epoch, iteration, metrics)
            continue
        metrics = {name: value for name, value in metrics.items() if name != "lr" and not _of_nothing(name, value)}
        if mode is not None:
            yield _Row(line, True, None if several else one.get("epoch"), one.get("iter"), metrics)
        elif one.get("step") == iteration and iteration != epoch:
            yield _Row(line, True, None, one.get("step"), metrics)
        else:
            yield _Row(line, True, one.get("step"), iteration, metrics)


def _validations_in_an_epoch(objects: Sequence[Mapping[str, Any]]) -> bool:
    """Whether MMCV validated by iterations: several times in an epoch, at other iterations each."""
    places = [(one.get("epoch"), one.get("iter")) for one in objects if one.get("mode") == "val"]
    return len({epoch for epoch, _ in places}) < len(set(places))


def _of_nothing(name: str, value: Any) -> bool:
    return value == -1 and _COCO.fullmatch(name) is not None


def _joined(rows: Sequence[_Row], axis: str) -> tuple[list[dict[str, Any]], list[int]]:
    """The rows of one epoch, or of one iteration, as one; where the place goes back, the training was resumed."""
    objects: list[dict[str, Any]] = []
    lines: list[int] = []
    for row in rows:
        place = row.epoch if axis == "epoch" else row.iteration
        if not objects or objects[-1][axis] != place:
            objects.append({axis: place})
            lines.append(row.line)
        objects[-1].update(row.metrics)
    return objects, lines
