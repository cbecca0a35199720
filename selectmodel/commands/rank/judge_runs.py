"""One look at a folder of runs: each run found, read and judged at its own pick, or remembered from the last look.

What a run becomes is a :class:`RankedRun` of a few hundred bytes; its curves are dropped before the next batch is read.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from selectmodel import registry
from selectmodel.commands.rank import cache as sweepcache
from selectmodel.commands.rank import engines, unfinished
from selectmodel.commands.rank.cache import Cache
from selectmodel.commands.rank.engines import How
from selectmodel.commands.rank.ranking import LeftOut, RankedRun, RulesPick
from selectmodel.errors import SelectModelError, in_one_line, of_a_bug
from selectmodel.files import discovery, fingerprints, hparams
from selectmodel.files.fingerprints import Tree
from selectmodel.files.folders import absolute
from selectmodel.files.found_run import Found
from selectmodel.files.hparams import Value
from selectmodel.files.opening import ReadOptions
from selectmodel.metrics import units
from selectmodel.policy.policy import Policy
from selectmodel.records import Note, Question, Run
from selectmodel.selection import recommend
from selectmodel.selection.checkpoints import with_checkpoints
from selectmodel.selection.report import RulePick

_NONE: Mapping[str, Value] = {}
#: Notes on a log that say what became of its training.
_STATES = {
    "SM101": "unfinished",
    "SM131": "unfinished",
    "SM191": "unfinished",
    "SM171": "diverged",
    "SM285": "not finished",
}
#: Judged runs, and seconds, after which they are kept: no more of them have to be judged again after a kill.
_AT_ONCE, _SECONDS = 128, 1.0
#: What a run comes to: its place is settled later. With the picks of every rule, where they are wanted.
Outcome = tuple[RankedRun | LeftOut, tuple[RulesPick, ...]]


@dataclass(frozen=True, slots=True)
class Task:
    """What is done with each run. ``picks``: every rule is asked; ``metrics``: of its own pick every metric is kept."""

    policy: Policy
    picks: bool = False
    metrics: bool = False

    @property
    def remembered(self) -> bool:
        """Whether a run comes to its row alone, and by its log alone: all that a cache holds."""
        return not (self.picks or self.metrics or self.policy.only_saved)


@dataclass(frozen=True, slots=True)
class Judging:
    """What is done with found runs. ``shared`` are the folders in which several runs live."""

    task: Task
    shared: frozenset[Path]

    def __call__(self, found: Sequence[Found]) -> Iterator[Outcome]:
        return outcomes(found, self.task, self.shared)

    def on(self, some: Sequence[Found]) -> Judging:
        """The work on some of the runs: it is sent to where they are read, all folders would be more than the runs."""
        return replace(self, shared=self.shared.intersection(item.home for item in some))


class Look:
    """One look at a folder (or a log): what each of its runs comes to, and what finding them had to say."""

    def __init__(
        self,
        path: Path,
        prefix: str,
        options: ReadOptions,
        task: Task,
        how: How,
        tree: Tree | None = None,
    ) -> None:
        self.path, self.prefix, self.options, self.task, self.how = path, prefix, options, task, how
        self.tree = tree
        self.notes: tuple[Note, ...] = ()
        self.missing: tuple[LeftOut, ...] = ()

    def outcomes(self) -> Iterator[Outcome]:
        """In order of the names. Where there is a cache, only what has changed since the last look is read."""
        cache = self.how.cache if self.task.remembered else None
        if cache is None:
            yield from self._worked(self._found())
            return
        tree = self.tree or fingerprints.tree(self.path)
        if tree is None:
            yield from self._worked(self._found())
            return
        asked = self.prefix, self.options, replace(self.task.policy, origin="")
        told = (str(self.path), str(absolute(self.path)), asked)
        known = cache.tree(sweepcache.digest(told), tree.whole)
        if known is not None:
            keys, notes = known
            rows = cache.runs(keys)
            if len(rows) == len(set(keys)):
                self.notes = notes
                yield from ((rows[key], ()) for key in keys)
                return
        yield from self._remembered(cache, tree, told)

    def _remembered(self, cache: Cache, tree: Tree, told: object) -> Iterator[Outcome]:
        found = self._found()
        keys = [
            sweepcache.digest(_marks(item, tree), str(item.source.path), item.name, item.reader, told) for item in found
        ]
        tree.marks.clear()  # as large as the table of results; what follows needs only the keys
        rows = cache.runs(keys)
        found = [item for item, key in zip(found, keys, strict=True) if key not in rows]
        worked = self._worked(found)
        fresh: dict[str, RankedRun | LeftOut] = {}
        since = time.monotonic()
        try:
            for key in keys:
                if key in rows:
                    yield rows[key], ()
                    continue
                fresh[key], own = next(worked)
                yield fresh[key], own
                if len(fresh) >= _AT_ONCE or time.monotonic() - since >= _SECONDS:
                    cache.keep(fresh)
                    fresh, since = {}, time.monotonic()
        finally:  # also when interrupted: what was done is not done again
            cache.keep(fresh)
        cache.keep_tree(sweepcache.digest(told), tree.whole, keys, self.notes)

    def _found(self) -> list[Found]:
        found = discovery.find(self.path, self.options, most=fingerprints.MOST_FILES, started=True)
        told = (note for item in found for note in item.notes)
        self.notes = tuple(dict.fromkeys((*told, *unfinished.notes(found))))
        return [called(item, self.prefix, self.path) for item in found]

    def _worked(self, found: list[Found]) -> Iterator[Outcome]:
        """What each run comes to. Once judged it is taken off the list: there may be a million."""
        work = Judging(self.task, shared_by(found))
        for at, done in enumerate(engines.worked(found, work, self.how.engine, self.how.workers)):
            found[at] = found[-1]
            yield done


def called(item: Found, prefix: str, folder: Path) -> Found:
    """Where several folders are looked at, a run's name begins with that of its own, ``prefix``."""
    if not prefix:
        return item
    alone = folder in item.source.paths and not item.source.part
    name = prefix if alone else os.path.join(prefix, item.name)  # noqa: PTH118
    return replace(item, source=replace(item.source, name=name))


