"""What ``rank`` answers: runs in order of what their picked epoch is worth, ties told, repeats taken together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from selectmodel.answer import Answer, finding_json
from selectmodel.commands.rank import ranking_rows
from selectmodel.display.numbers import number
from selectmodel.policy.policy import Policy
from selectmodel.records import CheckFinding, Goal, Note

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import RenderableType

    from selectmodel.charts.vega import Panel
    from selectmodel.commands.rank.questions.answered import Answered
    from selectmodel.commands.rank.ranking_json import RankingJson
    from selectmodel.display.style import Style
    from selectmodel.files.hparams import Value
    from selectmodel.pages.sheet import Sheet

#: Level of the intervals, and the normal quantile that belongs to it.
LEVEL = 0.9
Z = 1.6448536269514722


def key_of(source: str, part: str) -> str:
    """What tells runs apart: their file, and the part of it where it holds several."""
    return f"{source}\0{part}" if part else source


@dataclass(frozen=True, slots=True)
class RankedRun:
    """One run at its own pick. ``value`` is the metric as logged there, what is ``expected`` holds on data like the
    validation set.

    ``expected`` is ``value`` and ``low``, ``high`` are None where nothing tells the uncertainty. In a ranking, what is
    expected also allows for the luck of being the first of many: :mod:`.pooling`. ``percent``: the
    metric is logged in 0..100. ``hparams`` are the settings found beside the log. ``checkpoint`` is looked for only in
    the first runs of a ranking, and ``trouble`` says why none could be named; ``unsaved`` is a better epoch (or step)
    of which no file is known, in whose place the pick is. ``reader``, ``files`` and ``part`` read the run again;
    ``alone``: no other run lives in its folder. ``state`` says that its log is no whole one, or that it diverged.
    ``own_se`` is the standard error of what is expected without what it may have in common with the other runs.
    """

    name: str
    source: str
    format: str
    rule: str
    metric: str
    goal: Goal
    epoch: float | None
    step: int | None
    value: float
    expected: float
    low: float | None = None
    high: float | None = None
    candidates: int = 0
    val_size: int | None = None
    percent: bool = False
    degraded: bool = False
    hparams: Mapping[str, Value] = field(default_factory=dict)
    reader: str = ""
    files: tuple[str, ...] = ()
    part: str = ""
    alone: bool = True
    checkpoint: str | None = None
    trouble: str = ""
    unsaved: float | None = None
    state: str = ""
    own_se: float | None = None

    @property
    def key(self) -> str:
        """What no other run of a ranking has."""
        return key_of(self.source, self.part)

    @property
    def ground(self) -> tuple[str, str, bool]:
        """Runs are compared only where all of this is equal."""
        return self.metric, self.goal, self.percent

    @property
    def se(self) -> float:
        """Standard error by which it is told from other runs, 0 where it is not known."""
        if self.own_se is not None:
            return self.own_se
        return 0.0 if self.low is None or self.high is None else (self.high - self.low) / (2 * Z)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A run that could not be judged, and why."""

    name: str
    source: str
    reason: str
    part: str = ""

    @property
    def key(self) -> str:
        """What no other run has."""
        return key_of(self.source, self.part)


@dataclass(frozen=True, slots=True)
class RulesPick:
    """Where one rule would go in one run, and every metric there."""

    run: str
    rule: str
    epoch: float | None
    step: int | None
    reason: str
    values: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Config:
    """Repeats of one configuration: ``expected`` is the mean over its ``runs``, which come best first."""

    name: str
    hparams: Mapping[str, Value]
    runs: tuple[RankedRun, ...]
    expected: float
    low: float | None
    high: float | None

    @property
    def se(self) -> float:
        return 0.0 if self.low is None or self.high is None else (self.high - self.low) / (2 * Z)


@dataclass(frozen=True, slots=True)
class Apart:
    """Runs that were judged by another metric than most, so that they have no place; ``flag`` ranks them instead."""

    metric: str
    goal: Goal
    runs: tuple[str, ...]
    flag: str
    why: str


