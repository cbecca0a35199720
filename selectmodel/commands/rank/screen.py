"""The screen of ``rank``: the run to ship first, then the best runs or configurations, then what was left out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from selectmodel.commands.rank.belief import beyond_belief
from selectmodel.commands.rank.questions import answers
from selectmodel.display import epochs, numbers, tables
from selectmodel.display.breaking import broken
from selectmodel.display.console import NARROWEST
from selectmodel.display.epochs import axis_name, epoch_or_step
from selectmodel.display.escaping import LONGEST, visible
from selectmodel.display.findings import finding_lines, not_said_by_findings
from selectmodel.display.notes import note_lines
from selectmodel.display.style import Style
from selectmodel.display.wrapping import Labelled
from selectmodel.files.choose_run import shortened

if TYPE_CHECKING:
    from selectmodel.commands.rank.ranking import Config, RankedRun, Ranking
    from selectmodel.files.hparams import Value

_LEFT_OUT = 5
_LONG = 28
#: So many settings are named in which repeats differ.
_NAMED = 4
#: One side of a range may be so much longer than the other, and still be written with one number.
_UNEVEN = 1.5
#: The fewest columns of the screen that the names of runs are broken into.
_ROOM = 24


def lay_out(ranking: Ranking, style: Style) -> Iterator[RenderableType]:
    """The parts of the screen, from top to bottom."""
    yield from _leaked(ranking)
    yield _headline(ranking)
    table, hidden = _configs(ranking, style) if ranking.configs else _runs(ranking, style)
    yield from lines(ranking, hidden)
    yield Text("")
    yield table
    shown = min(len(ranking.configs or ranking.runs), ranking.top)
    more = len(ranking.configs or ranking.runs) - shown
    if more:
        noun = "configurations" if ranking.configs else "runs"
        yield Text(f"{more:,} more {noun}; --top N shows more, -o FILE.csv writes all", style="dim")
    troubles = {run.trouble for run in _shown_runs(ranking) if run.trouble} - {ranking.best.trouble}
    if troubles:
        yield Text("")
        yield from (Text(f"no checkpoint named: {visible(trouble, LONGEST)}", style="dim") for trouble in troubles)
    yield from answers.lay_out(ranking.questions)
    if ranking.findings:
        yield Text("")
        yield Text(f"{visible(ranking.best.name, LONGEST)}:")
        yield from finding_lines(ranking.findings, style)
    yield from _others(ranking, style)
    notes = not_said_by_findings(ranking.notes, ranking.findings)
    if notes:
        yield Text("")
        yield from note_lines(notes, style)
    yield from _next(ranking, style)


def _next(ranking: Ranking, style: Style) -> Iterator[Text]:
    """The command that looks at the best run, where its log can be named to it."""
    best = ranking.best
    log = best.files[0] if len(best.files) == 1 and not best.part else ""
    command = style.again("pick", [log])
    if log and visible(command, LONGEST) == command and "://" not in best.source:
        yield Text("")
        yield Text.assemble(("more: ", "bold"), command, no_wrap=True, overflow="ignore")


def _leaked(ranking: Ranking) -> Iterator[Text]:
    """Said before anything else: the first of many runs is the one whose validation cannot be believed."""
    if beyond_belief(ranking.findings):
        yield Text(f"{believed(ranking)[0]}, see below.{believed(ranking)[1]}", style="bold magenta")


def believed(ranking: Ranking) -> tuple[str, str]:
    """Of a ranking whose first run is too good to be true: how many are, and which is best without them."""
    leading = ranking.leading
    at = next((at for at, run in enumerate(leading) if at and run.name == ranking.believable), None)
    if at is None:
        return "The first run looks too good to be true", " None was found that does not." if len(leading) > 1 else ""
    many, them = ("The first run looks", "it") if at == 1 else (f"The first {at} runs look", "them")
    instead = f" Without {them}: {_place(leading[at])} of {visible(leading[at].name, LONGEST)}."
    return f"{many} too good to be true", instead


def _shown_runs(ranking: Ranking) -> Sequence[RankedRun]:
    if ranking.configs:
        return [config.runs[0] for config in ranking.configs[: ranking.top]]
    return ranking.runs[: ranking.top]


def _headline(ranking: Ranking) -> Text:
    """Never wrapped: the path is there to be copied."""
    best = ranking.best
    text = Text.assemble(
        ("Ship ", "bold"), (f"{_place(best)} of {visible(best.name, LONGEST)}", "bold green"), no_wrap=True,
        overflow="ignore",
    )  # fmt: skip
    if best.checkpoint is not None:
        text.append(" → ").append(visible(best.checkpoint, LONGEST), style="bold")
    return text


def _place(run: RankedRun) -> str:
    return epoch_or_step(run.epoch, run.step)


def lines(ranking: Ranking, hidden: Sequence[str]) -> Iterator[Labelled]:
    """What the best run is worth, how the runs were ordered, and which of them cannot be told from it.

    ``hidden`` are the settings for which the table has no room.
    """
    best = ranking.best
    if best.low is not None and best.high is not None:
        written = numbers.scale([best.expected, best.low, best.high], apart=False)
        value, span = written.show(best.expected), written.span(best.low, best.high)
        told = f"{visible(best.metric, 40)} about {value} on data like the validation set (90 %: {span})"
        yield Labelled("expect", (told,))
    yield Labelled("values", (f"{visible(best.metric, 40)} {numbers.figure(best.value)}",))
    settings = [f"{visible(name, _LONG)} {visible(_setting(best.hparams[name]), _LONG)}"
                for name in hidden if name in best.hparams]  # fmt: skip
    if settings:
        yield Labelled("settings", tuple(settings))
    if best.trouble:
        yield Labelled("file", (f"no checkpoint named: {visible(best.trouble, LONGEST)}",))
    if best.unsaved is not None:
        at = f"{axis_name(best.epoch)} {numbers.label(best.unsaved)}"
        yield Labelled("not saved", (f"its {at} was better, but has no checkpoint file",))
    better = "lower" if best.goal == "min" else "higher"
    basis = f"{visible(ranking.basis, LONGEST)} (rule {best.rule}); {better} is better"
    yield Labelled("ranked", (f"{numbers.counted(len(ranking.runs), 'run')} by {basis}",))
    if ranking.configs:
        repeated, every = sum(len(config.runs) > 1 for config in ranking.configs), len(ranking.configs)
        which = "all" if repeated == every else f"{repeated:,}"
        several = f"{numbers.counted(every, 'configuration')}, {which} with repeats ({_equal(ranking.but_for)})"
        yield Labelled("repeats", (f"{several}, placed by the mean of their runs",))
    entries, places = (ranking.configs, ranking.config_places) if ranking.configs else (ranking.runs, ranking.places)
    tied = places.count(1)
    if tied > 1:
        which = f"the first {tied:,}" if tied < len(entries) else f"all {tied:,}"
        yield Labelled("unclear", (f"{which} cannot be told apart",))


def _equal(but_for: Sequence[str]) -> str:
    """By what runs were taken for repeats; settings are told by the last part of their names."""
    if not but_for:
        return "all settings equal"
    named = list(dict.fromkeys(visible(name.rpartition(".")[2] or name, _LONG) for name in but_for))
    if len(named) > _NAMED:
        named = [*named[: _NAMED - 1], f"{len(named) - _NAMED + 1} more"]
    *before, last = named
    return f"settings equal but for {', '.join(before)} and {last}" if before else f"settings equal but for {last}"


def _runs(ranking: Ranking, style: Style) -> tuple[Table, list[str]]:
    """One row a run, and the settings for which there is no room."""
    shown, places = ranking.runs[: ranking.top], ranking.places[: ranking.top]
    columns = [
        ("place", _places(places, ranking.places)),
        (axis_name(shown[0].epoch), [epochs.shown(run.epoch, run.step) for run in shown]),
        (visible(shown[0].metric, 24), numbers.column([run.value for run in shown])),
    ]
    columns += _expected(shown)
    if any(run.checkpoint for run in ranking.runs):
        columns.append(("file", ["yes" if run.checkpoint else "no" for run in shown]))
    settings = [(name, [run.hparams.get(name) for run in shown]) for name in ranking.columns]
    return _table(columns, _short(shown, ranking), settings, style, "run")


def _configs(ranking: Ranking, style: Style) -> tuple[Table, list[str]]:
    """One row a configuration, and the settings for which there is no room."""
    shown, places = ranking.configs[: ranking.top], ranking.config_places[: ranking.top]
    columns = [
        ("place", _places(places, ranking.config_places)),
        ("runs", [str(len(config.runs)) for config in shown]),
        *_expected(shown, f"mean {visible(ranking.best.metric, 20)}"),
        ("best", numbers.column([config.runs[0].expected for config in shown])),
        (axis_name(shown[0].runs[0].epoch), [epochs.shown(one.runs[0].epoch, one.runs[0].step) for one in shown]),
    ]
    settings = [
        (name, [config.hparams.get(name) for config in shown])
        for name in ranking.columns
        if any(name in config.hparams for config in ranking.configs)
    ]
    return _table(columns, _short([config.runs[0] for config in shown], ranking), settings, style, "best run")


def _short(shown: Sequence[RankedRun], ranking: Ranking) -> list[str]:
    """The names of the runs, without what the names of all runs have in common."""
    names = [run.name for run in ranking.runs]
    short = dict(zip(names, shortened(names), strict=True))
    return [short[run.name] for run in shown]


def _expected(entries: Sequence[RankedRun] | Sequence[Config], name: str = "expected") -> list[tuple[str, list[str]]]:
    """What is expected, with half the width of its range, or with both ends where one is much nearer than the other.

    Nothing where it is what was logged.
    """
    if all(entry.low is None for entry in entries):
        return []
    written = numbers.scale([entry.expected for entry in entries], apart=False)
    even = all(_even(entry) for entry in entries)
    cells = []
    for entry in entries:
        cell = written.show(entry.expected)
        if entry.low is not None and entry.high is not None:
            half = written.show((entry.high - entry.low) / 2)
            cell += f" ±{half}" if even else f" ({written.span(entry.low, entry.high)})"
        cells.append(cell)
    return [(name, cells)]


def _even(entry: RankedRun | Config) -> bool:
    """Whether ``±`` tells the range: near 0 and 1 it would lead to where no share is."""
    if entry.low is None or entry.high is None:
        return True
    below, above = entry.expected - entry.low, entry.high - entry.expected
    return max(below, above) <= _UNEVEN * min(below, above)


def _places(shown: Sequence[int], every: Sequence[int]) -> list[str]:
    """``=3`` for a place that several share."""
    shared = {place for place, group in groupby(every) if len(list(group)) > 1}
    return [f"={place}" if place in shared else str(place) for place in shown]


def _table(
    columns: Sequence[tuple[str, Sequence[str]]],
    names: Sequence[str],
    settings: Sequence[tuple[str, Sequence[Value]]],
    style: Style,
    noun: str,
) -> tuple[Table, list[str]]:
    """The figures, then as many settings as there is room for, then the name; and the settings that are left out."""
    table = tables.empty(style)
    taken = sum(2 + max(cell_len(text) for text in (name, *cells)) for name, cells in columns)
    shown = [visible(name, LONGEST) for name in names]
    longest = max(map(cell_len, [noun, *shown]))
    width = max(style.width, NARROWEST)
    room = width - taken - min(_ROOM, longest)
    kept, hidden = list(columns), []
    for name, values in settings:
        cells = [visible(_setting(value), _LONG) for value in values]
        title = visible(name.rpartition(".")[2] or name, _LONG)
        needed = 2 + max(cell_len(text) for text in (title, *cells))
        if needed > room and not style.verbose:  # a narrower one may still have room
            hidden.append(name)
            continue
        room -= needed
        taken += needed
        kept.append((title, cells))
    for name, _ in kept:
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column(noun, overflow="fold", min_width=min(longest, _ROOM))
    for at, name in enumerate(shown):
        table.add_row(
            *(Text(cells[at]) for _, cells in kept),
            Text(broken(name, max(width - taken, min(longest, _ROOM)))),
            style="bold" if not at else "",
        )
    return table, hidden


def _setting(value: Value) -> str:
    if value is None:
        return "–"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _others(ranking: Ranking, style: Style) -> Iterator[Text]:
    """Runs without a place: judged by another metric, or not at all."""
    for item in ranking.apart:
        yield Text("")
        many, why = numbers.counted(len(item.runs), "run"), visible(item.why, LONGEST)
        yield Text(f"{many} apart, {why}: {visible(item.flag, LONGEST)}", style="magenta")
    if not ranking.left_out:
        return
    yield Text("")
    yield Text(f"{numbers.counted(len(ranking.left_out), 'run')} could not be judged:", style="magenta")
    shown = ranking.left_out if style.verbose else ranking.left_out[:_LEFT_OUT]
    for left in shown:
        yield Text(f"  {visible(left.name, LONGEST)}: {visible(left.reason.removeprefix(f'{left.source}: '), LONGEST)}")
    if len(shown) < len(ranking.left_out):
        yield Text(f"  and {len(ranking.left_out) - len(shown):,} more with --verbose", style="dim")
