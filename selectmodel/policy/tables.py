"""How bad a finding is: the level of each check, and its settings, as a policy's table ``[checks]`` gives them.

A check measures; its level is policy. ``overfitting = "fail"`` sets the level alone, ``[checks.overfitting]`` the level
and the settings of the check.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from selectmodel import registry, settings
from selectmodel.settings import Option, nearest

if TYPE_CHECKING:
    from selectmodel.records import Severity

#: From the mildest to the worst.
LEVELS: tuple[Severity, ...] = ("off", "note", "warn", "fail")


def options(check: str) -> dict[str, Option]:
    """The settings of a check, its level first."""
    level = Option("level", str, default(check), "how bad it is when it fires", choices=LEVELS)
    return {"level": level, **settings.options(registry.load("checks", check).find)}


def default(check: str) -> Severity:
    """The level of a check where the policy gives none; read from its source, so that a listing imports nothing."""
    level: Severity = registry.constant("checks", check, "LEVEL")
    return level


def accepted(values: Any, at: Callable[[str, str], str], problems: list[str]) -> Iterator[tuple[str, str, Any]]:
    """(check, setting, value) of a ``checks`` table; what is wrong with it is added to ``problems``.

    ``at(table, key)`` says where a key stands.
    """
    if not isinstance(values, Mapping):
        problems.append(f"{at('', 'checks')}: must be a table of check = level, not {values!r}")
        return
    for check, given in values.items():
        if check not in registry.names("checks"):
            hint = nearest(check, registry.names("checks"))
            allowed = f"did you mean {hint}?" if hint else "there are " + ", ".join(registry.names("checks"))
            problems.append(f"{at('checks', check)}: no such check; {allowed}")
            continue
        known = options(check)
        if not isinstance(given, Mapping):
            yield from _value(known["level"], check, given, at("checks", check), problems)
            continue
        for name, value in given.items():
            place = at(f"checks.{check}", name)
            if name in known:
                yield from _value(known[name], check, value, place, problems)
                continue
            hint = nearest(name, known)
            has = f"did you mean {hint}?" if hint else "it has " + ", ".join(known)
            problems.append(f"{place}: check {check} has no such setting; {has}")


def _value(option: Option, check: str, value: Any, place: str, problems: list[str]) -> Iterator[tuple[str, str, Any]]:
    try:
        yield check, option.name, option.accept(value)
    except ValueError as refusal:
        problems.append(f"{place}: {refusal}")
