"""The screen of ``inspect``: the log, each metric and how it was understood, the files, what was repaired."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from selectmodel.display import tables
from selectmodel.display.breaking import broken
from selectmodel.display.epochs import epoch_or_step
from selectmodel.display.escaping import LONGEST, visible
from selectmodel.display.notes import note_lines
from selectmodel.display.numbers import column
from selectmodel.display.style import Style
from selectmodel.records import Series

if TYPE_CHECKING:
    from selectmodel.commands.inspect.inspection import Inspection


#: Columns of the screen that names are broken into where they are longer.
_NAME = 24


def lay_out(found: Inspection, style: Style) -> Iterator[RenderableType]:
    """The parts of the screen, from top to bottom."""
    run = found.run
    what = f"  {run.format.replace('_', ' ')}, {len(run.series)} metrics"
    yield Text.assemble((visible(run.name, LONGEST), "bold"), what)
    if found.monitor:
        yield Text(f"pick judges by {visible(found.monitor, LONGEST)}, {visible(found.question, LONGEST)}")
    else:
        asks = "\n".join(visible(line, LONGEST) for line in found.question.split("\n"))
        yield Text.assemble(("pick would ask: ", "magenta"), asks)
    yield ""
    yield _metrics(found, style)
    if run.checkpoints:
        yield ""
        yield from _files(found, style)
    if found.notes:
        yield ""
        yield from note_lines(found.notes, style)


def _metrics(found: Inspection, style: Style) -> Table:
    table = tables.empty(style)
    table.add_column("metric", overflow="fold")
    for name in ("split", "goal"):
        table.add_column(name, no_wrap=True)
    for name in ("best", "at", *(("last", "values") if style.verbose else ())):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("understood by", min_width=24)
    for name, series in found.run.series.items():
        meaning = found.meanings[name]
        best, at, last = _extremes(series, meaning.goal if meaning.quality else None)
        why = f"{meaning.split_why}; {meaning.goal_why}" if meaning.quality else f"not judged: {meaning.quality_why}"
        goal = (meaning.goal or "?") if meaning.quality else "–"
        cells = [broken(visible(name, LONGEST), _NAME), meaning.split or "?", goal, best, at]
        cells += [last, str(len(series.values))] if style.verbose else []
        table.add_row(*cells, visible(why, LONGEST), style="bold" if name == found.monitor else None)
    return table


def _extremes(series: Series, goal: str | None) -> tuple[str, str, str]:
    finite = np.flatnonzero(np.isfinite(series.values))
    last = float(series.values[-1]) if len(series.values) else float("nan")
    if goal is None or not len(finite):
        return "", "", column([last], 4)[0]
    values = series.values[finite]
    place = int(finite[np.argmin(values) if goal == "min" else np.argmax(values)])
    at = epoch_or_step(series.epochs[place], int(series.steps[place])).removeprefix("epoch ")
    best, end = column([float(series.values[place]), last], 4)
    return best, at, end


def _files(found: Inspection, style: Style) -> Iterator[Text]:
    matched = sorted(found.files)
    total, held = len(found.run.checkpoints), len(matched)
    yield Text(f"{total} checkpoint{'s' * (total != 1)}, of which {held} belong{'s' * (held == 1)} to a logged epoch")
    if found.files_how:
        yield Text(visible(found.files_how, LONGEST))
    series = found.run.series.get(found.monitor)
    shown = matched if style.verbose else matched[:5]
    for index in shown:
        if series is not None:
            label = epoch_or_step(series.epochs[index], int(series.steps[index]))
            path = visible(found.files[index], LONGEST)  # never wrapped: it is there to be copied
            yield Text(f"  {label} → {path}", no_wrap=True, overflow="ignore")
    if len(shown) < len(matched):
        yield Text(f"  and {len(matched) - len(shown)} more (--verbose)", style="dim")
