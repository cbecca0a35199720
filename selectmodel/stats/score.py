"""The scores that the aim rules maximise: a validation metric, its noise taken out, with what else the log knows.

Neighbouring validations of one training err together, because they see the same examples: what wiggles between them is
part noise, part real, and the larger the validation set the more of it is real. The train score and the validation loss
say something of the same model from other numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from selectmodel.records import Bools, Floats, Question
from selectmodel.stats import noise
from selectmodel.stats.kriging import most_likely

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
#: Validations of so many runs are worked on together as fit a processor's own memory.
_TOGETHER = 10_000


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


def likely(questions: Sequence[Question], *, train: float, loss: float) -> list[Scored]:
    """The most likely true value of :attr:`Question.score`, a share of right answers among n examples, of each run.

    It is seen somewhere in each. ``train`` and ``loss`` are what a unit of the train score and of
    ``ln(val loss / lowest)``, at most 1, let expect of it. Where no train score is logged, ``ln t / 100`` stands in for
    it: it grows as training goes on too. Runs of one shape are worked out together, each as it would be alone.
    """
    alike: dict[object, list[int]] = {}
    for place, question in enumerate(questions):
        alike.setdefault(_shape(question), []).append(place)
    found: dict[int, Scored] = {}
    for places in alike.values():
        some = max(1, _TOGETHER // questions[places[0]].n)
        for at in range(0, len(places), some):
            part = places[at : at + some]
            found |= zip(part, _together([questions[place] for place in part], train, loss), strict=True)
    return [found[place] for place in range(len(questions))]


def _shape(question: Question) -> object:
    """Equal where runs can be worked out together."""
    seen = question.seen(str(question.score))
    where = None if np.count_nonzero(seen) == len(seen) else seen.tobytes()
    return question.n, where, examples(question), question.train_score is None, question.loss is None


def _together(group: Sequence[Question], train: float, loss: float) -> list[Scored]:
    """The same of runs of one shape; (r, m) for r runs that are seen at m candidates."""
    first, size = group[0], examples(group[0])
    seen = _seen(first, str(first.score))
    logged = np.array([question.metric(str(question.score)) for question in group])[:, seen.where]
    unit = _units(logged)
    shares, trained = logged / unit, _train(group, seen)
    grown: Floats = np.where(np.isnan(trained[:, :1]), LN_T / 0.1 * np.log(seen.t + 1), trained)
    known: Floats = train * grown - loss * _excess(group, seen, cap=1.0)
    values = most_likely(shares, known, seen.t, 0.25 / size)
    values += (shares - values).sum(axis=1, keepdims=True) / len(seen.t)  # the level is not known; that of the log does
    score = np.full((len(group), first.n), -np.inf)
    score[:, seen.where] = unit * values
    score = np.where(np.array([question.allowed for question in group]), score, -np.inf)
    margins = ALIKE_LIKELY * unit[:, 0] * 0.5 / np.sqrt(size)
    return [Scored(row, margin) for row, margin in zip(score, margins.tolist(), strict=True)]


def averaged(question: Question, metric: str, *, train: float, loss: float, cap: float | None = None) -> Scored:
    """The neighbourhood mean, drawn back to the curve as far as its wiggle is real.

    Of ``metric + train · SE · train score - loss · SE · ln(val loss / lowest)``, where SE is the metric's standard
    error; ``cap`` bounds the logarithm. Without a train score ``ln t / 10`` stands in for it. A loss that is not
    positive everywhere has no logarithm and is left out.
    """
    if not np.count_nonzero(question.allowed & question.seen(metric)):
        return Scored(np.full(question.n, -np.inf), 0.0)
    seen = _seen(question, metric)
    logged = question.metric(metric)[seen.where]
    unit = _scale(logged) if question.score_kind == "other" else unit_of(logged)
    shares = logged / unit
    error = _error(question, shares)
    trained = _train([question], seen)[0]
    beside = np.log(np.arange(1, len(shares) + 1)) / 10 if np.isnan(trained[0]) else trained
    raw = shares + error * (train * beside - loss * _excess([question], seen, cap)[0])
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


def _seen(question: Question, metric: str) -> _Seen:
    seen = question.seen(metric)
    if np.count_nonzero(seen) == len(seen):  # as it mostly is; a slice copies nothing
        return _Seen(slice(None), np.arange(1.0, len(seen) + 1))
    return _Seen(seen, np.flatnonzero(seen).astype(np.float64) + 1)


def _on_candidates(question: Question, seen: _Seen, values: Floats, margin: float) -> Scored:
    score = np.full(question.n, -np.inf)
    score[seen.where] = values
    return Scored(np.where(question.allowed, score, -np.inf), float(margin))


def _units(values: Floats) -> Floats:
    """(r, 1) what :func:`unit_of` says of each row where it is a share, NaN where it is none."""
    low, high = values.min(axis=1, keepdims=True), values.max(axis=1, keepdims=True)
    percent = np.where((low >= 0) & (high <= 100), 100.0, np.nan)
    units: Floats = np.where((low >= -1) & (high <= 1), 1.0, percent)
    return units


def _train(group: Sequence[Question], seen: _Seen) -> Floats:
    """(r, m) the train score at the candidates ``seen``, in 0..1; NaN where no such share is logged."""
    if group[0].train_score is None:
        return np.full((len(group), len(seen.t)), np.nan)
    train = np.array([question.metric(str(question.train_score)) for question in group])[:, seen.where]
    known = np.isfinite(train)
    for row in np.flatnonzero(~known.all(axis=1)).tolist():
        places = np.flatnonzero(known[row])
        train[row] = np.interp(np.arange(len(seen.t)), places, train[row, places]) if len(places) else np.nan
    train /= _units(train)
    return train


def _excess(group: Sequence[Question], seen: _Seen, cap: float | None) -> Floats:
    """(r, m) ``ln(val loss / lowest)`` at the candidates ``seen``, at most ``cap``; 0 where no positive loss is."""
    if group[0].loss is None:
        return np.zeros((len(group), len(seen.t)))
    loss = np.array([question.metric(str(question.loss)) for question in group])[:, seen.where]
    finite = np.isfinite(loss)
    lowest = np.where(finite, loss, np.inf).min(axis=1, keepdims=True)
    worst = np.where(finite, loss, -np.inf).max(axis=1, keepdims=True)
    positive = (lowest > 0) & (lowest < np.inf)
    filled = np.where(positive, np.where(finite, loss, worst), 1.0)
    logs: Floats = np.log(filled) - np.log(np.where(positive, lowest, 1.0))
    return logs if cap is None else np.minimum(logs, cap)