def shared_by(found: Sequence[Found]) -> frozenset[Path]:
    """The folders in which several of the runs live."""
    at_home = Counter(item.home for item in found)
    return frozenset(home for home, count in at_home.items() if count > 1)


def _marks(item: Found, tree: Tree) -> tuple[str | None, ...]:
    """The marks of all that a run is made of. Without one (met only just now) it is never found again."""
    files = (*map(str, item.source.paths), *([str(item.settings)] if item.settings else []))
    return tuple(tree.marks.get(file, f"unknown {time.time_ns()}") for file in files)


def outcomes(found: Sequence[Found], task: Task, shared: frozenset[Path]) -> Iterator[Outcome]:
    """What each run comes to, in order. ``shared`` are the folders in which several runs live."""
    for item, run in zip(found, discovery.read_all(found), strict=True):
        yield _outcome(item, run, task, item.home not in shared)


def _outcome(item: Found, run: Run | SelectModelError, task: Task, alone: bool) -> Outcome:
    """The run at its own pick, or why it has none; with the picks of every rule if the task wants them."""
    try:
        decision = recommend.decide(_at_home(run, task, alone), task.policy)
        picks = _rules_picks(decision.asked.run, task.policy) if task.picks else ()
        if task.metrics and not task.picks:
            own = _rules_pick(decision.asked.run, decision.pick)
            picks = (replace(own, values={**_logged_at(decision.asked.run, decision.pick), **own.values}),)
        return _ranked(decision, item, alone), picks
    except SelectModelError as failure:
        left_out = failure
    except Exception as bug:  # one run that this program fails on stops no other
        left_out = of_a_bug(str(item.source.path), bug)
    return LeftOut(item.name, str(item.source.path), in_one_line(left_out), item.source.part), ()


def _at_home(run: Run | SelectModelError, task: Task, alone: bool) -> Run:
    """The run with its checkpoints; of several runs in one folder nobody knows whose they are."""
    if isinstance(run, SelectModelError):
        raise run
    if not alone:
        return replace(run, checkpoints=()) if run.checkpoints else run
    return with_checkpoints(run, task.policy)


def _ranked(decision: recommend.Decision, item: Found, alone: bool) -> RankedRun:
    run, question, pick = decision.asked.run, decision.asked.question, decision.pick
    value, expected, low, high = worth(decision)
    return RankedRun(
        name=run.name,
        source=run.source,
        format=run.format,
        rule=pick.rule,
        metric=question.monitor,
        goal=question.goal,
        epoch=pick.epoch,
        step=pick.step,
        value=value,
        expected=expected,
        low=low,
        high=high,
        candidates=question.n,
        val_size=question.val_size,
        percent=_in_percent(question, is_share=low is not None),
        degraded=any(note.degrades for note in (*run.notes, *decision.asked.notes)),
        hparams=_settings(item),
        reader=item.reader,
        files=tuple(map(str, item.source.paths)),
        part=item.source.part,
        alone=alone,
        checkpoint=pick.checkpoint,
        state=next((_STATES[note.code] for note in (*run.notes, *decision.asked.notes) if note.code in _STATES), ""),
    )


def worth(decision: recommend.Decision) -> tuple[float, float, float | None, float | None]:
    """The metric that runs are ranked by as logged at the pick, and what it is worth, from low to high."""
    question, expected = decision.asked.question, decision.expected
    value = float(question.values[decision.index])
    if expected is None or expected.metric != question.monitor:  # of another metric than the runs are ranked by
        return value, value, None, None
    return value, expected.value, expected.low, expected.high


def _in_percent(question: Question, *, is_share: bool) -> bool:
    """Whether what is monitored is logged in 0..100. ``is_share``: it has a range, which only right answers have."""
    if not is_share and not (question.score_kind == "counts" and question.monitor == question.score):
        return False
    return units.scale_of(question.values, signed=True) == units.SCALE["percent"]


def _settings(item: Found) -> Mapping[str, Value]:
    """What the run was configured with: what a file beside the log tells, else the log itself."""
    if item.settings:
        return hparams.read(item.settings)
    told = registry.load("readers", item.reader).hparams
    return told(item.source) if told is not None else _NONE


def _rules_picks(run: Run, policy: Policy) -> tuple[RulesPick, ...]:
    report = recommend.recommend(run, policy)
    return tuple(_rules_pick(run, pick) for pick in report.picks.values())


def _rules_pick(run: Run, pick: RulePick) -> RulesPick:
    return RulesPick(run.name, pick.rule, pick.epoch, pick.step, pick.reason, pick.values)


def _logged_at(run: Run, pick: RulePick) -> dict[str, float]:
    """Every metric at a pick, also those that measure no quality: by its step, else by its epoch where that is one."""
    found = {}
    for name, series in run.series.items():
        at = [] if pick.step is None else (series.steps == pick.step).nonzero()[0]
        if not len(at) and pick.epoch is not None:
            at = (series.epochs == pick.epoch).nonzero()[0]
        if len(at) == 1:
            found[name] = float(series.values[at[0]])
    return found
