"""What lies beside the weights of an epoch and goes with them: states of the optimizer, the scheduler, the scaler."""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

from selectmodel.files.checkpoints.names import ending, parse
from selectmodel.records import Checkpoint

#: Words that name a training's state and no weights.
_STATE = ("optimizers", "optimizer", "optim", "schedulers", "scheduler", "sched", "scaler", "rng")
_WORD = re.compile(rf"(?i)(?<![a-z])(?:{'|'.join(_STATE)})(?:[-_.]?states?)?(?![a-z])")


def of_each(checkpoints: Iterable[Checkpoint]) -> Mapping[str, tuple[str, ...]]:
    """Path of a checkpoint → paths of the state files beside it, where names leave no doubt: none for most.

    ``optimizer_12.pt`` belongs to ``model_12.pt`` where no other checkpoint of the folder counts 12. Paths of the
    checkpoints are as a run holds them, from the current folder.
    """
    folders: dict[str, list[Checkpoint]] = defaultdict(list)
    for item in checkpoints:
        folders[str(Path(item.path).parent)].append(item)
    found: dict[str, list[str]] = defaultdict(list)
    for folder, items in folders.items():
        for name in _names(Path(folder)):
            own = _counted(name)
            owners = [item for item in items if own is not None and (item.number, item.step) == own]
            if len(owners) == 1:
                found[owners[0].path].append(str(Path(folder) / name))
    return {path: tuple(names) for path, names in found.items()}


def _names(folder: Path) -> list[str]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entry.name for entry in entries if entry.is_file(follow_symlinks=False))
    except OSError:
        return []


def _counted(name: str) -> tuple[int | None, int | None] | None:
    """The epoch and the step of a state file, as those of weights are read; None where it is none or tells neither."""
    if parse(name) is not None or not _WORD.search(name):
        return None
    item = parse(_WORD.sub("model", name) + ("" if ending(name) else ".pt"))
    if item is None or (item.number is None and item.step is None):
        return None
    return item.number, item.step
