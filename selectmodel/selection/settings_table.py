"""The settings that an answer was made with, as a table: each with its value, if it was given, and what it means."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from selectmodel import registry, settings
from selectmodel.pages.sheet import Cell, Fact, Grid, Section
from selectmodel.policy import conditions
from selectmodel.policy.policy import KEYS, Policy
from selectmodel.settings import Option

_HEADS = ("setting", "value", "whose", "what it means")
_GIVEN = "given"
#: Keys of which the facts above the table say what came of them.
_TOLD = ("rule",)


def section(policy: Policy, rule: str, facts: list[Fact], *, gate: bool = False) -> Section:
    """The section of a page: ``facts`` on what was judged, then every setting that decided.

    These are the keys of the policy, the settings of the ``rule`` that recommends, those of other rules, of checks and
    of advice that the policy gives, and for a ``gate`` its conditions and requirements.
    """
    rows = [*_keys(policy), *_of_rules(policy, rule), *_given(policy), *(_of_the_gate(policy) if gate else ())]
    file = [Fact("Policy", policy.origin)] if policy.origin != Policy().origin else []
    told = [*facts, Fact("Rule", rule), *file]
    return Section("Settings", told, table=Grid(_HEADS, rows), folded=True)


def _keys(policy: Policy) -> Iterator[tuple[Cell, ...]]:
    for key, option in KEYS.items():
        if key not in _TOLD:
            yield _row(key, getattr(policy, key), option)
    for name, goal in policy.goals.items():
        yield Cell(f"metrics.{name}"), Cell(goal), Cell(_GIVEN), Cell("whether lower or higher is better")


def _of_rules(policy: Policy, rule: str) -> Iterator[tuple[Cell, ...]]:
    """All settings of the rule that recommends, and those that the policy gives of the others."""
    for name in dict.fromkeys((rule, *policy.rules)):
        given = policy.settings_of(name)
        for key, option in settings.options(registry.load("rules", name).pick).items():
            if name == rule or key in given:
                yield _row(f"{name}.{key}", given.get(key, option.default), option)


def _given(policy: Policy) -> Iterator[tuple[Cell, ...]]:
    for table, members in policy.tables().items():
        for member, given in members.items():
            for key, value in given.items():
                yield Cell(f"{table}.{member}.{key}"), Cell(_told(value)), Cell(_GIVEN), Cell("")


def _of_the_gate(policy: Policy) -> Iterator[tuple[Cell, ...]]:
    for number, condition in enumerate(policy.gate, start=1):
        yield Cell(f"gate {number}"), Cell(condition.name), Cell(_GIVEN), Cell("condition of the gate")
    for key, option in conditions.REQUIREMENTS.items():
        yield _row(f"require.{key}", policy.required(key), option)


def _row(name: str, value: Any, option: Option) -> tuple[Cell, ...]:
    default = value == option.default
    by = Cell("default", tone="dim") if default else Cell(_GIVEN)
    return Cell(name), Cell(_told(value)), by, Cell(option.meaning)


def _told(value: Any) -> str:
    """As it is written in a policy; "–" where nothing is said."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, tuple)):
        return ", ".join(map(_told, value)) or "–"
    return "–" if value is None else f"{value:g}" if isinstance(value, float) else str(value)
