"""One look at the runs in a store: listed here, read and judged where the workers are, put together from their rows.

No object comes to this machine but where the engine is this process, and then a piece at a time. Where there is a
cache, a folder in which every object bears the tag it had at the last look is not read again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import replace

from selectmodel import progress
from selectmodel.commands.rank import cache as sweepcache
from selectmodel.commands.rank import flat_folder
from selectmodel.commands.rank import pieces as cutting
from selectmodel.commands.rank.engines import How
from selectmodel.commands.rank.judge_runs import Outcome, Task
from selectmodel.commands.rank.kept_logs import KeptLogs, beside
from selectmodel.commands.rank.pieces import Piece, Unit
from selectmodel.commands.rank.ranking import LeftOut, RankedRun
from selectmodel.commands.rank.spread import spread
from selectmodel.commands.rank.store import Store, StoredObject
from selectmodel.commands.rank.store_failures import why
from selectmodel.commands.rank.store_work import Finish, Judge, JudgedPiece, Near
from selectmodel.errors import LogError
from selectmodel.files.copies import is_card
from selectmodel.files.folders import natural
from selectmodel.files.opening import ReadOptions
from selectmodel.policy.policy import Policy
from selectmodel.records import CheckFinding, Note


class StoreLook:
    """What each run of a store comes to, and what finding them had to say; ``missing`` could not be read."""

    def __init__(self, store: Store, prefix: str, options: ReadOptions, task: Task, how: How) -> None:
        self.path = store.url
        self._store, self._options, self._task, self._how = store, options, task, how
        self._kept = _kept(how)
        self._judge = Judge(store, prefix, options, task, self._kept)
        self.notes: tuple[Note, ...] = ()
        self.missing: tuple[LeftOut, ...] = ()
        self._entries: list[StoredObject] = []
        self._known: list[Outcome] = []
        self._late: list[Unit] = []
        self._prompt: Unit | None = None
        self._flat: set[str] = set()

    def holds(self, run: RankedRun) -> bool:
        """Whether the run is one of this store."""
        return run.source == self.path or run.source.startswith(f"{self.path}/")

    def outcomes(self) -> Iterator[Outcome]:
        """In order of the names. Raises LogError where the store cannot be listed, or holds no run."""
        self._entries, never = cutting.usable(self._store.entries())
        if not self._entries and not never:
            raise LogError(self._store.nothing())
        missing = [LeftOut(name, f"{self.path}/{name}", reason) for name, reason in never]
        parts, done = self._looked()
        if undivided := self._not_flat(done):
            parts, done = self._looked(undivided)
        if not done:
            parts = [part for _, part in self._results([Piece((Unit("", tuple(self._entries)),), whole=True)])]
            done = [outcome for part in parts for outcome in part.outcomes]
            if problem := next((part.problem for part in parts if part.problem), ""):
                raise LogError(*problem.split("\n"))
        missing += [each for part in parts for each in part.missing]
        self.missing = tuple(dict.fromkeys(missing))
        notes = [note for part in parts for note in part.notes]
        self.notes = (*dict.fromkeys(notes), *self._by_less(done))
        done = _without_cards(done)
        if any(note.degrades for note in notes):  # it is said of the folder, and so of every run in it
            done = [(_degraded(run), picks) for run, picks in done]
        done.sort(key=lambda outcome: natural(outcome[0].name))
        yield from done

    def _looked(self, undivided: Container[str] = ()) -> tuple[list[JudgedPiece], list[Outcome]]:
        """All pieces that are not known, and what is known and what they came to."""
        self._known, self._late, self._prompt, self._flat = [], [], None, set()
        parts = list(self._judged(cutting.cut(self._entries, self._remembered, undivided=undivided)))
        parts += self._judged(cutting.again(self._late, self._prompt))
        parts += self._begun(parts)
        return parts, [*self._known, *(outcome for part in parts for outcome in part.outcomes)]

    def _not_flat(self, done: Sequence[Outcome]) -> set[str]:
        """The folders that were cut between their logs and should not have been."""
        logs: dict[str, set[str]] = {folder: set() for folder in self._flat}
        for entry in self._entries:
            if (home := entry.name.rpartition("/")[0]) in logs:
                logs[home].add(f"{self.path}/{entry.name}")
        found: dict[str, list[RankedRun | LeftOut]] = {folder: [] for folder in self._flat}
        for run, _ in done:
            below = self._below(run.source)
            home = below.rpartition("/")[0]
            if home in found and run.source in logs[home]:
                found[home].append(run)
            elif below in found:
                found[below].append(run)
        return {folder for folder, held in found.items() if flat_folder.is_one(held, logs[folder])}

    def _by_less(self, done: Sequence[Outcome]) -> Iterator[Note]:
        apart = {f"{self.path}/{folder}".rstrip("/") for folder in self._flat}
        lost = Counter(home for each in self.missing if (home := each.source.rpartition("/")[0]) not in apart)
        short = [run for run, _ in done if isinstance(run, RankedRun) and lost[cutting.home_of(run.source, run.files)]]
        if short:
            names = ", ".join(run.name for run in short[:4]) + (", …" if len(short) > 4 else "")
            message = f"objects beside {names} could not be read: judged by the rest; the objects are listed below"
            yield Note("SM280", message, self.path, "warn", degrades=True)

    def _judged(self, pieces: Iterator[Piece]) -> Iterator[JudgedPiece]:
        seen = 0
        for piece, result in self._results(pieces):
            judged = result
            self._late += judged.late
            self._prompt = next((unit for unit in piece.units if unit not in judged.late), self._prompt)
            seen += sum(unit.logs for unit in piece.units if unit not in judged.late)
            progress.tell("objects", seen, 0)
            if piece.peer:
                outcomes = tuple(one for one in judged.outcomes if not piece.peer.holds(self._below(one[0].source)))
                judged = replace(judged, outcomes=outcomes)
            self._remember(piece, judged)
            yield judged

    def _results(self, pieces: Iterable[Piece]) -> Iterator[tuple[Piece, JudgedPiece]]:
        for piece, result in spread(pieces, self._judge, self._how.engine, self._how.workers):
            if isinstance(result, JudgedPiece):
                yield piece, result
                continue
            if isinstance(result, LogError):
                raise result
            reason = f"its worker failed ({why(result)})"
            lost = [entry for unit in piece.units for entry in unit.entries if cutting.is_log(entry)]
            missing = tuple(LeftOut(entry.name, f"{self.path}/{entry.name}", reason) for entry in lost)
            yield piece, JudgedPiece((), (), missing, {}, ())

    def _begun(self, parts: Sequence[JudgedPiece]) -> Iterator[JudgedPiece]:
        """Runs that were stopped at once: their empty file is called like a log, which lies in another piece."""
        logs = {name: entry for part in parts for name, entry in part.logs.items()}
        empty = [entry for part in parts for entry in part.empty if entry.name.rpartition("/")[2] in logs]
        if not empty:
            return
        names = {entry.name for entry in empty}
        peers = {logs[entry.name.rpartition("/")[2]] for entry in empty}
        piece = Piece((Unit("", tuple(sorted({*empty, *peers}))),))
        for _, judged in self._results([piece]):
            own = tuple(one for one in judged.outcomes if self._below(one[0].source) in names)
            yield replace(judged, outcomes=own)

    def _below(self, source: str) -> str:
        return source.removeprefix(self.path).lstrip("/")

    def _key(self, unit: Unit) -> tuple[str, str]:
        names = [entry.name for entry in unit.entries]
        asked = (self.path, self._judge.prefix, self._options, replace(self._task.policy, origin=""))
        return sweepcache.digest("unit", asked, unit.folder, names), sweepcache.digest(unit.entries)

    def _remembered(self, unit: Unit) -> bool:
        """Whether what the runs of a unit come to is known, which is taken then."""
        cache = self._cache
        if unit.flat:
            self._flat.add(unit.folder)
        if cache is None or not _marked(unit):
            return False
        key, whole = self._key(unit)
        known = cache.tree(key, whole)
        if known is None:
            return False
        rows = cache.runs(known[0])
        if len(rows) != len(known[0]):
            return False
        self._known += [(rows[row], ()) for row in known[0]]
        return True

    def _remember(self, piece: Piece, judged: JudgedPiece) -> None:
        """Keeps what the units of a piece came to, if nothing of it was missing or has anything more to say."""
        cache = self._cache
        if cache is None or judged.missing or judged.empty or judged.notes or judged.problem:
            return
        rows: dict[str, sweepcache.Row] = {}
        trees: list[tuple[str, str, list[str], tuple[Note, ...]]] = []
        for unit in piece.units:
            own = [run for run, _ in judged.outcomes if unit.holds(self._below(run.source))]
            if not own or not _marked(unit):
                continue
            key, whole = self._key(unit)
            keys = [sweepcache.digest(key, whole, at) for at in range(len(own))]
            rows.update(zip(keys, own, strict=True))
            trees.append((key, whole, keys, ()))
        if len(rows) == len(judged.outcomes):
            cache.keep(rows)
            cache.keep_trees(trees)

    @property
    def _cache(self) -> sweepcache.Cache | None:
        return self._how.cache if self._task.remembered else None

    def finished(self, runs: Sequence[RankedRun], policy: Policy) -> Iterator[RankedRun]:
        """The runs with the files of their checkpoints, looked for in what lies near them."""
        work = Finish(self._store, self._options, policy, kept=self._kept)
        for near, result in spread(map(self._near, runs), work, self._how.engine, self._how.workers):
            if isinstance(result, Exception):
                yield replace(near.run, trouble=f"its checkpoints cannot be looked for ({why(result)})")
            else:
                yield result[0]

    def findings(self, best: RankedRun, policy: Policy) -> tuple[tuple[CheckFinding, ...], tuple[Note, ...]]:
        """What the checks see in the run to ship."""
        work = Finish(self._store, self._options, policy, findings=True, kept=self._kept)
        for _, result in spread([self._near(best)], work, self._how.engine, self._how.workers):
            if isinstance(result, Exception):
                return (), (Note("SM174", why(result), best.source, "warn"),)
            return result[1], result[2]
        return (), ()

    def _near(self, run: RankedRun) -> Near:
        files = {self._below(file) for file in run.files}
        near = cutting.near(self._entries, self._below(run.source), files)
        if not run.alone:  # the logs of others tell nothing of it: that they are there is enough
            near = [one._replace(size=0) if cutting.is_log(one) and one.name not in files else one for one in near]
        return Near(run, tuple(near))


def _kept(how: How) -> KeptLogs | None:
    """Where logs are kept: beside the cache or, by workers that may be on other machines, in their own cache folder."""
    if how.cache is None:
        return None
    return KeptLogs("" if how.elsewhere else str(beside(how.cache.place)))


def _without_cards(done: list[Outcome]) -> list[Outcome]:
    """Without the tables in notes and model cards where their folder holds a log, which may be in another piece."""
    if not any(is_card(run.source) for run, _ in done):
        return done
    logs = (run.source for run, _ in done if not is_card(run.source))
    above = {source[:at] for source in logs for at, char in enumerate(source) if char == "/"}
    return [one for one in done if not is_card(one[0].source) or one[0].source.rpartition("/")[0] not in above]


def _degraded(run: RankedRun | LeftOut) -> RankedRun | LeftOut:
    return replace(run, degraded=True) if isinstance(run, RankedRun) else run


def _marked(unit: Unit) -> bool:
    """Whether every log of the unit bears a tag that changes with its content."""
    return all(entry.tag for entry in unit.entries if cutting.is_log(entry))
