"""The screen of ``pick``: the answer first, then why, then what every other rule would do, then what to know."""

from __future__ import annotations

import math
from collections.abc import Iterator

from rich import box
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from selectmodel import registry
from selectmodel.escaping import visible
from selectmodel.figures import column, decimals, figure, ranges
from selectmodel.report import Report, RulePick, number
from selectmodel.screens.notes import note_lines
from selectmodel.style import Style


def lay_out(report: Report, style: Style) -> Iterator[RenderableType]:
    """The parts of the screen, from top to bottom."""
    yield _headline(report)
    yield _values(report, style)
    yield Text(_why(report))
    if report.best_saved is not None:
        yield from _saved(report, report.best_saved)
    yield Text("")
    yield _table(report, style)
    silent = [pick for pick in report.picks.values() if pick.index is None]
    if silent and style.verbose:
        yield Text("no answer: " + "; ".join(f"{pick.rule} ({visible(pick.reason)})" for pick in silent), style="dim")
    if not report.run.checkpoints and report.run.files:
        yield Text("No checkpoints found beside the log; name their folder with --checkpoints DIR", style="dim")
    if report.notes:
        yield Text("")
        yield from note_lines(report.notes, style)


def _headline(report: Report) -> Text:
    """Never wrapped: the path is there to be copied."""
    pick = report.recommended
    text = Text.assemble(("Ship ", "bold"), (_label(pick), "bold green"), no_wrap=True, overflow="ignore")
    if len(report.as_good_as) > 1:
        text.append(f" (one of {len(report.as_good_as)} as good)")
    elif report.clear is None and report.doubt:
        text.append(" (not clearly the best)")
    if pick.checkpoint is not None:
        text.append(" → ").append(visible(pick.checkpoint, None), style="bold cyan")
    elif report.run.checkpoints:
        text.append(", which has no checkpoint file", style="yellow")
    return text


def _label(pick: RulePick) -> str:
    if pick.epoch is None:
        return f"step {pick.step}"
    epoch = f"epoch {number(pick.epoch)}"
    return epoch if pick.step is None else f"{epoch}, step {pick.step}"


def _values(report: Report, style: Style) -> Text:
    """The metrics at the recommended epoch: the monitored one first, then loss and score, then training."""
    values = report.recommended.values
    first = [name for name in _key_metrics(report) if name in values]
    rest = [name for name in values if name not in first]
    shown = [*first, *rest] if style.verbose else [*first, *rest][:5]
    parts = []
    for name in shown:
        train = report.meanings[name].split == "train" and "train" not in name.lower()
        parts.append(f"{visible(name, 40)} {figure(values[name], decimals([values[name]]))}" + " (train)" * train)
    more = len(values) - len(shown)
    return Text(" · ".join(parts) + (f" · {more} more with --verbose" if more else ""))


def _key_metrics(report: Report) -> list[str]:
    question = report.question
    keys = [question.monitor, question.val_loss, question.val_score, question.train_twin]
    return list(dict.fromkeys(key for key in keys if key is not None))


def _why(report: Report) -> str:
    pick, monitor = report.recommended, report.monitor
    better = "lower" if monitor.goal == "min" else "higher"
    reason = visible(pick.reason, None)
    lines = [
        f"{reason[:1].upper()}{reason[1:]} (rule {pick.rule}).",
        f"{better.capitalize()} is better: {visible(monitor.goal_why, None)}; {monitor.why}.",
    ]
    if len(report.as_good_as) > 1:
        labels = ranges([(index, report.label(index)) for index in report.as_good_as])
        unit = "Steps" if pick.epoch is None else "Epochs"
        what = f"are as good: they {report.doubt}" if report.doubt else "share the value"
        lines.append(f"{unit} {labels} {what}.")
    elif report.doubt:
        lines.append(report.doubt)
    if pick.index == report.question.n - 1 and report.question.n > 2:
        lines.append("It is the last one logged: the run may not have finished improving.")
    return " ".join(lines)


def _saved(report: Report, saved: RulePick) -> Iterator[Text]:
    """What shipping the best epoch that has a file would cost."""
    if saved.index is None or saved.checkpoint is None:
        return
    name = report.monitor.name
    here, there = column([report.recommended.values[name], saved.values[name]])
    text = Text(f"The best with a file is {_label(saved)} → ", style="yellow", no_wrap=True, overflow="ignore")
    yield text.append(visible(saved.checkpoint, None), style="cyan")
    yield Text(f"It has {visible(name)} {there} instead of {here}. To choose among saved epochs only: --only-saved")


