"""Which candidates count, and what is to be said of those that do not: no number, too early, no file, diverged."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from selectmodel.display import numbers
from selectmodel.errors import LogError, UsageError
from selectmodel.metrics.roles import Roles
from selectmodel.policy.policy import Policy
from selectmodel.records import Bools, Ints, Note, Question, Run, Series
from selectmodel.selection import alignment
from selectmodel.selection.unused_files import unused


@dataclass(frozen=True, slots=True)
class Counted:
    """(n,) the candidates that are ``allowed``, and those where the network had ``diverged``; None if nowhere.

    ``all``: every candidate is allowed.
    """

    allowed: Bools
    all: bool
    diverged: Bools | None
    notes: tuple[Note, ...]


def counted(run: Run, policy: Policy, roles: Roles, candidates: Series, has_file: Bools) -> Counted:
    """Which candidates count, and why the others do not; ``has_file`` is (n,).

    Raises LogError where none counts, UsageError where that is because of ``min_epoch``.
    """
    _refuse_too_few(run, candidates)
    finite = np.isfinite(candidates.values)
    allowed = _asked_for(run, policy, candidates, finite, has_file)
    diverged, its_loss = _diverged(run, roles, candidates)
    if diverged is not None:
        allowed = allowed & ~diverged
        if not allowed.any():
            raise LogError(
                f"{run.source}: {its_loss} is no number at any epoch left to choose from; the network had diverged"
            )
    n = len(finite)
    notes = () if np.count_nonzero(finite) == n else _not_finite(run, candidates, roles, finite)
    if diverged is not None:
        notes += _told_diverged(run, candidates, diverged & finite, its_loss)
    return Counted(allowed, np.count_nonzero(allowed) == n, diverged, notes)


def _refuse_too_few(run: Run, candidates: Series) -> None:
    """Raises UsageError where more values of the metric were refused than are left: the best may be among them."""
    lost, left = run.refused.get(candidates.name, 0), len(candidates.values)
    if lost > left:
        why = next((f" ({note.message})" for note in run.notes if note.code == "SM104"), "")
        raise UsageError(
            f"{run.source}: {lost} of {lost + left} values of {candidates.name} stand in rows without a usable epoch "
            f"or step{why}; to count the rows instead: --index row"
        )


def _asked_for(run: Run, policy: Policy, candidates: Series, finite: Bools, has_file: Bools) -> Bools:
    allowed = finite
    if not np.count_nonzero(finite):
        raise LogError(f"{run.source}: {candidates.name} is never finite; there is nothing to choose from")
    if policy.min_epoch is not None:
        if not np.isfinite(candidates.epochs).all():
            instead = "; steps that do not count: --min-step N" if run.x_axis == "step" else ""
            raise UsageError(f"--min-epoch: this log has steps but no epochs{instead}")
        allowed = allowed & (candidates.epochs >= policy.min_epoch)
        if not allowed.any():
            asked, last = numbers.label(policy.min_epoch), numbers.label(candidates.epochs[-1])
            raise UsageError(f"--min-epoch {asked}: excludes every epoch; the last one is {last}")
    if policy.min_step is not None:
        allowed = allowed & _late_enough(run, policy.min_step, candidates)
    if policy.only_saved:
        allowed = allowed & has_file
        if not allowed.any():
            found = unused(run.notes)
            why = f" ({found})" if found else ""
            raise LogError(f"{run.source}: --only-saved, but no checkpoint file is known for any epoch{why}")
    return allowed


def _late_enough(run: Run, least: int, candidates: Series) -> Bools:
    """(n,) the candidates from a step on. Raises UsageError where none is left, or where the log counts no steps."""
    if run.x_axis != "step":
        raise UsageError("--min-step: this log has no steps that go on through it; --min-epoch N counts epochs")
    late: Bools = candidates.steps >= least
    if not late.any():
        raise UsageError(f"--min-step {least}: excludes every step; the last one is {candidates.steps[-1]}")
    return late


def _diverged(run: Run, roles: Roles, candidates: Series) -> tuple[Bools | None, str]:
    """Where the network had diverged, and the loss that tells; nowhere by a loss that is the monitored metric."""
    name, train = roles.val_loss, roles.train_loss
    if name is None or name == candidates.name or not alignment.same_unit(run.series[name], candidates):
        return None, ""
    diverged = diverged_at(candidates, run.series[name], run.series[train] if train else None)
    return (diverged, name) if np.count_nonzero(diverged) else (None, "")


def _told_diverged(run: Run, candidates: Series, told: Bools, its_loss: str) -> tuple[Note, ...]:
    """Which epochs do not count because their loss is no number, though the monitored metric is one."""
    places = np.flatnonzero(told)
    if not len(places):
        return ()
    why = "the network had diverged, " if told[-1] else ""  # it does not come back
    message = f"{its_loss} is not finite at {where_in(candidates, places)}; {why}they do not count"
    return (Note("SM171", message, run.source, "warn"),)


def _not_finite(run: Run, candidates: Series, roles: Roles, finite: Bools) -> tuple[Note, ...]:
    """Which epochs do not count because their value is no number, or an infinity that would win."""
    message = f"{candidates.name} is not finite at {where_in(candidates, np.flatnonzero(~finite))}"
    note = Note("SM167", f"{message}; they do not count", run.source, "warn")
    winning = -np.inf if roles.monitor.goal == "min" else np.inf
    if not (candidates.values == winning).any():
        return (note,)
    message = f"{candidates.name} is {winning:g} somewhere, which would be the best value; it was not taken"
    return note, Note("SM168", message, run.source, "warn")


def not_finite_beside(run: Run, question: Question, roles: Roles, candidates: Series) -> list[Note]:
    """What is no number at epochs that count, of the metrics beside the monitored one that a choice may rest on."""
    notes = []
    for name in [name for name in question.companions if name in roles.deciding]:
        places = np.flatnonzero(question.broken(name) & question.allowed)
        if len(places):
            message = f"{name} is not finite at {where_in(candidates, places)}; it tells nothing there"
            notes.append(Note("SM176", message, run.source, "warn"))
    return notes


def where_in(candidates: Series, places: Ints) -> str:
    """Which of the points, and of how many: ``2 of 20 epochs (3, 5)``."""
    labels = candidates.epochs if np.isfinite(candidates.epochs).all() else candidates.steps
    where = numbers.ranges([(int(i), float(labels[i])) for i in places])
    unit = "epochs" if labels is candidates.epochs else "steps"
    return f"{len(places)} of {len(candidates.values)} {unit} ({where})"


def diverged_at(candidates: Series, val_loss: Series, train_loss: Series | None) -> Bools:
    """(n,) the candidates at which the validation loss was logged as NaN or infinite; none if it always was.

    A loss that is absent is no sign: it may be logged at every fifth epoch. But tables write NaN as an empty cell, so
    that it counts as NaN where it was logged at each candidate up to one, at none from there on, and the train loss
    ends there too (or one candidate later: the last weights may be ruined by the last batch).
    """
    n = len(candidates.steps)
    if alignment.in_step(val_loss, candidates) and np.count_nonzero(np.isfinite(val_loss.values)) == n:
        return np.zeros(n, dtype=np.bool_)
    loss = alignment.align(replace(val_loss, values=np.where(np.isfinite(val_loss.values), 0.0, 1.0)), candidates)
    if not (loss == 0).any():
        return np.zeros(len(loss), dtype=np.bool_)
    found: Bools = loss == 1
    last = int(np.flatnonzero(~np.isnan(loss))[-1])
    if train_loss is not None and last < len(loss) - 1 and not np.isnan(loss[:last]).any():
        trained = np.isfinite(alignment.align(train_loss, candidates))
        if trained[: last + 1].all() and not trained[last + 2 :].any() and not trained[-1]:
            found[last + 1 :] = True
    return found
