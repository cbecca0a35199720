"""A policy says what to judge by: the metric, the rule and its settings, which epochs count.

It comes from a TOML file (``selectmodel.toml``, or ``[tool.selectmodel]`` in ``pyproject.toml``), from ``--set`` and
from flags, the later winning. It is checked as a whole before any log is opened, and all problems are reported at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Literal

from selectmodel import registry, settings
from selectmodel.errors import PolicyError
from selectmodel.policy import conditions, policy_file, tables
from selectmodel.policy.conditions import Condition
from selectmodel.policy.policy_file import Origin
from selectmodel.records import Goal, Unlike
from selectmodel.settings import Option, Setting, did_you_mean


@dataclass(frozen=True, slots=True)
class Policy:
    """What the user asks for. The meanings stand in :func:`_keys`, the single place that lists the keys."""

    metric: str | None = None
    rule: str | None = None
    aim: Literal["accuracy", "loss", "both"] | None = None
    min_epoch: float | None = None
    min_step: int | None = None
    index: str | None = None
    only_saved: bool = False
    follow_links: bool = False
    val_size: int | None = None
    validation: Unlike | None = None
    checkpoints: str | None = None
    checkpoint_offset: int | None = None
    checkpoint_glob: str | None = None
    goals: Mapping[str, Goal] = field(default_factory=dict)
    rules: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    checks: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    advice: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    gate: tuple[Condition, ...] = ()
    require: Mapping[str, Any] = field(default_factory=dict)
    origin: str = "built-in defaults"

    @property
    def recommender(self) -> str | None:
        """The rule that recommends: the one named, else the aim's own; None where the log decides."""
        return self.rule or (registry.with_constant("rules", "AIM", self.aim)[0] if self.aim else None)

    @property
    def purpose(self) -> str | None:
        """The aim, also where it is given as a rule: accuracy, loss or both."""
        if self.aim or self.rule is None:
            return self.aim
        own = registry.constant("rules", self.rule, "AIM")
        return None if own == "metric" else own

    def settings_of(self, rule: str) -> Mapping[str, Any]:
        """The settings given for a rule; those not given take the rule's own defaults."""
        return self.rules.get(rule, MappingProxyType({}))

    def tables(self) -> dict[str, dict[str, dict[str, Any]]]:
        """The settings of checks and of advice, copied to be added to."""
        own = {"checks": self.checks, "advice": self.advice}
        return {key: {name: dict(given) for name, given in table.items()} for key, table in own.items()}

    def required(self, key: str) -> Any:
        """What ``[require]`` says of a key, else its default."""
        return self.require.get(key, conditions.REQUIREMENTS[key].default)


#: Table of a policy → what reads its settings, and adds what is wrong with them to a list of problems.
TABLES = MappingProxyType({"checks": tables.checks, "advice": tables.advice})


def _keys(
    *,
    metric: Annotated[str | None, Setting("metric to judge by, NAME or NAME:min or NAME:max")] = None,
    rule: Annotated[str | None, Setting("rule that recommends; it wins over aim")] = None,
    aim: Annotated[
        Literal["accuracy", "loss", "both"] | None,
        Setting("what the model must be good at: right answers, trustworthy probabilities, or both"),
    ] = None,
    min_epoch: Annotated[float | None, Setting("epochs before this one (as the log numbers them) do not count")] = None,
    min_step: Annotated[int | None, Setting("steps before this one (as the log numbers them) do not count")] = None,
    index: Annotated[
        str | None, Setting('column of a table that counts epochs or steps; "row" counts its rows from 0')
    ] = None,
    only_saved: Annotated[bool, Setting("recommend only epochs that have a checkpoint file")] = False,
    follow_links: Annotated[bool, Setting("use checkpoints that are links out of their folder, too")] = False,
    val_size: Annotated[int | None, Setting("number of validation examples", low=1)] = None,
    validation: Annotated[
        Unlike | None, Setting("how the validation set differs from the data in use, which no log shows")
    ] = None,
    checkpoints: Annotated[str | None, Setting('folder of the checkpoints; "off" looks for none')] = None,
    checkpoint_offset: Annotated[
        int | None, Setting("epoch number in a checkpoint's name minus epoch in the log", low=-1, high=1)
    ] = None,
    checkpoint_glob: Annotated[str | None, Setting("which file names are checkpoints, such as 'weights.*'")] = None,
) -> None:
    """The top-level keys of a policy, declared the way a rule declares its settings."""


KEYS: Mapping[str, Option] = MappingProxyType(settings.options(_keys))


def load(
    path: Path | None = None,
    *,
    start: Path | None = None,
    sets: Sequence[str] = (),
    flags: Mapping[str, Any] | None = None,
    bounds: Mapping[conditions.Kind, Sequence[str]] | None = None,
    on: str | None = None,
) -> Policy:
    """The policy in force.

    ``path`` is a policy file; without it the nearest one from ``start`` upward to the repository root is used, if
    any. ``sets`` are texts ``rule.setting=value``, ``key=value`` or ``checks.name.setting=value``, ``flags`` values of
    keys (and of tables), None if not given. ``bounds`` are the ``METRIC=VALUE`` texts of a gate's flags, which add to
    the file's conditions.
    Raises PolicyError with every problem found.
    """
    problems: list[str] = []
    policy = Policy()
    found = path or (policy_file.find(start) if start else None)
    if found is not None:
        values, text = policy_file.values(found)
        policy = _merge(policy, values, Origin(found, text=text), problems)
    for text in sets:
        policy = _merge(policy, _set_values(text, problems), Origin(None, f"--set {text}"), problems)
    given = {name: value for name, value in (flags or {}).items() if value is not None}
    policy = _merge(policy, given, Origin(None, "--"), problems)
    policy = replace(policy, gate=policy.gate + conditions.from_flags(bounds or {}, on, problems))
    problems += _rule_problems(policy)
    problems += conditions.contradictions(policy.gate)
    if problems:
        raise PolicyError(problems)
    return policy


