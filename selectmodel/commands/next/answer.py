"""What ``next`` answers: which saved checkpoint to evaluate, so that the best is found with few evaluations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from selectmodel.commands.next.suggestion import Promising, Suggestion
from selectmodel.display.numbers import number
from selectmodel.errors import LogError, UsageError
from selectmodel.files.checkpoints.match import Match
from selectmodel.policy.policy import Policy
from selectmodel.records import Checkpoint, Floats, Question, Run
from selectmodel.selection.checkpoints import with_some
from selectmodel.selection.question import ask
from selectmodel.stats.next_point import axis, expected_gains, spread_out

#: With fewer evaluations than this they are spread over the training first.
_FIRST = 3


class _Saved(NamedTuple):
    """Path of each checkpoint that was not evaluated by its epoch or step, as the log counts; ``counts`` says which."""

    paths: Mapping[float, str]
    counts: str


def answer(run: Run, policy: Policy, count: int = 1) -> Suggestion:
    """The ``count`` checkpoints to evaluate next, the most promising first, as if those before had no surprise.

    Raises UsageError where the question cannot be asked, and LogError where no checkpoint is left to evaluate or none
    belongs to an epoch of the log.
    """
    if count < 1:
        raise UsageError(f"--count {count}: must be at least 1")
    run = with_some(run, policy)
    asked = ask(run, policy)
    question = asked.question
    saved = _not_evaluated(run, question, asked.match)
    if not saved.paths:
        raise LogError(f"{run.source}: every checkpoint of known epoch was evaluated; for the best: selectmodel pick")
    seen = np.isfinite(question.cost)
    places = (question.epochs if saved.counts == "epoch" else question.steps.astype(np.float64))[seen]
    costs = question.cost[seen]
    best = int(np.argmin(costs))
    return Suggestion(
        source=run.source,
        metric=question.monitor,
        counts=saved.counts,
        evaluated=len(costs),
        left=len(saved.paths),
        best_at=number(float(places[best])),
        best=float(question.values[seen][best]),
        next=tuple(_promising(saved.paths, places, costs, count)),
        assumed=asked.assumed,
    )


def _not_evaluated(run: Run, question: Question, matched: Match) -> _Saved:
    by_epoch = matched.offset is not None
    if not matched.files:
        raise LogError(
            f"{run.source}: no checkpoint belongs to an evaluated epoch or step ({matched.how}), so that nothing tells "
            "which were evaluated"
        )
    taken = {item.path for item in matched.files.values()}
    taken |= {item.path for items in matched.ambiguous.values() for item in items}
    places = set((question.epochs if by_epoch else question.steps).tolist())
    found: dict[float, list[str]] = {}
    for item in run.checkpoints:
        at = _place(item, matched.offset) if item.path not in taken and item.role == "epoch" else None
        if at is not None and at not in places:
            found.setdefault(at, []).append(item.path)
    alone = {at: paths[0] for at, paths in sorted(found.items()) if len(paths) == 1}
    return _Saved(alone, "epoch" if by_epoch else "step")


def _place(item: Checkpoint, offset: int | None) -> float | None:
    if offset is not None:
        return None if item.number is None else float(item.number - offset)
    return None if item.step is None else float(item.step)


def _promising(saved: Mapping[float, str], places: Floats, costs: Floats, count: int) -> list[Promising]:
    left, known, values = dict(saved), list(places), list(costs)
    found: list[Promising] = []
    while left and len(found) < count:
        at, gain = _one(list(left), known, values)
        found.append(Promising(left.pop(at), number(at), gain))
        # until it is evaluated it is taken for what its neighbours are
        values.append(float(np.interp(at, *_sorted(known, values))))
        known.append(at)
    return found


def _one(left: Sequence[float], known: Sequence[float], values: Sequence[float]) -> tuple[float, float | None]:
    """The place to evaluate, and what it is expected to gain."""
    everywhere = np.array(sorted({*left, *known}))
    if len(known) < _FIRST:
        wanted = everywhere[spread_out(len(everywhere), _FIRST)]
        open_ones = [at for at in wanted.tolist() if at in left]
        return (open_ones or sorted(left))[-1], None
    scale = dict(zip(everywhere.tolist(), axis(everywhere), strict=True))
    at = np.array([scale[place] for place in left])
    gains = expected_gains(np.array([scale[place] for place in known]), np.array(values), at)
    best = int(np.argmax(gains))
    return left[best], float(gains[best])


def _sorted(known: Sequence[float], values: Sequence[float]) -> tuple[Floats, Floats]:
    order = np.argsort(known, kind="stable")
    return np.array(known)[order], np.array(values)[order]
