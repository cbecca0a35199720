"""The screen of ``compare``: what misleads first, the verdict, each metric, each cycle at its pick, the course."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from selectmodel.commands.compare import sparklines
from selectmodel.commands.compare.predictions import Paired
from selectmodel.commands.compare.warnings import SAME_LOG, VALIDATION_DATA
from selectmodel.display import numbers, tables
from selectmodel.display.escaping import LONGEST, visible
from selectmodel.display.notes import note_lines
from selectmodel.display.style import Style

if TYPE_CHECKING:
    from selectmodel.commands.compare.comparison import Against, Change, Comparison, Side

_COLOURS = {"better": "green", "worse": "red", "withheld": "yellow"}
#: Rows shown of the table of cycles, unless verbose.
_CYCLES = 24
#: Longest name of a side in a table, and the longest that may head a column of numbers.
_NAME, _SHORT = 24, 6


def lay_out(found: Comparison, style: Style) -> Iterator[RenderableType]:
    """The parts of the screen, from top to bottom."""
    many = len(found.against) > 1
    for other in found.against:
        for about, message in other.warnings:
            if about == VALIDATION_DATA and other is found.against[-1]:
                continue  # the headline says it
            name = f"{visible(other.side)}: " if many else ""
            yield Text.assemble(
                (f"{name}{about[:1].upper()}{about[1:]}: ", "bold yellow"), visible(message, LONGEST) + "."
            )
    if found.predictions is not None:
        yield _of_predictions(found.predictions)
    if found.against:
        if found.latest is not None and not _one_log(found.latest):
            yield Text.assemble(("Against the last: ", "bold"), headline(found, found.latest, found.sides[-2]))
        if not _one_log(found.against[-1]):
            first = ("Against the first: " if found.latest is not None else "", "bold")
            yield Text.assemble(first, headline(found, found.against[-1], found.reference))
        yield Text("")
        yield _changes(found, found.against[-1], style)
        if _corrected(found.against[-1]):
            yield Text(
                "The expected change is that on data like the validation set, without the luck of the picks; it is not "
                "after less before."
            )
    if found.predictions is not None:
        yield Text("")
        yield from _predictions(found.predictions, style)
    yield Text("")
    yield _cycles(found, style)
    if many:
        yield Text("")
        yield from sparklines.lines(found)
    remarks = found.against[-1].remarks if found.against else ()
    if remarks:
        yield Text("")
    for remark in remarks:
        yield Text(f"{visible(remark, LONGEST)}.")
    yield from _ending(found, style)


def _one_log(other: Against) -> bool:
    """Whether the side is the reference itself: its warning is all there is to say."""
    return other.warnings[:1] != () and other.warnings[0][0] == SAME_LOG and other.changes[0].verdict == "withheld"


def headline(found: Comparison, other: Against, against: Side) -> Text:
    """The verdict on the monitored metric, in a sentence that says what it rests on."""
    change = next(change for change in other.changes if change.metric == found.metric)
    one, after = numbers.column([change.before, change.after])
    name, side, reference = visible(change.metric), visible(other.side), visible(against.name)
    moved = f"{name} {one} → {after}"
    colour = f"bold {_COLOURS.get(change.verdict, '')}".strip()
    if change.verdict == "withheld":
        why = visible(change.why, LONGEST)
        return Text.assemble((f"{side} against {reference}, verdict withheld: ", colour), f"{moved}, but {why}.")
    if change.verdict in ("better", "worse"):
        low, high = _bounds(change)
        told = f"{side} is {change.verdict} than {reference}: "
        return Text.assemble((told, colour), f"{moved} ({100 * change.level:.0f} %: {low} to {high}; {change.why}).")
    if change.low is None:
        return Text.assemble(
            ("Cannot tell: ", "bold"), f"{moved}; how uncertain these are is not known: {visible(change.why, LONGEST)}."
        )
    at = "at this validation size" if change.unit == "examples" else "from these seeds"
    low, high = _bounds(change)
    interval = f"{100 * change.level:.0f} %: {low} to {high}; {change.why}"
    text = f"whether {side} is better than {reference}: {moved} ({interval}). {_needed(change)}"
    return Text.assemble((f"Cannot tell {at} ", "bold"), text.rstrip())


def _needed(change: Change) -> str:
    if change.needed is None:
        return ""
    return f"About {change.needed:,} {change.unit} a side would tell a change as large as this one."


def _bounds(change: Change) -> tuple[str, str]:
    written = numbers.scale([change.before, change.after])
    return written.difference(change.low or 0.0), written.difference(change.high or 0.0)


def _changes(found: Comparison, other: Against, style: Style) -> Table:
    """Every metric of the two checkpoints; those without a verdict, such as training metrics, come last."""
    table = tables.empty(style)
    side = next(side for side in found.sides if side.name == other.side)
    names = [visible(found.reference.name, _NAME), visible(side.name, _NAME)]
    heads = names if max(map(len, names)) <= _SHORT and names[0] != names[1] else ["before", "after"]
    table.add_column("metric", no_wrap=True)
    corrected = _corrected(other)
    for head in (*heads, "expected\nchange" if corrected else "change", "90 % interval"):
        table.add_column(head, justify="right", no_wrap=True)
    table.add_column("verdict", no_wrap=True)
    units = {change.unit for change in other.changes if change.needed is not None}
    for unit in sorted(units):
        table.add_column(f"{unit} needed", justify="right")
    judged = {change.metric: change for change in other.changes}
    for metric in [*judged, *(name for name in found.metrics() if name not in judged)]:
        change = judged.get(metric)
        before, after = found.reference.mean(metric), side.mean(metric)
        written = numbers.scale([before, after])
        moved = after - before if change is None else change.change
        told = "" if corrected and change is None else "–" if math.isnan(moved) else written.difference(moved)
        cells = [written.show(before), written.show(after), told]
        verdict = Text("" if change is None else change.verdict)
        if change is not None:
            verdict.stylize(_COLOURS.get(change.verdict, ""))
            cells.append(
                " to ".join(_bounds(change))
                if change.low is not None
                else "–"
                if change.verdict == "withheld"
                else "not known"
            )
        else:
            cells.append("")
        needed = [
            f"{change.needed:,}" if change and change.unit == unit and change.needed else "" for unit in sorted(units)
        ]
        table.add_row(visible(metric, 24), *cells, verdict, *needed)
    return table


def _corrected(other: Against) -> bool:
    """Whether a change that is shown is visibly another than that of the two numbers beside it."""
    for change in other.changes:
        written = numbers.scale([change.before, change.after])
        if written.difference(change.change) != written.difference(change.after - change.before):
            return True
    return False


def _cycles(found: Comparison, style: Style) -> Table:
    """One row a side: where it was picked, and what it is worth there."""
    table = tables.empty(style)
    shown, judged = _shown(found, style), found.reference.members[0].judged
    by_step = all(member.epoch is None for side in found.sides for member in side.members)
    columns = [("cycle", [Text(visible(side.name, _NAME)) for side in shown])]
    columns.append(("step" if by_step else "epoch", [Text(_at(side)) for side in shown]))
    for name in [name for name in found.metrics() if name in judged][:2]:
        columns.append(
            (visible(name, 16), [Text(cell) for cell in numbers.column([side.mean(name) for side in shown])])
        )
    gaps = numbers.scale((sparklines.mean(side, "gap") for side in shown), apart=False)
    columns.append(("gap", [Text(gaps.show(sparklines.mean(side, "gap"))) for side in shown]))
    columns.append(("overfit", [Text(_overfit(side)) for side in shown]))
    columns.append(("examples", [Text(_sizes(side)) for side in shown]))
    if any(len(side.members) > 1 for side in found.sides):
        columns.append(("seeds", [Text(str(len(side.members))) for side in shown]))
    if len(found.sides) > 2:
        verdicts = {other.side: found.change(side=other.side).verdict for other in found.against}
        told = [str(verdicts.get(side.name, "reference")) for side in shown]
        columns.append(("verdict", [Text(verdict, style=_COLOURS.get(verdict, "dim")) for verdict in told]))
        columns = [column for column in columns if column[0] not in ("gap", "overfit")]  # their courses stand below
    for head, _ in columns:
        left = head in ("cycle", "verdict")
        table.add_column(head, justify="left" if left else "right", no_wrap=head != "cycle", overflow="fold")
    for row in zip(*(cells for _, cells in columns), strict=True):
        table.add_row(*row)
    return table


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


def _of_predictions(paired: Paired) -> Text:
    first = paired.metrics[0]
    before, after = numbers.column([first.before, first.after])
    told = {"better": "is better than", "worse": "is worse than"}.get(first.verdict, "cannot be told from")
    return Text.assemble(
        (f"{visible(paired.after)} {told} {visible(paired.before)}", f"bold {_COLOURS.get(first.verdict, '')}".strip()),
        f" on the same {paired.examples:,} examples: accuracy {before} → {after}, {paired.won:,} won and "
        f"{paired.lost:,} lost (McNemar, p {numbers.figure(first.p)}).",
    )


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
    table.add_column("verdict")
    for metric in paired.metrics:
        written = numbers.scale([metric.before, metric.after])
        interval = f"{written.difference(metric.low)} to {written.difference(metric.high)}"
        table.add_row(
            metric.metric, written.show(metric.before), written.show(metric.after), written.difference(metric.change),
            interval, f"{metric.p:.2g}", Text(metric.verdict, style=_COLOURS.get(metric.verdict, "")),
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
