"""Runs the checks on a question that has been answered; the policy says which, and how bad each finding is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from selectmodel import progress, registry
from selectmodel.display import epochs as labels
from selectmodel.policy import tables
from selectmodel.policy.policy import Policy
from selectmodel.records import CheckFinding, Pick
from selectmodel.selection.question import Asked
from selectmodel.selection.report import RulePick


def findings(
    asked: Asked, recommended: RulePick, picks: Mapping[str, RulePick], policy: Policy
) -> tuple[CheckFinding, ...]:
    """What the checks saw, the worst first; those of level "off" are not asked."""
    replayed = {
        rule: pick.index for rule, pick in picks.items() if pick.index is not None and _replays(rule, asked.run.format)
    }
    notes = (*asked.run.notes, *asked.notes)
    question = replace(asked.question, notes=notes, replayed=replayed)
    pick = Pick(recommended.index, recommended.reason, recommended.evidence, recommended.alike)
    found = []
    # What cannot be computed from odd values is not found: a check compares, and a NaN compares as False.
    with np.errstate(all="ignore"):
        for name in progress.counted("checks made", registry.names("checks")):
            check, given = registry.load("checks", name), dict(policy.checks.get(name, {}))
            level = given.pop("level", check.LEVEL)
            if level == "off":
                continue
            for finding in check.find(question, pick, **given):
                epochs = tuple(labels.label(question, index) for index in finding.indices)
                found.append(CheckFinding(name, check.CODE, level, finding.message, epochs, finding.evidence))
    return tuple(sorted(found, key=lambda one: (-tables.LEVELS.index(one.level), one.code)))


def _replays(rule: str, format: str) -> bool:
    """Whether a rule replays the callback of the framework that wrote this log."""
    return format in getattr(registry.load("rules", rule), "REPLAYS", ())
