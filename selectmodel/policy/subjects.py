"""Settings of advice, as a policy's tables ``[advice.early_stopping]`` give them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from selectmodel import registry, settings
from selectmodel.settings import nearest


def accepted(values: Any, at: Callable[[str, str], str], problems: list[str]) -> Iterator[tuple[str, str, Any]]:
    """(subject, setting, value) of an ``advice`` table; what is wrong with it is added to ``problems``.

    ``at(table, key)`` says where a key stands.
    """
    if not isinstance(values, Mapping):
        problems.append(f"{at('', 'advice')}: must be a table of subjects, not {values!r}")
        return
    known_subjects = registry.names("advice")
    for subject, given in values.items():
        if subject not in known_subjects:
            hint = nearest(subject, known_subjects)
            allowed = f"did you mean {hint}?" if hint else "there are " + ", ".join(known_subjects)
            problems.append(f"{at('advice', subject)}: no such subject of advice; {allowed}")
            continue
        if not isinstance(given, Mapping):
            problems.append(f"{at('advice', subject)}: must be a table of the subject's settings, not {given!r}")
            continue
        known = settings.options(registry.load("advice", subject).advise)
        for name, value in given.items():
            place = at(f"advice.{subject}", name)
            if name not in known:
                has = ", ".join(known) or "none"
                problems.append(f"{place}: advice on {subject} has no such setting; it has {has}")
                continue
            try:
                yield subject, name, known[name].accept(value)
            except ValueError as refusal:
                problems.append(f"{place}: {refusal}")
