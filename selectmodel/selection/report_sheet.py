"""The page of a recommendation: the answer in a box, then the rules, findings, advice, settings and what was read."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

from selectmodel import registry
from selectmodel.display import epochs, numbers
from selectmodel.display.findings import not_said_by_findings
from selectmodel.display.style import Style
from selectmodel.pages import parts
from selectmodel.pages.sheet import Cell, Fact, Grid, Section, Sheet, Tone, number
from selectmodel.selection import answer_lines, settings_table

if TYPE_CHECKING:
    from selectmodel.selection.report import Report, RulePick

#: Metrics that have a column in the table of rules.
_COLUMNS = 6


def sheet(report: Report) -> Sheet:
    """The whole page."""
    pick = report.recommended
    rather = "" if report.between is None else f" rather than {numbers.label(report.between.other)}"
    return Sheet(
        title=f"Which checkpoint to ship: {report.run.name}",
        log=report.run.source,
        verdict=f"Ship {epochs.place_of(pick.epoch, pick.step)}{' so far' * report.so_far}{rather}",
        tone="good" if report.clear else "doubt",
        facts=list(answer(report)),
        sections=list(sections(report)),
    )


def answer(report: Report) -> Iterator[Fact]:
    """What to ship, what to expect of it, why, and how sure that is: the lines of the screen."""
    pick = report.recommended
    if pick.checkpoint is not None:
        yield Fact("Checkpoint", pick.checkpoint)
    if report.between is not None:
        yield Fact("Why", f"{pick.reason} (rule {pick.rule})")
        yield Fact("How sure", report.between.sentence, "" if report.between.clear else "doubt")
        return
    yield from parts.lines(answer_lines.lines(report, list(_shown(report)), Style(verbose=True)))


def sections(report: Report, *, gate: bool = False) -> Iterator[Section]:
    """What stands below the answer and its charts; ``gate``: of a verdict, whose conditions are settings too."""
    yield Section("What each rule would choose", table=_rules(report))
    yield from parts.findings(report.findings)
    yield from parts.advice(report.advice, "The next run")
    yield from parts.notes(not_said_by_findings(report.notes, report.findings))
    yield settings_table.section(report.policy, report.recommended.rule, list(_settings(report)), gate=gate)
    yield parts.record(list(_origin(report)), parts.files_of(report.run.files))


def _shown(report: Report) -> Sequence[str]:
    question, values = report.question, report.recommended.values
    keys = (question.monitor, question.val_loss, question.val_score, question.train_twin, question.train_loss)
    return [name for name in dict.fromkeys(keys) if name is not None and name in values]


def _rules(report: Report) -> Grid:
    """A row a rule, that of the answer first; values of an epoch stand in every row of it."""
    names = list(dict.fromkeys([*_shown(report), *report.recommended.values]))[:_COLUMNS]
    ours = report.recommended
    others = (pick for pick in report.picks.values() if pick.rule != ours.rule or pick.index != ours.index)
    picks = [ours, *sorted(filter(partial(_of_interest, report), others), key=lambda pick: pick.index is None)]
    scales = {name: numbers.scale([pick.values[name] for pick in picks if name in pick.values]) for name in names}
    files = bool(report.run.checkpoints)
    rows = []
    for pick in picks:
        at = epochs.shown(pick.epoch, pick.step)
        cells = [Cell(pick.rule), number(_sorted_by(pick), at)]
        cells += [_value(pick, name, scales[name].show(pick.values.get(name, math.nan))) for name in names]
        cells += [_saved(pick)] if files else []
        rows.append((*cells, Cell(pick.reason)))
    unit = epochs.axis_name(ours.epoch)
    heads = ("rule", unit, *names, *(("file",) if files else ()), "why")
    marked = [place for place, pick in enumerate(picks) if pick.index == ours.index]
    return Grid(heads, rows, marked, sortable=True)


def _of_interest(report: Report, pick: RulePick) -> bool:
    """A replay of a framework's callback is shown for the logs of that framework."""
    formats = registry.load("rules", pick.rule).replays
    return not formats or report.run.format in formats


def _sorted_by(pick: RulePick) -> float | None:
    return epochs.logged(pick.epoch, pick.step)


def _value(pick: RulePick, name: str, text: str) -> Cell:
    value = pick.values.get(name, math.nan)
    return number(value if math.isfinite(value) else None, text)


def _saved(pick: RulePick) -> Cell:
    tone: Tone = "" if pick.checkpoint else "dim"
    return Cell("yes" if pick.checkpoint else "no", tone=tone)


def _settings(report: Report) -> Iterator[Fact]:
    monitor, size = report.monitor, report.question.val_size
    better = "lower" if monitor.goal == "min" else "higher"
    yield Fact("Metric", f"{monitor.name}: {monitor.why}")
    yield Fact("Direction", f"{better} is better: {monitor.goal_why}")
    known = f"{size:,}" if size else "not known"
    yield Fact("Validation examples", f"{known} ({report.val_size_why})" if report.val_size_why else known)
    if report.checkpoints_how:
        yield Fact("Checkpoint files", report.checkpoints_how)


def _origin(report: Report) -> Iterator[Fact]:
    count = numbers.counted(report.question.n, "validation")
    yield Fact("Log", f"{report.run.source}, read as {report.run.format}, {count}")
