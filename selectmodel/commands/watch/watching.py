"""The watch itself: one step looks at the log, and tells what changed."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np

from selectmodel.commands.watch import messages, totals
from selectmodel.commands.watch.totals import Totals
from selectmodel.commands.watch.watched import Ending, Event, Move, Speed, Watched
from selectmodel.display import numbers
from selectmodel.errors import SelectModelError
from selectmodel.files.following import Follower, Sight
from selectmodel.files.growth import Pace, last_written, lasting, still_growing
from selectmodel.files.opening import ReadOptions
from selectmodel.policy.policy import Policy
from selectmodel.records import Run
from selectmodel.selection import recommend, stopping, until
from selectmodel.selection.checkpoints import with_checkpoints
from selectmodel.selection.report import Report
from selectmodel.selection.stopping import StopAhead
from selectmodel.selection.until import Finished, NoBetter, Until


class Watch:
    """Watches the log at ``log``, of which ``runs`` name the run meant, until one of the conditions is met.

    ``state`` is the last one told. ``now`` gives the time in seconds since 1970.
    """

    def __init__(
        self,
        log: Path,
        policy: Policy,
        how: ReadOptions | None = None,
        runs: Sequence[str] = (),
        conditions: Sequence[Until] = (),
        now: Callable[[], float] = time.time,
    ) -> None:
        self.log = log
        self.until = tuple(map(until.shown, conditions))
        self.failure: SelectModelError | None = None
        self.state = Watched(str(log), _iso(now()), "waiting", "")
        self._policy, self._conditions, self._now = policy, tuple(conditions), now
        self._follower = Follower(log, how or ReadOptions(), runs)
        self._run: Run | None = None
        self._totals = Totals()
        self._pace = Pace()
        self._held = False
        self._fired: set[str] = set()

    def step(self) -> Watched | None:
        """Looks once: the change, or None where there is none. Once ``ended`` nothing changes any more.

        Raises UsageError where it is not clear which of several runs is meant, before one is followed.
        """
        if self.state.ended:
            return None
        sight = self._follower.look()
        if sight is None:
            changed = self._with_new_checkpoints()
        elif sight.run is None:
            changed = self._without_run(sight)
        else:
            changed = self._judged(sight.run, sight)
        state = changed or self.state
        ended = self._ended(state, nothing_new=sight is None)
        if ended is not None:
            why, told = ended
            message = f"{told}; {changed.message}" if changed else told
            fired = changed.fired if changed else ()
            changed = replace(state, event="ended", message=message, ended=why, fired=fired)
        if changed is None:
            return None
        self.state = replace(changed, at=_iso(self._now()))
        return self.state

    @property
    def written(self) -> float | None:
        """When the log was last written, in seconds since 1970; None where it is not there."""
        return _newest(self._files())

    def _files(self) -> tuple[str, ...]:
        return self._run.files if self._run is not None and self._run.files else (str(self.log),)

    def _without_run(self, sight: Sight) -> Watched | None:
        """What to tell where the log cannot be read.

        A log that is being replaced, or was caught half written, is looked at once more before anything is told.
        """
        assert sight.problem is not None
        if self.state.report is not None and not self._held and not self.state.problem:
            self._held = True
            return None
        return self._waiting(sight.problem, gone=self.written is None)

    def _waiting(self, failure: SelectModelError, *, gone: bool = False) -> Watched | None:
        self.failure = failure
        problem = "is not there" if gone else messages.without(str(failure), str(self.log))
        if problem == self.state.problem:
            return None
        told = f"{self.log}: {problem}; waiting for it" if gone else f"{self.log}: {problem}"
        return replace(self.state, event="waiting", message=told, problem=problem, fired=())

    def _judged(self, run: Run, sight: Sight | None = None) -> Watched | None:
        """The change that a run makes, which was read just now."""
        known, self._run = self._run, run
        self._held = False
        if sight is not None and sight.found is not None and (known is None or known.source != run.source):
            self._totals = totals.of(sight.found, self.log)
        try:
            report = recommend.recommend(with_checkpoints(run, self._policy), self._policy)
        except SelectModelError as failure:
            return self._waiting(failure)
        self.failure = None
        return self._changed(report, sight)

    def _with_new_checkpoints(self) -> Watched | None:
        """The change that a file makes which was saved, or went, since the log was last read."""
        if self._run is None or self.state.report is None or self.state.problem:
            return None
        try:
            now = with_checkpoints(self._run, self._policy).checkpoints
        except SelectModelError:
            return None
        if now == self.state.report.run.checkpoints:
            return None
        return self._judged(self._run)

    def _changed(self, report: Report, sight: Sight | None) -> Watched | None:
        before = self.state.report
        restarted = before is not None and messages.goes_back(before, report)
        if restarted:
            self._pace = Pace()
        last = _last(report)
        written = _newest(report.run.files)
        if written is not None:
            self._pace.see(written, last)
        moves = () if restarted else self.state.moves
        move = _move(report)
        moved = not moves or moves[-1].shipped != move.shipped
        moves = (*moves, move) if moved else (*moves[:-1], replace(moves[-1], value=move.value))
        self._fired = set() if restarted else self._fired
        fired = tuple(finding.code for finding in report.findings if finding.code not in self._fired)
        self._fired.update(fired)
        found = self._stopping(report)
        event: Event = "restarted" if restarted else "moved" if moved else "check" if fired else "logged"
        hints = [told for one in self._conditions if (told := until.not_logged(one, report.run))]
        if sight is not None and sight.beside:
            hints.append(sight.beside)
        new = replace(
            self.state, event=event, report=report, moves=moves, fired=fired, stopping=found, problem="",
            speed=self._speed(report), hints=tuple(hints) if sight is not None else self.state.hints,
        )  # fmt: skip
        message = messages.of(self.state, new, moved=moved, restarted=restarted)
        return replace(new, message=message) if message else None

    def _stopping(self, report: Report) -> StopAhead | None:
        """By the condition that was asked for, else by the usual patience."""
        question = stopping.saved_or_not(report.question, report.run, self._policy)
        asked = next((one for one in self._conditions if isinstance(one, NoBetter)), None)
        if asked is None:
            return stopping.would_stop(question, stopping.usual_patience(question, self._policy))
        return stopping.would_stop(question, asked.count, until.COUNTED[asked.unit], asked.by)

    def _speed(self, report: Report) -> Speed:
        unit = messages.unit(report)
        end = self._totals.end(report.question, report.run.x_axis)
        each = self._pace.each
        if end is None or end[0] != unit:
            return Speed(each, unit, None, None)
        return Speed(each, unit, end[1], None if each is None else max(0.0, end[1] - _last(report)) * each)

    def _ended(self, state: Watched, *, nothing_new: bool) -> tuple[Ending, str] | None:
        """Why the watch is over, and a sentence."""
        run, report = self._run, state.report
        if run is None:  # a first epoch may take as long as it likes
            return None
        question = None if report is None else stopping.saved_or_not(report.question, report.run, self._policy)
        for condition in self._conditions:
            if met := until.reached(condition, run, question):
                return "until", met
        if not any(isinstance(condition, Finished) for condition in self._conditions):
            return None
        if nothing_new and not state.problem and (last := _last_of_all(state)):
            return "finished", f"the training is over: {last} was the last"
        now, written = self._now(), self.written
        checkpoints = [item.path for item in report.run.checkpoints] if report is not None else []
        if written is None or still_growing(self._files(), checkpoints, now, wait=self._pace.wait):
            return None
        return "finished", f"the training is over: nothing was written for {lasting(now - written)}"


def watched(
    log: Path, policy: Policy, how: ReadOptions, runs: Sequence[str], conditions: Sequence[Until], every: float
) -> Iterator[Watched]:
    """The changes of a log that is looked at ``every`` seconds, until a condition is met."""
    watch = Watch(log, policy, how, runs, conditions)
    while not watch.state.ended:
        change = watch.step()
        if change is not None:
            yield change
        if not watch.state.ended:
            time.sleep(every)


def _iso(now: float) -> str:
    return datetime.fromtimestamp(now).astimezone().isoformat(timespec="seconds")


def _newest(files: Sequence[str]) -> float | None:
    """When the last of the files was written that are there."""
    return max((at for file in files if (at := last_written(file)) is not None), default=None)


def _last_of_all(state: Watched) -> str:
    """``epoch 99`` where the log came to the last epoch, or step, that its training takes; "" where it did not."""
    report, speed = state.report, state.speed
    if report is None or speed is None or speed.total is None or _last(report) < speed.total:
        return ""
    return f"{speed.unit} {numbers.label(speed.total)}"


def _last(report: Report) -> float:
    """The last epoch that is logged, of any metric, or the last step where the log has no epochs."""
    series = report.run.series.values()
    if messages.unit(report) == "epoch":
        return max(float(np.nanmax(one.epochs)) for one in series if np.isfinite(one.epochs).any())
    return max(float(one.steps[-1]) for one in series if len(one.steps))


def _move(report: Report) -> Move:
    pick = report.recommended
    value = pick.values.get(report.monitor.name, math.nan)
    return Move(pick.epoch, pick.step, pick.checkpoint, value, float(report.label(report.question.n - 1)))
