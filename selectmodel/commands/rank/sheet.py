"""The page of a ranking: what to ship, a table of runs that can be sorted, findings, and what has no place."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

from selectmodel.commands.rank import screen, settings_axis
from selectmodel.commands.rank.belief import beyond_belief
from selectmodel.commands.rank.questions import on_page
from selectmodel.display import numbers
from selectmodel.display.epochs import epoch_or_step, logged
from selectmodel.files.choose_run import shortened
from selectmodel.pages import parts
from selectmodel.pages.sheet import Cell, Fact, Grid, Section, Sheet, number
from selectmodel.selection import settings_table

if TYPE_CHECKING:
    from selectmodel.commands.rank.ranking import Config, RankedRun, Ranking

#: Rows of a table; the whole ranking is for -o FILE.csv.
_MOST = 1000
#: Runs whose files are told with their SHA-256: all of a large sweep would take as long as reading it.
_HASHED = 20


def sheet(ranking: Ranking) -> Sheet:
    """The whole page."""
    best = ranking.best
    ties = ranking.places.count(1)
    return Sheet(
        title=f"Which of {numbers.counted(len(ranking.runs), 'run')} to ship",
        log=", ".join(ranking.paths),
        verdict=f"Ship {epoch_or_step(best.epoch, best.step)} of {best.name}",
        tone="good" if ties == 1 else "doubt",
        facts=list(_facts(ranking)),
        sections=list(_sections(ranking)),
    )


def _facts(ranking: Ranking) -> Iterator[Fact]:
    """What the screen says, with the file and all settings of the run to ship."""
    best = ranking.best
    if beyond_belief(ranking.findings):
        many, instead = screen.believed(ranking)
        yield Fact("Beware", f"{many}: see what the checks saw.{instead}", "bad")
    if best.checkpoint is not None:
        yield Fact("Checkpoint", best.checkpoint)
    yield from parts.lines(screen.lines(ranking, ranking.columns))


def _sections(ranking: Ranking) -> Iterator[Section]:
    left = len(ranking.runs) - _MOST
    more = [f"{left:,} more runs are left out here; -o FILE.csv writes all."] if left > 0 else []
    yield from on_page.sections(ranking.questions)
    if ranking.configs:
        yield Section("Configurations", table=_configs(ranking))
    yield Section("Runs", texts=more, table=_runs(ranking))
    yield from parts.findings(ranking.findings, ranking.best.name)
    if ranking.apart:
        rows = [(Cell(one.metric), Cell(", ".join(one.runs)), Cell(one.why), Cell(one.flag)) for one in ranking.apart]
        yield Section("Runs judged by another metric", table=Grid(("metric", "runs", "why", "to rank them"), rows))
    if ranking.left_out:
        out = [(Cell(one.name), Cell(one.reason)) for one in ranking.left_out[:_MOST]]
        yield Section("Runs that could not be judged", table=Grid(("run", "why"), out))
    yield from parts.notes(ranking.notes)
    first = ranking.runs[0]
    yield settings_table.section(ranking.policy, first.rule, [Fact("Metric", f"{first.metric}, {first.goal}")])
    hashed = [file for run in ranking.runs[:_HASHED] for file in run.files]
    of = [Fact("Files below", f"those of the first {_HASHED} runs")] if len(ranking.runs) > _HASHED else []
    looked = Fact("Looked through", ", ".join(ranking.paths))
    yield parts.record([looked, *of], parts.files_of(list(dict.fromkeys(hashed))))


def _runs(ranking: Ranking) -> Grid:
    """A row a run, best first, with the settings that differ."""
    runs = ranking.runs[:_MOST]
    by_step = all(run.epoch is None for run in runs)
    values = numbers.scale([run.value for run in runs], apart=False)
    worth = numbers.scale([run.expected for run in runs], apart=False)
    known = any(run.low is not None for run in runs)
    shown = list(zip(runs, ranking.places, strict=False))
    names = dict(zip((run.key for run in ranking.runs), shortened([run.name for run in ranking.runs]), strict=True))
    files = any(run.checkpoint for run in runs)
    rows = []
    for run, place in shown:
        cells = [number(place, str(place)), Cell(names[run.key]), number(_at(run), _place(run))]
        cells.append(number(_finite(run.value), values.show(run.value)))
        if known:
            cells += [number(_finite(run.expected), worth.show(run.expected)), number(_finite(run.low), _range(run))]
        cells += [_setting(run, name) for name in ranking.columns]
        rows.append((*cells, Cell(run.checkpoint or run.trouble or "–", tone="dim")) if files else tuple(cells))
    expected = ("expected", "90 % range") if known else ()
    heads = ("place", "run", "step" if by_step else "epoch", runs[0].metric, *expected, *ranking.columns)
    heads += ("file",) if files else ()
    marked = [at for at, (run, _) in enumerate(shown) if run.key == ranking.best.key]
    return Grid(heads, rows, marked, sortable=True)


def _configs(ranking: Ranking) -> Grid:
    worth = numbers.scale([one.expected for one in ranking.configs], apart=False)
    rows = [
        (
            number(place, str(place)), Cell(one.name), number(len(one.runs), str(len(one.runs))),
            number(_finite(one.expected), worth.show(one.expected)), number(_finite(one.low), _range(one)),
            *(_setting(one, name) for name in ranking.columns),
        )
        for one, place in zip(ranking.configs[:_MOST], ranking.config_places, strict=False)
    ]  # fmt: skip
    heads = ("place", "configuration", "runs", "expected", "90 % range", *ranking.columns)
    return Grid(heads, rows, [0], sortable=True)


def _setting(one: RankedRun | Config, name: str) -> Cell:
    value = one.hparams.get(name)
    if value is None:
        return Cell("–")
    text, figure = settings_axis.told(value), _finite(settings_axis.as_number(value))
    return Cell(text) if figure is None else number(figure, text)


def _range(one: RankedRun | Config) -> str:
    if one.low is None or one.high is None:
        return "–"
    return numbers.scale([one.expected, one.low, one.high], apart=False).span(one.low, one.high)


def _at(run: RankedRun) -> float | None:
    return logged(run.epoch, run.step)


def _place(run: RankedRun) -> str:
    at = _at(run)
    return "–" if at is None else numbers.label(at)


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None
