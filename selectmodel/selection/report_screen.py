"""The screen of ``pick``: the answer first, then why, then what every other rule would do, then what to know."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from rich.cells import cell_len
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
from selectmodel.display.wrapping import Hanging, listed
from selectmodel.selection import aim_sentences, between_screen
from selectmodel.selection.checkpoints import NAMED_IN_VAIN
from selectmodel.stats import long_arrays

if TYPE_CHECKING:
    from selectmodel.records import Question
    from selectmodel.selection.report import Report, RulePick

#: Columns of the screen that the rules and their reasons need.
_ROOM = 26
#: More rules than this that choose one epoch are listed without their reasons.
_AGREE = 3
#: Validations of one epoch that are told one by one.
_ALIKE = 4
#: Longer names are shortened in the table.
_LONG = 16
#: From this many validations on, half of them tell whether a curve has settled.
_MANY = 20


def lay_out(report: Report, style: Style) -> Iterator[RenderableType]:
    """The parts of the screen, from top to bottom."""
    if report.between is not None:
        rules = [pick for pick in report.picks.values() if pick.index is not None and _shown(report, pick, style)]
        yield from between_screen.lay_out(report, report.between, _key_metrics(report), rules, style)
        yield from _closing(report, style)
        return
    yield _headline(report)
    yield _values(report, style)
    yield from _refused(report)
    yield Text(_why(report))
    if report.best_unsaved is not None:
        yield Text(aim_sentences.unsaved_best(report, report.best_unsaved))
    yield Text("")
    yield _table(report, style)
    silent = [pick for pick in report.choices if pick.index is None]
    if silent and style.verbose:
        yield Text("")
        yield Text("no answer: " + "; ".join(f"{pick.rule} ({visible(pick.reason)})" for pick in silent), style="dim")
    yield from _closing(report, style)


def _closing(report: Report, style: Style) -> Iterator[RenderableType]:
    """What to know beside the answer."""
    about_files = _about_files(report)
    if about_files:
        yield Text("")
        yield Text(about_files, style="dim")
    if report.findings:
        yield Text("")
        yield from finding_lines(report.findings, style)
    notes = not_said_by_findings(report.notes, report.findings)
    if notes:
        yield Text("")
        yield from note_lines(notes, style)
    if report.advice:
        yield Text("")
        yield from _next_run(report)


def _about_files(report: Report) -> str:
    """Why no epoch has a checkpoint file; "" where one has, or where a note says it."""
    files = report.run.checkpoints
    if not files:
        told = any(note.code == NAMED_IN_VAIN for note in report.notes)
        found = "No checkpoints found beside the log; name their folder with --checkpoints DIR"
        return found if report.run.files and not told else ""
    if report.question.has_file.any():
        return ""
    return f"{len(files):,} checkpoint file{'s' * (len(files) != 1)} found, none of a logged epoch: " + visible(
        report.checkpoints_how, LONGEST
    )


def _next_run(report: Report) -> Iterator[Text]:
    """The most useful advice, a sentence each, and where there is more of it."""
    last = len(report.advice) - 1
    for place, (_, advice) in enumerate(report.advice):
        more = " More: selectmodel advise LOG" if place == last else ""
        yield Text.assemble(("next run: ", "bold"), visible(advice.message, LONGEST), more)


def _headline(report: Report) -> Text:
    """Never wrapped: the path is there to be copied."""
    pick = report.recommended
    text = Text.assemble(("Ship ", "bold"), (_label(pick), "bold green"), no_wrap=True, overflow="ignore")
    if len(report.as_good_as) > 1:
        text.append(f" (one of {len(report.as_good_as):,} as good)")
    elif report.clear is None and report.doubt:
        text.append(" (not clearly the best)")
    if pick.checkpoint is not None:
        text.append(" → ").append(visible(pick.checkpoint, LONGEST), style="bold cyan")
    elif report.run.checkpoints:
        text.append(", of which no checkpoint file is known", style="yellow")
    return text


def _label(pick: RulePick) -> str:
    return epochs.place_of(pick.epoch, pick.step)


def _values(report: Report, style: Style) -> Text:
    """The metrics at the recommended epoch: the monitored one first, then loss and score, then training."""
    values = report.recommended.values
    first = [name for name in _key_metrics(report) if name in values]
    rest = [name for name in values if name not in first]
    shown = [*first, *rest] if style.verbose else [*first, *rest][:5]
    parts = []
    expected = report.expected
    for name in shown:
        train = report.meanings[name].split == "train" and "train" not in name.lower()
        parts.append(
            f"{visible(name, LONGEST if style.verbose else 40)} {numbers.figure(values[name])}" + " (train)" * train
        )
        if expected is not None and name == expected.metric:
            written = numbers.scale([expected.value, expected.low, expected.high])
            span = written.span(expected.low, expected.high)
            parts[-1] += f", on new data about {written.show(expected.value)} ({span})"
    more = len(values) - len(shown)
    return listed([*parts, f"{more} more with --verbose"] if more else parts, style.width)


def _refused(report: Report) -> Iterator[Text]:
    """How much of the monitored metric was left out while reading: the best epoch may be among that."""
    name = report.monitor.name
    lost = report.run.refused.get(name, 0)
    if lost:
        what = f"{lost} of {lost + report.question.n} values of {visible(name)} were left out"
        yield Text(f"{what}: their rows have no usable epoch or step (SM104).", style="yellow")


def _key_metrics(report: Report) -> list[str]:
    question = report.question
    keys = [question.monitor, question.val_loss, question.val_score, question.train_twin]
    return list(dict.fromkeys(key for key in keys if key is not None))


def _why(report: Report) -> str:
    pick, monitor = report.recommended, report.monitor
    better = "lower" if monitor.goal == "min" else "higher"
    reason = visible(pick.reason, LONGEST)
    lines = [
        f"{reason[:1].upper()}{reason[1:]} (rule {pick.rule}).",
        f"{better.capitalize()} is better: {visible(monitor.goal_why, LONGEST)}; {monitor.why}.",
    ]
    doubt = visible(report.doubt, LONGEST)
    if len(report.as_good_as) > 1:
        what = f"are as good: they {doubt}" if doubt else "share the value"
        lines.append(f"{_alike(report)} {what}.")
    elif doubt:
        lines.append(doubt)
    lines += aim_sentences.sentences(report)
    best_and_last = pick.index == report.question.n - 1 and _alone_at_its_best(report.question)
    improving = any(registry.load("checks", finding.check).unfinished for finding in report.findings)
    last = report.question.timeline[-1:].tolist() in ([], [pick.index])  # nothing was logged after it
    if best_and_last and last and report.question.n > 2 and not improving and not _settled(report):
        lines.append("It is the last one logged: the run may not have finished improving.")
    return " ".join(lines)


def _alike(report: Report) -> str:
    """The epochs that are as good, in words: with their steps where an epoch has several validations."""
    alike, unit = report.as_good_as, epochs.axis_name(report.recommended.epoch)
    labels = [report.label(index) for index in alike]
    steps = [report.run.logged_step(int(report.question.steps[index])) for index in alike]
    if len(set(labels)) == len(labels) or None in steps:
        return f"{unit.capitalize()}s {numbers.ranges(list(zip(alike, labels, strict=True)))}"
    told = [f"{unit} {numbers.label(at)} at step {step}" for at, step in zip(labels, steps, strict=True)]
    text = ", ".join(told[:_ALIKE]) + (f" and {len(told) - _ALIKE} more" if len(told) > _ALIKE else "")
    return text[:1].upper() + text[1:]


def _alone_at_its_best(question: Question) -> bool:
    """Whether the last candidate has the best value of all, and no other has it too."""
    cost = np.where(question.seen(question.monitor), question.cost_of(question.monitor), np.inf)
    return bool(cost[-1] < np.min(cost[:-1], initial=np.inf))


def _settled(report: Report) -> bool:
    """Whether validations of long before the last one are as good as it."""
    n = report.question.n
    return n >= _MANY and min(report.as_good_as, default=n) < n // 2


class _Column(NamedTuple):
    """A column of the table; ``dispensable`` 1 or 2 where it may be left out on a narrow screen, 2 before 1."""

    name: str
    cells: list[Text]
    dispensable: int = 0

    @property
    def width(self) -> int:
        """In columns of the screen, with the two blanks after it."""
        return 2 + max(cell_len(line) for text in (self.name, *map(str, self.cells)) for line in text.split("\n"))


def _table(report: Report, style: Style) -> Table:
    """One row an epoch that some rule chose: the metrics there, what they cost, and which rules chose it and why."""
    groups = _groups(report, style)
    columns = _fitting(list(_columns(report, groups)), max(style.width, NARROWEST))
    table = tables.empty(style)
    for column in columns:
        table.add_column(column.name, justify="left" if column.name == "file" else "right", no_wrap=True)
    table.add_column("chosen by")
    for place, group in enumerate(groups):
        ours = group[0] is report.recommended
        cells = [column.cells[place] for column in columns]
        table.add_row(*cells, _choosers(group, report, style), style="bold" if ours else None)
    return table


def _columns(report: Report, groups: list[list[RulePick]]) -> Iterator[_Column]:
    """Each column before the rules."""
    question, picks = report.question, [group[0] for group in groups]
    with_epochs = report.recommended.epoch is not None
    places = [epochs.shown(pick.epoch, pick.step) for pick in picks]
    yield _Column(epochs.axis_name(report.recommended.epoch), [Text(f"► {places[0]}"), *map(Text, places[1:])])
    if with_epochs and long_arrays.distinct(question.epochs) < question.n:
        # validated several times in an epoch, which alone does not tell the rows apart
        yield _Column("step", [Text(str(pick.step)) for pick in picks])
    for rank, name in enumerate([name for name in _key_metrics(report) if name != question.train_twin][:2]):
        yield _Column(_short(name, report), _metric_cells(report, name, picks), dispensable=rank)
    if question.gap is not None:
        gaps = [math.nan if pick.index is None else float(question.gap[pick.index]) for pick in picks]
        written = numbers.scale([pick.values[question.monitor] for pick in picks], apart=False)
        yield _Column("gap", [Text(written.show(gap)) for gap in gaps], dispensable=2)
    if report.run.checkpoints:
        yield _Column("file", [Text("yes" if pick.checkpoint else "no") for pick in picks])


def _fitting(columns: list[_Column], width: int) -> list[_Column]:
    """The columns that leave room for the rules; the most dispensable are given up first."""
    kept = columns
    for rank in (2, 1):
        if sum(column.width for column in kept) > width - _ROOM:
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
    """A replay of a framework is shown for that framework's own logs, and all of them with --verbose."""
    if pick is report.recorded:
        return True
    formats = registry.load("rules", pick.rule).replays
    return style.verbose or not formats or report.run.format in formats or pick is report.recommended


def _choosers(group: list[RulePick], report: Report, style: Style) -> Hanging:
    """A line a rule, with its reason; of many that agree, only the first gives its reason unless verbose."""
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
    """For each row the value and, below it, by how much it is better or worse than at the recommended epoch."""
    values, base = [pick.values[name] for pick in picks], report.recommended.values[name]
    written = numbers.scale([*values, base])
    goal = report.monitor.goal if name == report.monitor.name else report.question.goals.get(name)
    cells = []
    for value in values:
        cell, difference = Text(written.show(value)), value - base
        if math.isfinite(difference) and difference != 0:
            worse = (difference > 0) == (goal == "min")
            style = "" if goal is None else ("red" if worse else "green")
            cell.append(f"\n{written.difference(difference)}", style=style)
        cells.append(cell)
    return cells
