"""What a chosen epoch is worth on data like the validation set, and the chance that it is within a point of the best.

The value at the chosen epoch was looked for, so it is partly luck; the more validations there were, the more. Formulas
and constants were fitted on runs of 26 datasets; what is left of the error, and how often the interval holds on runs
that had no part in it, is in benchmarks/decisions (results.md, public.md, fine_tuning.md, unlike.md). Luck is counted
in standard errors of the accuracy itself: those of an accuracy of 0.5 are five times as large as those of 0.99, so that
a good model would be corrected to below its range.
"""

from __future__ import annotations

import math

import numpy as np

from selectmodel.metrics import kinds, units
from selectmodel.records import Expected, Question
from selectmodel.selection import validation_origin
from selectmodel.stats import score

#: Luck of choices that rules may name, as :func:`expected` takes it. That by a loss hardly looks at the accuracy.
LUCK_OF = {"lowest loss": (0.04, 0.2), "highest score": (0.15, 0.7)}
#: Half the width of the 90 % interval, in standard errors. A normal distribution has 1.645; the rest is the choice and
#: the luck of the split.
_WIDTH, _LEVEL = 1.85, 0.9
#: What a rule's luck is multiplied by: it was fitted in units of ``0.5 / sqrt(val_size)``, which are so much wider at
#: the accuracies of the runs that it was fitted on.
_OF_HALF = 1.2


def expected(question: Question, metric: str, base: str, index: int, luck: tuple[float, float]) -> Expected | None:
    """What ``metric`` is worth at candidate ``index``; None unless it is a share of ``val_size`` answers.

    Where the validation set is said to differ from the data in use, the range is as wide as that asks for, or None.

    ``luck`` is ``(k, most)``: of E validations the chosen one is ``min(most, k ln E)`` times 1.2 standard errors of the
    accuracy too good. ``base`` is the metric's name without its split.
    """
    values = question.right(metric)
    size, value = question.val_size, float(values[index])
    if not size or not kinds.proportion(base) or not math.isfinite(value):
        return None
    unit = question.errors.get(metric) or units.scale_of(values)
    if unit is None:
        return None
    k, most = luck
    share = min(max(value / unit, 0.0), 1.0)  # 1 as single precision writes it may be a little more
    rivals = int(np.count_nonzero(question.allowed & np.isfinite(values)))
    p = (share * size + 2) / (size + 4)
    error = math.sqrt(p * (1 - p) / (size + 4))
    estimate = max(0.0, share - min(most, k * math.log(max(rivals, 1))) * _OF_HALF * error)
    half = _WIDTH * error
    low, high = max(0.0, estimate - half), min(1.0, estimate + half)
    if question.validation is not None:
        wider = validation_origin.on_new_data(question.validation, estimate, low, high)
        if wider is None:
            return None
        low, high = wider
    found = unit * estimate, unit * low, unit * high
    if metric in question.errors:  # as it is logged: few errors are many right answers
        found = unit - found[0], unit - found[2], unit - found[1]
    return Expected(metric, *found, _LEVEL)


#: What each of :func:`evidence` adds to the logarithm of the odds of :func:`chance`.
ODDS = (-4.7, -1.33, -0.4, 2.37, -0.32, -0.14)


def chance(question: Question, metric: str, base: str, index: int) -> float | None:
    """The probability that no epoch's true accuracy beats that of ``index`` by more than one point.

    For choices of rules that declare it known; None where the validation size or a positive validation loss is not. A
    logistic regression on the runs of both corpora whose validation and test examples are alike, of every 5th and 10th
    validation of them too. A test set errs as well, which makes the best epoch look better than it is: what was found
    on all of it and on its halves tells what a test set without end would find, which is what is said. What was said
    and found on datasets that it was not fitted on: benchmarks/decisions/sure.md.
    """
    known = evidence(question, metric, base, index)
    return None if known is None else 1 / (1 + math.exp(-sum(a * b for a, b in zip(ODDS, known, strict=True))))


def evidence(question: Question, metric: str, base: str, index: int) -> tuple[float, ...] | None:
    """What the chance is reckoned from; None where it cannot be.

    In this order: 1; the logarithms of the standard error, and (its size) of how far the epoch lies from the lowest
    smoothed loss; its place in the log, 0 to 1; the logarithms of the standard deviation of the second half and of the
    number of validations.
    """
    size, values = question.val_size, question.right(metric)
    if not size or not kinds.proportion(base) or question.loss is None:
        return None
    loss = question.metric(question.loss)
    seen = np.isfinite(values) & np.isfinite(loss)
    unit = question.errors.get(metric) or units.scale_of(values)
    if unit is None or seen.sum() < 2 or not (loss[seen] > 0).all() or not seen[index]:
        return None
    t = np.flatnonzero(seen) + 1
    lowest = t[int(np.argmin(score.neighbourhood_mean(np.log(loss[seen]))))]
    shares = values[seen] / unit
    return (
        1.0,
        math.log(0.5 / math.sqrt(size)),
        abs(math.log((index + 1) / lowest)),
        (index + 1) / int(t[-1]),
        math.log(float(np.std(shares[len(shares) // 2 :])) + 0.002),
        math.log(len(shares)),
    )
