"""The screen of ``advise``: each subject with its advice, what it rests on, and code as it is to be pasted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from selectmodel.display import numbers as figures
from selectmodel.display import tables
from selectmodel.display.epochs import epoch_or_step
from selectmodel.display.escaping import LONGEST, visible
from selectmodel.display.style import Style
from selectmodel.display.tables import TableColumn
from selectmodel.records import Advice
from selectmodel.selection.report import Report

if TYPE_CHECKING:
    from selectmodel.commands.advise.guidance import Guidance

#: Rows of a table that are shown without --verbose.
_ROWS = 18


def lay_out(guidance: Guidance, style: Style) -> Iterator[RenderableType]:
    """The runs, then the subjects, the most useful first."""
    for report in guidance.reports:
        yield Text(_looked_back(report))
    for subject, found in groupby(guidance.advice, key=lambda pair: pair[0]):
        yield Text("")
        yield Text(subject.replace("_", " ").capitalize(), style="bold")
        for place, (_, advice) in enumerate(found):
            if place:
                yield Text("")
            yield from _piece(advice, style)
    if not guidance.advice:
        yield Text("")
        yield Text("Nothing to advise: this log is too short to learn from.")


def _looked_back(report: Report) -> str:
    pick = report.by_log
    at = epoch_or_step(pick.epoch, pick.step)
    name = visible(report.monitor.name)
    value = figures.figure(pick.values[report.monitor.name])
    count = figures.counted(report.question.n, "validation")
    return f"{visible(report.run.name)}: {count}, best {at} ({name} {value}, {pick.rule})"


def _piece(advice: Advice, style: Style) -> Iterator[RenderableType]:
    yield Text(visible(advice.message, LONGEST))
    if advice.why:
        yield Text(visible(advice.why, LONGEST), style="dim")
    if advice.rows:
        yield Text("")
        yield _table(advice.rows if style.verbose else advice.rows[: _ROWS + 1], style)
        left = len(advice.rows) - 1 - _ROWS
        if left > 0 and not style.verbose:
            yield Text(f"{left} more rows with --verbose", style="dim")
    if advice.snippet:
        yield Text("")
        for line in advice.snippet.splitlines():
            # never wrapped nor set in: it is there to be copied
            shown = visible(line.expandtabs(4), LONGEST)
            yield Text(shown, no_wrap=True, overflow="ignore")


def _table(rows: Sequence[Sequence[str | float]], style: Style) -> Table:
    heads = [visible(str(name), 40) for name in rows[0]]
    columns = [_cells([row[place] for row in rows[1:]]) for place in range(len(heads))]
    if sum(TableColumn(name, cells).width for name, cells in zip(heads, columns, strict=True)) - 2 > style.width:
        # figures give way to names: a head of two words stands on two lines
        heads[1:] = [name.replace(" ", "\n") for name in heads[1:]]
    table = tables.empty(style)
    for place, name in enumerate(heads):
        words = max(map(len, name.split()), default=1)
        table.add_column(name, justify="left" if place == 0 else "right", overflow="fold", min_width=words)
    for row in zip(*columns, strict=True):
        table.add_row(*row)
    return table


def _cells(values: Sequence[str | float]) -> list[Text]:
    numbers = [value for value in values if not isinstance(value, str)]
    written = figures.scale(numbers, apart=False)
    whole = all(float(value).is_integer() for value in numbers)
    cells = []
    for value in values:
        if isinstance(value, str):
            cells.append(Text(visible(value, 40)))
        else:
            cells.append(Text(figures.label(value) if whole else written.show(value)))
    return cells
