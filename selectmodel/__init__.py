"""Which epoch of a training to ship: reads its log, applies rules, explains the choice.

>>> import selectmodel as sm
>>> report = sm.recommend(sm.read("training.log"))  # doctest: +SKIP
>>> report.recommended.epoch, report.recommended.checkpoint  # doctest: +SKIP
"""

from __future__ import annotations

from selectmodel.version import __version__ as __version__

TYPE_CHECKING = False  # typing is not imported: until the program's first line runs, Ctrl-C prints a traceback
if TYPE_CHECKING:
    from typing import Any


#: Module → its public names, imported on first use so that ``import selectmodel`` costs nothing. __init__.pyi, which
#: type checkers read, is generated from it.
_PUBLIC = {
    "api": (
        "across",
        "advise",
        "compare",
        "discover",
        "evaluate_next",
        "gate",
        "plot",
        "prune",
        "read",
        "recommend",
        "watch",
    ),
    "commands.advise.guidance": ("Guidance",),
    "commands.compare.comparison": ("Comparison",),
    "commands.gate.verdict": ("Verdict",),
    "commands.next.suggestion": ("Suggestion",),
    "commands.pick.across": ("Across",),
    "commands.prune.pruning": ("Pruning",),
    "commands.rank.answer": ("rank",),
    "commands.rank.ranking": ("Ranking",),
    "commands.watch.watched": ("Watched",),
    "errors": (
        "ChoiceError",
        "ExitCode",
        "LogError",
        "OutputError",
        "PolicyError",
        "SelectModelError",
        "UsageError",
    ),
    "policy.policy": ("Policy",),
    "records": ("Pick", "Question", "Run", "Series"),
    "selection.report": ("Report",),
    "training.tracker": ("Tracker",),
}
_HOMES = {name: module for module, names in _PUBLIC.items() for name in names}

__all__ = sorted(["__version__", *_HOMES])  # noqa: PLE0605


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'selectmodel' has no attribute {name!r}")
    import importlib

    value = getattr(importlib.import_module(f"selectmodel.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
