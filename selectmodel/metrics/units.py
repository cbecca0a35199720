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

from selectmodel.metrics import kinds
from selectmodel.metrics.vocabulary import TURNS, word_set
from selectmodel.records import Bools, Floats, Unit

#: A share of 1 is logged as 1.0000001 where it was summed in single precision.
ROUNDING = 1e-6
#: How many numbers one is in each unit.
SCALE: dict[Unit, float] = {"share": 1.0, "percent": 100.0}
#: Insertions count as errors too, so that there may be more errors than words.
_MAY_EXCEED = word_set("wer cer mer per word char character phoneme token")
_MOST_PERCENT = 100 * (1 + ROUNDING)
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
#: What falls towards 0 and hardly ever reaches it.
_POSITIVE = word_set(
    "loss total_loss avg_loss average_loss mean_loss log_loss logloss nll cross_entropy crossentropy perplexity ppl "
    "categorical_crossentropy sparse_categorical_crossentropy binary_crossentropy mae mse rmse mean_squared_error "
    "mean_absolute_error"
)
#: A log of fewer values does not show what is odd in it; neighbours of less than this part of the median near 0.
_LONG, _NEAR = 6, 0.2
#: So many times the least difference of a log a loss must be, for its neighbour of 0 not to have been rounded.
_DIGITS = 10
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


def whole(base: str, values: Floats) -> float | None:
    """What right answers and errors add up to where a metric of this base name counts errors: 1, in percent 100.

    0 for a distance, which counts no answers. None if the name says neither, or the values (n,) can be no such rate.
    """
    if not kinds.is_low(base):
        return None
    if not kinds.counts_errors(base):
        return 0.0
    finite = values[np.isfinite(values)]
    if not finite.size or finite.min() < -ROUNDING:
        return None
    high = float(finite.max())
    # More words may be wrong than there are: early in a training, a word error rate of 1.3 is no percentage.
    share = high <= 1 + ROUNDING or (bool(set(base.split("_")) & _MAY_EXCEED) and float(np.median(finite)) <= 1)
    if share:
        return SCALE["share"]
    return SCALE["percent"] if high <= _MOST_PERCENT else None


def rate_scale(base: str, values: Floats) -> float | None:
    """1 for shares of right answers or errors (n,), 100 in percent; None where the name or the values tell neither.

    Numbers that all lie in 0..1 may be percentages near 0: only where the name is one of a share they are not.
    """
    added = whole(base, values)
    if added is not None:
        return added or None
    plain = _sort(base) in ("share", "signed") or kinds.score_kind(base) == "share"
    return scale_of(values, signed=_sort(base) == "signed") if plain else None


class Odd(NamedTuple):
    """(n,) ``where`` values do not count: they are what the metric cannot be, or in another ``unit`` than the others.

    ``unit`` is that of the values that do not count, None where these are nothing that the metric can be. ``alone``:
    a loss of 0 or less, which might be, but not amid such others.
    """

    where: Bools
    unit: Unit | None = None
    alone: bool = False


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
        if sort in ("share", "signed"):
            wrong |= finite & (values > _MOST_PERCENT)
    if wrong.any():
        found.append(Odd(wrong))
    if sort != "never negative":
        places = np.flatnonzero(finite & ~wrong)
        part = _of_another_unit(np.abs(values[places]), errors=sort == "errors")
        if part is not None:
            where = np.zeros(len(values), dtype=np.bool_)
            where[places[part.where]] = True
            found.append(Odd(where, part.unit))
    return found


def alone(base: str, values: Floats) -> Odd | None:
    """Values (n,) of 0 or less of a loss that is positive before and after: a cell that was empty, or a damaged one.

    None where there is none; also where the loss nears 0, and for the last value, unless it is 0 or beyond all others.
    """
    if base not in _POSITIVE or values.min(initial=np.inf) > 0:
        return None
    seen = np.flatnonzero(np.isfinite(values))
    logged = values[seen]
    low = logged <= 0
    count = int(np.count_nonzero(low))
    if not count or len(logged) < _LONG or count > max(1, len(logged) // 10) or (low[1:] & low[:-1]).any():
        return None
    high = logged[~low]
    near = _NEAR * float(np.median(high))
    padded = np.concatenate([[np.inf], logged, [np.inf]])
    beside = np.minimum(padded[:-2], padded[2:])
    with np.errstate(over="ignore"):
        digit = np.diff(np.unique(high)).min(initial=np.inf)  # below it a loss is written as 0
    if (beside[low] < near).any() or (logged[low].max() == 0 and (beside[low] < _DIGITS * digit).any()):
        return None
    if low[-1] and logged[-1] < 0 and -logged[-1] / 10 <= high.max():
        return None  # it may go on falling
    where = np.zeros(len(values), dtype=np.bool_)
    where[seen[low]] = True
    return Odd(where, alone=True)


def _of_another_unit(values: Floats, *, errors: bool) -> Odd | None:
    """The fewer of shares and percents, where the values, all in 0..100, are of both.

    ``errors`` in percent do fall below 1, and at once after a first value from before the training.
    """
    above = values > 1 + ROUNDING
    if errors and (len(values) < _LONG or above[0] != above[1]):
        return None
    shares, percents = values[~above], values[above]
    if not len(shares) or not len(percents):
        return None
    if _changes(values, above):
        fewer = above if 2 * len(percents) <= len(values) else ~above
        return Odd(fewer, "percent" if fewer is above else "share")
    few = (
        not errors
        and len(percents) <= _FEW * len(values)
        and len(shares) >= _SURE
        and float(np.median(shares)) >= _HIGH
    )
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
def _sort(base: str) -> Literal["share", "signed", "errors", "never negative", ""]:
    """What a metric of this base name can be; "" where the name does not say."""
    if kinds.counts_errors(base):
        return "errors"
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
