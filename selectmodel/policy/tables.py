"""The tables ``[checks]`` and ``[advice]`` of a policy: settings of each check and of each subject of advice.

A check measures; how bad its finding is, its level, is policy: ``overfitting = "fail"`` sets the level alone,
``[checks.overfitting]`` the level and the settings of the check.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from selectmodel import registry, settings
from selectmodel.registry import Kind
from selectmodel.settings import Option, did_you_mean

if TYPE_CHECKING:
    from selectmodel.records import Severity

#: From the mildest to the worst.
LEVELS: tuple[Severity, ...] = ("off", "note", "warn", "fail")

#: (member, setting, value) as accepted.
Accepted = tuple[str, str, Any]


def options(check: str) -> dict[str, Option]:
    """The settings of a check, its level first."""
    return {"level": _level(check), **settings.options(registry.load("checks", check).find)}


def _level(check: str) -> Option:
    return Option("level", str, default(check), "how bad it is when it fires", choices=LEVELS)


def default(check: str) -> Severity:
    """The level of a check where the policy gives none; read from its source, so that a listing imports nothing."""
    level: Severity = registry.constant("checks", check, "LEVEL") or "note"
    return level


def checks(values: Any, at: Callable[[str, str], str], problems: list[str]) -> Iterator[Accepted]:
    """(check, setting, value) of a ``checks`` table; what is wrong with it is added to ``problems``.

    ``at(table, key)`` says where a key stands.
    """
    if not isinstance(values, Mapping):
        problems.append(f"{at('', 'checks')}: must be a table of check = level, not {settings.shown(values)}")
        return
    for check, given in _known(values, "checks", "check", at, problems):
        if isinstance(given, Mapping):
            known, table, where = options(check), given, partial(at, f"checks.{check}")
        else:  # a level alone also switches off a check that is faulty
            known, table, where = {"level": _level(check)}, {"level": given}, partial(_always, at("checks", check))
        accepted = settings.accept(known, table, where, f"check {check}", problems)
        yield from ((check, name, value) for name, value in accepted.items())


def _always(place: str, _: str) -> str:
    return place


def advice(values: Any, at: Callable[[str, str], str], problems: list[str]) -> Iterator[Accepted]:
    """(subject, setting, value) of an ``advice`` table, as :func:`checks` reads one of checks."""
    if not isinstance(values, Mapping):
        problems.append(f"{at('', 'advice')}: must be a table of subjects, not {settings.shown(values)}")
        return
    for subject, given in _known(values, "advice", "subject of advice", at, problems):
        if not isinstance(given, Mapping):
            shown = settings.shown(given)
            problems.append(f"{at('advice', subject)}: must be a table of the subject's settings, not {shown}")
            continue
        known = settings.options(registry.load("advice", subject).advise)
        where = partial(at, f"advice.{subject}")
        accepted = settings.accept(known, given, where, f"advice on {subject}", problems)
        yield from ((subject, name, value) for name, value in accepted.items())


def _known(
    values: Mapping[str, Any], kind: Kind, noun: str, at: Callable[[str, str], str], problems: list[str]
) -> Iterator[tuple[str, Any]]:
    names = registry.names(kind)
    for name, given in values.items():
        if name in names:
            yield name, given
            continue
        problems.append(f"{at(kind, name)}: no such {noun}; {did_you_mean(name, names)}")
