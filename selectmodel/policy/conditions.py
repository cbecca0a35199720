"""What a gate asks of a model: bounds on metrics, margins against a baseline, and what the run itself must be.

Conditions are the ``[[gate]]`` tables of a policy and the flags ``--min``, ``--max``, ``--max-worse``, ``--min-gain``;
requirements are its ``[require]`` table. Both are checked before any log is opened, all problems at once.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Annotated, Any, Literal, NamedTuple, get_args

from selectmodel import settings
from selectmodel.records import Split, Unit
from selectmodel.settings import Option, Setting, as_float, did_you_mean, shown

Kind = Literal["min", "max", "max_worse", "min_gain"]
On = Literal["value", "expected", "worst"]
KINDS: tuple[Kind, ...] = get_args(Kind)
#: The kinds that hold a metric against the baseline's.
AGAINST_BASELINE = ("max_worse", "min_gain")
CHOICES: Mapping[str, tuple[str, ...]] = MappingProxyType({
    "on": get_args(On), "goal": ("min", "max"), "unit": get_args(Unit), "split": get_args(Split),
})  # fmt: skip
TABLE_KEYS = ("metric", *KINDS, *CHOICES)
#: Says where in its table a key stands: key → "file:line: gate.key".
Place = Callable[[str], str]


class Condition(NamedTuple):
    """One demand on one metric at the recommended epoch.

    ``bound`` is in the metric's own unit for min and max; for max_worse and min_gain it is the margin, a share of the
    baseline's value where ``relative``. ``on`` says which number is judged: the value as logged, the one corrected for
    the luck of having been picked, or the worst end of its interval. ``goal``, ``unit`` and ``split``, the data that it
    is measured on, are None where not stated.
    """

    metric: str
    kind: Kind
    bound: float
    relative: bool = False
    on: On = "value"
    goal: Literal["min", "max"] | None = None
    unit: Unit | None = None
    split: Split | None = None

    @property
    def margin(self) -> str:
        """The bound as it was written: ``0.9``, ``1%``."""
        return (
            f"{self.bound * 100:.12g}%" if self.relative else f"{self.bound:.17g}" if self._long else f"{self.bound:g}"
        )

    @property
    def _long(self) -> bool:
        return float(f"{self.bound:g}") != self.bound

    @property
    def name(self) -> str:
        """What the condition is called in every report: ``val_accuracy max_worse 1%``."""
        return f"{self.metric} {self.kind} {self.margin}" + (f" ({self.on})" if self.on != "value" else "")


def parse(tables: Any, at: Sequence[Place], whole: str, problems: list[str]) -> tuple[Condition, ...]:
    """The conditions of ``[[gate]]`` tables. ``at[i]`` names places in table i, ``whole`` the list itself."""
    if not isinstance(tables, (list, tuple)):
        problems.append(f"{whole}: is a list of tables; begin each with [[gate]]")
        return ()
    found: list[Condition] = []
    for number, table in enumerate(tables):
        place = at[number] if number < len(at) else _nowhere(whole, number)
        if isinstance(table, Mapping):
            found += _of_table(table, place, problems)
        else:
            problems.append(f"{whole}: {shown(table)} is no table; begin each with [[gate]]")
    return tuple(found)


def _nowhere(whole: str, number: int) -> Place:
    return lambda key: f"{whole}[{number + 1}].{key}"


def _of_table(table: Mapping[str, Any], at: Place, problems: list[str]) -> Iterator[Condition]:
    before = len(problems)
    for key in table:
        if key not in TABLE_KEYS:
            problems.append(f"{at(key)}: a gate has no such key; {did_you_mean(str(key), TABLE_KEYS, 'it has')}")
    metric = table.get("metric")
    if not isinstance(metric, str) or not metric:
        problems.append(f'{at("metric")}: name the metric, such as metric = "val_accuracy"')
    for key, choices in CHOICES.items():
        if key in table and table[key] not in choices:
            problems.append(f"{at(key)}: {shown(table[key])} is not allowed; it takes one of {', '.join(choices)}")
    kinds = [kind for kind in KINDS if kind in table]
    if not kinds:
        problems.append(f"{at('metric')}: asks for nothing; add one of {', '.join(KINDS)}")
    bounds = {kind: _bound(kind, table[kind], at(kind), problems) for kind in kinds}
    if len(problems) > before:
        return
    stated = {key: table[key] for key in CHOICES if key in table}
    for kind, (bound, relative) in bounds.items():
        yield Condition(str(metric), kind, bound, relative, **stated)


def _bound(kind: Kind, value: Any, at: str, problems: list[str]) -> tuple[float, bool]:
    """The bound or margin, and whether it is a share of the baseline's value."""
    relative = False
    if isinstance(value, str) and kind in AGAINST_BASELINE:
        number, relative = value.strip().removesuffix("%"), value.strip().endswith("%")
        value = _number(number) if relative else value
        value = value / 100 if isinstance(value, float) else value
    sort = 'a margin such as 0.005 or "1%", not below 0' if kind in AGAINST_BASELINE else "a finite number"
    bound = as_float(value)
    if bound is None or not math.isfinite(bound) or (kind in AGAINST_BASELINE and bound < 0):
        problems.append(f"{at}: {shown(value)} is not allowed; it takes {sort}")
        return math.nan, False
    return bound, relative


