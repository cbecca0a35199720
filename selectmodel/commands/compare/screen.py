"""The screen of ``compare``: the verdict and what it rests on, each metric, each cycle at its pick, the course."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from selectmodel.commands.compare import sparklines, verdict_lines
from selectmodel.commands.compare.predictions import Paired
from selectmodel.commands.compare.verdict_lines import COLOURS, bounds
from selectmodel.display import numbers, tables
from selectmodel.display.console import NARROWEST
from selectmodel.display.escaping import LONGEST, visible
from selectmodel.display.notes import note_lines
from selectmodel.display.style import Style
from selectmodel.display.tables import TableColumn

if TYPE_CHECKING:
    from selectmodel.commands.compare.comparison import Against, Change, Comparison, Side

#: Rows shown of the table of cycles, unless verbose.
_CYCLES = 24
#: Longest name of a side in a table, and the longest that may head a column of numbers.
_NAME, _SHORT = 24, 6


def lay_out(found: Comparison, style: Style) -> Iterator[RenderableType]:
    """The parts of the screen, from top to bottom."""
    yield from verdict_lines.lines(found)
    if found.against:
        yield Text("")
        yield _changes(found, found.against[-1], style)
        if _corrected(found.against[-1]):
            yield Text("expected change: without the luck of the picks, so it is not after less before", style="dim")
    if found.predictions is not None:
        yield Text("")
        yield from _predictions(found.predictions, style)
    yield Text("")
    yield _cycles(found, style)
    if len(found.against) > 1:
        yield Text("")
        yield from sparklines.lines(found)
    yield from _ending(found, style)


def _changes(found: Comparison, other: Against, style: Style) -> Table:
    """Every metric of the two checkpoints; those without a verdict, such as training metrics, come last."""
    side = next(side for side in found.sides if side.name == other.side)
    names = [visible(found.reference.name, _NAME), visible(side.name, _NAME)]
    heads = names if max(map(len, names)) <= _SHORT and names[0] != names[1] else ["before", "after"]
    judged = {change.metric: change for change in other.changes}
    metrics = [*judged, *(name for name in found.metrics() if name not in judged)]
    corrected = _corrected(other)
    rows = [
        _row(judged.get(metric), found.reference.mean(metric), side.mean(metric), corrected=corrected)
        for metric in metrics
    ]
    head = "expected\nchange" if corrected else "change"
    columns = [TableColumn("metric", [Text(visible(metric, _NAME)) for metric in metrics], left=True)]
    for place, name in enumerate((*heads, head, "90 % interval", "verdict")):
        columns.append(TableColumn(name, [row[place] for row in rows], left=name == "verdict"))
    for unit in sorted({change.unit for change in other.changes if change.needed is not None}):
        needed = [change.needed if change and change.unit == unit else None for change in map(judged.get, metrics)]
        cells = [Text("" if count is None else f"{count:,}") for count in needed]
        columns.append(TableColumn(f"{unit}\nneeded", cells, dispensable=1))
    return tables.filled(columns, style, max(style.width, NARROWEST))


def _row(change: Change | None, before: float, after: float, *, corrected: bool) -> list[Text]:
    """Before, after, the change with its interval, and the verdict; the last two only of a metric that is judged."""
    written = numbers.scale([before, after])
    moved = after - before if change is None else change.change
    withheld = change is not None and change.verdict == "withheld"  # the two numbers do not mean the same
    told = "–" if withheld or math.isnan(moved) else written.difference(moved)
    told = "" if corrected and change is None else told
    interval = ""
    if change is not None:
        interval = "–" if withheld else "not known"
        interval = " to ".join(bounds(change)) if change.low is not None else interval
    verdict = "" if change is None else change.verdict
    cells = [Text(text) for text in (written.show(before), written.show(after), told, interval)]
    return [*cells, Text(verdict, style=COLOURS.get(verdict, ""))]


def _corrected(other: Against) -> bool:
    """Whether a change that is shown is visibly another than that of the two numbers beside it."""
    for change in other.changes:
        written = numbers.scale([change.before, change.after])
        if written.difference(change.change) != written.difference(change.after - change.before):
            return True
    return False


def _cycles(found: Comparison, style: Style) -> Table:
    """One row a side: when it was decided, where it was picked, and what it is worth there."""
    shown, judged = _shown(found, style), found.reference.members[0].judged
    by_step = all(member.epoch is None for side in found.sides for member in side.members)
    columns = [TableColumn("cycle", [Text(visible(side.name, _NAME)) for side in shown], left=True)]
    if found.history:
        columns.append(TableColumn("date", [Text(_date(side)) for side in shown], left=True))
    columns.append(TableColumn("step" if by_step else "epoch", [Text(_at(side)) for side in shown]))
    for rank, name in enumerate([name for name in found.metrics() if name in judged][:2]):
        cells = [Text(cell) for cell in numbers.column([side.mean(name) for side in shown])]
        columns.append(TableColumn(visible(name, 16), cells, dispensable=3 * rank))
    if len(found.sides) == 2:  # of more sides, their courses stand below
        gaps = numbers.scale((sparklines.mean(side, "gap") for side in shown), apart=False)
        columns.append(
            TableColumn("gap", [Text(gaps.show(sparklines.mean(side, "gap"))) for side in shown], dispensable=2)
        )
        columns.append(TableColumn("overfit", [Text(_overfit(side)) for side in shown], dispensable=2))
    columns.append(TableColumn("examples", [Text(_sizes(side)) for side in shown], dispensable=1))
    if any(len(side.members) > 1 for side in found.sides):
        columns.append(TableColumn("seeds", [Text(str(len(side.members))) for side in shown], dispensable=1))
    if len(found.sides) > 2:
        verdicts = {other.side: found.change(side=other.side).verdict for other in found.against}
        told = [str(verdicts.get(side.name, "reference")) for side in shown]
        cells = [Text(verdict, style=COLOURS.get(verdict, "dim")) for verdict in told]
        columns.append(TableColumn("verdict", cells, left=True))
    return tables.filled(columns, style, max(style.width, NARROWEST))


def _date(side: Side) -> str:
    """The day on which it was added to the history; "–" of records that are older than this is written down."""
    days = sorted({member.created[:10] if member.created else "–" for member in side.members})
    return days[-1]


def _overfit(side: Side) -> str:
    share = sparklines.mean(side, "overfit")
    return "–" if math.isnan(share) else f"{100 * share:+.0f} %"


def _shown(found: Comparison, style: Style) -> list[Side]:
    """The reference and the newest; all of them with --verbose."""
    if style.verbose or len(found.sides) <= _CYCLES:
        return list(found.sides)
    return [found.sides[0], *found.sides[-(_CYCLES - 1) :]]


def _at(side: Side) -> str:
    places = sorted({member.at for member in side.members if member.at is not None})
    return (
        "–" if not places else "–".join(numbers.label(float(place)) for place in dict.fromkeys((places[0], places[-1])))
    )


def _sizes(side: Side) -> str:
    sizes = {member.val_size for member in side.members}
    return ", ".join("not known" if size is None else f"{size:,}" for size in sorted(sizes, key=lambda n: n or 0)[:2])


def _predictions(paired: Paired, style: Style) -> Iterator[RenderableType]:
    table = tables.empty(style)
    for column in (
        "predictions",
        visible(paired.before, 24),
        visible(paired.after, 24),
        "change",
        "90 % interval",
        "p",
    ):
        table.add_column(column, justify="left" if column == "predictions" else "right", no_wrap=True)
    table.add_column("verdict", no_wrap=True)
    for metric in paired.metrics:
        written = numbers.scale([metric.before, metric.after])
        interval = f"{written.difference(metric.low)} to {written.difference(metric.high)}"
        table.add_row(
            metric.metric, written.show(metric.before), written.show(metric.after), written.difference(metric.change),
            interval, f"{metric.p:.2g}", Text(metric.verdict, style=COLOURS.get(metric.verdict, "")),
        )  # fmt: skip
    yield table
    for what, count, ids in (("won", paired.won, paired.won_ids), ("lost", paired.lost, paired.lost_ids)):
        if count:
            more = f" and {count - len(ids):,} more" if count > len(ids) else ""
            yield Text(f"{what}: {', '.join(visible(name, 40) for name in ids)}{more}")


def _ending(found: Comparison, style: Style) -> Iterator[RenderableType]:
    if found.history:
        noun = "decision" if found.recorded == 1 else "decisions"
        yield Text("")
        added = f"{found.recorded} {noun} added" if found.recorded else "nothing new to add"
        yield Text(f"history {visible(found.history, LONGEST)}: {added}", style="dim")
    if found.notes:
        yield Text("")
        yield from note_lines(found.notes, style)
