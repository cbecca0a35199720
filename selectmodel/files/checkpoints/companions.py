"""What lies beside the weights of an epoch and goes with them: states of the optimizer, the scheduler, the scaler."""

from __future__ import annotations

import os
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

from selectmodel.files.checkpoints.names import ending, parse
from selectmodel.records import Checkpoint

#: Words that name a training's state and no weights.
_STATE = ("optimizers", "optimizer", "optim", "schedulers", "scheduler", "sched", "scaler", "rng")
_WORD = rf"(?:{'|'.join(_STATE)})(?:[-_.]?states?)?|opt[-_.]?states?"
#: Words that do so beside a file of the same epoch without one; alone, such a file may hold the weights as well.
_LIKELY = r"opt|amp|(?:train|trainer|training)[-_.]?states?"
_SURE_WORD, _LIKELY_WORD, _ANY_WORD = (
    re.compile(rf"(?i)(?<![a-z])(?:{words})(?![a-z])") for words in (_WORD, _LIKELY, f"{_WORD}|{_LIKELY}")
)
#: The same with what parts it from what stands before: ``.optimizer`` of ckpt-5.optimizer.h5.
_BEHIND = re.compile(rf"(?i)[-_.](?:{_WORD}|{_LIKELY})(?![a-z])")


def without_states(found: Iterable[Checkpoint]) -> list[Checkpoint]:
    """The checkpoints without those that hold the state of a training, of which the weights lie beside them.

    ``opt_12.pt`` is one where the folder has one other file that counts 12, as ``model_12.pt``; so is ``best_opt.pt``
    beside ``best.pt``.
    """
    items = list(found)
    weights = Counter(_place(item) for item in items if not _LIKELY_WORD.search(_base(item)))
    return [
        item
        for item in items
        if not _LIKELY_WORD.search(_base(item)) or not _tells_which(item) or weights[_place(item)] != 1
    ]


def _tells_which(item: Checkpoint) -> bool:
    return item.place is not None or item.role != "epoch"


def _place(item: Checkpoint) -> tuple[str, int | None, int | None, str]:
    return item.path.rpartition("/")[0], item.number, item.step, item.role


def _base(item: Checkpoint) -> str:
    return item.path.rpartition("/")[2]


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
        taken = {Path(item.path).name for item in items}
        for name in _names(Path(folder)):
            own = None if name in taken else _counted(name)
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
    sure = _SURE_WORD.search(name) is not None and parse(name) is None
    if not sure and not (ending(name) and _LIKELY_WORD.search(name)):
        return None
    for alike in (_BEHIND.sub("", name), _ANY_WORD.sub("model", name)):
        item = parse(alike + ("" if ending(name) else ".pt"))
        if item is not None and (item.number is not None or item.step is not None):
            return item.number, item.step
    return None
