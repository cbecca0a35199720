"""The screen of ``pick --between``: which of two epochs, the two side by side, and what their difference is worth."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from selectmodel.display import numbers as figures
from selectmodel.display import tables
from selectmodel.display.escaping import LONGEST, visible
from selectmodel.display.style import Style
from selectmodel.display.wrapping import Labelled
from selectmodel.selection import answer_lines, between
from selectmodel.selection.between import Between

if TYPE_CHECKING:
    from selectmodel.selection.report import Report, RulePick

#: Metrics shown beside each other; more with --verbose.
_SHOWN = 6


def lay_out(
    report: Report, asked: Between, metrics: list[str], rules: list[RulePick], style: Style
) -> Iterator[RenderableType]:
    """The answer, the reason and what the difference means, then the two side by side.

    ``metrics`` are the main ones, ``rules`` those to show.
    """
    unit = between.told_by(report.question)[1]
    text = Text.assemble(
        ("Ship ", "bold"), (f"{unit} {asked.chosen}", "bold green"), f" rather than {asked.other}",
        no_wrap=True, overflow="ignore",
    )  # fmt: skip
    if asked.clear is not True:
        text.append(" (not clearly better)")
    if report.recommended.checkpoint is not None:
        text.append(" → ").append(visible(report.recommended.checkpoint, LONGEST), style="bold")
    yield text
    reason = visible(report.recommended.reason, LONGEST)
    yield Labelled("why", (f"{reason} (rule {report.recommended.rule})",))
    yield Labelled("how sure", (visible(asked.sentence, None).removesuffix("."),))
    others = [pick.rule for pick in rules if pick.index not in (None, report.recommended.index)]
    if others:
        yield Labelled(f"or {asked.other}", (f"by rule{'s' * (len(others) > 1)} {', '.join(others)}",))
    yield from answer_lines.about_files(report)
    yield Text("")
    yield _table(report, asked, metrics, style)


def _table(report: Report, asked: Between, metrics: list[str], style: Style) -> Table:
    """A row for each metric, so that long names leave room for the numbers."""
    labels, unit = between.told_by(report.question)
    places = [index for index, label in enumerate(labels.tolist()) if label in asked.epochs]
    places.sort(key=lambda place: place != report.recommended.index)
    names = list(dict.fromkeys([*metrics, *report.recommended.values]))
    table = tables.empty(style)
    table.add_column(unit, overflow="fold")
    for place in places:
        mark = "► " if place == report.recommended.index else ""
        table.add_column(f"{mark}{figures.label(labels[place])}", justify="right", no_wrap=True)
    for name in names if style.verbose else names[:_SHOWN]:
        train = report.meanings[name].split == "train" and "train" not in name.lower()
        numbers = figures.column([float(report.question.metric(name)[place]) for place in places])
        table.add_row(visible(name, LONGEST) + " (train)" * train, *numbers)
    if report.run.checkpoints:
        table.add_row("file", *("yes" if report.question.has_file[place] else "no" for place in places))
    return table
