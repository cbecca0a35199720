"""The objects of a store cut into pieces in which runs are found as they would be in all of it.

What belongs together lies in one folder or below it (Keras' ``train/`` and ``validation/``, ``checkpoint-500/``,
Hydra's ``.hydra/``). A folder with few logs is never cut; of a larger one, its own files and the folders that are parts
of a run stay together, and its other folders, many at a time, make pieces of their own. Where its own files are many
logs that are a run each (:mod:`.flat_folder`), so do these.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import groupby
from pathlib import PurePosixPath

from selectmodel import registry
from selectmodel.commands.rank import flat_folder
from selectmodel.commands.rank.store import StoredObject
from selectmodel.files.candidates import Patterns, may_matter
from selectmodel.files.checkpoints.listing import PLACES
from selectmodel.files.folders import SKIPPED
from selectmodel.files.hparams import HYDRA

#: Logs in a piece: enough to be read many at a time, few enough to lie in a worker's memory and to be done anew.
PIECE = 256
#: Folders that frameworks make in that of a run.
_PARTS = PLACES | {
    HYDRA, "train", "training", "validation", "valid", "val", "eval", "evaluation", "dev", "test", "testing", "learn",
    "metrics", "params", "tags", "artifacts", "files", "logs", "vis_data", "tb_logs", "plots", "wandb",
}  # fmt: skip
_NUMBERED = re.compile(r"(?:checkpoint|ckpt|epoch|step|fold|test)[-_]?[0-9]+|[0-9]{9,12}\.[0-9]{1,9}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Unit:
    """The objects of a folder that is never cut; ``folder`` is "" for that of the address.

    ``flat``: one log of a folder in which each run is one, and what is called like it.
    """

    folder: str
    entries: tuple[StoredObject, ...]
    flat: bool = False

    @property
    def logs(self) -> int:
        """How many of them may be logs or settings."""
        return _logs(self.entries)

    def holds(self, name: str) -> bool:
        """Whether an object of this name, or a folder, is one of it."""
        if self.flat:
            return any(entry.name == name for entry in self.entries)
        return not self.folder or name == self.folder or name.startswith(f"{self.folder}/")


@dataclass(frozen=True, slots=True)
class Piece:
    """Units that are looked at together. ``peer`` is one more that is only there to tell what kind of folders they are.

    ``whole``: there is no other piece. ``again``: some of it did not come when it was asked for the first time.
    """

    units: tuple[Unit, ...]
    peer: Unit | None = None
    whole: bool = False
    again: bool = False

    @property
    def entries(self) -> list[StoredObject]:
        """All objects of the units, and those of the peer."""
        units = (*self.units, *([self.peer] if self.peer else ()))
        return [entry for unit in units for entry in unit.entries]

    def may_leave(self, late: Container[str]) -> bool:
        """Whether units that hold a ``late`` object are better looked at after all others than waited for.

        They are read anew then, so they must be few; and of the others none must be left alone.
        """
        rest, units = self.without(late)
        left = sum(unit.logs for unit in units)
        return (
            not self.again and self.peer is None and len(rest.units) > 1 and 3 * left <= sum(u.logs for u in rest.units)
        )

    def without(self, late: Container[str]) -> tuple[Piece, tuple[Unit, ...]]:
        """The piece without units that hold a ``late`` object, and these."""
        units = tuple(unit for unit in self.units if any(entry.name in late for entry in unit.entries))
        return replace(self, units=tuple(unit for unit in self.units if unit not in units)), units


def usable(listed: Iterable[StoredObject]) -> tuple[list[StoredObject], list[tuple[str, str]]]:
    """The objects that a file can stand for, and the names of the others with the reason.

    An object that others lie below is a folder; stores mark those with objects that hold nothing.
    """
    entries = list(listed)
    folders = _folders(entry.name.strip("/") for entry in entries)
    kept, missing = [], []
    for entry in entries:
        path = PurePosixPath(entry.name)
        is_folder = entry.name.strip("/") in folders
        marker = entry.size == 0 and (entry.name.endswith("/") or is_folder)
        if not path.parts or marker or SKIPPED & set(path.parts):
            continue
        reason = _impossible(path)
        if is_folder:
            reason = "is an object and a folder of the same name, of which only the folder can be looked into"
        if reason:
            missing.append((entry.name, reason))
        else:
            kept.append(entry)
    kept.sort(key=_parts_of)
    return kept, missing


def _folders(paths: Iterable[str]) -> set[str]:
    """Everything that one of the paths lies below."""
    found: set[str] = set()
    for path in paths:
        above = path.rpartition("/")[0]
        while above and above not in found:
            found.add(above)
            above = above.rpartition("/")[0]
    return found


def _impossible(path: PurePosixPath) -> str:
    """Why a file of an object's name would not lie where it should; "" where it would."""
    if ".." in path.parts:
        return "its name holds .., which leads out of a folder"
    if any("\0" in part for part in path.parts):
        return "its name holds a NUL character, which no file's can"
    if os.sep == "\\" and any(set(part) & set('\\:*?"<>|') for part in path.parts):
        return "its name holds characters that no file's can here"
    return ""


