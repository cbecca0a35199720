"""The log of selectmodel's own Tracker: JSON lines that also name the checkpoints of each epoch.

Written by: selectmodel.Tracker and the callbacks for Keras, Lightning and Hugging Face, as log.jsonl.
Axis: the step where rows have one, else the epoch; rows of one place are joined.
Checkpoints: a row names its file, as seen from the folder of the log; another says that it was taken away.
Resumed: a line says from which place on a training was run again; earlier rows from there on do not count, nor do
files saved of them until they are saved anew.
Refused: a line that is damaged or names a value twice; lines of other text are skipped and counted.
Source: selectmodel/training/log_file.py, which writes it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from selectmodel.errors import LogError
from selectmodel.files.opening import Source
from selectmodel.readers.objects import as_run, growing, json_text
from selectmodel.records import Checkpoint, Run

FORMAT = "selectmodel_log"
FILES = ("log.jsonl", "*.jsonl")
SAME_NAMES = ("log.jsonl",)
NAMES_CHECKPOINTS = True
LESS_EXACT = True
EXAMPLES = (
    (
        b'{"selectmodel_log": 1}\n'
        b'{"epoch": 0, "metrics": {"loss": 0.75, "val_loss": 0.5}}\n'
        b'{"epoch": 0, "checkpoint": "epoch_0.pt"}\n'
        b'{"epoch": 1, "metrics": {"loss": 0.625, "val_loss": 0.25}}\n',
        (0, 1),
    ),
)
_HEADER = "selectmodel_log"


def sniff(path: Path, head: bytes) -> float:
    """1 for the header line of the Tracker, else 0."""
    found = json_text.preview(head) if head.lstrip()[:1] == b"{" and _HEADER.encode() in head[:200] else None
    return 1.0 if found is not None and _HEADER in found else 0.0


def read(source: Source) -> Run:
    """The run of one file. Raises LogError if it holds no row with metrics, and as epoch_rows.read does."""
    from dataclasses import replace

    path = source.paths[0]
    found = growing.lines_of(source, path)
    rows: list[tuple[int, dict[str, Any]]] = []
    for line, one in zip(found.lines, found.objects, strict=True):
        back = _resumed(one)
        if back is not None:
            rows = [(at, row) for at, row in rows if _before(row, back)]
        elif _metrics(one):
            rows.append((line, _row(one)))
    if not rows:
        raise LogError(f"{path}: no epochs logged yet")
    kept = found._replace(lines=[line for line, _ in rows], objects=[row for _, row in rows])
    run = as_run.run(kept, source, FORMAT)
    files, left = _checkpoints(found.objects, path.parent)
    return replace(run, checkpoints=files, foreign=left)


def _checkpoints(objects: list[dict[str, Any]], folder: Path) -> tuple[tuple[Checkpoint, ...], tuple[str, ...]]:
    """The files that were saved and not taken away again, and those left of what was run again since."""
    files: dict[str, Checkpoint] = {}
    left: dict[str, None] = {}
    for one in objects:
        file = _checkpoint(one, folder)
        if file is not None:
            files[file.path] = file
            left.pop(file.path, None)
        elif isinstance(one.get("removed"), str):
            files.pop(str(folder / one["removed"]), None)
        elif (back := _resumed(one)) is not None:
            again = [path for path, item in files.items() if (item.place or 0) >= back[1]]
            left.update(dict.fromkeys(again))
            files = {path: item for path, item in files.items() if path not in left}
    return tuple(files.values()), tuple(left)


def _resumed(one: dict[str, Any]) -> tuple[str, float] | None:
    """The axis and the place from which a training was run again; what was logged of it before does not count."""
    place = one.get("resumed")
    for axis in ("step", "epoch"):
        at = place.get(axis) if isinstance(place, dict) else None
        if isinstance(at, (int, float)) and not isinstance(at, bool):
            return axis, at
    return None


def _before(row: dict[str, Any], back: tuple[str, float]) -> bool:
    at = row.get(back[0])
    return not isinstance(at, (int, float)) or at < back[1]


def _metrics(one: dict[str, Any]) -> dict[str, Any]:
    metrics = one.get("metrics")
    return metrics if isinstance(metrics, dict) else {}


def _row(one: dict[str, Any]) -> dict[str, Any]:
    return {name: one[name] for name in ("epoch", "step") if name in one} | _metrics(one)


def _checkpoint(one: dict[str, Any], folder: Path) -> Checkpoint | None:
    """The file that a row names: one in the folder of the log or below it, of a whole epoch or a step."""
    name, epoch, step = one.get("checkpoint"), one.get("epoch"), one.get("step")
    if not isinstance(name, str) or "\0" in name or not Path(name).name or ".." in Path(name).parts:
        return None
    if Path(name).is_absolute():
        return None
    number = int(epoch) if isinstance(epoch, (int, float)) and float(epoch).is_integer() else None
    at = step if isinstance(step, int) and not isinstance(step, bool) else None
    if number is None and at is None:
        return None
    return Checkpoint(str(folder / name), number if at is None else None, at)
