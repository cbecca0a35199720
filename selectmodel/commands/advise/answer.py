"""What ``advise`` answers: finished runs are looked back on, and every subject says what to do in the next one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from selectmodel.advice.hindsight import subjects
from selectmodel.commands.advise.guidance import Guidance
from selectmodel.errors import PluginError, UsageError
from selectmodel.policy.policy import Policy
from selectmodel.records import Advice, Run
from selectmodel.selection import dataset, recommend
from selectmodel.selection.checkpoints import with_checkpoints
from selectmodel.selection.report import Report


def answer(runs: Sequence[Run], policy: Policy) -> Guidance:
    """Everything there is to advise after these runs, which are of the same job; the most useful subject first.

    Raises UsageError where there is no run or for a setting that a subject does not have, and what recommend raises.
    """
    if not runs:
        raise UsageError("there is no run to look back on")
    asked = [(run, dataset.asked_of(run, policy)) for run in runs]
    return after([recommend.recommend(with_checkpoints(run, own), own) for run, own in asked], policy)


def after(reports: Sequence[Report], policy: Policy) -> Guidance:
    """The guidance that these reports of finished runs lead to."""
    pasts = [
        subjects.past_of(
            one.run, one.question, one.by_log.rule, one.by_log.index, policy, one.findings, one.as_good_as, one.files
        )
        for one in reports
    ]
    by_subject = {subject: tuple(_or_fault(found)) for subject, found in subjects.each(pasts, policy)}
    order = sorted(by_subject, key=lambda subject: -max((one.worth for one in by_subject[subject]), default=0.0))
    return Guidance(tuple(reports), tuple((subject, one) for subject in order for one in by_subject[subject]))


def _or_fault(found: Iterator[Advice]) -> Iterator[Advice]:
    """The advice, and at its end what is wrong with a subject of another package that is faulty."""
    try:
        yield from found
    except PluginError as fault:
        yield Advice(f"No more is known on this: {fault}.")