@dataclass(frozen=True, slots=True)
class Ranking(Answer):
    """Runs in order, the best first.

    Attributes:
        places: of each run (or of each of ``configs``, where there are any): runs that the validation data cannot tell
            from the best of them share its place.
        top: how many the screen shows, and for how many checkpoint files were looked for.
        columns: the settings that differ between runs.
        basis: one sentence on what the order rests on.
        findings: what the checks saw in the run to ship, the worst first.
        questions: what else was asked of the sweep, and the answers.
        believable: where the run to ship is too good to be true, the name of the first that is not, of those looked at.
        policy: what each run was judged by.
    """

    paths: tuple[str, ...]
    runs: tuple[RankedRun, ...]
    places: tuple[int, ...]
    configs: tuple[Config, ...]
    config_places: tuple[int, ...]
    left_out: tuple[LeftOut, ...]
    apart: tuple[Apart, ...]
    columns: tuple[str, ...]
    basis: str
    notes: tuple[Note, ...] = ()
    findings: tuple[CheckFinding, ...] = ()
    picks: tuple[RulesPick, ...] = ()
    top: int = 20
    questions: tuple[Answered, ...] = ()
    believable: str = ""
    policy: Policy = field(default_factory=Policy, compare=False)
    kind = "rank"

    @property
    def best(self) -> RankedRun:
        """The run to ship: the best one, of the best configuration where repeats are taken together."""
        return self.configs[0].runs[0] if self.configs else self.runs[0]

    @property
    def leading(self) -> Sequence[RankedRun]:
        """The run to ship, and those to ship without it: of each configuration the best, where repeats are known."""
        return [config.runs[0] for config in self.configs] or self.runs

    @property
    def but_for(self) -> tuple[str, ...]:
        """The settings (seeds, names, folders) in which repeats of one configuration differ; all others are equal."""
        found: dict[str, None] = {}
        for config in self.configs:
            first, *others = (run.hparams for run in config.runs)
            for other in others:
                found.update((name, None) for name in (*first, *other) if first.get(name) != other.get(name))
        return tuple(found)

    def content(self) -> RankingJson:
        """The JSON answer behind its header."""
        first = self.runs[0]
        return {
            "paths": self.paths,
            "rule": self.best.rule,
            "metric": {"name": first.metric, "goal": first.goal, "percent": first.percent},
            "basis": self.basis,
            "recommended": ranking_rows.run(self.best, None),
            "findings": [finding_json(finding) for finding in self.findings],
            "believable": self.believable or None,
            "runs": [ranking_rows.run(run, place) for run, place in zip(self.runs, self.places, strict=True)],
            "configs": [
                ranking_rows.config(item, at) for item, at in zip(self.configs, self.config_places, strict=True)
            ],
            "repeats_differ_in": self.but_for,
            "apart": self.apart,
            "left_out": [{"run": item.name, "source": item.source, "reason": item.reason} for item in self.left_out],
            "picks": [ranking_rows.pick(item) for item in self.picks],
            "questions": [{"question": one.question, "said": one.said, "rows": one.rows} for one in self.questions],
            "notes": self.notes,
        }

    def table(self) -> Iterator[tuple[Any, ...]]:
        """A header, then one row a run, those without a place at the end; with ``picks``, one row a run and rule."""
        if self.picks:
            yield from self._picks_table()
            return
        config_of = {run.key: config.name for config in self.configs for run in config.runs}
        names = [f"hparams.{name}" for name in self.columns]
        yield (*_COLUMNS, "config", *names, "problem")
        for run, place in zip(self.runs, self.places, strict=True):
            row: Mapping[str, object] = ranking_rows.run(run, place)
            settings = [run.hparams.get(name) for name in self.columns]
            yield (*(row[name] for name in _COLUMNS), config_of.get(run.key), *settings, run.trouble or None)
        rest = (None,) * (1 + len(names))
        for left in self.left_out:
            row = {"run": left.name, "source": left.source}
            yield (*(row.get(name) for name in _COLUMNS), *rest, left.reason)
        for item in self.apart:
            for name in item.runs:
                row = {"run": name, "metric": item.metric, "goal": item.goal}
                yield (*(row.get(column) for column in _COLUMNS), *rest, f"{item.why}; {item.flag}")

    def _picks_table(self) -> Iterator[tuple[Any, ...]]:
        metrics = list(dict.fromkeys(name for pick in self.picks for name in pick.values))
        yield ("run", "rule", "epoch", "step", "reason", *metrics)
        for pick in self.picks:
            epoch = None if pick.epoch is None else number(pick.epoch)
            yield (pick.run, pick.rule, epoch, pick.step, pick.reason, *(pick.values.get(name) for name in metrics))

    def frame(self) -> pd.DataFrame:
        """:meth:`table` as a pandas table."""
        import pandas as pd

        names, *rows = self.table()
        return pd.DataFrame.from_records(rows, columns=list(names))

    def panels(self, *, log: bool = False) -> Iterator[Panel]:
        from selectmodel.commands.rank import chart

        return chart.panels(self)

    def sheet(self) -> Sheet:
        from selectmodel.commands.rank import sheet

        return sheet.sheet(self)

    def screen(self, style: Style) -> Iterator[RenderableType]:
        from selectmodel.commands.rank import screen

        return screen.lay_out(self, style)


_COLUMNS = (
    "place", "run", "source", "format", "rule", "metric", "goal", "epoch", "step", "checkpoint", "value", "expected",
    "low", "high", "candidates", "val_size", "degraded",
)  # fmt: skip
