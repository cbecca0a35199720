"""What is done with a piece of a store where the worker is: its objects fetched, its runs found and judged.

A worker needs nothing but this package and the way to the store: what it fetched lies in a folder of its own until the
piece is done, and rows of a few hundred bytes go back, with the addresses of the store.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from selectmodel.commands.rank import at_home, unfinished, with_files
from selectmodel.commands.rank.judge_runs import Outcome, Task, called, outcomes, shared_by
from selectmodel.commands.rank.kept_logs import KeptLogs
from selectmodel.commands.rank.pieces import Piece, Unit, home_of
from selectmodel.commands.rank.ranking import LeftOut, RankedRun
from selectmodel.commands.rank.remote import Mirror, mirrored
from selectmodel.commands.rank.store import Store, StoredObject
from selectmodel.errors import LogError
from selectmodel.files import discovery, fingerprints
from selectmodel.files.candidates import may_matter
from selectmodel.files.found_run import Found
from selectmodel.files.opening import ReadOptions
from selectmodel.policy.policy import Policy
from selectmodel.records import CheckFinding, Note


@dataclass(frozen=True, slots=True)
class JudgedPiece:
    """What a piece came to. ``missing`` are objects that could not be read.

    ``logs`` is an object of each name that a log had; ``empty`` are those that hold nothing and are no log by
    themselves: where another piece has a log of that name, they are runs that were stopped at once. ``late`` are units
    of which nothing was judged yet, for some of it did not come.
    """

    outcomes: tuple[Outcome, ...]
    notes: tuple[Note, ...]
    missing: tuple[LeftOut, ...]
    logs: Mapping[str, StoredObject]
    empty: tuple[StoredObject, ...]
    problem: str = ""
    late: tuple[Unit, ...] = ()


@dataclass(frozen=True, slots=True)
class Judge:
    """Judges the runs of a piece; ``prefix`` is what their names begin with where several places are looked at."""

    store: Store
    prefix: str
    options: ReadOptions
    task: Task
    kept: KeptLogs | None = None

    def __call__(self, piece: Piece) -> JudgedPiece:
        most, leave = self.options.max_bytes, piece.may_leave
        with mirrored(self.store, piece.entries, most, may_leave=leave, kept=self.kept) as mirror:
            rest, late = piece.without(mirror.late)
            for entry in (entry for unit in late for entry in unit.entries):
                (mirror.folder / entry.name).unlink(missing_ok=True)
            return replace(self._judged(rest, mirror), late=late)

    def _judged(self, piece: Piece, mirror: Mirror) -> JudgedPiece:
        missing = _missing(piece, mirror)
        try:
            found, notes = self._found(mirror.folder, piece)
        except LogError as failure:
            return JudgedPiece((), (), missing, {}, (), mirror.told(str(failure)))
        read = {str(path) for item in found for path in item.source.paths}
        named = [(entry, str(mirror.folder / entry.name)) for entry in piece.entries]
        logs = {Path(entry.name).name: entry for entry, path in named if path in read and entry.size}
        lost = {each.name for each in missing}
        empty = [
            entry
            for entry, path in named
            if not entry.size and path not in read and entry.name not in lost and may_matter(Path(path).name)
        ]
        runs = [called(item, self.prefix, mirror.folder) for item in found]
        shared = shared_by(runs).union(mirror.folder / unit.folder for unit in piece.units if unit.flat)
        judged = [_told(done, mirror) for done in outcomes(runs, self.task, shared)]
        return JudgedPiece(tuple(judged), at_home.notes(notes, [mirror]), missing, logs, tuple(empty))

    def _found(self, folder: Path, piece: Piece) -> tuple[Sequence[Found], Sequence[Note]]:
        if piece.whole:
            found: Sequence[Found] = discovery.find(folder, self.options, most=fingerprints.MOST_FILES, started=True)
            notes = tuple(dict.fromkeys(note for item in found for note in item.notes))
        else:
            found, notes = discovery.find_some(folder, self.options)
        return found, (*notes, *unfinished.notes(found))


def _missing(piece: Piece, mirror: Mirror) -> tuple[LeftOut, ...]:
    names = {entry.name for entry in piece.entries}
    return tuple(LeftOut(name, f"{mirror.url}/{name}", reason) for name, reason in mirror.missing if name in names)


def _told(outcome: Outcome, mirror: Mirror) -> Outcome:
    """The outcome with the addresses of the store. A run of which objects are missing is judged by less than it has."""
    run, picks = outcome
    if isinstance(run, LeftOut):
        return at_home.left_out(run, [mirror]), picks
    told = at_home.run(run, [mirror])
    home = home_of(told.source, told.files)
    if any(f"{mirror.url}/{name}".startswith(f"{home}/") for name, _ in mirror.missing) and run.alone:
        told = replace(told, degraded=True)
    return told, picks


@dataclass(frozen=True, slots=True)
class Near:
    """A run of a store, and the objects that tell its checkpoints."""

    run: RankedRun
    entries: tuple[StoredObject, ...]


@dataclass(frozen=True, slots=True)
class Finish:
    """Looks for the checkpoint of a run or, with ``findings``, for what the checks see in it."""

    store: Store
    options: ReadOptions
    policy: Policy
    findings: bool = False
    kept: KeptLogs | None = None

    def __call__(self, near: Near) -> tuple[RankedRun, tuple[CheckFinding, ...], tuple[Note, ...]]:
        with mirrored(self.store, near.entries, self.options.max_bytes, kept=self.kept) as mirror:
            files = tuple(map(mirror.here, near.run.files))
            run = replace(near.run, source=mirror.here(near.run.source), files=files)
            if not self.findings:
                return at_home.run(with_files.with_file(run, self.policy, self.options), [mirror]), (), ()
            found, notes = with_files.findings(run, self.policy, self.options)
            return near.run, found, at_home.notes(notes, [mirror])
