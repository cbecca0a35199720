"""The screen of ``pick``: the answer first, then why, then what every other rule would do, then what to know."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from selectmodel import registry
from selectmodel.display import epochs, numbers, tables
from selectmodel.display.console import NARROWEST
from selectmodel.display.escaping import LONGEST, visible
from selectmodel.display.findings import finding_lines, not_said_by_findings
from selectmodel.display.notes import note_lines
from selectmodel.display.style import Style
from selectmodel.display.tables import TableColumn
from selectmodel.display.wrapping import Hanging
from selectmodel.selection import answer_lines, between_screen
from selectmodel.stats import long_arrays

if TYPE_CHECKING:
    from selectmodel.selection.report import Report, RulePick

#: Columns of the screen that the rules and their reasons need.
_ROOM = 26
#: On a screen of fewer columns than this the rules are named alone.
_NARROW = 60
#: More rules than this that choose one epoch are listed without their reasons.
_AGREE = 3
#: Longer names are shortened in the table.
_LONG = 16


def lay_out(report: Report, style: Style) -> Iterator[RenderableType]:
    """The parts of the screen, from top to bottom."""
    if report.between is not None:
        rules = [pick for pick in report.picks.values() if pick.index is not None and _shown(report, pick, style)]
        yield from between_screen.lay_out(report, report.between, _key_metrics(report), rules, style)
        yield from _closing(report, style)
        return
    yield _headline(report)
    yield from answer_lines.lines(report, _key_metrics(report), style)
    if style.curve:
        from selectmodel.selection import report_curve

        yield from report_curve.lay_out(report, style)
    yield Text("")
    yield _table(report, style)
    hidden = sum(pick.index is not None and not _shown(report, pick, style) for pick in report.choices)
    if hidden:
        yield Text(f"{hidden} more rule{'s' * (hidden != 1)} with --verbose", style="dim")
    silent = [pick for pick in report.choices if pick.index is None]
    if silent and style.verbose:
        yield Text("")
        yield Text("no answer: " + "; ".join(f"{pick.rule} ({visible(pick.reason)})" for pick in silent), style="dim")
    yield from _closing(report, style)


def _closing(report: Report, style: Style) -> Iterator[RenderableType]:
    """What to know beside the answer."""
    if report.findings:
        yield Text("")
        yield from finding_lines(report.findings, style)
    notes = not_said_by_findings(report.notes, report.findings)
    if notes:
        yield Text("")
        yield from note_lines(notes, style)
    if report.advice:
        yield Text("")
        yield from _next_run(report, style)


def _next_run(report: Report, style: Style) -> Iterator[Text]:
    """The most useful advice, a sentence each, and where there is more of it."""
    for _, advice in report.advice:
        yield Text.assemble(("next run: ", "bold"), visible(advice.message, LONGEST))
    log = report.run.files[0] if len(report.run.files) == 1 else report.run.source
    command = style.again("advise", [log], same=True)
    if visible(command, LONGEST) == command and not report.run.name.startswith("-"):
        yield Text.assemble(("more: ", "bold"), command, no_wrap=True, overflow="ignore")


def _headline(report: Report) -> Text:
    """Never wrapped: the path is there to be copied."""
    pick = report.recommended
    text = Text.assemble(("Ship ", "bold"), (_label(pick), "bold green"), no_wrap=True, overflow="ignore")
    text.append(" so far" * report.so_far, style="bold")
    if pick.checkpoint is not None:
        text.append(" → ").append(visible(pick.checkpoint, LONGEST), style="bold")
    elif report.run.checkpoints:
        text.append(", of which no checkpoint file is known", style="magenta")
    return text


def _label(pick: RulePick) -> str:
    return epochs.place_of(pick.epoch, pick.step)


def _key_metrics(report: Report) -> list[str]:
    question = report.question
    keys = [question.monitor, question.val_loss, question.val_score, question.train_twin]
    return list(dict.fromkeys(key for key in keys if key is not None))


def _table(report: Report, style: Style) -> Table:
    """One row an epoch that some rule chose: the metrics there, and a line for each rule that chose it, with why."""
    groups = _groups(report, style)
    choosers = [_choosers(group, report, style) for group in groups]
    longest = max(text.cell_len for chosen in choosers for text in chosen.texts)
    columns = _fitting(list(_columns(report, groups)), max(style.width, NARROWEST), longest)
    table = tables.empty(style)
    for column in columns:
        table.add_column(column.name, justify="left" if column.name == "file" else "right", no_wrap=True)
    table.add_column("chosen by")
    for place, group in enumerate(groups):
        ours = group[0] is report.recommended
        cells = [column.cells[place] for column in columns]
        table.add_row(*cells, choosers[place], style="bold" if ours else None)
    return table


def _columns(report: Report, groups: list[list[RulePick]]) -> Iterator[TableColumn]:
    """Each column before the rules."""
    question, picks = report.question, [group[0] for group in groups]
    with_epochs = report.recommended.epoch is not None
    places = [epochs.shown(pick.epoch, pick.step) for pick in picks]
    yield TableColumn(epochs.axis_name(report.recommended.epoch), [Text(f"► {places[0]}"), *map(Text, places[1:])])
    if with_epochs and long_arrays.distinct(question.epochs) < question.n:
        # validated several times in an epoch, which alone does not tell the rows apart
        yield TableColumn("step", [Text(str(pick.step)) for pick in picks])
    for rank, name in enumerate([name for name in _key_metrics(report) if name != question.train_twin][:2]):
        yield TableColumn(_short(name, report), _metric_cells(report, name, picks), dispensable=rank)
    if question.gap is not None:
        gaps = [math.nan if pick.index is None else float(question.gap[pick.index]) for pick in picks]
        written = numbers.scale([pick.values[question.monitor] for pick in picks], apart=False)
        yield TableColumn("gap", [Text(written.show(gap)) for gap in gaps], dispensable=2)
    if report.run.checkpoints:
        yield TableColumn("file", [Text("yes" if pick.checkpoint else "no") for pick in picks])


def _fitting(columns: list[TableColumn], width: int, longest: int) -> list[TableColumn]:
    """The columns that leave room for the rules; the most dispensable are given up first.

    One is, too, where it spoils that each rule has one line, of which the ``longest`` is so many columns wide.
    """
    kept = columns
    for rank, room in ((2, longest), (1, _ROOM)):
        if sum(column.width for column in kept) > width - max(room, _ROOM):
            kept = [column for column in kept if column.dispensable != rank]
    return kept


def _groups(report: Report, style: Style) -> list[list[RulePick]]:
    """The picks by candidate: the recommended one first, then the epochs that most rules chose."""
    by_index: dict[int, list[RulePick]] = {}
    for pick in [report.recommended, *report.choices]:
        if pick.index is not None and _shown(report, pick, style):
            group = by_index.setdefault(pick.index, [])
            if pick not in group:
                group.append(pick)
    groups = list(by_index.values())
    return [groups[0], *sorted(groups[1:], key=lambda group: (-len(group), group[0].index))]


def _shown(report: Report, pick: RulePick, style: Style) -> bool:
    """What is recommended, what the framework keeps, the rules named, and those that say so; all if verbose."""
    if style.verbose or pick is report.recommended or pick is report.recorded or pick.rule in report.named:
        return True
    rule = registry.load("rules", pick.rule)
    if rule.shown == "always" or report.run.format in rule.replays:
        return True
    if report.named or rule.shown is None:
        return False
    return rule.shown != "without a loss" or not _has_lowest_loss(report)


def _has_lowest_loss(report: Report) -> bool:
    found = (pick.rule for pick in report.picks.values() if pick.index is not None)
    return any(registry.load("rules", rule).aim == "loss" for rule in found)


def _choosers(group: list[RulePick], report: Report, style: Style) -> Hanging:
    """A line a rule, with its reason; of many that agree, only the first gives its reason unless verbose.

    A narrow screen has no room for reasons.
    """
    if style.width < _NARROW and not style.verbose:
        return Hanging(tuple(Text(pick.rule, style="bold") for pick in group))
    lines = []
    told = group
    if not style.verbose and len(group) > _AGREE:
        told = [pick for pick in group if pick is group[0] or pick is report.recorded]
    for pick in told:
        reason = pick.reason
        for name in _key_metrics(report):
            reason = reason.replace(name, _short(name, report))
        lines.append(Text.assemble((pick.rule, "bold"), (f": {visible(reason, LONGEST)}", "not bold")))
    if len(told) < len(group):
        others = ", ".join(pick.rule for pick in group if pick not in told)
        lines.append(Text.assemble(("also ", "not bold"), (others, "bold")))
    return Hanging(tuple(lines))


def _short(name: str, report: Report) -> str:
    """``epoch_loss`` for the long ``validation/epoch_loss`` in the table, where nothing else there is called so."""
    tail = name.rpartition("/")[2]
    validation = [key for key in _key_metrics(report) if key != report.question.train_twin]
    alone = [key.rpartition("/")[2] for key in validation].count(tail) == 1
    return visible(tail if tail and alone and len(name) > _LONG else name, 24)


def _metric_cells(report: Report, name: str, picks: list[RulePick]) -> list[Text]:
    """For each row the value: green where it is better than at the recommended epoch, red where it is worse."""
    values, base = [pick.values[name] for pick in picks], report.recommended.values[name]
    written = numbers.scale([*values, base])
    goal = report.monitor.goal if name == report.monitor.name else report.question.goals.get(name)
    cells = []
    for value in values:
        cell, difference = Text(written.show(value)), value - base
        if goal is not None and math.isfinite(difference) and abs(difference) > written.least:
            cell.stylize("red" if (difference > 0) == (goal == "min") else "green")
        cells.append(cell)
    return cells
