"""The tables ``[checks]`` and ``[advice]`` of a policy: settings of each check and of each subject of advice.

A check measures; how bad its finding is, its level, is policy: ``overfitting = "fail"`` sets the level alone,
``[checks.overfitting]`` the level and the settings of the check.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from selectmodel import registry, settings
from selectmodel.settings import Option, did_you_mean

if TYPE_CHECKING:
    from selectmodel.records import Severity

#: From the mildest to the worst.
LEVELS: tuple[Severity, ...] = ("off", "note", "warn", "fail")

#: (member, setting, value) as accepted.
Accepted = tuple[str, str, Any]


def options(check: str) -> dict[str, Option]:
    """The settings of a check, its level first."""
    level = Option("level", str, default(check), "how bad it is when it fires", choices=LEVELS)
    return {"level": level, **settings.options(registry.load("checks", check).find)}


def default(check: str) -> Severity:
    """The level of a check where the policy gives none; read from its source, so that a listing imports nothing."""
    level: Severity = registry.constant("checks", check, "LEVEL")
    return level


def checks(values: Any, at: Callable[[str, str], str], problems: list[str]) -> Iterator[Accepted]:
    """(check, setting, value) of a ``checks`` table; what is wrong with it is added to ``problems``.

    ``at(table, key)`` says where a key stands.
    """
    if not isinstance(values, Mapping):
        problems.append(f"{at('', 'checks')}: must be a table of check = level, not {values!r}")
        return
    for check, given in _known(values, "checks", "check", at, problems):
        known = options(check)
        if isinstance(given, Mapping):
            yield from _settings(check, given, known, ("checks", f"check {check}"), at, problems)
        else:
            yield from _value(known["level"], check, given, at("checks", check), problems)


def advice(values: Any, at: Callable[[str, str], str], problems: list[str]) -> Iterator[Accepted]:
    """(subject, setting, value) of an ``advice`` table, as :func:`checks` reads one of checks."""
    if not isinstance(values, Mapping):
        problems.append(f"{at('', 'advice')}: must be a table of subjects, not {values!r}")
        return
    for subject, given in _known(values, "advice", "subject of advice", at, problems):
        if not isinstance(given, Mapping):
            problems.append(f"{at('advice', subject)}: must be a table of the subject's settings, not {given!r}")
            continue
        known = settings.options(registry.load("advice", subject).advise)
        yield from _settings(subject, given, known, ("advice", f"advice on {subject}"), at, problems)


def _known(
    values: Mapping[str, Any], kind: str, noun: str, at: Callable[[str, str], str], problems: list[str]
) -> Iterator[tuple[str, Any]]:
    names = registry.names(kind)
    for name, given in values.items():
        if name in names:
            yield name, given
            continue
        problems.append(f"{at(kind, name)}: no such {noun}; {did_you_mean(name, names)}")


def _settings(
    member: str,
    given: Mapping[str, Any],
    known: Mapping[str, Option],
    table_and_noun: tuple[str, str],
    at: Callable[[str, str], str],
    problems: list[str],
) -> Iterator[Accepted]:
    table, noun = table_and_noun
    for name, value in given.items():
        place = at(f"{table}.{member}", name)
        if name in known:
            yield from _value(known[name], member, value, place, problems)
            continue
        problems.append(f"{place}: {noun} has no such setting; {did_you_mean(name, known, 'it has')}")


def _value(option: Option, member: str, value: Any, place: str, problems: list[str]) -> Iterator[Accepted]:
    try:
        yield member, option.name, option.accept(value)
    except ValueError as refusal:
        problems.append(f"{place}: {refusal}")
