"""Predictions of two models on the same examples: the exact, paired answer to which one is better.

Errors that both models make on the same examples cancel, so far smaller differences can be told than from two curves.
Sources: Q. McNemar, Psychometrika 12 (1947), exact form; paired bootstrap, B. Efron, R. Tibshirani, An Introduction to
the Bootstrap (1993), ch. 8.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from selectmodel.commands.compare.seeds import holm
from selectmodel.commands.compare.uncertainty import ALPHA, LEVEL, Verdict, better
from selectmodel.records import Floats, Goal, Ints

if TYPE_CHECKING:
    from selectmodel.commands.compare.prediction_files import Matched

DRAWS = 2000
SEED = 0
#: Ids shown of the examples that were won and lost.
SHOWN = 5
#: A probability of 0 for the true class would make one example's log loss infinite.
_LEAST = 1e-15
#: Example draws held at once, 64 MB of indices.
_AT_ONCE = 8_000_000


@dataclass(frozen=True, slots=True)
class PairedMetric:
    """A metric of both models on the same examples; ``p`` is two-sided, corrected together but for the accuracy's."""

    metric: str
    goal: Goal
    before: float
    after: float
    change: float
    low: float
    high: float
    p: float
    verdict: Verdict
    test: str
    level: float = LEVEL


@dataclass(frozen=True, slots=True)
class Paired:
    """What the predictions say: each metric, and which examples changed sides.

    ``won`` examples only the second model gets right, ``lost`` only the first; the ids are the first few of each.
    """

    before: str
    after: str
    examples: int
    classes: int
    won: int
    lost: int
    won_ids: tuple[str, ...]
    lost_ids: tuple[str, ...]
    metrics: tuple[PairedMetric, ...]

    @property
    def verdict(self) -> Verdict:
        """Of the accuracy."""
        return self.metrics[0].verdict


def judge(matched: Matched, before: str, after: str) -> Paired:
    """Accuracy by McNemar's exact test, macro F1 and log loss (where probabilities are given) by a paired bootstrap."""
    from scipy import stats

    one, other = matched.first == matched.labels, matched.second == matched.labels
    won, lost = np.flatnonzero(other & ~one), np.flatnonzero(one & ~other)
    p = float(stats.binomtest(len(won), len(won) + len(lost)).pvalue) if len(won) + len(lost) else 1.0
    found = [
        ("accuracy", "max", float(one.mean()), float(other.mean()), *_accuracy_draws(len(won), len(lost), len(one)), p)
    ]
    f1 = _f1_draws(matched)
    found.append(("macro F1", "max", *f1, _bootstrap_p(f1[2])))
    if matched.first_true is not None and matched.second_true is not None:
        losses = -np.log(np.maximum(matched.first_true, _LEAST)), -np.log(np.maximum(matched.second_true, _LEAST))
        draws = _mean_draws(losses[1] - losses[0])
        found.append(("log loss", "min", float(losses[0].mean()), float(losses[1].mean()), draws, _bootstrap_p(draws)))
    corrected = [p, *holm([entry[5] for entry in found[1:]])]
    metrics = tuple(_metric(entry, corrected[at] or 0.0) for at, entry in enumerate(found))
    return Paired(
        before=before,
        after=after,
        examples=len(matched.ids),
        classes=matched.classes,
        won=len(won),
        lost=len(lost),
        won_ids=tuple(matched.ids[i] for i in won[:SHOWN]),
        lost_ids=tuple(matched.ids[i] for i in lost[:SHOWN]),
        metrics=metrics,
    )


def _metric(entry: Any, p: float) -> PairedMetric:
    name, goal, before, after, draws, _ = entry
    change = after - before
    low, high = (float(bound) for bound in np.quantile(draws, [(1 - LEVEL) / 2, (1 + LEVEL) / 2]))
    verdict: Verdict = "cannot tell"
    if p <= ALPHA and change != 0:
        verdict = "better" if better(goal, change) else "worse"
    test = "McNemar, exact" if name == "accuracy" else f"paired bootstrap, {DRAWS:,} draws"
    return PairedMetric(name, goal, before, after, change, low, high, p, verdict, test)


def _generator() -> np.random.Generator:
    return np.random.default_rng(SEED)


def _accuracy_draws(won: int, lost: int, n: int) -> tuple[Floats]:
    """Resampling examples changes only how many were won and lost: three classes of example, one multinomial draw."""
    drawn = _generator().multinomial(n, [won / n, lost / n, (n - won - lost) / n], size=DRAWS)
    return ((drawn[:, 0] - drawn[:, 1]) / n,)


def _f1_draws(matched: Matched) -> tuple[float, float, Floats]:
    """Macro F1 of both models, and draws of its change: examples alike in label and both predictions are one cell."""
    cells = np.stack([matched.labels, matched.first, matched.second])
    kinds, counts = np.unique(cells, axis=1, return_counts=True)
    n = int(counts.sum())
    before, after = (float(_macro_f1(kinds[[0, which]], counts[None, :], matched.classes)[0]) for which in (1, 2))
    rng, differences = _generator(), []
    step = max(1, _AT_ONCE // max(1, kinds.shape[1]))
    for start in range(0, DRAWS, step):
        drawn = rng.multinomial(n, counts / n, size=min(step, DRAWS - start))
        one, other = (_macro_f1(kinds[[0, which]], drawn, matched.classes) for which in (1, 2))
        differences.append(other - one)
    return before, after, np.concatenate(differences)


def _macro_f1(cells: Ints, counts: Ints, classes: int) -> Floats:
    """(d,) mean over classes of ``2·hits / (labelled + predicted)``; cells (2, k) label and prediction, counts (d, k).

    A class that is neither labelled nor predicted in a draw does not count there.
    """
    total, present = np.zeros(len(counts)), np.zeros(len(counts))
    for c in range(classes):
        labelled, predicted = cells[0] == c, cells[1] == c
        both = counts[:, labelled].sum(axis=1) + counts[:, predicted].sum(axis=1)
        hits = counts[:, labelled & predicted].sum(axis=1)
        total += np.where(both > 0, 2 * hits / np.maximum(both, 1), 0.0)
        present += both > 0
    return total / np.maximum(present, 1)


def _mean_draws(differences: Floats) -> Floats:
    """(DRAWS,) means of resampled differences."""
    rng, n = _generator(), len(differences)
    step = max(1, _AT_ONCE // n)
    parts = [
        differences[rng.integers(n, size=(min(step, DRAWS - start), n))].mean(axis=1) for start in range(0, DRAWS, step)
    ]
    return np.concatenate(parts)


def _bootstrap_p(draws: Floats) -> float:
    """Two-sided: twice the share of draws on the smaller side of 0, never less than the draws can show."""
    smaller = min(int((draws <= 0).sum()), int((draws >= 0).sum()))
    return min(1.0, 2 * (smaller + 1) / (len(draws) + 1))
