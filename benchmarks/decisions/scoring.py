"""Asks every rule about every run, the way ``selectmodel pick`` does, and notes what it would have shipped."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing import Pool

import numpy as np
from corpus import Case
from variants import METRICS, Variant

from selectmodel import registry
from selectmodel.errors import SelectModelError
from selectmodel.policy.policy import Policy
from selectmodel.selection import recommend
from selectmodel.selection.question import ask
from selectmodel.selection.report import Report

#: Chosen epoch of a rule that has no answer.
NONE = -1
#: A loss ten times the lowest is as bad as it gets: diverged runs must not rule the mean.
CAP = math.log(10)


@dataclass(frozen=True, slots=True)
class Promise:
    """What the report of one run says of its own pick, and what came of it. Shares in 0..1; NaN where nothing is said.

    ``raw`` is the validation accuracy at the pick and ``truth`` the test accuracy; ``holds`` tells whether the epochs
    as good hold one within a standard error of the test set's best, ``share`` how many of all epochs they are;
    ``chance`` is the one given of being within a point of the best, ``near`` whether it is; ``size_found`` is the
    recovered size of the validation set over the true one.
    """

    dataset: str
    raw: float
    value: float
    low: float
    high: float
    truth: float
    test_se: float
    holds: float
    share: float
    chance: float
    near: float
    size_found: float

    @property
    def covers(self) -> float:
        """Whether the interval holds the measured test accuracy."""
        return float(self.low <= self.truth <= self.high) if math.isfinite(self.value) else math.nan

    @property
    def covers_with_test_noise(self) -> float:
        """The same, once each side is as wide as the error of a test set of this size asks for."""
        if not math.isfinite(self.value):
            return math.nan
        noise = 1.645 * self.test_se
        low = self.value - math.hypot(self.value - self.low, noise)
        return float(low <= self.truth <= self.value + math.hypot(self.high - self.value, noise))


def picks(cases: Sequence[Case], variants: Sequence[Variant], jobs: int) -> np.ndarray:
    """(runs, variants) index of the epoch that each variant ships, :data:`NONE` where it has no answer."""
    # Runs of one length and size one after the other: what a rule prepares for them is prepared once.
    order = sorted(range(len(cases)), key=lambda place: (len(cases[place].epochs), cases[place].val_size))
    with Pool(jobs) as pool:
        rows = pool.starmap(_picks, [(cases[place], variants) for place in order], chunksize=64)
    chosen = np.empty((len(cases), len(variants)), dtype=np.int64)
    chosen[order] = rows
    return chosen


def _picks(case: Case, variants: Sequence[Variant]) -> list[int]:
    questions, log = {}, case.log
    for metric in METRICS:
        try:
            questions[metric] = ask(log, Policy(metric=metric)).question
        except SelectModelError:
            continue  # a regression has no accuracy
    found = []
    for variant in variants:
        question = questions.get(variant.metric)
        pick = question and registry.load("rules", variant.rule).pick(question, **variant.settings)
        found.append(NONE if pick is None or pick.index is None else pick.index)
    return found


def regrets(cases: Sequence[Case], chosen: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What is lost to each run's best epoch: (runs, variants) points of accuracy, and percent of loss.

    NaN where there is no answer, and points of a regression. Where the model shipped has diverged it has the accuracy
    of the worst epoch and the capped loss.
    """
    points, percents = np.full(chosen.shape, np.nan), np.full(chosen.shape, np.nan)
    for row, case in enumerate(cases):
        there = chosen[row] != NONE
        at = chosen[row, there]
        lost = np.log(case.test_loss / np.nanmin(case.test_loss))
        percents[row, there] = 100 * np.minimum(np.where(np.isfinite(lost), lost, CAP), CAP)[at]
        if case.test_accuracy is not None:
            short = np.nanmax(case.test_accuracy) - case.test_accuracy
            points[row, there] = 100 * np.where(np.isfinite(short), short, np.nanmax(short))[at]
    return points, percents


def promises(cases: Sequence[Case], jobs: int) -> list[Promise]:
    """What the default report says of its own pick, for runs whose validation examples are like the test examples."""
    clean = [case for case in cases if case.clean and case.test_accuracy is not None]
    clean.sort(key=lambda case: (len(case.epochs), case.val_size))
    with Pool(jobs) as pool:
        return pool.map(_promise, clean, chunksize=32)


def _promise(case: Case) -> Promise:
    report: Report = recommend.recommend(case.log, Policy(aim="accuracy"))
    truth = case.test_accuracy
    assert truth is not None and report.recommended.index is not None
    at = float(truth[report.recommended.index])
    best = float(np.nanmax(truth))
    se = math.sqrt(max(best * (1 - best), 1 / case.test_size) / case.test_size)
    expected = report.expected
    inside = truth[list(report.as_good_as)]
    return Promise(
        dataset=case.dataset,
        raw=float(case.logged["val_accuracy"][report.recommended.index]),
        value=expected.value if expected else math.nan,
        low=expected.low if expected else math.nan,
        high=expected.high if expected else math.nan,
        truth=at,
        test_se=math.sqrt(max(at * (1 - at), 1 / case.test_size) / case.test_size),
        holds=float(np.nanmax(inside) >= best - se),
        share=len(inside) / len(truth),
        chance=math.nan if report.chance is None else report.chance,
        near=float(at >= best - 0.01),
        size_found=(report.question.val_size or math.nan) / case.val_size,
    )
