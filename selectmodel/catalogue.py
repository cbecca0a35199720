"""What there is to choose from: the rules, the log formats and the notes, each with its page."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from selectmodel import __version__, notes, registry, settings
from selectmodel.errors import UsageError
from selectmodel.settings import nearest

_KINDS = ("rules", "readers")


@dataclass(frozen=True, slots=True)
class Entry:
    """A rule in the list."""

    name: str
    summary: str


@dataclass(frozen=True, slots=True)
class RuleList:
    """Every rule with its one-line summary."""

    rules: tuple[Entry, ...]
    kind = "rules"

    def to_dict(self) -> dict[str, Any]:
        return {
            "schema": 1,
            "command": "rules",
            "version": __version__,
            "rules": [asdict(entry) for entry in self.rules],
        }


@dataclass(frozen=True, slots=True)
class SettingLine:
    """One setting of a rule, as its page lists it."""

    name: str
    default: str
    allowed: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Page:
    """A page: of a rule with its settings, of a log format, or of a note."""

    name: str
    what: str
    text: str
    settings: tuple[SettingLine, ...] = ()
    kind = "explain"

    def to_dict(self) -> dict[str, Any]:
        return {"schema": 1, "command": "explain", "version": __version__, **asdict(self)}


def rules() -> RuleList:
    """Every rule, sorted by name. Imports none of them."""
    return RuleList(tuple(Entry(name, registry.summary("rules", name)) for name in registry.names("rules")))


def explain(name: str) -> Page:
    """The page of a rule, a log format or a note. Raises UsageError with the nearest name."""
    if name in registry.names("rules"):
        return Page(name, "rule", registry.page("rules", name), _settings(name))
    if name in registry.names("readers"):
        return Page(name, "log format", registry.page("readers", name))
    if name.upper() in notes.MEANINGS:
        return Page(name.upper(), "note", notes.MEANINGS[name.upper()])
    known = [*registry.names("rules"), *registry.names("readers"), *notes.MEANINGS]
    hint = nearest(name, known)
    allowed = f"did you mean {hint}?" if hint else "there are " + ", ".join(known)
    raise UsageError(f"nothing is named {name!r}; {allowed}")


def _settings(rule: str) -> tuple[SettingLine, ...]:
    options = settings.options(registry.load("rules", rule).pick).values()
    return tuple(SettingLine(item.name, _shown(item.default), item.allowed, item.meaning) for item in options)


def _shown(default: Any) -> str:
    if default is None:
        return "none"
    if isinstance(default, tuple):
        return ",".join(default) or "none"
    return str(default).lower() if isinstance(default, bool) else str(default)


def rules_table() -> str:
    """The rules as a Markdown table, which stands in the README."""
    rows = [f"| `{entry.name}` | {entry.summary} |" for entry in rules().rules]
    return "\n".join(["| rule | what it recommends |", "|---|---|", *rows])
