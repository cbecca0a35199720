"""The page of advice: the runs that were looked back on, then each subject with what it rests on and its code."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from selectmodel.display import numbers
from selectmodel.display.epochs import epoch_or_step
from selectmodel.pages import parts
from selectmodel.pages.sheet import Fact, Section, Sheet
from selectmodel.selection import settings_table

if TYPE_CHECKING:
    from selectmodel.commands.advise.guidance import Guidance
    from selectmodel.selection.report import Report


def sheet(guidance: Guidance) -> Sheet:
    """The whole page."""
    names = ", ".join(report.run.name for report in guidance.reports)
    first = (
        guidance.advice[0][1].message if guidance.advice else "Nothing to advise: this log is too short to learn from"
    )
    return Sheet(
        title=f"The next run after {names}",
        log=", ".join(dict.fromkeys(report.run.source for report in guidance.reports)),
        verdict=first,
        tone="",
        facts=[_looked_back(report) for report in guidance.reports],
        sections=list(_sections(guidance)),
    )


def _looked_back(report: Report) -> Fact:
    pick, name = report.by_log, report.monitor.name
    best = f"{epoch_or_step(pick.epoch, pick.step)} ({name} {numbers.figure(pick.values[name])}, rule {pick.rule})"
    return Fact(report.run.name, f"{numbers.counted(report.question.n, 'validation')}, best {best}")


def _sections(guidance: Guidance) -> Iterator[Section]:
    yield from parts.advice(guidance.advice)
    files = [file for report in guidance.reports for file in report.run.files]
    yield settings_table.section(guidance.reports[0].policy, guidance.reports[0].recommended.rule, [])
    yield parts.record([], parts.files_of(files))
