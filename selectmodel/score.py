"""The score that the aim rules maximise: a validation metric, smoothed where its wiggle is noise, with tie-breakers.

Neighbouring validations of one training err together, because they see the same examples: what wiggles between them is
part noise, part real, and the larger the validation set the more of it is real. The train accuracy and the validation
loss say something of the same model from other numbers; they count like a few more examples, so that the smaller the
validation set the more they weigh.
"""

from __future__ import annotations

import numpy as np

from selectmodel.names_table import word_set
from selectmodel.records import Bools, Floats, Question, ScoreKind

#: Width of the neighbourhood: validations that lie apart by a factor of 1.07 in t count half.
KERNEL = 10.0
#: Validations before the first one, so that the first few do not each stand alone.
OFFSET = 2.0
#: Standard errors within which candidates are as good as the best.
ALIKE = 0.6
#: Number of validation examples taken where it is not known.
UNKNOWN_SIZE = 200
#: With this many validation examples half of the wiggle is taken for real, whatever the curve looks like.
HALF_REAL = 1500.0

_COUNTS = word_set(
    "accuracy acc aacc macc top1 top5 f1 f2 fbeta fscore fmeasure mcc matthews kappa qwk precision prec recall "
    "sensitivity specificity sens spec em exact_match squad"
)
_SMOOTH = word_set("iou miou fwiou jaccard dice mdice dsc r2 psnr ssim msssim pearson spearman explained_variance")


def score_kind(base: str) -> ScoreKind:
    """How a higher-is-better metric of this base name wiggles.

    "counts": right answers among n examples (accuracy, F1, MCC), whose noise follows from n; "smooth": hardly any
    sampling noise (IoU over pixels, R²), so that averaging and tie-breakers only cost; else "other".
    """
    words = {base, *base.replace("@", "_").split("_")}
    if words & _SMOOTH:
        return "smooth"
    return "counts" if words & _COUNTS else "other"


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


def real_share(wiggle: Floats, size: float) -> float:
    """How much of the wiggle around the neighbourhood mean is believed, 0 to 1.

    ``1 - noise / seen``: what ``size`` examples explain (a quarter of the squared standard error, the rest is shared by
    neighbours) over what is seen in the last three quarters of the log; at least ``size / (size + 1500)``.
    """
    late = wiggle[len(wiggle) // 4 :]
    seen = float(np.mean(late**2)) if len(late) else 0.0
    noise = 0.25 * 0.25 / size
    return max(0.0, 1.0 - noise / seen if seen > 0 else 0.0, size / (size + HALF_REAL))


def score_of(question: Question, metric: str, *, train: float, loss: float, cap: float | None = None) -> Floats:
    """(n,) the score of each candidate in the metric's unit, minus infinity where it has none.

    The neighbourhood mean, drawn back to the curve as far as its wiggle is real, of
    ``metric + train · train score - loss · ln(val loss / lowest)``; ``cap`` bounds the logarithm. Without a train score
    ``ln t / 10`` stands in for it: it grows as training goes on too. A loss that is not positive everywhere has no
    logarithm and is left out.
    """
    logged = question.metric(metric)
    seen = np.isfinite(logged)
    score = np.full(question.n, -np.inf)
    if not (question.allowed & seen).any():
        return score
    unit = _unit(logged[seen])
    raw = logged[seen] / unit + train * _train(question, seen) - loss * _excess(question, seen, cap)
    mean = neighbourhood_mean(raw)
    score[seen] = unit * (mean + real_share(raw - mean, examples(question)) * (raw - mean))
    return np.where(question.allowed, score, -np.inf)


def examples(question: Question) -> int:
    """The number of validation examples, or the one taken where it is not known."""
    return question.val_size or UNKNOWN_SIZE


def _unit(values: Floats) -> float:
    """100 for a share that is logged in percent, else 1."""
    return 100.0 if values.min() >= 0 and 1 < values.max() <= 100 else 1.0


def _train(question: Question, seen: Bools) -> Floats:
    """The train score at the candidates ``seen``, in 0..1; ``ln t`` scaled alike where it is not logged."""
    if question.train_score is not None:
        train = question.metric(question.train_score)[seen]
        known = np.flatnonzero(np.isfinite(train))
        if len(known):
            filled = np.interp(np.arange(len(train)), known, train[known])
            result: Floats = filled / _unit(filled)
            return result
    return np.log(np.arange(1, seen.sum() + 1)) / 10


def _excess(question: Question, seen: Bools, cap: float | None) -> Floats:
    """``ln(val loss / lowest)`` at the candidates ``seen``, at most ``cap``; zeros where there is no positive loss."""
    nothing = np.zeros(int(seen.sum()))
    if question.loss is None:
        return nothing
    loss = question.metric(question.loss)[seen]
    finite = np.isfinite(loss)
    if not finite.any() or loss[finite].min() <= 0:
        return nothing
    worst = loss[finite].max()
    logs: Floats = np.log(np.where(finite, loss, worst)) - np.log(loss[finite].min())
    return logs if cap is None else np.minimum(logs, cap)


def as_good_as(question: Question, metric: str, score: Floats) -> tuple[int, ...]:
    """The candidates whose score is within :data:`ALIKE` standard errors, ``0.5 / sqrt(size)``, of the highest."""
    values = question.metric(metric)
    margin = ALIKE * 0.5 / np.sqrt(examples(question)) * _unit(values[np.isfinite(values)])
    return tuple(int(i) for i in np.flatnonzero(score >= score.max() - margin))
