"""How sure a choice is: which other candidates the log cannot tell from it, in one sentence."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from selectmodel.display import numbers
from selectmodel.display.numbers import counted
from selectmodel.metrics import units
from selectmodel.records import Bools, Question
from selectmodel.stats import noise
from selectmodel.stats.score import WORST, examples, is_share
from selectmodel.stats.two_epochs import WORTH_SAYING, examples_needed

#: Fewer points than this show no noise of their own.
_ENOUGH = 8
#: Share of the chosen value within which another is close to it.
_CLOSE = 0.005
#: Share of the chosen value below which the noise of a curve is one of rounding errors.
_SMOOTH = 1e-6
#: A guess of more validation examples than this is none.
_NO_GUESS = 2000
#: Candidates looked at on either side of the chosen one.
_AROUND = 15
#: How the sentences begin that say so of every other candidate.
NO_OTHER = "No other validation"


class Alike(NamedTuple):
    """How a choice stands among the others.

    ``indices`` are the candidates that cannot be told from the chosen one, itself included; ``sentence`` says by what
    measure, "" if nothing is known; ``clear`` is True where it stands out, False where others cannot be told from it,
    None where the log cannot tell.
    """

    indices: tuple[int, ...]
    sentence: str
    clear: bool | None


def alike(question: Question, index: int) -> Alike:
    """The candidates that cannot be told from ``index`` by the monitored metric.

    Judged by the size of the validation set where it is known and the metric is a share of right answers; else by the
    wiggle of the curve itself; with neither, by saying what would be needed.
    """
    share = _share_of(question)
    if share and question.val_size:
        best = min(max(float(question.values[index]) / share, 0.0), 1.0)
        margin = share * noise.binomial_se(best, question.val_size)
        basis = f"one standard error of {counted(question.val_size, 'validation example')}"
    else:
        margin = _wiggle(question, index)
        basis = "the curve's own noise"
    if np.count_nonzero(question.allowed) < 2:
        return Alike((index,), "", None)
    if not math.isfinite(margin) or margin == 0:
        told = _needed(question, index) if share else _near(question, index)
        return Alike(_indices(_equals(question, index)), told, None)
    near = question.allowed & (question.cost <= max(question.cost[index], question.cost.min()) + margin)
    others = int(near.sum()) - 1
    if others == 0:
        apart = f"{NO_OTHER} comes within {basis} ({margin:.2g})"
        next_best = _next_best(question, index) if share and question.val_size else None
        if next_best and question.val_size and next_best[1] > question.val_size:
            told = _takes(question, index, *next_best)
            return Alike((index,), f"{apart}, but that does not tell whether {told}.", None)
        close = "" if share and question.val_size else _close(question, index)
        if close:
            return Alike((index,), f"{apart}, but {close}.", None)
        return Alike((index,), f"{apart}.", True)
    told = f"cannot be told apart: they differ by less than {basis} ({margin:.2g})"
    if np.ptp(question.cost[near]) > margin * (1 + 1e-9):  # the chosen one is not the best of them
        told = f"cannot be told apart: they are worse than it by less than {basis} ({margin:.2g}), if at all"
    return Alike(_indices(near), told, False)


def _near(question: Question, index: int) -> str:
    """What is known of a choice where the noise is not: others that are close; "" where there are none, or equals."""
    close, alone = _close(question, index), np.count_nonzero(_equals(question, index)) == 1
    return f"How noisy it is the log does not tell: {close}." if close and alone else ""


def _close(question: Question, index: int) -> str:
    """How many others differ so little that a smooth curve alone must not make the chosen one a clear winner; or "".

    Neighbouring epochs err together on the same validation examples, which a curve cannot show.
    """
    values, chosen = question.values, question.values[index]
    with np.errstate(over="ignore"):
        near = question.allowed & (np.abs(values - chosen) <= _CLOSE * abs(chosen))
    others = int(near.sum()) - 1
    noun = "one other lies" if others == 1 else f"{others} others lie"
    return f"{noun} within {100 * _CLOSE:g} % of it" if others else ""


def of_a_score(question: Question, index: int, indices: tuple[int, ...]) -> Alike:
    """How the choice of a rule stands that says itself which candidates it cannot tell from its answer.

    How far the worst of them may lie below was measured for scores that count answers. It may be far: that they cannot
    be told apart is no sign that they are alike.
    """
    size, name = question.val_size, question.score or question.monitor
    counts = question.score_kind == "counts" and is_share(question.values)
    share = _share_of(question)
    allowed = int(np.count_nonzero(question.allowed))
    equals = _equals(question, index)
    if 1 < allowed == np.count_nonzero(equals):
        return Alike(_indices(equals), "", None)
    if len(indices) > 1:
        told = "cannot be told apart by " + (_can_tell(question) if counts else f"the noise of {name}")
        unknown = (
            ""
            if size or not counts
            else f"; if you know their number, give --val-size N{_apart(question, indices) if share else ''}"
        )
        worst = ""
        if size and share and counts:
            below = share * WORST / math.sqrt(size)
            worst = f"; nine times in ten the worst of them truly lies less than {below:.2g} below"
        return Alike(indices, f"{told}{worst}{unknown}", False)
    if counts and size is None:
        return Alike(indices, _needed(question, index) if share else "", None)
    if allowed < (2 if counts else _ENOUGH):
        return Alike(indices, "", None)
    next_best = _next_best(question, index) if share else None
    if next_best and size and next_best[1] > size:
        apart = f"{NO_OTHER} comes near it by the rule's own score"
        return Alike(indices, f"{apart}, but that does not tell whether {_takes(question, index, *next_best)}.", None)
    explained = counted(size, "example") if counts and size else "noise"
    return Alike(indices, f"{NO_OTHER} comes so near that {explained} could explain it.", True)


def _apart(question: Question, indices: tuple[int, ...]) -> str:
    """How many examples it takes to tell two candidates from each other, where there are only two."""
    one, other = (float(question.values[index]) for index in (indices[0], indices[-1]))
    size = examples_needed(question, (indices[0], indices[-1])) if len(indices) == 2 else None
    shown = numbers.column([one, other])
    return f" (to tell {shown[0]} from {shown[1]} takes about {size:,})" if size and size <= WORTH_SAYING else ""


def _can_tell(question: Question) -> str:
    """So many examples as the log tells of, or as many as are taken where it does not tell."""
    count = examples(question)
    if question.val_size:
        return counted(count, "validation example")
    if count > _NO_GUESS:  # what so many cannot tell fewer cannot either
        return f"even {float(f'{count:.1g}'):,.0f} validation examples"
    return f"{counted(count, 'validation example')} (assumed)"


def _wiggle(question: Question, index: int) -> float:
    """The curve's noise around the chosen candidate: a run that explodes later says nothing about it."""
    allowed = np.flatnonzero(question.allowed)
    place = int(np.searchsorted(allowed, index))
    near = allowed[max(0, place - _AROUND) : place + _AROUND + 1]
    if len(near) < _ENOUGH:
        return math.nan
    seen, unbent = (noise.curve_noise(question.values[near], order) for order in (2, 3))
    if unbent < seen / 2:  # a smooth bend, not a wiggle
        seen = unbent
    # Below the last decimal of the log a curve is smooth, and its noise is not known.
    smallest = max(noise.unit_logged(question.values), _SMOOTH * abs(float(question.values[index])))
    return seen if seen >= smallest else math.nan


