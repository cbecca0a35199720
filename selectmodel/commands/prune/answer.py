"""What ``prune`` answers: which checkpoints no aim would ship, of those whose epoch is known; the last one stays."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Literal

from selectmodel.commands.prune.pruning import Pruning, SavedFile
from selectmodel.display.numbers import number
from selectmodel.errors import ChoiceError, LogError, SelectModelError
from selectmodel.files import fingerprints
from selectmodel.files.checkpoints import companions
from selectmodel.files.checkpoints.epoch_offset import template
from selectmodel.files.growth import still_growing
from selectmodel.metrics import scores
from selectmodel.policy.policy import Policy
from selectmodel.records import Checkpoint, Run
from selectmodel.selection import as_good_as, recommend
from selectmodel.selection.checkpoints import with_some
from selectmodel.selection.question import Asked
from selectmodel.selection.recommend import Decision

_AIMS: tuple[Literal["accuracy", "loss", "both"], ...] = ("accuracy", "loss", "both")
_LAST, _UNKNOWN, _DOUBT = "the last one saved", "its epoch is not known", "one of several files of its epoch"
_MIXED = "names of several kinds, as of several trainings, lie here; --checkpoint-glob tells which are this one's"
_OTHER = "its name is unlike the others'"


def answer(run: Run, policy: Policy, *, keep_alike: bool = False, over: bool = False) -> Pruning:
    """The checkpoints of ``run`` that stay and those that can go; nothing is removed.

    What stays: the recommended file and that of each aim, what the training recorded as its best, the last one saved,
    and every file whose epoch is not certain. ``keep_alike`` keeps those that the log cannot tell from the recommended
    one, too. ``over``: the training is known to have ended. Raises what :func:`recommend.recommend` does, and LogError
    where no checkpoint is found.
    """
    run = with_some(run, policy)
    shipped = recommend.decide(run, policy)
    kept = _kept(run, policy, shipped, keep_alike)
    asked = shipped.asked
    places = {item.path: index for index, item in asked.match.files.items()}
    doubtful = {item.path for items in asked.match.ambiguous.values() for item in items}
    for item in run.checkpoints:
        if item.role != "epoch":
            kept.setdefault(item.path, f"its name says {item.role}")
        elif item.path not in places:
            kept.setdefault(item.path, _DOUBT if item.path in doubtful else _UNKNOWN)
    for path, why in (_behind_links(run) | _of_other_names(asked.match.files.values())).items():
        kept.setdefault(path, why)
    kept |= _telling(run, policy, asked, kept)
    beside = companions.of_each(run.checkpoints)
    files = [
        _file(item.path, places.get(item.path), asked, kept.get(item.path, "no aim would ship it"), beside)
        for item in run.checkpoints
    ]
    order = {item.path: (places.get(item.path, asked.question.n), place) for place, item in enumerate(run.checkpoints)}
    files.sort(key=lambda file: order[file.path])
    paths = [item.path for item in run.checkpoints]
    return Pruning(
        source=run.source,
        keep=tuple(file for file in files if file.path in kept),
        go=tuple(file for file in files if file.path not in kept),
        growing="" if over else still_growing(run.files, paths),
        assumed=asked.assumed,
    )


def _kept(run: Run, policy: Policy, shipped: Decision, keep_alike: bool) -> dict[str, str]:
    """Path → why it stays, of the files whose epoch is known; the first reason counts."""
    asked, kept = shipped.asked, dict[str, str]()

    def keep(index: int | None, why: str) -> None:
        item = asked.match.files.get(index) if index is not None else None
        if item is not None:
            kept.setdefault(item.path, why)

    keep(shipped.index, "recommended")
    for why, decision in _of_other_aims(run, policy, asked):
        keep(decision.index, why)
    keep(asked.question.recorded_at, "recorded as the best by the training")
    for index in asked.question.replayed.values():
        keep(index, "kept as the best by the training's own callback")
    if asked.match.files:
        keep(max(asked.match.files), _LAST)
    if keep_alike:
        for index in as_good_as.alike(asked.question, shipped.index).indices:
            keep(index, "cannot be told apart from the recommended one")
    return kept


def _of_other_aims(run: Run, policy: Policy, asked: Asked) -> Iterator[tuple[str, Decision]]:
    """What each aim would ship, by any score where none is the main one; an aim that this log cannot serve has none."""
    for aim in _AIMS:
        told = f"recommended where the aim is {aim}"
        try:
            yield told, recommend.decide(run, replace(policy, metric=None, rule=None, aim=aim))
        except ChoiceError:
            for name in scores.scores(asked.meanings, "val").names:
                try:
                    yield f"{told}, by {name}", recommend.decide(run, replace(policy, metric=name, rule=None, aim=aim))
                except SelectModelError:
                    continue
        except SelectModelError:
            continue


def _behind_links(run: Run) -> dict[str, str]:
    """The files that links in their folders, and in that of the log, lead to: a link to nothing would be left."""
    targets: dict[str, str] = {}
    paths = [*(item.path for item in run.checkpoints), *run.files, run.source]
    for folder in sorted({str(Path(path).parent) for path in paths} | {run.source}):
        targets |= {os.path.realpath(link): Path(link).name for link in _links(folder)}
    return {
        item.path: f"{targets[real]} is a link to it"
        for item in run.checkpoints
        if (real := os.path.realpath(item.path)) in targets and not Path(item.path).is_symlink()
    }


def _links(folder: str) -> list[str]:
    try:
        with os.scandir(folder) as entries:
            return [entry.path for entry in entries if entry.is_symlink()]
    except (OSError, ValueError):
        return []


def _of_other_names(files: Iterable[Checkpoint]) -> dict[str, str]:
    """The files whose names are unlike the rest.

    Of two kinds that have several files each, one may be another training's; of one kind alone, the single files that
    are named otherwise.
    """
    kinds: dict[str, list[str]] = {}
    for item in files:
        kinds.setdefault(template(item), []).append(item.path)
    series = [members for members in kinds.values() if len(members) > 1]
    if len(series) > 1:
        return dict.fromkeys((path for members in kinds.values() for path in members), _MIXED)
    return dict.fromkeys((members[0] for members in kinds.values() if len(members) == 1 < len(kinds)), _OTHER)


def _telling(run: Run, policy: Policy, asked: Asked, kept: Mapping[str, str]) -> dict[str, str]:
    """The first file, where without it the names would no longer tell how they count epochs."""
    if not asked.match.files or asked.assumed:
        return {}
    left = replace(run, checkpoints=tuple(item for item in run.checkpoints if item.path in kept))
    places = {index: item.path for index, item in asked.match.files.items() if item.path in kept}
    after = recommend.decide(left, policy).asked
    if {index: item.path for index, item in after.match.files.items()} == places and not after.assumed:
        return {}
    return {asked.match.files[min(asked.match.files)].path: "its number tells how the names count epochs"}


def _file(path: str, index: int | None, asked: Asked, why: str, beside: Mapping[str, tuple[str, ...]]) -> SavedFile:
    also = beside.get(path, ())
    size = sum(_size(Path(one)) for one in (path, *also))
    if index is None:
        return SavedFile(path, size, None, None, why, also)
    epoch, step = float(asked.question.epochs[index]), asked.run.logged_step(int(asked.question.steps[index]))
    return SavedFile(path, size, number(epoch) if math.isfinite(epoch) else None, step, why, also)


def _size(path: Path) -> int:
    """Bytes of all that makes up a checkpoint; 0 where it cannot be looked at."""
    try:
        return sum(file.lstat().st_size for file in fingerprints.parts(path).values())
    except (LogError, OSError):
        return 0
