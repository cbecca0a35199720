"""How uncertain a metric of one checkpoint is, as far as its log can tell, and how lucky the pick was.

A log holds one number a metric and epoch, none for its error. For a share of right answers the error follows from the
number of validation examples. For a loss logged beside an accuracy it can be bounded: were all right answers free and
all wrong ones equally dear, the standard deviation of an example's loss would be ``loss · sqrt(a / (1 - a))``. For
anything else a log tells nothing, and the answer is None.

The figures were fitted on pairs of real training runs with test metrics; benchmarks/cycles measures them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from selectmodel.noise import binomial_se
from selectmodel.records import Goal

#: "withheld": the numbers do not mean the same on both sides. "cannot tell": the noise is larger than the change.
Verdict = Literal["better", "worse", "cannot tell", "withheld"]

#: Two-sided level of every interval, and with it of every verdict: "better" is wrong in at most 5 % of null cases.
LEVEL = 0.9
#: The largest two-sided p of a verdict; 1 - LEVEL is a little less in binary.
ALPHA = 0.1
#: Validation errors of really trained networks are this much wider than those of independent examples.
WIDER = 1.1
#: Share of the two-point bound on the standard deviation of a loss that real losses reach, with room for its own error.
LOSS_SHARE = 0.85


@dataclass(frozen=True, slots=True)
class Measured:
    """What a metric of one checkpoint is worth: ``value`` in its own unit, without the luck of having been picked.

    ``se`` is its standard error, None where a log cannot tell it, and then ``why`` says so; ``spread`` is the standard
    deviation of one example, from which the size that would be needed follows.
    """

    value: float
    se: float | None
    spread: float | None
    why: str = ""


def of_accuracy(value: float, *, size: int | None, expected: float | None = None, percent: bool = False) -> Measured:
    """A share of right answers (0..1, or 0..100 with ``percent``) among ``size`` validation examples.

    ``expected`` is what the report expects of it on new data, the luck of the pick taken off; without it the value
    stands as it was logged.
    """
    unit = 100.0 if percent else 1.0
    share = value / unit
    if not 0 <= share <= 1:
        return Measured(value, None, None, "is no share of right answers")
    if size is None:
        return Measured(value, None, None, "the number of validation examples is not known (--val-size N)")
    se = unit * WIDER * binomial_se(share, size)
    return Measured(value if expected is None else expected, se, se * math.sqrt(size))


def of_loss(value: float, *, accuracy: float | None, size: int | None) -> Measured:
    """A validation loss, with the ``accuracy`` (0..1) of the same checkpoint on the same ``size`` examples."""
    if accuracy is None or not 0 <= accuracy <= 1:
        return Measured(value, None, None, "no accuracy is logged beside it, from which its error could be bounded")
    if size is None:
        return Measured(value, None, None, "the number of validation examples is not known (--val-size N)")
    if value <= 0:
        return Measured(value, None, None, "is not positive, as a mean of losses would be")
    kept = min(max(accuracy, 0.5 / size), 1 - 0.5 / size)
    spread = LOSS_SHARE * value * math.sqrt(kept / (1 - kept))
    return Measured(value, spread / math.sqrt(size), spread)


def better(goal: Goal, change: float) -> bool:
    """Whether a change of a metric with this goal is one for the better."""
    return change < 0 if goal == "min" else change > 0


def common(*mappings: Mapping[str, object]) -> list[str]:
    """The keys that all mappings have, in the order of the first."""
    return [key for key in mappings[0] if all(key in other for other in mappings[1:])] if mappings else []
