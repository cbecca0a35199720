"""What ``advise`` answers: for each subject what to do in the next run, with code and with what it rests on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from selectmodel import registry
from selectmodel.answer import SCHEMA, advice_dict, strict
from selectmodel.display.numbers import number
from selectmodel.records import Advice
from selectmodel.selection.report import Report
from selectmodel.version import __version__


@dataclass(frozen=True, slots=True)
class Guidance:
    """Advice by subject, the most useful subject first; ``reports`` are the runs that were looked back on."""

    reports: tuple[Report, ...]
    advice: tuple[tuple[str, Advice], ...]
    kind = "advise"

    def to_dict(self) -> dict[str, Any]:
        """The JSON answer, strict."""
        answer = {
            "schema": SCHEMA,
            "command": "advise",
            "version": __version__,
            "runs": [_run(report) for report in self.reports],
            "advice": [advice_dict(subject, advice) for subject, advice in self.advice],
        }
        return {key: strict(value) for key, value in answer.items()}

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

    def _repr_html_(self) -> str:
        fragment: str = registry.load("reports", "html").fragment(self)
        return fragment


def _run(report: Report) -> dict[str, Any]:
    pick = report.recommended
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
