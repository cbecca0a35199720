"""What ``advise`` answers: for each subject what to do in the next run, with code and with what it rests on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Any, TypedDict

from selectmodel.answer import AdviceJson, Answer, Count, advice_json
from selectmodel.display.numbers import number
from selectmodel.records import Advice
from selectmodel.selection.report import Report

if TYPE_CHECKING:
    from rich.console import RenderableType

    from selectmodel.charts.vega import Panel
    from selectmodel.display.style import Style
    from selectmodel.pages.sheet import Sheet


#: Runs whose curves are drawn.
_DRAWN = 3


class PastRunJson(TypedDict):
    """A run that was looked back on, at its pick."""

    name: str
    source: str
    format: str
    candidates: Count
    metric: str
    rule: str
    epoch: float | None
    step: int | None


class GuidanceJson(TypedDict):
    """What ``advise`` answers."""

    runs: Annotated[Sequence[PastRunJson], ("minItems", 1)]
    advice: Sequence[AdviceJson]


@dataclass(frozen=True, slots=True)
class Guidance(Answer):
    """Advice by subject, the most useful subject first; ``reports`` are the runs that were looked back on."""

    reports: tuple[Report, ...]
    advice: tuple[tuple[str, Advice], ...]
    kind = "advise"

    def content(self) -> GuidanceJson:
        """The JSON answer behind its header."""
        return {
            "runs": [_run(report) for report in self.reports],
            "advice": [advice_json(subject, advice) for subject, advice in self.advice],
        }

    def table(self) -> Iterator[tuple[Any, ...]]:
        """A header, then one row a sentence, snippet, figure or cell of a table: the subject, which item of it, …"""
        yield ("subject", "item", "row", "name", "value")
        for place, (subject, advice) in enumerate(self.advice):
            texts = {"message": advice.message, "why": advice.why, "snippet": advice.snippet}
            for name, value in ({key: text for key, text in texts.items() if text} | dict(advice.evidence)).items():
                yield (subject, place, "", name, value)
            for at, row in enumerate(advice.rows[1:]):
                for column, cell in zip(advice.rows[0], row, strict=True):
                    yield (subject, place, at, column, cell)

    def panels(self, *, log: bool = False) -> Iterator[Panel]:
        for report in self.reports[:_DRAWN]:
            for panel in report.panels(log=log):
                yield replace(panel, caption=f"{report.run.name}: {panel.caption}")

    def sheet(self) -> Sheet:
        from selectmodel.commands.advise import sheet

        return sheet.sheet(self)

    def screen(self, style: Style) -> Iterator[RenderableType]:
        from selectmodel.commands.advise import screen

        return screen.lay_out(self, style)


def _run(report: Report) -> PastRunJson:
    pick = report.by_log
    return {
        "name": report.run.name,
        "source": report.run.source,
        "format": report.run.format,
        "candidates": report.question.n,
        "metric": report.monitor.name,
        "rule": pick.rule,
        "epoch": pick.epoch if pick.epoch is None else number(pick.epoch),
        "step": pick.step,
    }