def _table(report: Report, style: Style) -> Table:
    """One row an epoch that some rule chose: the metrics there, what they cost, and which rules chose it and why."""
    groups = _groups(report, style)
    names = [name for name in _key_metrics(report) if name != report.question.train_twin][:2]
    table = Table(box=box.SIMPLE_HEAD if style.lines else None, show_edge=False, pad_edge=False, header_style="bold")
    table.add_column("step" if report.recommended.epoch is None else "epoch", justify="right", no_wrap=True)
    for name in names:
        table.add_column(_short(name, report), justify="right", no_wrap=True)
    columns = [_metric_cells(report, name, groups) for name in names]
    if report.question.gap is not None:
        table.add_column("gap", justify="right", no_wrap=True)
        columns.append(_gap_cells(report, groups))
    if report.run.checkpoints:
        table.add_column("file", no_wrap=True)
        columns.append([Text("yes" if group[0].checkpoint else "no") for group in groups])
    table.add_column("chosen by", min_width=24)
    for place, group in enumerate(groups):
        ours = group[0] is report.recommended
        position = str(group[0].step if group[0].epoch is None else number(group[0].epoch))
        cells = [Text(f"► {position}" if ours else position), *(column[place] for column in columns)]
        table.add_row(*cells, _choosers(group, report), style="bold" if ours else None)
    return table


def _groups(report: Report, style: Style) -> list[list[RulePick]]:
    """The picks by candidate: the recommended one first, then the epochs that most rules chose."""
    by_index: dict[int, list[RulePick]] = {}
    for pick in [report.recommended, *report.picks.values()]:
        if pick.index is not None and _shown(report, pick, style):
            group = by_index.setdefault(pick.index, [])
            if pick not in group:
                group.append(pick)
    groups = list(by_index.values())
    return [groups[0], *sorted(groups[1:], key=lambda group: (-len(group), group[0].index))]


def _shown(report: Report, pick: RulePick, style: Style) -> bool:
    """A replay of a framework is shown for that framework's own logs, and all of them with --verbose."""
    formats: tuple[str, ...] = getattr(registry.load("rules", pick.rule), "REPLAYS", ())
    return style.verbose or not formats or report.run.format in formats or pick is report.recommended


def _choosers(group: list[RulePick], report: Report) -> Text:
    lines = []
    for pick in group:
        reason = pick.reason
        for name in _key_metrics(report):
            reason = reason.replace(name, _short(name, report))
        lines.append(Text.assemble((pick.rule, "bold"), (f": {visible(reason, None)}", "not bold")))
    return Text("\n").join(lines)


def _short(name: str, report: Report) -> str:
    """``epoch_loss`` for ``validation/epoch_loss`` in the table, where nothing else there is called so."""
    tail = name.rpartition("/")[2]
    validation = [key for key in _key_metrics(report) if key != report.question.train_twin]
    alone = [key.rpartition("/")[2] for key in validation].count(tail) == 1
    return visible(tail if tail and alone else name, 24)


def _metric_cells(report: Report, name: str, groups: list[list[RulePick]]) -> list[Text]:
    """For each row the value and, below it, by how much it is better or worse than at the recommended epoch."""
    values = [group[0].values[name] for group in groups]
    base = report.recommended.values[name]
    places = decimals([*values, base])
    goal = report.monitor.goal if name == report.monitor.name else report.question.goals.get(name)
    cells = []
    for value in values:
        cell, difference = Text(figure(value, places)), value - base
        if math.isfinite(difference) and difference != 0:
            worse = (difference > 0) == (goal == "min")
            cell.append(f"\n{difference:+.{places}f}", style="" if goal is None else ("red" if worse else "green"))
        cells.append(cell)
    return cells


def _gap_cells(report: Report, groups: list[list[RulePick]]) -> list[Text]:
    gap = report.question.gap
    assert gap is not None
    indices = [group[0].index for group in groups]
    return [Text(text) for text in column([math.nan if i is None else float(gap[i]) for i in indices], least=2)]
