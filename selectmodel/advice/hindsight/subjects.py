"""Asks subjects of advice about runs that ended, as their reports tell of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from types import MappingProxyType

import numpy as np

from selectmodel import progress, registry
from selectmodel.advice.hindsight.finished_run import Past, until
from selectmodel.frameworks import snippets
from selectmodel.policy.policy import Policy, accepted_settings
from selectmodel.records import Advice, CheckFinding, Question, Run


def each(pasts: Sequence[Past], policy: Policy, *, in_pick: bool = False) -> Iterator[tuple[str, Iterator[Advice]]]:
    """Each subject with its advice after these runs, the first piece first; worked out as it is taken.

    ``in_pick`` leaves out subjects that take too long for a pick. Raises UsageError for a setting that a subject does
    not have; what is taken raises PluginError where the subject is faulty.
    """
    for subject in progress.counted("subjects of advice", registry.names("advice")):
        yield subject, _advice(subject, pasts, policy, in_pick)


def _advice(subject: str, pasts: Sequence[Past], policy: Policy, in_pick: bool) -> Iterator[Advice]:
    found = registry.load("advice", subject)
    if in_pick and found.not_in_pick:
        return
    # Odd values compare as False and sum to NaN: there is nothing to advise then, and nothing to warn of.
    with np.errstate(all="ignore"):
        yield from found.advise(pasts, **policy.advice.get(subject, {}))


def past_of(
    run: Run,
    question: Question,
    rule: str,
    index: int | None,
    policy: Policy,
    findings: tuple[CheckFinding, ...],
    alike: tuple[int, ...],
    files: Mapping[int, str] = MappingProxyType({}),
) -> Past:
    """The run as advice looks back on it: ``rule`` recommended the candidate ``index``, others are ``alike``."""
    assert index is not None  # there is no report without a recommendation
    function, accepted = registry.load("rules", rule).pick, accepted_settings(policy, rule)

    @cache
    def picked(count: int) -> int | None:
        index: int | None = function(until(question, count), **accepted).index
        return index

    def pick(question: Question) -> int | None:
        # Many settings stop at the same epoch, and some rules take their time.
        return picked(question.n)

    framework = snippets.framework_of(run.format, tuple(run.series))
    return Past(run.name, question, index, pick, framework, findings, alike, files)