def _share_of(question: Question) -> float | None:
    """1 for a share of right answers, whose noise follows from the number of examples, 100 in percent; else None."""
    return units.scale_of(question.values[question.allowed]) if question.monitor == question.val_score else None


def _equals(question: Question, index: int) -> Bools:
    """(n,) the candidates that share the value of one."""
    same: Bools = question.allowed & (question.cost == question.cost[index])
    return same


def _indices(chosen: Bools) -> tuple[int, ...]:
    return tuple(np.flatnonzero(chosen).tolist())


def _needed(question: Question, index: int) -> str:
    """What it would take to tell the chosen candidate from the next one."""
    next_best = _next_best(question, index)
    if next_best is None:
        return ""
    told = _takes(question, index, *next_best)
    return f"The log alone cannot tell whether {told}. If you know the number, give --val-size N."


def _takes(question: Question, index: int, other: float, size: int) -> str:
    chosen = float(question.values[index])
    better = chosen > other if question.goal == "max" else chosen < other
    takes = f"about {counted(size, 'validation example')}" if size <= WORTH_SAYING else "more than a million examples"
    shown = numbers.column([chosen, other])
    return (
        f"{shown[0]} is {'really' if better else 'no'} {'better' if better else 'worse'} than {shown[1]}: such a "
        f"difference takes {takes} to mean anything"
    )


def _next_best(question: Question, index: int) -> tuple[float, int] | None:
    """The best value that is not the chosen one's, and how many examples it takes to tell them apart."""
    rest = np.where(question.allowed & ~_equals(question, index), question.cost, np.inf)
    if not np.isfinite(rest).any():
        return None
    other = int(np.argmin(rest))
    size = examples_needed(question, (index, other))
    return None if size is None else (float(question.values[other]), size)
