"""What ``pick`` answers: the recommendation, with the advice for the next run that is worth a line."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice

from selectmodel import registry
from selectmodel.advice.hindsight import subjects
from selectmodel.errors import PluginError
from selectmodel.policy.policy import Policy
from selectmodel.records import Advice, Note, Run
from selectmodel.selection import dataset, recommend
from selectmodel.selection.checkpoints import with_checkpoints
from selectmodel.selection.report import Report

#: Pieces of advice that an answer ends with.
_AT_MOST = 2


def answer(run: Run, policy: Policy, between: tuple[float, float] | None = None) -> Report:
    """The epoch to ship; of two epochs ``between`` which one, then without advice.

    Raises UsageError if the question cannot be asked, LogError if the log holds nothing to judge.
    """
    policy = dataset.asked_of(run, policy)
    report = recommend.recommend(with_checkpoints(run, policy), policy, between)
    if between is not None:  # which of two epochs was asked, not how to train
        return report
    advice, faults = _next_run(report, policy)
    return replace(report, advice=advice, notes=(*report.notes, *faults))


def _next_run(report: Report, policy: Policy) -> tuple[tuple[tuple[str, Advice], ...], tuple[Note, ...]]:
    """The first piece of advice of each subject that costs little time, the most useful ones; and faulty subjects."""
    pick = report.by_log
    past = subjects.past_of(
        report.run, report.question, pick.rule, pick.index, policy, report.findings, report.as_good_as
    )
    first: list[tuple[str, Advice]] = []
    faults: list[Note] = []
    for subject, found in subjects.each([past], policy, in_pick=True):
        try:
            first += [(subject, one) for one in islice(found, 1)]
        except PluginError as fault:
            faults.append(registry.noted(fault))
    useful = sorted((pair for pair in first if pair[1].worth > 0), key=lambda pair: -pair[1].worth)
    return tuple(useful[:_AT_MOST]), tuple(dict.fromkeys(faults))
