"""The screen of ``pick --between``: which of two epochs, the two side by side, and what their difference is worth."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from selectmodel import figures
from selectmodel.between import Between
from selectmodel.escaping import LONGEST, visible
from selectmodel.report import Report
from selectmodel.screens import tables
from selectmodel.style import Style

#: Metrics shown beside each other; more with --verbose.
_SHOWN = 4


def lay_out(report: Report, asked: Between, metrics: list[str], style: Style) -> Iterator[RenderableType]:
    """The answer, a row for each epoch, then the reason and what the difference means. ``metrics``: the main ones."""
    unit = "step" if report.recommended.epoch is None else "epoch"
    text = Text.assemble(
        ("Ship ", "bold"), (f"{unit} {asked.chosen}", "bold green"), f" rather than {asked.other}",
        no_wrap=True, overflow="ignore",
    )  # fmt: skip
    if asked.clear is not True:
        text.append(" (not clearly better)")
    if report.recommended.checkpoint is not None:
        text.append(" → ").append(visible(report.recommended.checkpoint, LONGEST), style="bold cyan")
    yield text
    yield Text("")
    yield _table(report, asked, metrics, style)
    yield Text("")
    reason = visible(report.recommended.reason, LONGEST)
    why = f"{reason[:1].upper()}{reason[1:]} (rule {report.recommended.rule})."
    yield Text(f"{why} {visible(asked.sentence, None)}")
    others = [pick.rule for pick in report.picks.values() if pick.index not in (None, report.recommended.index)]
    if others:
        yield Text(f"Rules that would take {asked.other}: {', '.join(others)}.", style="dim")


def _table(report: Report, asked: Between, metrics: list[str], style: Style) -> Table:
    places = [index for index in range(report.question.n) if report.label(index) in asked.epochs]
    chosen = report.recommended.index
    places.sort(key=lambda place: place != chosen)
    rest = [name for name in report.recommended.values if name not in metrics]
    shown = [*metrics, *rest] if style.verbose else [*metrics, *rest][: max(_SHOWN, len(metrics))]
    table = tables.empty(style)
    table.add_column("step" if report.recommended.epoch is None else "epoch", justify="right", no_wrap=True)
    for name in shown:
        train = report.meanings[name].split == "train" and "train" not in name.lower()
        table.add_column(visible(name, 24) + " (train)" * train, justify="right", no_wrap=True)
    if report.run.checkpoints:
        table.add_column("file")
    columns = [figures.column([float(report.question.metric(name)[place]) for place in places]) for name in shown]
    for row, place in enumerate(places):
        mark = "► " if place == chosen else ""
        file = ["yes" if report.question.has_file[place] else "no"] if report.run.checkpoints else []
        table.add_row(f"{mark}{report.label(place)}", *(column[row] for column in columns), *file)
    return table