def cut(
    entries: Sequence[StoredObject], known: Callable[[Unit], bool], above: str = "", undivided: Container[str] = ()
) -> Iterator[Piece]:
    """The pieces of objects that all lie in the folder ``above``, sorted by :func:`usable`.

    Units that are ``known`` need no look; folders that are ``undivided`` are not flat, whatever their logs are called.
    Objects that no log lies near are in no piece.
    """
    depth = above.count("/") + 1 if above else 0
    own = [entry for entry in entries if entry.name.count("/") == depth]
    if _logs(entries) <= PIECE or any(_owns(entry.name.rpartition("/")[2]) for entry in own):
        yield from _alone(Unit(above, tuple(entries)), known, whole=not above)
        return
    below = (entry for entry in entries if entry.name.count("/") > depth)
    small: list[Unit] = []
    for folder, held in groupby(below, lambda each: each.name.split("/")[depth]):
        inside = Unit(f"{above}/{folder}" if above else folder, tuple(held))
        if folder.lower() in _PARTS or _NUMBERED.fullmatch(folder):
            own += inside.entries
        elif inside.logs > PIECE:
            yield from cut(inside.entries, known, inside.folder, undivided)
        elif inside.logs:
            small.append(inside)
    yield from _together(small, known)
    direct = [entry for entry in own if entry.name.count("/") == depth]
    apart = _logs(direct) > PIECE and _logs(direct) == _logs(own) and above not in undivided
    if apart and (logs := flat_folder.by_log(direct)):
        yield from _together([Unit(above, log, flat=True) for log in logs], known)
    else:
        yield from _alone(Unit(above, tuple(own)), known)


def _alone(unit: Unit, known: Callable[[Unit], bool], *, whole: bool = False) -> Iterator[Piece]:
    if unit.logs and not known(unit):
        yield Piece((unit,), whole=whole)


def _together(units: Sequence[Unit], known: Callable[[Unit], bool]) -> Iterator[Piece]:
    """Units side by side, as many as make a piece; none is left alone, for its peers tell what kind of folder it is."""
    held: list[Unit] = []
    logs, peer = 0, None
    for unit in units:
        if known(unit):
            peer = unit
            continue
        if held and logs + unit.logs > PIECE:
            yield Piece(tuple(held), peer if len(held) == 1 else None)
            peer, held, logs = held[-1], [], 0
        held.append(unit)
        logs += unit.logs
    if held:
        yield Piece(tuple(held), peer if len(held) == 1 else None)


def again(late: Sequence[Unit], prompt: Unit | None) -> Iterator[Piece]:
    """Pieces of units that came late; ``prompt`` is one that did not, if there is any."""
    units = [*([prompt] if prompt else []), *sorted(late, key=lambda unit: unit.folder.split("/"))]
    yield from (replace(piece, again=True) for piece in _together(units, lambda unit: unit is prompt))


def is_log(entry: StoredObject) -> bool:
    """Whether an object may be a log or hold settings, told by its name."""
    return may_matter(entry.name.rpartition("/")[2])


def _logs(entries: Iterable[StoredObject]) -> int:
    return sum(map(is_log, entries))


def _parts_of(entry: StoredObject) -> list[str]:
    return entry.name.split("/")


@cache
def _owning() -> tuple[frozenset[str], Patterns]:
    """Names of the files whose readers own all that lies below, and those of runs that reach deeper."""
    names = {
        name
        for reader in registry.names("readers")
        if registry.constant("readers", reader, "OWNS_FOLDER")
        for name in registry.constant("readers", reader, "FILES") or ()
        if "*" not in name
    }
    deep = [
        pattern
        for reader in registry.names("readers")
        if registry.constant("readers", reader, "DEEP")
        for pattern in registry.constant("readers", reader, "FILES") or ()
    ]
    return frozenset(names), Patterns(tuple(deep))


def _owns(name: str) -> bool:
    names, deep = _owning()
    return name in names or deep.fit(name)


def home_of(source: str, files: Container[str]) -> str:
    """The folder of a run, of which ``source`` is that or one of its files; by its address."""
    return source.rpartition("/")[0] if source in files else source


def near(entries: Iterable[StoredObject], source: str, files: Iterable[str]) -> list[StoredObject]:
    """Of the objects those that tell the checkpoints of a run: its files, all below its folder, and what lies in a
    folder above, itself or in one of the usual places. All are names below the address.
    """
    wanted = set(files)
    home = home_of(source, wanted)
    above = {"", *(home[:at] for at, char in enumerate(home) if char == "/"), home}
    return [
        entry
        for entry in entries
        if entry.name in wanted or _in(entry.name.rpartition("/")[0], home) or _beside(entry.name, above)
    ]


def _in(folder: str, home: str) -> bool:
    return folder == home or not home or folder.startswith(f"{home}/")


def _beside(name: str, above: set[str]) -> bool:
    folder = name.rpartition("/")[0]
    parent, _, last = folder.rpartition("/")
    return folder in above or (last.lower() in PLACES and parent in above)
