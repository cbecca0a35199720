"""The scores that the aim rules maximise: a validation metric, its noise taken out, with what else the log knows.

Neighbouring validations of one training err together, because they see the same examples: what wiggles between them is
part noise, part real, and the larger the validation set the more of it is real. The train score and the validation loss
say something of the same model from other numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from selectmodel.metrics import units
from selectmodel.records import Bools, Floats, Question
from selectmodel.stats import noise

#: Width of the neighbourhood: validations that lie apart by a factor of 1.07 in t count half.
KERNEL = 10.0
#: Validations before the first one, so that the first few do not each stand alone.
OFFSET = 2.0
#: Number of validation examples taken where it is not known.
UNKNOWN_SIZE = 200
#: With this many validation examples half of the wiggle is taken for real, whatever the curve looks like.
HALF_REAL = 1500.0
#: Standard errors within which candidates cannot be told apart, and the number of validation examples from which on it
#: is less: times the fourth root of this number over theirs.
ALIKE, FULLY_ALIKE = 0.45, 60
#: Times one over the root of the number of validation examples: how far the worst of those that cannot be told from the
#: highest lies below it on test data, nine times in ten.
WORST = 0.4
#: What a train score of 1 and a ``ln val_loss`` of 1, at most so much of it, count for, in standard errors.
TRAIN, LOSS, LOSS_CAP = 4.0, 2.0, 1.0
#: Standard error taken for a share of unknown noise, and how many late standard deviations it is at most.
UNKNOWN_ERROR, CAP = 0.02, 6.0
#: For so many lengths of at most so many validations the weights of the neighbours are kept: the runs of a sweep share
#: them.
_KEPT, _KEPT_UP_TO = 64, 2000


@dataclass(frozen=True, slots=True)
class Scored:
    """(n,) ``values`` in the metric's unit, minus infinity where a candidate has none; the highest wins.

    ``logged`` is what was logged, where that counts answers, else the same: what is less than ``margin`` below the
    winner by the mean of both, or less than half of that by the values alone, cannot be told from it.
    """

    values: Floats
    margin: float
    logged: Floats

    @property
    def alike(self) -> tuple[int, ...]:
        """The candidates that cannot be told from the highest, itself included."""
        highest = self.values.argmax()
        with np.errstate(over="ignore", invalid="ignore"):  # of numbers near 1e308
            below, below_logged = (told[highest] - told for told in (self.values, self.logged))
            near = np.minimum((below + below_logged) / 2, 2 * below) <= self.margin
        near[highest] = True
        return tuple(near.nonzero()[0].tolist())


def likely_true(question: Question, metric: str) -> Scored:
    """The score that counts most right answers on test data, by its default weights."""
    return averaged(question, metric, train=TRAIN, loss=LOSS, cap=LOSS_CAP)


def averaged(question: Question, metric: str, *, train: float, loss: float, cap: float | None = None) -> Scored:
    """The neighbourhood mean, drawn back to the curve as far as its wiggle is real.

    Of ``metric + train · SE · train score - loss · SE · ln(val loss / lowest)``, where SE is the metric's standard
    error; ``cap`` bounds the logarithm. Without a train score ``ln t / 10`` stands in for it. A loss that is not
    positive everywhere has no logarithm and is left out.
    """
    seen = _seen(question, metric)
    logged = question.right(metric)[seen]
    if not len(logged):
        return Scored(np.full(question.n, -np.inf), 0.0, np.full(question.n, -np.inf))
    share = None if question.score_kind == "other" else units.scale_of(logged, signed=True)
    unit = question.errors.get(metric) or share or _scale(logged)
    shares = logged / unit
    error = _measured_error(question, metric, seen, unit) or _error(question, shares)
    raw = shares + error * (train * _trained(question, seen, len(shares)) - loss * _excess(question, seen, cap))
    with np.errstate(over="ignore", invalid="ignore"):
        mean = neighbourhood_mean(raw)
        counts = question.score_kind == "counts"
        size = examples(question) if counts else 0
        kept = unit * (mean + real_share(raw - mean, error, size) * (raw - mean))
    if not np.isfinite(kept).all():  # numbers so large that sums of them overflow
        return _on_candidates(question, seen, logged, logged, 0.0)
    margin = ALIKE * unit * error * min(1.0, (FULLY_ALIKE / max(size, 1)) ** 0.25)
    return _on_candidates(question, seen, kept, logged if counts else kept, margin)


def neighbourhood_mean(values: Floats) -> Floats:
    """(n,) mean over neighbouring validations, weight ``((min(s, t) + 2) / (max(s, t) + 2)) ** 10``; t = 1 … n. O(n).

    The window grows with t: late in training a network changes little from one epoch to the next. ``values`` are
    finite. The weight is a power of s over the same power of t, so two running sums do for the sum over all s.
    """
    n = len(values)
    power, weight = (_weights if n <= _KEPT_UP_TO else _weights.__wrapped__)(n)
    mean: Floats = _sums(power, values) / weight
    return mean


@lru_cache(maxsize=_KEPT)
def _weights(n: int) -> tuple[Floats, Floats]:
    """(n,) powers of t, and the sums of the weights around each t."""
    t = np.arange(1, n + 1, dtype=np.float64) + OFFSET
    power = (t / t[-1]) ** KERNEL
    return power, _sums(power, np.ones(n))


def _sums(power: Floats, values: Floats) -> Floats:
    before: Floats = (power * values).cumsum() / power
    after: Floats = (values / power)[::-1].cumsum()[::-1] * power - values
    return before + after


def real_share(wiggle: Floats, error: float, size: float) -> float:
    """How much of the wiggle (n,) around the neighbourhood mean is believed, 0 to 1.

    ``1 - noise / seen``: what the standard error explains (a quarter of its square, the rest is shared by neighbours)
    over what is seen in the last three quarters of the log; at least ``size / (size + 1500)``.
    """
    late = wiggle[len(wiggle) // 4 :]
    seen = float(np.add.reduce(late * late)) / len(late) if len(late) else 0.0
    return max(0.0, 1.0 - 0.25 * error**2 / seen if seen > 0 else 0.0, size / (size + HALF_REAL))


def is_share(values: Floats) -> bool:
    """Whether the finite values (n,) may be shares of right answers, in 0..1 (-1..1 for MCC) or percent."""
    return units.scale_of(values, signed=True) is not None


def examples(question: Question) -> int:
    """The number of validation examples, the likely one, or the one taken where nothing tells."""
    return question.val_size or question.likely_size or UNKNOWN_SIZE


def _scale(values: Floats) -> float:
    """How far apart the values lie, some outliers left out; 1 where they are all the same."""
    with np.errstate(over="ignore", invalid="ignore"):
        low, high = np.quantile(values, [0.1, 0.9])
        scale = float(high - low or np.ptp(values) or 1.0)
    return scale if np.isfinite(scale) else float(np.abs(values).max())


def _measured_error(question: Question, metric: str, seen: Bools | slice, unit: float) -> float | None:
    """The standard error of a score with a scale of its own where the log tells that of each point (rewards of the
    single episodes of an evaluation); None where it does not.

    Their root mean square over the last three quarters. Each evaluation is of new episodes, so that no part of it is
    shared by neighbours, and it is doubled for :func:`real_share`.
    """
    if question.point_errors is None or question.score_kind != "other" or metric != question.monitor:
        return None
    errors = question.point_errors[seen]
    late = errors[len(errors) // 4 :]
    known = late[np.isfinite(late)]
    mean_square = float(np.mean((known / unit) ** 2)) if len(known) else 0.0
    return 2 * float(np.sqrt(mean_square)) if 0 < mean_square < np.inf else None


def _error(question: Question, shares: Floats) -> float:
    """The standard error of a share: from the number of examples; for what does not count them, at most six times the
    standard deviation of its second half, which notices metrics that hardly wiggle. What has a scale of its own is
    mostly measured anew each time (a reward), so that its curve shows its noise: it is at least twice that.
    """
    if question.score_kind == "counts":
        return float(0.5 / np.sqrt(examples(question)))
    known = question.val_size if question.score_kind == "share" else None
    assumed = 0.5 / float(np.sqrt(known)) if known else UNKNOWN_ERROR
    if question.score_kind == "other" and len(shares) > 2:
        assumed = max(assumed, 2 * noise.curve_noise(shares))
    with np.errstate(over="ignore", invalid="ignore"):  # of numbers near 1e308
        scatter = float(np.std(shares[len(shares) // 2 :]))
    return min(assumed, CAP * scatter)


def _seen(question: Question, metric: str) -> Bools | slice:
    """Where the metric is seen: an index of the candidates."""
    seen = question.seen(metric)
    return slice(None) if np.count_nonzero(seen) == len(seen) else seen  # as it mostly is; a slice copies nothing


def _on_candidates(question: Question, seen: Bools | slice, values: Floats, logged: Floats, margin: float) -> Scored:
    spread = []
    for told in (values, logged):
        score = told
        if not isinstance(seen, slice):
            score = np.full(question.n, -np.inf)
            score[seen] = told
        spread.append(np.where(question.allowed, score, -np.inf))
    return Scored(spread[0], float(margin), spread[1])


def _trained(question: Question, seen: Bools | slice, m: int) -> Floats:
    """(m,) the train score at the candidates ``seen``, in 0..1; ``ln t / 10`` where no such share is logged."""
    if question.train_score is not None:
        train = _filled(question.right(question.train_score)[seen])
        unit = question.errors.get(question.train_score) or units.scale_of(train, signed=True)
        if unit is not None:
            return train / unit
    return np.log(np.arange(1, m + 1)) / 10


def _filled(values: Floats) -> Floats:
    """The values with straight lines over what is not finite; NaN where nothing is."""
    finite = np.isfinite(values)
    if finite.all():
        return values
    places = np.flatnonzero(finite)
    return np.interp(np.arange(len(values)), places, values[places]) if len(places) else np.full(len(values), np.nan)


def _excess(question: Question, seen: Bools | slice, cap: float | None) -> Floats | float:
    """(m,) ``ln(val loss / lowest)`` at the candidates ``seen``, at most ``cap``; 0 where no positive loss is.

    A loss that is not finite counts as the highest one.
    """
    if question.loss is None:
        return 0.0
    loss = question.metric(question.loss)[seen]
    finite = np.isfinite(loss)
    if not finite.all():
        loss = np.where(finite, loss, loss[finite].max(initial=-np.inf))
    lowest = loss.min()
    if not lowest > 0:
        return 0.0
    logs: Floats = np.log(loss) - np.log(lowest)
    return logs if cap is None else np.minimum(logs, cap)
