"""Looks back on finished runs and gathers the advice of every subject for the next one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import cache
from itertools import islice
from typing import Any

import numpy as np

from selectmodel import progress, registry, settings
from selectmodel.advice.hindsight.finished_run import Past, until
from selectmodel.commands.advise.guidance import Guidance
from selectmodel.frameworks import snippets
from selectmodel.policy.policy import Policy
from selectmodel.records import Advice, Question
from selectmodel.selection.report import Report

#: Pieces of advice that ``pick`` ends with.
_AT_MOST = 2


def advise(reports: Sequence[Report], policy: Policy) -> Guidance:
    """Everything there is to advise after these runs, which are of the same job; the most useful subject first.

    Raises UsageError for a setting that a subject does not have.
    """
    pasts = [_past(report, policy) for report in reports]
    by_subject = {subject: tuple(found) for subject, found in _each(pasts, policy, registry.names("advice"))}
    order = sorted(by_subject, key=lambda subject: -max((one.worth for one in by_subject[subject]), default=0.0))
    return Guidance(tuple(reports), tuple((subject, one) for subject in order for one in by_subject[subject]))


def with_advice(report: Report, policy: Policy) -> Report:
    """The report with the advice that is worth a line: of each subject the first piece, which costs little time."""
    if report.between is not None:  # which of two epochs was asked, not how to train
        return report
    pasts = [_past(report, policy)]
    subjects = [name for name in registry.names("advice") if not hasattr(registry.load("advice", name), "NOT_IN_PICK")]
    first = [(subject, one) for subject, found in _each(pasts, policy, subjects) for one in islice(found, 1)]
    useful = sorted((pair for pair in first if pair[1].worth > 0), key=lambda pair: -pair[1].worth)
    return replace(report, advice=tuple(useful[:_AT_MOST]))


def _each(pasts: Sequence[Past], policy: Policy, subjects: Sequence[str]) -> Iterator[tuple[str, Iterator[Advice]]]:
    for subject in progress.counted("subjects of advice", subjects):
        function = registry.load("advice", subject).advise
        yield subject, _quietly(function, pasts, dict(policy.advice.get(subject, {})))


def _quietly(
    function: Callable[..., Iterator[Advice]], pasts: Sequence[Past], given: dict[str, Any]
) -> Iterator[Advice]:
    # Odd values compare as False and sum to NaN: there is nothing to advise then, and nothing to warn of.
    with np.errstate(all="ignore"):
        yield from function(pasts, **given)


def _past(report: Report, policy: Policy) -> Past:
    assert report.recommended.index is not None  # core.recommend refuses a report without a pick
    rule = report.recommended.rule
    function, given = registry.load("rules", rule).pick, policy.settings_of(rule)
    known = settings.options(function) if given else {}
    accepted = {name: known[name].accept(value) for name, value in given.items()}

    @cache
    def picked(count: int) -> int | None:
        index: int | None = function(until(report.question, count), **accepted).index
        return index

    def pick(question: Question) -> int | None:
        # Many settings stop at the same epoch, and some rules take their time.
        return picked(question.n)

    return Past(
        name=report.run.name,
        question=report.question,
        index=report.recommended.index,
        pick=pick,
        framework=snippets.framework_of(report.run.format, tuple(report.run.series)),
        findings=report.findings,
        alike=report.as_good_as,
    )
