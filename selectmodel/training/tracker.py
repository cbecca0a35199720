"""The Tracker: follows a training epoch by epoch, with the rules, the policy and the checks of ``pick``."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, NamedTuple

from selectmodel.errors import LogError, SelectModelError, UsageError
from selectmodel.files import choose_run, discovery, removing
from selectmodel.files.opening import ReadOptions
from selectmodel.policy.policy import Policy, with_keys
from selectmodel.records import Checkpoint, Run
from selectmodel.selection import recommend, stopping, until
from selectmodel.training import keeping, log_file, own_files, ranks
from selectmodel.training.columns import Columns
from selectmodel.training.given import number, place

if TYPE_CHECKING:
    from selectmodel.selection.recommend import Decision
    from selectmodel.selection.report import Report, RulePick

#: The least patience that is advised: more would be a share of a length that nobody knows while it trains.
STOP = "no better for 20 validations"
_LEAST = 2


class _State(NamedTuple):
    """What all processes know after an epoch: whether and why to stop, and what is recommended so far."""

    stop: str
    recommended: RulePick | None


class Tracker:
    """Logs a training, says when to stop, keeps the checkpoints that may still be recommended, and picks at the end.

    In every process of a distributed training (torch.distributed) one is made and asked at the same places: rank 0
    writes and decides, all stop together. ``stop_reason`` says why to stop, "" while it goes on; ``recommended`` is
    what would be shipped now, None while there is nothing to judge.

    >>> import selectmodel as sm
    >>> tracker = sm.Tracker("runs/7", metric="val_loss")  # doctest: +SKIP
    >>> for epoch in range(100):  # doctest: +SKIP
    ...     tracker.log(epoch, loss=..., val_loss=...)
    ...     tracker.keep(save(f"runs/7/epoch_{epoch}.pt"))
    ...     if tracker.should_stop:
    ...         break
    >>> tracker.finish().recommended.checkpoint  # doctest: +SKIP
    """

    def __init__(
        self,
        folder: str | os.PathLike[str],
        policy: Policy | None = None,
        *,
        stop: str | Sequence[str] = STOP,
        min_epoch: float | None = None,
        most: int = 5,
        resume: bool = False,
        **keys: Any,
    ) -> None:
        """``folder`` gets log.jsonl and, at the end, decision.json; checkpoints are best put there, too.

        ``stop`` are conditions (``"no better for 20 epochs"``, ``"val_loss<0.3"``), () never stops; before
        ``min_epoch`` (as it is logged) it neither stops nor recommends. ``most`` checkpoints stay on disk, the
        recommended and the last one among them. ``resume`` goes on with a log that is there: from its end, or from an
        earlier place, whose later rows then no longer count. ``keys`` are policy keys, as for
        :func:`selectmodel.recommend`.

        Raises UsageError for what is none of that or a log that is there, OutputError where it cannot be written.
        """
        if not isinstance(most, int) or most < _LEAST:
            raise UsageError(f"most={most}: at least {_LEAST} stay, the recommended checkpoint and the last")
        given = {**keys, **({} if min_epoch is None else {"min_epoch": min_epoch})}
        self._policy = with_keys(policy or Policy(), given)
        self._stop = [until.parse(text) for text in ([stop] if isinstance(stop, str) else stop)]
        self._most = most
        self._files: dict[str, Checkpoint] = {}
        self._at: tuple[float | None, int | None] | None = None
        self._state: _State | None = _State("", None)  # None: to be judged anew
        self._told = _State("", None)
        self._all_know = True
        self._refused = ""
        self.folder = Path(folder)
        self.log_file = self.folder / log_file.NAME
        self._columns = Columns(str(self.log_file), log_file.FORMAT)
        self._first = ranks.is_first()
        self._resumed = False  # until the first log
        self._size: int | None = None
        if self._first:
            log_file.begin(self.folder, resume=resume)
            if resume:
                self._resume()

    @property
    def should_stop(self) -> bool:
        """Whether a condition to stop is met, in all processes alike."""
        return bool(self._agreed().stop)

    @property
    def stop_reason(self) -> str:
        return self._agreed().stop

    @property
    def recommended(self) -> RulePick | None:
        return self._agreed().recommended

    def _agreed(self) -> _State:
        """The state after the last log, of rank 0; worked out and told where it is first asked for."""
        if not self._all_know:
            if self._first and self._state is None:
                self._state = _state(self._decision(), self._stop, self._policy)
            self._told = ranks.agreed(self._state) or self._told
            self._all_know = True
        return self._told

    def log(self, epoch: float | None = None, *, step: int | None = None, **metrics: Any) -> None:
        """Adds what was measured at an epoch, or at a step of it; :meth:`log_metrics` takes names that are no words.

        Values are numbers or tensors of one. An epoch may come again with further metrics.
        Raises UsageError as :meth:`log_metrics` does.
        """
        self.log_metrics(metrics, epoch, step=step)

    def log_metrics(self, metrics: Mapping[str, Any], epoch: float | None = None, *, step: int | None = None) -> None:
        """Adds ``metrics`` by name, and looks anew at whether to stop and what to recommend.

        Raises UsageError for a value that is no number, a place that goes back, or one that names neither a whole epoch
        nor a step; OutputError where the log cannot be written.
        """
        values = {name: number(name, value) for name, value in metrics.items()}
        epoch, step = place(epoch, step)
        if self._first and values:
            if self._resumed:
                self._go_back(epoch, step, values)
            self._columns.add(epoch, step, values)
            self._at = (epoch, step)
            self._write({**_place(epoch, step), "metrics": values})
            self._state = None
        self._all_know = False

    def keep(self, checkpoint: str | os.PathLike[str]) -> None:
        """Tells of the checkpoint that was saved at the place logged last: a file, or a folder that is one.

        Checkpoints that were told of and cannot be recommended any more are deleted, so that at most ``most`` stay.
        Raises UsageError before the first log and for a file outside of the Tracker's folder, LogError where it is not
        there.
        """
        if not self._first:
            return
        path = Path(checkpoint)
        if self._at is None:
            raise UsageError(f"keep({str(path)!r}): log the epoch first, so that it is known whose checkpoint this is")
        name = own_files.name_in(self.folder, path, self._files)
        removing.pieces(path)
        epoch, step = self._at
        number = None if epoch is None or step is not None else int(epoch)
        self._files.pop(name, None)  # written anew, it is the last one
        self._files[name] = Checkpoint(str(self.folder / name), number, step)
        self._write({**_place(epoch, step), "checkpoint": Path(name).as_posix()})
        decision = self._decision()
        if len(self._files) > self._most and (decision is not None or self._too_early()):
            self._thin_out(decision)
        self._state = _state(decision, self._stop, self._policy)
        self._all_know = False

    def report(self) -> Report:
        """What ``selectmodel pick`` says of the log now. Raises what :func:`selectmodel.recommend` does."""
        from selectmodel.commands.pick import answer

        return answer.answer(self._read(), self._policy)

    def finish(self, restore: Callable[[str], object] | None = None, *, quiet: bool = False) -> Report | None:
        """Ends the training: writes decision.json, prints the short screen, and gives the report.

        ``restore`` is called with the path of the recommended checkpoint, in every process, to load it. ``quiet``
        prints nothing. Processes other than rank 0 get None. Raises what :meth:`report` does.
        """
        report = self._finished(quiet) if self._first else None
        path = ranks.agreed(None if report is None else report.recommended.checkpoint)
        if restore is not None:
            if path is None:
                raise LogError(f"{self.folder}: no checkpoint of the recommended epoch is there to restore")
            restore(path)
        return report

    def __enter__(self) -> Tracker:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, failure: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Finishes a training that did not fail."""
        if failure is None:
            self.finish()

    def _read(self) -> Run:
        """The run as every command reads it from the log."""
        return choose_run.choose(self.log_file, discovery.find(self.log_file, ReadOptions()), ()).read()

    def _resume(self) -> None:
        try:
            run = self._read()
        except LogError:  # nothing but its first line was written
            return
        self._columns.take(run)
        for item in run.checkpoints:
            if os.path.lexists(item.path):
                self._files[own_files.name_in(self.folder, Path(item.path), self._files)] = item
        self._state, self._all_know = None, False
        self._resumed = True

    def _go_back(self, epoch: float | None, step: int | None, names: Iterable[str]) -> None:
        """Goes on from a checkpoint that was saved before the training was killed: what came after it is forgotten."""
        self._resumed = False
        if not self._columns.repeats(epoch, step, names):
            return
        self._columns.go_back(epoch, step, to_begin=not self._files)
        self._write({"resumed": _place(epoch, step)})
        at = epoch if step is None else step
        assert at is not None
        self._files = {name: item for name, item in self._files.items() if (item.place or 0) < at}

    def _write(self, row: Mapping[str, object]) -> None:
        self._size = log_file.add(self.log_file, row, self._size)

    def _decision(self) -> Decision | None:
        """The decision so far; None while there is nothing to judge, which is told once where it may last."""
        if self._too_early():
            return None
        run = self._columns.run(tuple(self._files.values()))
        try:
            return recommend.decide(run, self._policy)
        except SelectModelError as problem:
            # a validation may be yet to come
            if not self._refused and any(len(series.steps) > 1 for series in run.series.values()):
                self._refused = str(problem)
                warnings.warn(f"selectmodel: nothing to judge so far: {problem}", stacklevel=4)
            return None

    def _too_early(self) -> bool:
        """Whether no epoch counts so far."""
        least, epoch = self._policy.min_epoch, None if self._at is None else self._at[0]
        return least is not None and epoch is not None and epoch < least

    def _thin_out(self, decision: Decision | None) -> None:
        """Deletes the files that cannot be recommended any more, of those that it was told of."""
        last = next(reversed(self._files.values())).path
        stay: set[str] = set()
        if decision is not None:
            held = decision.asked.match.files
            at = next((index for index, item in held.items() if item.path == last), None)
            wanted = keeping.worth_keeping(decision.asked.question, decision.index, held, at, self._most)
            stay = {held[index].path for index in wanted if index in held}
        for name, item in list(self._files.items()):
            if item.path not in stay and item.path != last:
                self._write({"removed": Path(name).as_posix()})
                del self._files[name]
                _delete(Path(item.path))

    def _finished(self, quiet: bool) -> Report:
        from selectmodel import registry
        from selectmodel.display.style import Style
        from selectmodel.files import fingerprints, writing
        from selectmodel.selection import record

        report = self.report()
        made = record.of(report, self._policy, log=fingerprints.of_logs(report.run.files) or {})
        page: str = registry.report_for("records").render(made, Style())
        writing.replace(self.folder / own_files.DECISION, page.encode())
        if not quiet:
            print(report)
        return report


def _state(decision: Decision | None, conditions: Sequence[until.Until], policy: Policy) -> _State:
    if decision is None:
        return _State("", None)
    run = decision.asked.run
    question = stopping.saved_or_not(decision.whole, run, policy)
    reasons = (until.reached(one, run, question) for one in conditions)
    return _State(next((told for told in reasons if told), ""), decision.pick)


def _place(epoch: float | None, step: int | None) -> dict[str, float | int]:
    given = {"epoch": epoch, "step": step}
    return {name: value for name, value in given.items() if value is not None}


def _delete(checkpoint: Path) -> None:
    """Deletes what is there of it: a training is not ended for a file that somebody else took away."""
    try:
        for piece in removing.pieces(checkpoint):
            removing.delete(piece)
    except (LogError, OSError) as failure:
        warnings.warn(f"selectmodel: {checkpoint} was not deleted: {failure}", stacklevel=5)
