"""The page of a verdict: whether it may ship, every condition, then the page of the recommendation it is about."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from selectmodel.display import epochs, numbers
from selectmodel.pages.sheet import Cell, Fact, Grid, Section, Sheet, Tone, number
from selectmodel.selection import report_sheet

if TYPE_CHECKING:
    from selectmodel.commands.gate.verdict import Outcome, Verdict

_HEADS: dict[str, tuple[str, Tone]] = {
    "pass": ("The gate passes", "good"), "fail": ("The gate says no", "bad"),
    "refused": ("The gate cannot judge", "bad"),
}  # fmt: skip
_WORDS: dict[str, tuple[str, Tone]] = {
    "pass": ("pass", "good"), "fail": ("fail", "bad"), "refused": ("not judged", "bad"),
    "skipped": ("not compared", "doubt"),
}  # fmt: skip
_ORDER = ("refused", "fail", "skipped", "pass")


def sheet(verdict: Verdict) -> Sheet:
    """The whole page."""
    head, tone = _HEADS[verdict.result]
    report = verdict.report
    return Sheet(
        title=f"May it ship: {report.run.name if report else verdict.source}",
        log=verdict.source,
        verdict=f"{head}: {verdict.sentence}",
        tone=tone,
        facts=list(_facts(verdict)),
        sections=[_conditions(verdict), *(report_sheet.sections(report, gate=True) if report else ())],
    )


def _facts(verdict: Verdict) -> Iterator[Fact]:
    if verdict.report is not None:
        pick = verdict.report.recommended
        yield Fact("Judged", epochs.place_of(pick.epoch, pick.step))
        yield from report_sheet.answer(verdict.report)
    if verdict.baseline is not None:
        compared = verdict.baseline.compared
        source = f"{verdict.baseline.source}: " if verdict.baseline.source else ""
        yield Fact(
            "Baseline" if compared else "Not compared", source + verdict.baseline.why, "" if compared else "doubt"
        )


def _conditions(verdict: Verdict) -> Section:
    """A row a condition, the worst first."""
    rows = [_condition(one) for one in sorted(verdict.outcomes, key=lambda one: _ORDER.index(one.outcome))]
    return Section("Conditions", table=Grid(("outcome", "condition", "value", "bound", "baseline", "why"), rows))


def _condition(one: Outcome) -> tuple[Cell, ...]:
    word, tone = _WORDS[one.outcome]
    figures = [value for value in (one.value, one.bound, one.baseline) if value is not None]
    written = numbers.scale(figures)
    shown = [
        number(value, "" if value is None else written.show(value)) for value in (one.value, one.bound, one.baseline)
    ]
    return (Cell(word, tone=tone), Cell(one.name), *shown, Cell(one.reason))
