"""What lies beside the weights of an epoch and goes with them: states of the optimizer, the scheduler, the scaler."""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from selectmodel.files.checkpoints.names import ending, parse
from selectmodel.files.checkpoints.numbers import CAMEL, COUNTED, EPOCH, ROLES, STEP
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
#: Weights trained in mixed precision are called so, too: a state is one where nothing but the count stands beside it.
_AMP = re.compile(r"(?i)(?<![a-z])amp(?![a-z])")
_COUNTS = EPOCH | STEP | {"state", "states"}
#: Words that do not tell one model from another.
_ANY_MODEL = _COUNTS | COUNTED | frozenset(ROLES)


def without_states(found: Iterable[Checkpoint]) -> list[Checkpoint]:
    """The checkpoints without those that hold the state of a training, of which the weights lie beside them.

    ``opt_12.pt`` is one where the folder has one other file that counts 12, as ``model_12.pt``; so is ``best_opt.pt``
    beside ``best.pt``.
    """
    items = list(found)
    weights: dict[tuple[str, int | None, int | None, str], list[Checkpoint]] = defaultdict(list)
    for item in items:
        if not _LIKELY_WORD.search(_base(item)):
            weights[_place(item)].append(item)
    return [item for item in items if not _is_state(item, weights.get(_place(item), ()))]


def _is_state(item: Checkpoint, beside: Sequence[Checkpoint]) -> bool:
    likely = _LIKELY_WORD.search(_base(item)) and (item.place is not None or item.role != "epoch")
    return bool(likely) and len(beside) == 1 and _may_be_of(_base(item), _base(beside[0]))


def _may_be_of(state: str, weights: str) -> bool:
    """Whether what is likely a state tells of no other model in its name: ``opt-350m_3.pt`` is none of gpt2_3.pt.

    ``opt_unet_3.pt`` may be of unet_3.pt; ``amp_unet_3.pt`` is as likely another training of it.
    """
    told = _words(_ANY_WORD.sub("", state))
    return told <= _COUNTS if _AMP.search(state) else told - _ANY_MODEL <= _words(weights)


def _words(name: str) -> set[str]:
    """The words of a file's name, each with the number before it, as in 350m."""
    stem = CAMEL.sub("_", name[: len(name) - len(ending(name))])
    return {word.lower() for word in re.findall("[0-9]*[A-Za-z]+", stem)}


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
        names, taken = _names(Path(folder)), {Path(item.path).name for item in items}
        states = {name: own for name in names if name not in taken and (own := _counted(name))}
        others = _stems(names) if states else {}
        for name, own in states.items():
            owners = [item for item in items if (item.number, item.step) == own]
            if len(owners) == 1 and len(others.get(own, ())) < 2 and _goes_with(name, _base(owners[0])):
                found[owners[0].path].append(str(Path(folder) / name))
    return {path: tuple(names) for path, names in found.items()}


def _goes_with(name: str, weights: str) -> bool:
    return parse(name) is None or _may_be_of(name, weights)


def _stems(names: Iterable[str]) -> Mapping[tuple[int | None, int | None], set[str]]:
    """The files of weights by what they count, also those that the user left out; one and its export are one."""
    found: dict[tuple[int | None, int | None], set[str]] = defaultdict(set)
    for name in names:
        item = None if _LIKELY_WORD.search(name) else parse(name)
        if item is not None:
            found[item.number, item.step].add(item.path[: len(item.path) - len(ending(item.path))])
    return found


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