def _set_values(text: str, problems: list[str]) -> dict[str, Any]:
    name, equals, value = text.partition("=")
    *tables, key = name.strip().split(".")
    if not equals or not key:
        problems.append(f"--set {text}: write RULE.SETTING=VALUE, such as --set gap.weight=0.3")
        return {}
    given: dict[str, Any] = {key: settings.Typed(value.strip())}
    for table in reversed(tables):
        given = {table: given}
    return given


def _merge(policy: Policy, values: Mapping[str, Any], origin: Origin, problems: list[str]) -> Policy:
    top: dict[str, Any] = {}
    goals, rules = dict(policy.goals), {name: dict(given) for name, given in policy.rules.items()}
    tables = policy.tables()
    gate, require = _of_the_gate(policy, values, origin, problems)
    for key, value in values.items():
        if key == "metrics":
            goals |= _goals(value, origin, problems)
        elif key in TABLES:
            for member, name, accepted in TABLES[key](value, origin.at, problems):
                tables[key].setdefault(member, {})[name] = accepted
        elif key in ("gate", "require"):
            continue
        elif isinstance(value, Mapping):
            if key in registry.names("rules"):
                rules.setdefault(key, {}).update(_rule_settings(key, value, origin, problems))
            else:
                problems.append(_unknown(key, origin))
        elif key in registry.names("rules"):
            problems.append(f"{origin.at('', key)}: must be a table of settings, not {settings.shown(value)}")
        elif key not in KEYS:
            problems.append(_unknown(key, origin))
        else:
            top |= settings.accept(KEYS, {key: value}, partial(origin.at, ""), "", problems)
    label = str(origin.file) if origin.file else policy.origin
    policy = replace(policy, **top, goals=goals, rules=rules, checks=tables["checks"], advice=tables["advice"])
    return replace(policy, gate=gate, require=require, origin=label)


def _of_the_gate(
    policy: Policy, values: Mapping[str, Any], origin: Origin, problems: list[str]
) -> tuple[tuple[Condition, ...], dict[str, Any]]:
    """The policy's conditions and requirements with those of ``values``."""
    gate, require = policy.gate, dict(policy.require)
    if "gate" in values:
        gate += conditions.parse(values["gate"], origin.gates(), origin.at("", "gate"), problems)
    given = values.get("require", {})
    if isinstance(given, Mapping):
        require |= conditions.requirements(given, lambda name: origin.at("require", name), problems)
    else:
        problems.append(f"{origin.at('', 'require')}: must be a table of settings, not {settings.shown(given)}")
    return gate, require


def _unknown(key: str, origin: Origin) -> str:
    known = [*KEYS, "metrics", *TABLES, "gate", "require", *registry.names("rules")]
    return f"{origin.at('', key)}: no such key or rule; {did_you_mean(key, known)}"


def _goals(value: Any, origin: Origin, problems: list[str]) -> dict[str, Goal]:
    if not isinstance(value, Mapping):
        problems.append(f'{origin.at("", "metrics")}: must be a table of NAME = "min" or "max"')
        return {}
    for name, goal in value.items():
        if goal not in ("min", "max"):
            problems.append(
                f'{origin.at("metrics", name)}: {settings.shown(goal)} is not allowed; it takes "min" or "max"'
            )
    return {name: goal for name, goal in value.items() if goal in ("min", "max")}


def _rule_settings(rule: str, values: Mapping[str, Any], origin: Origin, problems: list[str]) -> dict[str, Any]:
    known = settings.options(registry.load("rules", rule).pick)
    return settings.accept(known, values, partial(origin.at, rule), rule, problems)


def _rule_problems(policy: Policy) -> list[str]:
    rules = registry.names("rules")
    if policy.rule is None or policy.rule in rules:
        return []
    return [f"rule: no rule is named {policy.rule!r}; {did_you_mean(policy.rule, rules)}"]


def accepted_settings(policy: Policy, rule: str) -> dict[str, Any]:
    """What the policy sets of a rule, as the rule takes it. Raises PolicyError with all that is wrong."""
    problems: list[str] = []
    given = policy.settings_of(rule)
    known = settings.options(registry.load("rules", rule).pick) if given else {}
    accepted = settings.accept(known, given, partial("{}.{}".format, rule), rule, problems)
    if problems:
        raise PolicyError(problems)
    return accepted


def with_keys(policy: Policy, keys: Mapping[str, Any]) -> Policy:
    """The policy with Python keywords laid over it: keys, tables of settings, ``checks``. All problems at once."""
    problems: list[str] = []
    top: dict[str, Any] = {}
    rules = {name: dict(given) for name, given in policy.rules.items()}
    tables = policy.tables()
    for key, value in keys.items():
        if key in TABLES:
            for member, name, one in TABLES[key](value, lambda *place: ".".join(filter(None, place)), problems):
                tables[key].setdefault(member, {})[name] = one
        elif key in KEYS:
            top |= settings.accept(KEYS, {key: value}, str, "", problems)
        elif key in registry.names("rules") and isinstance(value, Mapping):
            known = settings.options(registry.load("rules", key).pick)
            accepted = settings.accept(known, value, partial("{}.{}".format, key), key, problems)
            rules.setdefault(key, {}).update(accepted)
        else:
            problems.append(f"{key}: no such key or rule")
    problems += _rule_problems(replace(policy, rule=top.get("rule", policy.rule)))
    if problems:
        raise PolicyError(problems)
    return replace(policy, **top, rules=rules, checks=tables["checks"], advice=tables["advice"])
