"""How uncertain a metric of one checkpoint is, as far as its log can tell, and the difference of two.

A log holds one number a metric and epoch, none for its error. For a share of right answers the error follows from the
number of validation examples. For a loss logged beside an accuracy it can be bounded: were all right answers free and
all wrong ones equally dear, the standard deviation of an example's loss would be ``loss · sqrt(a / (1 - a))``. Where a
network has overfitted it is sure of its wrong answers, and some of these are very dear. For anything else a log tells
nothing, and the answer is None.

The figures were fitted on pairs of real training runs with test metrics; benchmarks/cycles measures them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Literal

from selectmodel.records import Goal
from selectmodel.stats.noise import binomial_se, mean

#: "withheld": the numbers do not mean the same on both sides. "cannot tell": the noise is larger than the change.
Verdict = Literal["better", "worse", "cannot tell", "withheld"]

#: Two-sided level of every interval, and with it of every verdict: "better" is wrong in at most 5 % of null cases.
LEVEL = 0.9
#: The largest two-sided p of a verdict; 1 - LEVEL is a little less in binary.
ALPHA = 0.1
#: Most pairs of runs are more alike than small validation sets say. A difference of right answers is taken as if ALIKE
#: more examples a side had shown a quarter of what the training accuracies differ by, none where these are not logged.
#: It counts for little where there are hundreds.
ALIKE, OF_TRAINING = 25, 0.25
#: Share of the two-point bound on the standard deviation of a loss that real losses reach where the loss is lowest.
#: Where it has risen above that, they reach as many times more, at most MOST_RISEN times.
LOSS_SHARE, MOST_RISEN = 0.76, 2.0
#: Weight of the validations before and after a pick, beside its own: a part of what a pick stands out by is luck. None
#: is taken for further off than FURTHEST standard errors, so that a collapse next to a pick counts little, and so that
#: they cannot turn a verdict against the numbers that are logged.
AROUND, FURTHEST = 0.5, 1.5
#: Differences that would take more examples than this are not worth telling.
_MOST_EXAMPLES = 100_000_000


@dataclass(frozen=True, slots=True)
class Worth:
    """What a metric of one checkpoint is worth: ``value`` in its own unit, without the luck of having been picked.

    ``level`` is what was logged, of ``size`` examples: a share (0..1) in units of ``unit``, or a loss. The standard
    deviation of one example of a loss is ``scatter`` times the loss; that of a share, where ``scatter`` is None,
    follows from the share. ``trained`` is the share of right answers on the training data, if known. ``size`` is None
    where a log cannot tell the error, and then ``why`` says so.
    """

    value: float
    level: float
    size: int | None
    unit: float = 1.0
    scatter: float | None = None
    trained: float | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Difference:
    """A change, its standard error, and how many examples a side would tell one of this size (None: very many)."""

    change: float
    se: float
    needed: int | None


def of_accuracy(
    value: float,
    *,
    size: int | None,
    expected: float | None = None,
    percent: bool = False,
    around: Sequence[float] = (),
    trained: float | None = None,
) -> Worth:
    """A share of right answers (0..1, or 0..100 with ``percent``) among ``size`` validation examples.

    ``expected`` is what the report expects of it, the luck of the pick taken off; without it the value stands as it was
    logged. ``around`` is the same metric at the validations before and after, of which a part is mixed
    in; ``trained`` is the share (0..1) of right answers on the training data.
    """
    unit = 100.0 if percent else 1.0
    share = value / unit
    if not 0 <= share <= 1:
        return Worth(value, value, None, why="is no share of right answers")
    if size is None:
        return Worth(value, value, None, why="the number of validation examples is not known (--val-size N)")
    worth = value if expected is None else expected
    if around:
        most = FURTHEST * unit * binomial_se(share, size)
        worth += AROUND * mean(min(max(other - value, -most), most) for other in around)
    return Worth(worth, share, size, unit, trained=trained)


def of_loss(value: float, *, accuracy: float | None, size: int | None, risen: float = 1.0) -> Worth:
    """A validation loss, with the ``accuracy`` (0..1) of the same checkpoint on the same ``size`` examples.

    ``risen`` is by what factor the loss is above the lowest one of its run.
    """
    if accuracy is None or not 0 <= accuracy <= 1:
        why = "no accuracy is logged beside it, from which its error could be bounded"
        return Worth(value, value, None, why=why)
    if size is None:
        return Worth(value, value, None, why="the number of validation examples is not known (--val-size N)")
    if value <= 0:
        return Worth(value, value, None, why="is not positive, as a mean of losses would be")
    kept = _inside(accuracy, size)
    factor = min(max(risen, 1.0), MOST_RISEN)
    return Worth(value, value, size, scatter=LOSS_SHARE * factor * math.sqrt(kept / (1 - kept)))


def difference(before: Worth, after: Worth) -> Difference | None:
    """From one to the other; None where the error of one of them is not known.

    Both errors are those at the mean of the two levels: a checkpoint that was lucky must not look sure of it as well.
    Validation sets of one size are taken for different ones, as nothing in a log says that they are the same.
    """
    if before.size is None or after.size is None:
        return None
    sizes = before.size, after.size
    level = (_level(before) * sizes[0] + _level(after) * sizes[1]) / sum(sizes)
    spreads = _spread(before, level), _spread(after, level)
    variances = spreads[0] * spreads[0], spreads[1] * spreads[1]  # infinite where ** would raise
    more = ALIKE if before.scatter is None else 0
    kept = 1 / (1 + more * (1 / sizes[0] + 1 / sizes[1]) / 2)
    whole, leaning = after.value - before.value, _leaning(before, after)
    return Difference(
        kept * whole + (1 - kept) * leaning,
        math.sqrt(kept * (variances[0] / sizes[0] + variances[1] / sizes[1])),
        _needed(whole, leaning, sum(variances), more),
    )


def _leaning(before: Worth, after: Worth) -> float:
    """The difference that the training accuracies make likely."""
    if before.trained is None or after.trained is None:
        return 0.0
    return OF_TRAINING * after.unit * (after.trained - before.trained)


def _level(one: Worth) -> float:
    return _inside(one.level, one.size or 1) if one.scatter is None else one.level


def _spread(one: Worth, level: float) -> float:
    """Standard deviation of one example."""
    return one.unit * math.sqrt(level * (1 - level)) if one.scatter is None else one.scatter * level


def _inside(share: float, size: int) -> float:
    """Half an example away from 0 and 1, where a share would claim certainty."""
    return min(max(share, 0.5 / size), 1 - 0.5 / size)


def _needed(change: float, leaning: float, variance: float, more: int) -> int | None:
    """The least n a side for which a change like this, with ``more`` examples that lean, is told for what it is.

    Where ``|n · change + more · leaning|`` is ``z`` standard deviations of ``n + more`` examples.
    """
    size, towards = abs(change), math.copysign(leaning, leaning * change)
    if not size or not math.isfinite(size):
        return None
    noise = NormalDist().inv_cdf((1 + LEVEL) / 2) * math.sqrt(variance)
    root = (noise + math.sqrt(max(0.0, noise * noise + 4 * more * size * (size - towards)))) / (2 * size)
    examples = max(1.0, root * root - more)
    return math.ceil(examples) if examples <= _MOST_EXAMPLES else None


def better(goal: Goal, change: float) -> bool:
    """Whether a change of a metric with this goal is one for the better."""
    return change < 0 if goal == "min" else change > 0


def common(*mappings: Mapping[str, object]) -> list[str]:
    """The keys that all mappings have, in the order of the first."""
    return [key for key in mappings[0] if all(key in other for other in mappings[1:])] if mappings else []
