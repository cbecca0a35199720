"""What there is to choose from: the rules, the checks, the log formats and the notes, each with its page."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from selectmodel import notes, registry, settings
from selectmodel.answer import Answer, Share
from selectmodel.commands.explain import expect_page
from selectmodel.commands.explain import measured as of_rules
from selectmodel.commands.explain.measured import Corpus, Measured
from selectmodel.errors import UsageError
from selectmodel.policy import tables
from selectmodel.records import Severity
from selectmodel.settings import Option, did_you_mean

if TYPE_CHECKING:
    from rich.console import RenderableType

    from selectmodel.display.style import Style

_MEASURED = Path(settings.__file__).parent / "checks" / "measured.json"


@dataclass(frozen=True, slots=True)
class Entry:
    """A rule in the list, with the points of test accuracy that it lost by metric (empty if not measured)."""

    name: str
    summary: str
    points_lost: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RuleList(Answer):
    """Every rule with its one-line summary, and the runs on which they were measured."""

    rules: tuple[Entry, ...]
    measured_on: Corpus
    kind = "rules"

    def table(self) -> Iterator[tuple[Any, ...]]:
        """A header, then one row a rule."""
        metrics = ("any", "val_accuracy", "val_loss")
        yield ("rule", *(f"points_lost_{metric}" for metric in metrics), "summary")
        for entry in self.rules:
            yield (entry.name, *(entry.points_lost.get(metric, "") for metric in metrics), entry.summary)

    def screen(self, style: Style) -> Iterator[RenderableType]:
        from selectmodel.commands.explain import rules_screen

        return rules_screen.lay_out(self, style)


@dataclass(frozen=True, slots=True)
class CheckEntry:
    """A check in the list.

    ``level`` is the one it has without a policy. ``fires`` is the share of real training runs in which it finds
    something, ``right`` the share of those in which the test data confirmed it; None where nothing was measured.
    """

    code: Annotated[str, ("pattern", "^([A-Z]+[0-9]+)?$")]
    name: str
    level: Severity
    fires: Share | None
    right: Share | None
    summary: str


@dataclass(frozen=True, slots=True)
class CheckList(Answer):
    """Every check with its one-line summary."""

    checks: tuple[CheckEntry, ...]
    kind = "checks"

    def table(self) -> Iterator[tuple[Any, ...]]:
        """A header, then one row a check."""
        yield ("code", "check", "level", "fires", "right", "summary")
        for one in self.checks:
            shares = ("" if share is None else share for share in (one.fires, one.right))
            yield (one.code, one.name, one.level, *shares, one.summary)

    def screen(self, style: Style) -> Iterator[RenderableType]:
        from selectmodel.commands.explain import checks_screen

        return checks_screen.lay_out(self, style)


@dataclass(frozen=True, slots=True)
class SettingLine:
    """One setting of a rule or a check, as its page lists it."""

    name: str
    default: str
    allowed: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Page(Answer):
    """A page: of a rule or a check with its settings, and how well a rule did; of a log format, a note, or a line."""

    name: str
    what: Annotated[str, ("pattern", "^(rule|advice|log format|note|line of an answer|check [A-Z]+[0-9]+)$")]
    text: str
    settings: tuple[SettingLine, ...] = ()
    measured: Measured | None = None
    kind = "explain"

    def table(self) -> Iterator[tuple[Any, ...]]:
        """A header, then one row a setting."""
        yield ("setting", "default", "allowed", "meaning")
        for line in self.settings:
            yield (line.name, line.default, line.allowed, line.meaning)

    def screen(self, style: Style) -> Iterator[RenderableType]:
        from selectmodel.commands.explain import screen

        return screen.lay_out(self, style)


def rules() -> RuleList:
    """Every rule, sorted by name. Imports none of them."""
    return RuleList(tuple(_entry(name) for name in registry.names("rules")), of_rules.corpus())


def _entry(rule: str) -> Entry:
    known = of_rules.of(rule)
    return Entry(rule, registry.summary("rules", rule), known.points if known else {})


def checks() -> CheckList:
    """Every check, sorted by code. Imports none of them."""
    figures = measured()
    entries = []
    for name in registry.names("checks"):
        known = figures.get(name, {})
        code = registry.constant("checks", name, "CODE") or ""  # of one that is faulty
        level, line = tables.default(name), registry.summary("checks", name)
        entries.append(CheckEntry(code, name, level, known.get("fires"), known.get("right"), line))
    return CheckList(tuple(sorted(entries, key=lambda entry: entry.code)))


def measured() -> Mapping[str, Mapping[str, float | None]]:
    """How each check did on real training runs, as benchmarks/checks wrote it down."""
    figures: dict[str, dict[str, float | None]] = json.loads(_MEASURED.read_text(encoding="utf-8"))
    return figures


def explain(name: str) -> Page:
    """The page of a rule, a check, a subject of advice, a log format, a note, or of the line ``expect``.

    Raises UsageError with the nearest name. ``advice.flooding`` is the advice where a check has the name too.
    """
    ours_last = sorted(registry.names("checks"), key=lambda check: check in registry.own("checks"))
    codes = {code: check for check in ours_last if (code := registry.constant("checks", check, "CODE"))}
    if name in registry.names("rules"):
        return Page(
            name, "rule", registry.page("rules", name), _settings(registry.load("rules", name).pick), of_rules.of(name)
        )
    check = codes.get(name.upper(), name)
    if check in registry.names("checks"):
        return Page(
            check,
            f"check {registry.constant('checks', check, 'CODE')}",
            registry.page("checks", check),
            _lines(tables.options(check).values()),
        )
    subject = name.removeprefix("advice.")
    if subject in registry.names("advice"):
        function = registry.load("advice", subject).advise
        return Page(subject, "advice", registry.page("advice", subject), _settings(function))
    if name in registry.names("readers"):
        return Page(name, "log format", registry.page("readers", name))
    if name.upper() in notes.MEANINGS:
        return Page(name.upper(), "note", notes.MEANINGS[name.upper()])
    if name == expect_page.NAME:
        return Page(name, "line of an answer", expect_page.text())
    known = [expect_page.NAME, *registry.names("rules"), *registry.names("checks"), *registry.names("readers")]
    known += [f"advice.{subject}" for subject in registry.names("advice")]
    known += [*codes, *notes.MEANINGS]
    raise UsageError(f"nothing is named {name!r}; {did_you_mean(name, known)}")


def _settings(function: Callable[..., Any]) -> tuple[SettingLine, ...]:
    return _lines(settings.options(function).values())


def _lines(options: Iterable[Option]) -> tuple[SettingLine, ...]:
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


def often_right(figures: Mapping[str, Any]) -> str:
    """The sentence below "Often right?" on the page of a check, from what benchmarks/checks measured."""
    runs, fires = f"{figures['runs']:,} training runs", _share(figures["fires"])
    if figures.get("right") is None:
        text = f"Fires in {fires} of {runs}. Whether it was right cannot be told there."
    else:
        shown = "" if figures["shown"] == 1 else f", of which it saw the first {100 * figures['shown']:.0f} %"
        right = f"Right, with thresholds of other data sets, in {_right(figures)}: {figures['means']}."
        text = f"Fires in {fires} of {runs}{shown}. {right}"
    if "public" in figures:
        text += f" {_on_public_runs(figures['public'])}"
    return textwrap.fill(text, 120, initial_indent="    ", subsequent_indent="    ")


def _on_public_runs(figures: Mapping[str, Any]) -> str:
    """The same of runs on which nothing was chosen and that anybody can train again."""
    runs = f"{figures['runs']:,} public runs on which nothing was chosen"
    if figures["fires"] is None:
        return f"In {runs} it found nothing."
    told = f"In {runs} it fires in {_share(figures['fires'])}"
    return f"{told}." if figures.get("right") is None else f"{told} and is right in {_right(figures)}."


def _right(figures: Mapping[str, Any]) -> str:
    edges = f"95 % interval {100 * figures['low']:.0f} to {100 * figures['high']:.0f} %"
    return f"{_share(figures['right'])} ({edges})"


def _share(value: float) -> str:
    return "under 1 %" if 0 < value < 0.005 else f"{100 * value:.0f} %"
