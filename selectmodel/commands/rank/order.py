"""Orders runs by what is expected of them; those that noise does not tell apart share a place."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Protocol, TypeVar

import numpy as np

from selectmodel.commands.rank import pooling
from selectmodel.commands.rank.pooling import Together, alone, together
from selectmodel.commands.rank.ranking import RankedRun, Z
from selectmodel.files.hparams import of_the_run
from selectmodel.records import Goal

#: So many entries are held against the first of a place at first: mostly they are apart, or all of them are not.
_AT_FIRST = 16


class Placed(Protocol):
    """What has a place: a run, or a configuration."""

    @property
    def name(self) -> str: ...
    @property
    def expected(self) -> float: ...
    @property
    def se(self) -> float: ...


_Entry = TypeVar("_Entry", bound=Placed)


def evened(runs: Sequence[RankedRun]) -> list[RankedRun]:
    """The runs corrected for luck all alike, or none of them: a value as logged would win over corrected ones.

    Where at least half of the runs are corrected, another one (too short for its number of validation examples to be
    recovered) is taken to be as lucky and as uncertain as these are on average. Else all count as logged.
    """
    known = [run for run in runs if run.low is not None and run.val_size]
    if len(known) == len(runs):
        return list(runs)
    if 2 * len(known) < len(runs):
        return [
            run
            if run.low is None and run.expected == run.value
            else replace(run, expected=run.value, low=None, high=None)
            for run in runs
        ]
    luck = sum(run.value - run.expected for run in known) / len(known)
    half = Z * sum(run.se for run in known) / len(known)
    return [
        run
        if run.low is not None and run.val_size
        else replace(run, expected=run.value - luck, low=run.value - luck - half, high=run.value - luck + half)
        for run in runs
    ]


def drawn_in(runs: Sequence[RankedRun]) -> list[RankedRun]:
    """The runs, what is expected of each drawn towards what all of them have in common; as they are without errors."""
    return pooling.drawn_in(runs, together(alone(runs)))


def in_places(runs: Sequence[RankedRun]) -> tuple[list[RankedRun], tuple[int, ...]]:
    """The runs, as :func:`evened` left them, drawn in and best first, and the place of each."""
    found = together(alone(runs))
    drawn = pooling.drawn_in(runs, found)
    best = ordered(drawn, runs[0].goal)
    if found is None:
        return best, places(best)
    at = {id(run): place for place, run in enumerate(drawn)}
    return best, places(best, found.take(np.array([at[id(run)] for run in best])))


def ordered(entries: Sequence[_Entry], goal: Goal) -> list[_Entry]:
    """Best first by what is expected; equals by name."""
    sign = 1.0 if goal == "min" else -1.0
    return sorted(entries, key=lambda entry: (sign * entry.expected, entry.name))


def places(entries: Sequence[Placed], found: Together | None = None) -> tuple[int, ...]:
    """The place of each entry, best first.

    An entry shares the place of the one above whose difference from it is within the noise of both: what ``found`` says
    of the entries, in this order, where what all have in common makes no difference; else less than
    ``1.64 · sqrt(se² + se²)``. Whoever is beyond that opens the next place, as in a race with ties (1, 1, 1, 4, …).
    """
    heads = [0]
    while (head := _next_head(entries, heads[-1], found)) < len(entries):
        heads.append(head)
    return tuple(place for head, end in pairwise((*heads, len(entries))) for place in [head + 1] * (end - head))


def _next_head(entries: Sequence[Placed], head: int, found: Together | None) -> int:
    """Where the first entry behind ``head`` stands that is apart from it; the end where none is."""
    if found is None:
        first = entries[head] if entries else None
        return next(
            (
                at
                for at in range(head + 1, len(entries))
                if first and abs(entries[at].expected - first.expected) > Z * math.hypot(entries[at].se, first.se)
            ),
            len(entries),
        )
    start, many = head + 1, _AT_FIRST
    while start < len(entries):
        beyond = np.flatnonzero(found.apart(head, slice(start, start + many)) > 1)
        if len(beyond):
            return start + int(beyond[0])
        start, many = start + many, 2 * many
    return len(entries)


def varying(runs: Sequence[RankedRun]) -> tuple[str, ...]:
    """The settings in which runs differ; those that name the run itself come last, or not at all if all differ."""
    names = dict.fromkeys(name for run in runs for name in run.hparams)
    spread = {name: {run.hparams.get(name) for run in runs} for name in names}
    told = [name for name in names if len(spread[name]) > 1]
    return tuple(
        [name for name in told if not of_the_run(name)]
        + [name for name in told if of_the_run(name) and len(spread[name]) < len(runs)]
    )
