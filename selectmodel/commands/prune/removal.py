"""Takes away the checkpoints that can go: deleted, or moved to a folder; a record says what went before it goes."""

from __future__ import annotations

import errno
import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from selectmodel.commands.prune.pruning import Pruning, SavedFile
from selectmodel.errors import LogError, OutputError, UsageError
from selectmodel.files import removing, writing
from selectmodel.files.checkpoints.listing import is_there
from selectmodel.files.folders import absolute
from selectmodel.version import __version__

#: The record, in the folder of the checkpoints that stay: one JSON object a line, one line a checkpoint.
RECORD = "selectmodel-pruned.jsonl"
_BEGINS = b'{"selectmodel": "'


def remove(plan: Pruning, to: Path | None = None) -> Pruning:
    """Removes what can go, and returns the plan with what was done.

    Each checkpoint is written to the record first. Raises LogError where the training may still be running, one that is
    to stay is gone or one cannot be removed whole, UsageError where it is not certain how the names count epochs or a
    name is taken in ``to``, OutputError where the record or a copy cannot be written; what was not reached then stays.
    """
    if plan.growing:
        raise LogError(f"{plan.source}: the training may not be over: {plan.growing}; if it is: --finished")
    if plan.assumed:
        raise UsageError(f"{plan.source}: which file is which epoch must be certain: {plan.assumed}")
    if not plan.go:
        return plan
    _refuse_without_the_kept(plan)
    record = Path(os.path.commonpath([absolute(Path(file.path)).parent for file in plan.go])) / RECORD
    moves = {file.path: list(_moves(file, to)) for file in plan.go}
    if to is not None:
        _refuse_inside(to, (*plan.keep, *plan.go))
        _refuse_taken([target for pairs in moves.values() for _, target in pairs])
    try:
        with writing.held(record) as held:
            begun = held.read(len(_BEGINS))
            if begun and begun != _BEGINS:
                raise UsageError(f"{record}: is not a record of this program; move it away")
            for file in plan.go:
                line = _line(file, to)
                held.append(line)
                try:
                    _take_away(moves[file.path], to)
                except _NothingTakenError as failure:
                    held.take_back(line)
                    raise failure.why from None
    except OSError as failure:
        raise OutputError(f"{failure.filename or record}: {failure.strerror or failure}") from None
    shown = record if Path(plan.go[0].path).is_absolute() else Path(os.path.relpath(record))
    return replace(plan, action="moved" if to else "deleted", to=str(to) if to else None, record=str(shown))


def _refuse_without_the_kept(plan: Pruning) -> None:
    """Raises LogError where a checkpoint that is to stay went meanwhile: one of the others may be the best by now."""
    gone = next((file.path for file in plan.keep if not is_there(Path(file.path))), None)
    if gone is not None:
        raise LogError(f"{gone}: was to stay, and is not there any more; nothing was removed, look again what can go")


def _moves(file: SavedFile, to: Path | None) -> Iterator[tuple[Path, Path]]:
    """What is removed for one checkpoint, and where each would go: under the name that it has."""
    for path in (Path(file.path), *map(Path, file.also)):
        for piece in removing.pieces(path):
            yield piece, (to or piece.parent) / piece.name


def _refuse_inside(to: Path, files: tuple[SavedFile, ...]) -> None:
    """A folder is needed that is no checkpoint and lies in none: that one stays as it is, or goes itself."""
    real = Path(os.path.realpath(to))
    for place in (real, *real.parents):
        if os.path.lexists(place):
            if not place.is_dir():
                raise UsageError(f"--to {to}: {place} is a file; name a folder")
            break
    for file in files:
        if real.is_relative_to(os.path.realpath(file.path)):
            raise UsageError(f"--to {to}: lies in the checkpoint {file.path}; name another folder")


def _refuse_taken(targets: list[Path]) -> None:
    seen: set[Path] = set()
    for target in targets:
        if target in seen or os.path.lexists(target):
            raise UsageError(f"--to {target.parent}: {target.name} is there already; name another folder")
        seen.add(target)


def _line(file: SavedFile, to: Path | None) -> bytes:
    told = {
        "selectmodel": __version__,
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "action": "moved" if to else "deleted",
        "checkpoint": file.path,
        "also": list(file.also),
        "to": str(absolute(to)) if to else None,
        "size": file.size,
        "epoch": file.epoch,
        "step": file.step,
        "why": file.why,
    }
    return json.dumps(told, ensure_ascii=True).encode() + b"\n"


class _NothingTakenError(Exception):
    """A checkpoint is as it was: ``why`` it could not be removed."""

    def __init__(self, why: OSError) -> None:
        super().__init__(str(why))
        self.why = why


def _take_away(moves: list[tuple[Path, Path]], to: Path | None) -> None:
    """Raises OSError, as _NothingTakenError where no part of the checkpoint went."""
    for at, (source, target) in enumerate(moves):
        copied = to is not None and os.path.lexists(target)
        try:
            if to is not None:
                _move(source, target)
            else:
                removing.delete(source)
        except OSError as failure:
            # of a folder some files may be gone, and a copy may stand there whole
            begun = source.is_dir() and not source.is_symlink() if to is None else os.path.lexists(target) != copied
            if at == 0 and not begun:
                raise _NothingTakenError(failure) from None
            raise


def _move(source: Path, target: Path) -> None:
    """Moves whole: onto another disk as a copy that takes its name when it is complete."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if os.path.lexists(target):
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target))
    try:
        source.rename(target)
        return
    except OSError as failure:
        if failure.errno != errno.EXDEV:
            raise
    made = target.with_name(f".{target.name[:40]}.{os.urandom(6).hex()}")
    try:
        if source.is_dir() and not source.is_symlink():
            shutil.copytree(source, made, symlinks=True)
        else:
            shutil.copy2(source, made, follow_symlinks=False)
        made.rename(target)
    except BaseException:
        shutil.rmtree(made) if made.is_dir() else made.unlink(missing_ok=True)
        raise
    removing.delete(source)
