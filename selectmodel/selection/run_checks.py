"""Runs the checks on a question that has been answered; the policy says which, and how bad each finding is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from selectmodel import progress, registry
from selectmodel.display import epochs as labels
from selectmodel.errors import PluginError
from selectmodel.policy import tables
from selectmodel.policy.policy import Policy
from selectmodel.records import CheckFinding, Note, Pick, Question
from selectmodel.selection.question import Asked
from selectmodel.selection.report import RulePick, Unjudged


def findings(
    asked: Asked, recommended: RulePick, picks: Mapping[str, RulePick], policy: Policy, faults: list[Note]
) -> tuple[CheckFinding, ...]:
    """What the checks saw, the worst first; those of level "off" are not asked, and faulty ones noted in ``faults``."""
    replayed = {
        rule: pick.index for rule, pick in picks.items() if pick.index is not None and _replays(rule, asked.run.format)
    }
    question = replace(asked.question, notes=(*asked.run.notes, *asked.notes), replayed=replayed)
    if any(file.role == "best" for file in asked.match.unplaced):  # it may hold any epoch, so none is without a file
        question = replace(question, has_file=np.zeros_like(question.has_file))
    pick = Pick(recommended.index, recommended.reason, recommended.evidence, recommended.alike)
    found: list[CheckFinding] = []
    # What cannot be computed from odd values is not found: a check compares, and a NaN compares as False.
    with np.errstate(all="ignore"):
        for name in progress.counted("checks made", registry.names("checks")):
            try:
                found += _of_a_check(name, question, pick, dict(policy.checks.get(name, {})))
            except PluginError as fault:
                faults.append(registry.noted(fault))
    return tuple(sorted(found, key=lambda one: (-tables.LEVELS.index(one.level), one.code)))


def _of_a_check(name: str, question: Question, pick: Pick, given: dict[str, Any]) -> list[CheckFinding]:
    level = given.pop("level", None)
    if level == "off":
        return []
    check = registry.load("checks", name)
    level = level or check.level
    if level == "off":
        return []
    found = []
    for finding in check.find(question, pick, **given):
        epochs = tuple(labels.label(question, index) for index in finding.indices)
        found.append(CheckFinding(name, check.code, level, finding.message, epochs, finding.evidence))
    return found


def unjudged(asked: Asked, policy: Policy) -> tuple[Unjudged, ...]:
    """The checks that may fail a gate and lack what they look at: their silence is no answer."""
    question, found = asked.question, []
    with np.errstate(all="ignore"):
        for name, given in policy.checks.items():
            if given.get("level", tables.default(name)) != "fail":
                continue
            try:
                check = registry.load("checks", name)
                code, why = check.code, check.lacks(question) if check.lacks is not None else ""
            except PluginError as fault:
                code, why = "", str(fault)
            if asked.records:
                why = f"{question.monitor} holds the best value so far, and not its course"
            if why:
                found.append(Unjudged(name, code, why))
    return tuple(sorted(found, key=lambda one: one.code))


def _replays(rule: str, format: str) -> bool:
    """Whether a rule replays the callback of the framework that wrote this log."""
    return format in registry.load("rules", rule).replays
