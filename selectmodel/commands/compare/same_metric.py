"""One metric under two names: ``val_acc`` in one log and ``val_accuracy`` in the next, as versions of Keras write it.

Names are matched by what they mean, split and metric, and only where each side has one name of that meaning.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from selectmodel.commands.compare.member import Cycle
from selectmodel.metrics import meaning as names
from selectmodel.metrics.meaning import Meaning
from selectmodel.policy.policy import Policy
from selectmodel.records import Note, Run


def as_in(first: Cycle, other: Cycle) -> tuple[Cycle, list[Note]]:
    """``other`` with its metrics named as in ``first``, and a note on each that was called otherwise."""
    ours, theirs = _by_meaning(names.understand(first.values)), _by_meaning(names.understand(other.values))
    called = {}
    for meaning, own in theirs.items():
        wanted = ours.get(meaning, [])
        if len(own) == len(wanted) == 1 and own != wanted:
            goals = {first.goals.get(wanted[0]), other.goals.get(own[0])} - {None}
            if len(goals) <= 1:
                called[own[0]] = wanted[0]
    told = [Note("SM177", f"{other.name}: {own} is compared as {name}, which means the same")
            for own, name in called.items()]  # fmt: skip
    return (_renamed(other, called) if called else other), told


def _renamed(cycle: Cycle, called: Mapping[str, str]) -> Cycle:
    def of(name: str) -> str:
        return called.get(name, name)

    return replace(
        cycle,
        metric=of(cycle.metric),
        values={of(name): value for name, value in cycle.values.items()},
        goals={of(name): goal for name, goal in cycle.goals.items()},
        percent=tuple(map(of, cycle.percent)),
        judged=tuple(map(of, cycle.judged)),
        loss=None if cycle.loss is None else of(cycle.loss),
        accuracy=None if cycle.accuracy is None else of(cycle.accuracy),
        train_accuracy=None if cycle.train_accuracy is None else of(cycle.train_accuracy),
        definitions={of(name): text for name, text in cycle.definitions.items()},
    )


def asked_of(run: Run, policy: Policy, others: Sequence[Run]) -> Policy:
    """The policy with its metric named as in this run, if only another run has the name that was given."""
    if policy.metric is None:
        return policy
    name, _, end = policy.metric.rpartition(":")
    name, end = (name, f":{end}") if end in ("min", "max") else (policy.metric, "")
    having = next((other for other in others if name in other.series), None)
    if name in run.series or policy.metric in run.series or having is None:
        return policy
    meaning = _key(names.understand(having.series, having.hints)[name])
    own = _by_meaning(names.understand(run.series, run.hints)).get(meaning, []) if meaning else []
    return replace(policy, metric=own[0] + end) if len(own) == 1 else policy


def _by_meaning(meanings: Mapping[str, Meaning]) -> dict[tuple[str, str], list[str]]:
    found: dict[tuple[str, str], list[str]] = {}
    for name, meaning in meanings.items():
        if key := _key(meaning):
            found.setdefault(key, []).append(name)
    return found


def _key(meaning: Meaning) -> tuple[str, str] | None:
    return None if meaning.split is None or not meaning.quality else (meaning.split, meaning.base)
