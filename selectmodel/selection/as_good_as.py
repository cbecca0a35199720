"""How sure a choice is: which other candidates the log cannot tell from it, in one sentence."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from selectmodel.metrics import units
from selectmodel.records import Question
from selectmodel.stats import noise
from selectmodel.stats.score import examples, is_share
from selectmodel.stats.two_epochs import examples_needed

#: Fewer points than this show no noise of their own.
_ENOUGH = 8
#: Share of the chosen value within which another is close to it.
_CLOSE = 0.005
#: Candidates looked at on either side of the chosen one.
_AROUND = 15


class Alike(NamedTuple):
    """How a choice stands among the others.

    ``indices`` are the candidates as good as the chosen one, itself included; ``sentence`` says by what measure, ""
    if nothing is known; ``clear`` is True where it stands out, False where others are as good, None where the log
    cannot tell.
    """

    indices: tuple[int, ...]
    sentence: str
    clear: bool | None


def alike(question: Question, index: int) -> Alike:
    """The candidates that are as good as ``index`` on the monitored metric.

    Judged by the size of the validation set where it is known and the metric is a share of right answers; else by the
    wiggle of the curve itself; with neither, by saying what would be needed.
    """
    share = _share_of(question)
    if share and question.val_size:
        best = min(max(float(question.values[index]) / share, 0.0), 1.0)
        margin = share * noise.binomial_se(best, question.val_size)
        basis = f"one standard error of {question.val_size} validation examples"
    else:
        margin = _wiggle(question, index)
        basis = "the curve's own noise"
    if not math.isfinite(margin) or margin == 0:
        return Alike(_equals(question, index), _needed(question, index) if share else "", None)
    near = question.allowed & (question.cost <= max(question.cost[index], question.cost.min()) + margin)
    others = int(near.sum()) - 1
    if others == 0:
        apart = f"No other validation comes within {basis} ({margin:.2g})"
        next_best = _next_best(question, index) if share and question.val_size else None
        if next_best and question.val_size and next_best[1] > question.val_size:
            told = _takes(question, index, *next_best)
            return Alike((index,), f"{apart}, but that does not tell whether {told}.", None)
        close = 0 if share and question.val_size else _close(question, index)
        if close:
            noun = "one other lies" if close == 1 else f"{close} others lie"
            return Alike((index,), f"{apart}, but {noun} within {100 * _CLOSE:g} % of it.", None)
        return Alike((index,), f"{apart}.", True)
    return Alike(tuple(int(i) for i in np.flatnonzero(near)), f"differ by less than {basis} ({margin:.2g})", False)


def _close(question: Question, index: int) -> int:
    """How many others differ so little that a smooth curve alone must not make the chosen one a clear winner.

    Neighbouring epochs err together on the same validation examples, which a curve cannot show.
    """
    values, chosen = question.values, question.values[index]
    with np.errstate(over="ignore"):
        near = question.allowed & (np.abs(values - chosen) <= _CLOSE * abs(chosen))
    return int(near.sum()) - 1


def of_a_score(question: Question, index: int, indices: tuple[int, ...]) -> Alike:
    """How the choice of a rule stands that says itself which candidates it cannot tell from its answer."""
    size = question.val_size
    counts = question.score_kind == "counts" and is_share(question.values)
    share = _share_of(question)
    if len(indices) > 1:
        guessed = "" if size else " (a guess)"
        basis = f"{examples(question):,} validation examples{guessed} can tell" if counts else "their noise"
        unknown = (
            ""
            if size or not counts
            else f"; if you know their number, give --val-size N{_apart(question, indices) if share else ''}"
        )
        return Alike(indices, f"differ by less than {basis}{unknown}", False)
    if counts and size is None:
        return Alike(indices, _needed(question, index) if share else "", None)
    apart = f"No other validation comes so near that {f'{size:,} examples' if counts else 'noise'} could explain it"
    next_best = _next_best(question, index) if share else None
    if next_best and size and next_best[1] > size:
        return Alike(indices, f"{apart}, but that does not tell whether {_takes(question, index, *next_best)}.", None)
    return Alike(indices, f"{apart}.", True)


def _apart(question: Question, indices: tuple[int, ...]) -> str:
    """How many examples it takes to tell two candidates from each other, where there are only two."""
    one, other = (float(question.values[index]) for index in (indices[0], indices[-1]))
    size = examples_needed(question, (indices[0], indices[-1])) if len(indices) == 2 else None
    return f" (to tell {one:.4g} from {other:.4g} takes about {size:,})" if size else ""


def _wiggle(question: Question, index: int) -> float:
    """The curve's noise around the chosen candidate: a run that explodes later says nothing about it."""
    allowed = np.flatnonzero(question.allowed)
    place = int(np.searchsorted(allowed, index))
    near = allowed[max(0, place - _AROUND) : place + _AROUND + 1]
    return noise.curve_noise(question.values[near]) if len(near) >= _ENOUGH else math.nan


def _share_of(question: Question) -> float | None:
    """1 for a share of right answers, whose noise follows from the number of examples, 100 in percent; else None."""
    return units.scale_of(question.values[question.allowed]) if question.monitor == question.val_score else None


def _equals(question: Question, index: int) -> tuple[int, ...]:
    same = question.allowed & (question.cost == question.cost[index])
    return tuple(int(i) for i in np.flatnonzero(same))


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
    return (
        f"{chosen:.4g} is {'really' if better else 'no'} {'better' if better else 'worse'} than {other:.4g}: such a "
        f"difference takes about {size:,} validation examples to mean anything"
    )


def _next_best(question: Question, index: int) -> tuple[float, int] | None:
    """The best value that is not the chosen one's, and how many examples it takes to tell them apart."""
    rest = np.where(question.allowed, question.cost, np.inf)
    rest[list(_equals(question, index))] = np.inf
    if not np.isfinite(rest).any():
        return None
    other = int(np.argmin(rest))
    size = examples_needed(question, (index, other))
    return None if size is None else (float(question.values[other]), size)
