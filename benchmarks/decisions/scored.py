"""The regrets of all variants on all runs, and the questions that tables ask of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from corpus import Case
from intervals import Bootstrap, Interval
from scoring import NONE, regrets
from variants import BASE, Variant

#: Difference of accuracy, in points, below which two picks count as a tie.
TIE = 0.05
#: A pick worse than what everybody does by this many points is a bad one.
BAD = 2.0
#: Share of runs on which two metrics must lead a rule to one pick for it not to depend on the metric.
SAME = 0.995


@dataclass(frozen=True, slots=True)
class Scored:
    """(runs, variants) regrets: ``points`` of test accuracy and ``percents`` of test loss."""

    cases: Sequence[Case]
    variants: Sequence[Variant]
    points: np.ndarray
    percents: np.ndarray
    bootstrap: Bootstrap

    @classmethod
    def of(cls, cases: Sequence[Case], variants: Sequence[Variant], chosen: np.ndarray) -> Scored:
        """Variants without an answer anywhere are left out; a rule that never looks at the metric is kept once."""
        kept, columns = [], []
        for column, variant in enumerate(variants):
            answered = chosen[:, column] != NONE
            if not answered.any():
                continue
            twin = _twin(variant, variants)
            if twin is not None and _same(chosen[:, column], chosen[:, twin]):
                theirs = chosen[:, twin] != NONE
                if (answered.sum(), variant.metric == "val_accuracy") < (theirs.sum(), variant.metric == "val_loss"):
                    continue
                kept.append(replace(variant, metric=""))
            else:
                kept.append(variant)
            columns.append(column)
        points, percents = regrets(cases, chosen[:, columns])
        return cls(cases, kept, points, percents, Bootstrap([case.dataset for case in cases]))

    @property
    def base(self) -> int:
        """The column of what everybody does."""
        return self.variants.index(BASE)

    def column(self, rule: str, metric: str = "") -> int:
        """The column of a rule's defaults: on ``metric``, or where it does not depend on one."""
        for place, variant in enumerate(self.variants):
            if variant.rule == rule and variant.metric in (metric, "") and not variant.settings:
                return place
        raise KeyError(rule, metric)

    def within(self, stratum: str) -> np.ndarray:
        """(runs,) which runs belong to a stratum."""
        return np.array([stratum in case.strata for case in self.cases])

    @property
    def strata(self) -> list[str]:
        """The strata of at least 50 runs with accuracy in at least three datasets, by name."""
        judged = [case for case in self.cases if case.test_accuracy is not None]
        names = sorted({name for case in judged for name in case.strata})
        found = []
        for name in names:
            inside = [case for case in judged if name in case.strata]
            if 50 <= len(inside) < len(judged) and len({case.dataset for case in inside}) >= 3:
                found.append(name)
        return found

    def answers(self, column: int) -> float:
        """Share of the runs that have the metric (those with an accuracy for val_accuracy) with an answer."""
        there = np.isfinite(self.percents[:, column])
        judged = np.array([case.test_accuracy is not None for case in self.cases])
        return float(there[judged].mean())

    def mean(self, what: np.ndarray, column: int, where: np.ndarray | None = None) -> Interval:
        """Mean regret of a variant, over the runs ``where``."""
        values = what[:, column]
        return self.bootstrap.mean(values if where is None else np.where(where, values, np.nan))

    def gain(self, what: np.ndarray, column: int, over: int, where: np.ndarray | None = None) -> Interval:
        """By how much less a variant loses than another, on the runs that both answer."""
        values = what[:, over] - what[:, column]
        return self.bootstrap.mean(values if where is None else np.where(where, values, np.nan))

    def outcomes(self, column: int, over: int) -> tuple[float, float, float]:
        """Shares of runs with accuracy won, tied and lost against another variant."""
        values = self.points[:, over] - self.points[:, column]
        values = values[np.isfinite(values)]
        won, lost = float((values > TIE).mean()), float((values < -TIE).mean())
        return won, 1 - won - lost, lost

    def bad(self, column: int) -> float:
        """Share of runs in which a variant gives away more than :data:`BAD` points that everybody else keeps."""
        values = self.points[:, self.base] - self.points[:, column]
        return float((values[np.isfinite(values)] < -BAD).mean())


def _twin(variant: Variant, variants: Sequence[Variant]) -> int | None:
    for place, other in enumerate(variants):
        same = (other.rule, other.settings) == (variant.rule, variant.settings)
        if same and other.metric != variant.metric:
            return place
    return None


def _same(one: np.ndarray, other: np.ndarray) -> bool:
    both = (one != NONE) & (other != NONE)
    return bool(both.any() and (one == other)[both].mean() >= SAME)
