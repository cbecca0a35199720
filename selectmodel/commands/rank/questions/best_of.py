"""Several to take: the best of each group, the best that differ by configuration, and what no other beats in both."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from selectmodel.commands.rank.questions import constraint
from selectmodel.commands.rank.questions.answered import Answered
from selectmodel.commands.rank.ranking import Config, RankedRun, Ranking, RulesPick
from selectmodel.display.epochs import logged
from selectmodel.errors import UsageError
from selectmodel.files.hparams import Value
from selectmodel.metrics import meaning
from selectmodel.records import Goal
from selectmodel.settings import did_you_mean


def best_per(ranking: Ranking, setting: str) -> Answered:
    """The best entry of each value of a setting. Raises UsageError for a setting that no run has."""
    every = {name for run in ranking.runs for name in run.hparams}
    names = {setting} if setting in every else {name for name in every if name.rpartition(".")[2] == setting}
    if len(names) != 1:
        known = f"it may be {' or '.join(sorted(names))}" if names else did_you_mean(setting, sorted(every))
        raise UsageError(f"--best-per {setting}: {'several' if names else 'no'} settings are called so; {known}")
    (name,) = names
    groups: dict[Value, list[RankedRun | Config]] = {}
    for entry in ranking.configs or ranking.runs:  # best first
        groups.setdefault(_run(entry).hparams.get(name), []).append(entry)
    rows = tuple({name: value, "of": len(group), **_row(group[0])} for value, group in groups.items())
    noun = "configuration" if ranking.configs else "run"
    return Answered("best per", f"{name}: the best {noun} of each value", rows, listed=True)


def ensemble(ranking: Ranking, count: int) -> Answered:
    """The best run of each of the first configurations, and its checkpoint."""
    entries: Sequence[RankedRun | Config] = (ranking.configs or ranking.runs)[:count]
    rows = tuple(_row(entry) for entry in entries)
    lacking = sum(row["checkpoint"] is None for row in rows)
    what = "each of another configuration" if ranking.configs else "each of another run"
    said = f"the best {len(rows):,}, {what}"
    if len(rows) < count:
        said += f" (there are no more, {count:,} were asked for)"
    if lacking:
        said += f"; of {lacking:,} no checkpoint file is known"
    return Answered("ensemble", said, rows, listed=True)


def _run(entry: RankedRun | Config) -> RankedRun:
    return entry.runs[0] if isinstance(entry, Config) else entry


def _row(entry: RankedRun | Config) -> dict[str, Value]:
    run = _run(entry)
    return {
        "run": run.name, "at": logged(run.epoch, run.step), "expected": entry.expected, "low": entry.low,
        "high": entry.high, "checkpoint": run.checkpoint,
    }  # fmt: skip


def pareto(ranking: Ranking, picks: Sequence[RulesPick], pair: str) -> Answered:
    """The runs that no other beats in two metrics, as logged at each run's pick. Raises UsageError for no pair."""
    names = [one.strip() for one in pair.split(",")]
    if len(names) != 2 or not all(names) or names[0] == names[1]:
        raise UsageError(f"--pareto {pair}: needs two metrics, such as --pareto val_accuracy,latency:min")
    (first, goal), (second, other) = (_goal(name, ranking) for name in names)
    columns = [constraint.values(ranking.runs, picks, name, f"--pareto {pair}") for name in (first, second)]
    points: dict[str, tuple[float, float]] = {}
    for run in ranking.runs:
        x, y = (column.get(run.key) for column in columns)
        if isinstance(x, (int, float)) and isinstance(y, (int, float)) and not math.isnan(x) and not math.isnan(y):
            points[run.key] = (-x if goal == "max" else x, -y if other == "max" else y)
    front = _front(points)
    named = {run.key: run for run in ranking.runs}
    rows: tuple[Mapping[str, Value], ...] = tuple(
        {"run": named[key].name, "at": logged(named[key].epoch, named[key].step),
         first: columns[0][key], second: columns[1][key]} for key in front
    )  # fmt: skip
    missing = len(ranking.runs) - len(points)
    lacking = f"; {missing:,} do not tell both" if missing else ""
    said = f"{first} ({goal}) and {second} ({other}) as logged: no run beats these {len(rows):,} of {len(points):,}"
    return Answered("pareto", said + lacking, rows, listed=True)


def _front(points: Mapping[str, tuple[float, float]]) -> list[str]:
    """The points that no other is at least as low as in both, and lower in one; lowest first by the first number."""
    found: list[str] = []
    lowest = float("inf")
    held: tuple[float, float] | None = None
    for key, point in sorted(points.items(), key=lambda item: (item[1], item[0])):
        if point[1] < lowest or point == held:
            found.append(key)
            lowest, held = point[1], point
    return found


def _goal(text: str, ranking: Ranking) -> tuple[str, Goal]:
    name, _, end = text.rpartition(":")
    if name and end == "min":
        return name, "min"
    if name and end == "max":
        return name, "max"
    goal = ranking.best.goal if text == ranking.best.metric else meaning.understand([text])[text].goal
    if goal is None:
        raise UsageError(f"--pareto: which direction of {text} is better is not known; write {text}:min or {text}:max")
    return text, goal
