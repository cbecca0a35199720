"""The scores that the aim rules maximise: a validation metric, its noise taken out, with what else the log knows.

Neighbouring validations of one training err together, because they see the same examples: what wiggles between them is
part noise, part real, and the larger the validation set the more of it is real. The train score and the validation loss
say something of the same model from other numbers.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from selectmodel import noise
from selectmodel.kriging import most_likely
from selectmodel.records import Bools, Floats, Question

#: Width of the neighbourhood: validations that lie apart by a factor of 1.07 in t count half.
KERNEL = 10.0
#: Validations before the first one, so that the first few do not each stand alone.
OFFSET = 2.0
#: Number of validation examples taken where it is not known.
UNKNOWN_SIZE = 200
#: With this many validation examples half of the wiggle is taken for real, whatever the curve looks like.
HALF_REAL = 1500.0
#: Standard errors within which candidates are as good as the best: of the kriged score, of the averaged one.
ALIKE_LIKELY, ALIKE_AVERAGED = 0.4, 0.6
#: Standard error taken for a share of unknown noise, and how many late standard deviations it is at most.
UNKNOWN_ERROR, CAP = 0.02, 6.0
#: Accuracy that a factor e in t is worth where no train score is logged.
LN_T = 0.01


@dataclass(frozen=True, slots=True)
class Scored:
    """(n,) ``values`` in the metric's unit, minus infinity where a candidate has none; the highest wins.

    Candidates within ``margin`` of the highest cannot be told from it.
    """

    values: Floats
    margin: float

    @property
    def alike(self) -> tuple[int, ...]:
        return tuple((self.values >= self.values.max() - self.margin).nonzero()[0].tolist())


def likely(question: Question, metric: str, *, train: float, loss: float) -> Scored:
    """The most likely true value of a metric that counts right answers among n examples.

    ``train`` and ``loss`` are what a unit of the train score and of ``ln(val loss / lowest)``, at most 1, let expect of
    it. Where no train score is logged, ``ln t / 100`` stands in for it: it grows as training goes on too.
    """
    seen = _seen(question, metric)
    if seen is None:
        return Scored(np.full(question.n, -np.inf), 0.0)
    logged, t = question.metric(metric)[seen.where], seen.t
    unit = unit_of(logged)
    shares = logged / unit
    trained = _train(question, seen)
    grown: Floats = LN_T / 0.1 * np.log(t + 1) if trained is None else trained
    known: Floats = train * grown - loss * _excess(question, seen, cap=1.0)
    values = most_likely(shares, known, t, 0.25 / examples(question))
    values += (shares - values).sum() / len(t)  # the level is not known; that of the log reads best
    return _on_candidates(question, seen, unit * values, ALIKE_LIKELY * unit * 0.5 / np.sqrt(examples(question)))


def averaged(question: Question, metric: str, *, train: float, loss: float, cap: float | None = None) -> Scored:
    """The neighbourhood mean, drawn back to the curve as far as its wiggle is real.

    Of ``metric + train · SE · train score - loss · SE · ln(val loss / lowest)``, where SE is the metric's standard
    error; ``cap`` bounds the logarithm. Without a train score ``ln t / 10`` stands in for it. A loss that is not
    positive everywhere has no logarithm and is left out.
    """
    seen = _seen(question, metric)
    if seen is None:
        return Scored(np.full(question.n, -np.inf), 0.0)
    logged = question.metric(metric)[seen.where]
    unit = _scale(logged) if question.score_kind == "other" else unit_of(logged)
    shares = logged / unit
    error = _error(question, shares)
    trained = _train(question, seen)
    beside = np.log(np.arange(1, len(shares) + 1)) / 10 if trained is None else trained
    raw = shares + error * (train * beside - loss * _excess(question, seen, cap))
    with np.errstate(over="ignore", invalid="ignore"):
        mean = neighbourhood_mean(raw)
        size = examples(question) if question.score_kind == "counts" else 0
        kept = unit * (mean + real_share(raw - mean, error, size) * (raw - mean))
    if not np.isfinite(kept).all():  # numbers so large that sums of them overflow
        return _on_candidates(question, seen, logged, 0.0)
    return _on_candidates(question, seen, kept, ALIKE_AVERAGED * unit * error)


def neighbourhood_mean(values: Floats) -> Floats:
    """(n,) mean over neighbouring validations, weight ``((min(s, t) + 2) / (max(s, t) + 2)) ** 10``; t = 1 … n. O(n).

    The window grows with t: late in training a network changes little from one epoch to the next. ``values`` are
    finite. The weight is a power of s over the same power of t, so two running sums do for the sum over all s.
    """
    t = np.arange(1, len(values) + 1, dtype=np.float64) + OFFSET
    power = (t / t[-1]) ** KERNEL

    def total(x: Floats) -> Floats:
        before: Floats = np.cumsum(power * x) / power
        after: Floats = np.cumsum((x / power)[::-1])[::-1] * power - x
        return before + after

    mean: Floats = total(values) / total(np.ones_like(values))
    return mean


def real_share(wiggle: Floats, error: float, size: float) -> float:
    """How much of the wiggle around the neighbourhood mean is believed, 0 to 1.

    ``1 - noise / seen``: what the standard error explains (a quarter of its square, the rest is shared by neighbours)
    over what is seen in the last three quarters of the log; at least ``size / (size + 1500)``.
    """
    late = wiggle[len(wiggle) // 4 :]
    seen = float(np.mean(late**2)) if len(late) else 0.0
    return max(0.0, 1.0 - 0.25 * error**2 / seen if seen > 0 else 0.0, size / (size + HALF_REAL))


def is_share(values: Floats) -> bool:
    """Whether the finite values may be shares of right answers, in 0..1 (-1..1 for MCC) or percent."""
    finite = np.isfinite(values)
    return unit_of(values if np.count_nonzero(finite) == len(values) else values[finite]) in (1.0, 100.0)


def examples(question: Question) -> int:
    """The number of validation examples, the likely one, or the one taken where nothing tells."""
    return question.val_size or question.likely_size or UNKNOWN_SIZE


def unit_of(values: Floats) -> float:
    """1 for numbers in -1..1, 100 for a share in percent, else the scale on which most of the values lie."""
    low, high = values.min(), values.max()
    if low >= -1 and high <= 1:
        return 1.0
    return 100.0 if low >= 0 and high <= 100 else _scale(values)


def _scale(values: Floats) -> float:
    """How far apart the values lie, some outliers left out; 1 where they are all the same."""
    with np.errstate(over="ignore", invalid="ignore"):
        low, high = np.quantile(values, [0.1, 0.9])
        scale = float(high - low or np.ptp(values) or 1.0)
    return scale if np.isfinite(scale) else float(np.abs(values).max())


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
    return min(assumed, CAP * float(np.std(shares[len(shares) // 2 :])))


@dataclass(frozen=True, slots=True)
class _Seen:
    """Where a metric is seen: an index of the candidates, and (m,) how many candidates there were up to each."""

    where: Bools | slice
    t: Floats


def _seen(question: Question, metric: str) -> _Seen | None:
    """None where the metric is seen at no candidate that may be chosen."""
    seen = question.seen(metric)
    if np.count_nonzero(seen) == len(seen):  # as it mostly is; a slice copies nothing
        return _Seen(slice(None), np.arange(1.0, len(seen) + 1)) if np.count_nonzero(question.allowed) else None
    if not np.count_nonzero(question.allowed & seen):
        return None
    return _Seen(seen, np.flatnonzero(seen).astype(np.float64) + 1)


def _on_candidates(question: Question, seen: _Seen, values: Floats, margin: float) -> Scored:
    score = np.full(question.n, -np.inf)
    score[seen.where] = values
    return Scored(np.where(question.allowed, score, -np.inf), float(margin))


def _train(question: Question, seen: _Seen) -> Floats | None:
    """The train score at the candidates ``seen``, in 0..1; None where no such share is logged."""
    if question.train_score is None:
        return None
    train = question.metric(question.train_score)[seen.where]
    known = np.flatnonzero(np.isfinite(train))
    if not len(known):
        return None
    filled = train if len(known) == len(train) else np.interp(np.arange(len(train)), known, train[known])
    unit = unit_of(filled)
    return filled / unit if unit in (1.0, 100.0) else None


def _excess(question: Question, seen: _Seen, cap: float | None) -> Floats:
    """``ln(val loss / lowest)`` at the candidates ``seen``, at most ``cap``; zeros where there is no positive loss."""
    if question.loss is None:
        return np.zeros(len(seen.t))
    loss = question.metric(question.loss)[seen.where]
    finite = np.isfinite(loss)
    known = loss if np.count_nonzero(finite) == len(loss) else loss[finite]
    lowest = known.min(initial=np.inf)
    if not 0 < lowest < np.inf:
        return np.zeros(len(seen.t))
    filled = loss if known is loss else np.where(finite, loss, known.max())
    logs: Floats = np.log(filled) - np.log(lowest)
    return logs if cap is None else np.minimum(logs, cap)
