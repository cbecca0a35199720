"""Which epoch of a training to ship: reads its log, applies rules, explains the choice.

>>> import selectmodel as sm
>>> report = sm.recommend(sm.read("training.log"))  # doctest: +SKIP
>>> report.recommended.epoch, report.recommended.checkpoint  # doctest: +SKIP
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from selectmodel.api import advise, compare, discover, gate, read, recommend
    from selectmodel.commands.advise.guidance import Guidance
    from selectmodel.commands.compare.comparison import Comparison
    from selectmodel.commands.gate.verdict import Verdict
    from selectmodel.commands.rank.answer import rank
    from selectmodel.commands.rank.ranking import Ranking
    from selectmodel.errors import (
        ChoiceError,
        ExitCode,
        LogError,
        OutputError,
        PolicyError,
        SelectModelError,
        UsageError,
    )
    from selectmodel.policy.policy import Policy
    from selectmodel.records import Pick, Question, Run, Series
    from selectmodel.selection.report import Report

from selectmodel.version import __version__

#: Public name → the module that defines it, imported on first use so that ``import selectmodel`` costs nothing.
_HOMES = {
    "advise": "api",
    "read": "api",
    "discover": "api",
    "rank": "commands.rank.answer",
    "recommend": "api",
    "gate": "api",
    "Verdict": "commands.gate.verdict",
    "compare": "api",
    "Ranking": "commands.rank.ranking",
    "Guidance": "commands.advise.guidance",
    "Run": "records",
    "Series": "records",
    "Question": "records",
    "Pick": "records",
    "Report": "selection.report",
    "Comparison": "commands.compare.comparison",
    "Policy": "policy.policy",
    "ExitCode": "errors",
    "SelectModelError": "errors",
    "UsageError": "errors",
    "PolicyError": "errors",
    "ChoiceError": "errors",
    "LogError": "errors",
    "OutputError": "errors",
}

__all__ = [
    "ChoiceError",
    "Comparison",
    "ExitCode",
    "Guidance",
    "LogError",
    "OutputError",
    "Pick",
    "Policy",
    "PolicyError",
    "Question",
    "Ranking",
    "Report",
    "Run",
    "SelectModelError",
    "Series",
    "UsageError",
    "Verdict",
    "__version__",
    "advise",
    "compare",
    "discover",
    "gate",
    "rank",
    "read",
    "recommend",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'selectmodel' has no attribute {name!r}")
    value = getattr(importlib.import_module(f"selectmodel.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
