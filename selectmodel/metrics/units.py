"""Share or percent: in which unit a metric of right answers is logged, and which values it cannot have.

One bound holds for the whole program: a share lies in 0..1, in percent in 0..100, each within :data:`ROUNDING`; one
that may be negative (MCC, kappa) goes as far below 0. A number that is neither cannot be. Numbers of both kinds in one
column are told by the jump between them: 0.91 after 91.4 is the same accuracy in another unit, 1.2 after 0.7 (percent,
early in a training with many classes) is not.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Literal, NamedTuple

import numpy as np

from selectmodel.metrics.vocabulary import TURNS, word_set
from selectmodel.records import Bools, Floats, Unit

#: A share of 1 is logged as 1.0000001 where it was summed in single precision.
ROUNDING = 1e-6
#: How many numbers one is in each unit.
SCALE: dict[Unit, float] = {"share": 1.0, "percent": 100.0}
#: A step between neighbours by a factor such as these is one of unit; one by less than the last is not.
_SAME, _LESS = (50.0, 200.0), 10.0
#: A single value at the end is the one before it in the other unit where the factor is as near to 100 as this.
_EXACT = (90.0, 111.0)
#: Up to this part of the values lies above 1 by accident; a column that is in percent has more of them.
_FEW = 0.25
#: So many shares, the median of which is at least so high, are no percent.
_SURE, _HIGH = 8, 0.5

_BOUNDED = word_set(
    "accuracy acc aacc macc top1 top5 acc1 acc5 f1 f2 fbeta fscore fmeasure precision prec recall sensitivity sens "
    "specificity spec em exact_match tpr tnr ppv npv mcc matthews kappa qwk auc auroc auprc aucpr ap ap50 ap75 map "
    "map50 map50_95 iou miou fwiou jaccard dice mdice dsc"
)
_SIGNED = word_set("mcc matthews kappa qwk")
_NEVER_NEGATIVE = word_set(
    "mae mse rmse mape smape wmape msle rmsle wer cer ter mer perplexity ppl brier ece hamming mean_squared_error "
    "mean_absolute_error root_mean_squared_error error_rate word_error_rate"
)
#: Words beside which such a name no longer says what a value can be: a change of accuracy, a sum over classes.
_NOT_PLAIN = TURNS | word_set("loss losses log sum total one minus error errors err delta gain improvement")


def unit_of(values: Floats, *, signed: bool = False) -> Unit | None:
    """In which unit finite values (n,) are logged, if they are shares of right answers; None if they are not.

    "share" where all lie in 0..1, "percent" where all lie in 0..100; ``signed`` ones may lie as far below 0. None too
    where there are none.
    """
    if not values.size:
        return None
    low, high = float(values.min()), float(values.max())
    if low < (-SCALE["percent"] if signed else 0.0) - ROUNDING:
        return None
    least = 1.0 if signed else 0.0
    if low >= -least - ROUNDING and high <= 1 + ROUNDING:
        return "share"
    return "percent" if high <= 100 * (1 + ROUNDING) else None


def scale_of(values: Floats, *, signed: bool = False) -> float | None:
    """1 for shares (n,), 100 for percent, None for what is neither; NaN and infinities do not count."""
    finite = np.isfinite(values)
    unit = unit_of(values if finite.all() else values[finite], signed=signed)
    return None if unit is None else SCALE[unit]


class Odd(NamedTuple):
    """(n,) ``where`` values do not count: they are what the metric cannot be, or in another ``unit`` than the others.

    ``unit`` is that of the values that do not count, None where these are nothing that the metric can be.
    """

    where: Bools
    unit: Unit | None = None


def odd(base: str, values: Floats) -> list[Odd]:
    """What does not count among the values (n,), in their order, of a metric of this base name; mostly nothing."""
    sort = _sort(base)
    if not sort:
        return []
    low, high = values.min(initial=np.inf), values.max(initial=-np.inf)
    if low >= 0 and (sort == "never negative" or high <= 1 or (low > 1 and high <= SCALE["percent"])):
        return []  # as nearly always; NaN is looked at below
    finite = np.isfinite(values)
    found = []
    with np.errstate(invalid="ignore"):
        least = -SCALE["percent"] if sort == "signed" else 0.0
        wrong = finite & (values < least - ROUNDING)
        if sort != "never negative":
            wrong |= finite & (values > 100 * (1 + ROUNDING))
    if wrong.any():
        found.append(Odd(wrong))
    if sort != "never negative":
        places = np.flatnonzero(finite & ~wrong)
        part = _of_another_unit(np.abs(values[places]))
        if part is not None:
            where = np.zeros(len(values), dtype=np.bool_)
            where[places[part.where]] = True
            found.append(Odd(where, part.unit))
    return found


def _of_another_unit(values: Floats) -> Odd | None:
    """The fewer of shares and percents, where the values, all in 0..100, are of both."""
    above = values > 1 + ROUNDING
    shares, percents = values[~above], values[above]
    if not len(shares) or not len(percents):
        return None
    if _changes(values, above):
        fewer = above if 2 * len(percents) <= len(values) else ~above
        return Odd(fewer, "percent" if fewer is above else "share")
    few = len(percents) <= _FEW * len(values) and len(shares) >= _SURE and float(np.median(shares)) >= _HIGH
    return Odd(above) if few else None


def _changes(values: Floats, above: Bools) -> bool:
    """Whether the unit changes inside the values: each step between the two kinds is one of about a hundred."""
    seen = values > 0
    values, above = values[seen], above[seen]
    steps = np.flatnonzero(above[1:] != above[:-1])
    if not len(steps):
        return False
    with np.errstate(over="ignore"):
        factors = np.maximum(values[steps], values[steps + 1]) / np.minimum(values[steps], values[steps + 1])
    if factors.min() < _LESS or not ((factors >= _SAME[0]) & (factors <= _SAME[1])).any():
        return False
    if len(steps) > 1:
        return True
    if not above[0]:
        return bool(steps[0] > 0)  # a lone first value may be from before the training, when all answers are guesses
    after = values[steps[0] + 1 :]
    if len(after) == 1:
        return bool(_EXACT[0] <= factors[0] <= _EXACT[1])
    return bool(np.ptp(after) > 0)  # a network that broke down answers alike: 1.0 % of 100 classes, to the end


@lru_cache(maxsize=256)
def _sort(base: str) -> Literal["share", "signed", "never negative", ""]:
    """What a metric of this base name can be; "" where the name does not say."""
    words = {base, *base.replace("@", "_").split("_")}
    if words & _NOT_PLAIN and not words & _NEVER_NEGATIVE:
        return ""
    if words & TURNS:
        return ""
    if words & _SIGNED:
        return "signed"
    if words & _BOUNDED:
        return "share"
    return "never negative" if words & _NEVER_NEGATIVE else ""