def _number(text: str) -> float | str:
    """A plain decimal number, else the text itself; ``1_000`` and digits of other scripts are none."""
    plain = re.fullmatch(r"\s*[-+]?(?:[0-9]{1,60}(?:\.[0-9]{0,60})?|\.[0-9]{1,60})(?:[eE][-+]?[0-9]{1,4})?\s*", text)
    return float(text) if plain else text


def from_flags(flags: Mapping[Kind, Sequence[str]], on: str | None, problems: list[str]) -> tuple[Condition, ...]:
    """The conditions of ``--min METRIC=VALUE`` and its kin; METRIC may end in ``:min`` or ``:max``, its goal."""
    found: list[Condition] = []
    if on is not None and on not in CHOICES["on"]:
        problems.append(f"--on: {on!r} is not allowed; it takes one of {', '.join(CHOICES['on'])}")
        on = None
    for kind, texts in flags.items():
        flag = "--" + kind.replace("_", "-")
        for text in texts:
            metric, equals, value = text.rpartition("=")
            if not equals or not metric:
                problems.append(f"{flag} {text}: write METRIC=VALUE, such as {flag} val_accuracy={_EXAMPLES[kind]}")
                continue
            name, _, goal = metric.rpartition(":")
            table: dict[str, Any] = {"metric": metric, kind: _given(value)}
            if name and goal in ("min", "max"):
                table |= {"metric": name, "goal": goal}
            if on is not None:
                table["on"] = on
            found += _of_table(table, lambda _, said=f"{flag} {text}": said, problems)  # type: ignore[misc]
    return tuple(found)


_EXAMPLES: Mapping[str, str] = MappingProxyType({"min": "0.9", "max": "0.5", "max_worse": "1%", "min_gain": "0.005"})


def _given(text: str) -> float | str:
    try:  # nan, inf and 1e999 become numbers here, so that they are refused as what they are
        return float(text) if text.isascii() and "_" not in text else text
    except ValueError:
        return text


def contradictions(conditions: Sequence[Condition]) -> list[str]:
    """Conditions that no model can meet, or that do not agree on what the metric is."""
    problems = []
    for metric in dict.fromkeys(condition.metric for condition in conditions):
        own = [condition for condition in conditions if condition.metric == metric]
        low = max((one.bound for one in own if one.kind == "min" and one.on == "value"), default=-math.inf)
        high = min((one.bound for one in own if one.kind == "max" and one.on == "value"), default=math.inf)
        if low > high:
            problems.append(f"gate: {metric}: no value is at least {low:g} and at most {high:g}")
        for key in ("goal", "unit", "split"):
            stated = {getattr(one, key) for one in own} - {None}
            if len(stated) > 1:
                problems.append(f"gate: {metric}: {key} is given as {' and as '.join(sorted(stated))}")
    return problems


def _requirements(
    *,
    baseline: Annotated[str | None, Setting("log or decision record to hold the model against")] = None,
    first_run: Annotated[
        Literal["refuse", "pass", "record"],
        Setting("where the baseline does not exist yet: refuse, pass, or pass and write it"),
    ] = "refuse",
    data_id: Annotated[str | None, Setting("name of the validation data; a baseline of other data is refused")] = None,
    checkpoint: Annotated[
        Literal["auto", "always", "never"],
        Setting("whether the recommended epoch must have a file; auto: where any checkpoint is known"),
    ] = "auto",
    production: Annotated[
        str | None, Setting("file in production, or its SHA-256; the recommended checkpoint must be that file")
    ] = None,
    min_epochs: Annotated[int | None, Setting("epochs that the run must have logged at least", low=1)] = None,
    max_age_days: Annotated[float | None, Setting("days since the log was last written, at most", low=0)] = None,
    allow_degraded: Annotated[bool, Setting("judge a log of which points were lost or superseded")] = False,
    allow_running: Annotated[bool, Setting("judge a run that looks unfinished")] = False,
) -> None:
    """The keys of ``[require]``, declared the way a rule declares its settings."""


REQUIREMENTS: Mapping[str, Option] = MappingProxyType(settings.options(_requirements))
#: Requirements that are a judgement of their own: with one of them a gate has something to say without a metric.
JUDGING = ("production", "min_epochs", "max_age_days")


def requirements(values: Mapping[str, Any], at: Place, problems: list[str]) -> dict[str, Any]:
    """The accepted keys of a ``[require]`` table."""
    return settings.accept(REQUIREMENTS, values, at, "require", problems)


def table_lines(text: str) -> list[dict[str, int]]:
    """For each ``[[gate]]`` table of a TOML text the line of each of its keys, and of its header under ``""``."""
    tables: list[dict[str, int]] = []
    inside = False
    for number, line in enumerate(text.splitlines(), start=1):
        if re.match(r"\s*\[", line):
            inside = re.match(r"\s*\[\[\s*(?:tool\s*\.\s*selectmodel\s*\.\s*)?gate\s*\]\]", line) is not None
            if inside:
                tables.append({"": number})
        elif inside and (key := re.match(r"""\s*["']?([A-Za-z0-9_-]+)["']?\s*=""", line)):
            tables[-1].setdefault(key[1], number)
    return tables
