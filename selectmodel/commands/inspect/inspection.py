"""What ``inspect`` answers: what was read and how it was understood, without judging it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypedDict

import numpy as np

from selectmodel.answer import Answer
from selectmodel.display.numbers import number
from selectmodel.errors import SelectModelError
from selectmodel.metrics import meaning
from selectmodel.metrics.meaning import Meaning
from selectmodel.policy.policy import Policy
from selectmodel.records import Checkpoint, Goal, Note, Run, Series, Split
from selectmodel.selection.checkpoints import with_checkpoints
from selectmodel.selection.question import ask

if TYPE_CHECKING:
    from rich.console import RenderableType

    from selectmodel.display.style import Style


class ReadRunJson(TypedDict):
    """The run as it was read."""

    name: str
    source: str
    format: str
    x_axis: Literal["step", "epoch", "row"]
    notes: Sequence[Note]
    degraded: bool


class MetricJson(TypedDict):
    """A metric, how it was understood, and its points: epoch, step and value, or ``nan``, ``inf``, ``-inf``."""

    name: str
    base: str
    split: Literal[Split, None]
    split_why: str
    goal: Literal[Goal, None]
    goal_why: str
    quality: bool
    quality_why: str
    weak: bool
    points: Sequence[tuple[float | None, int, float | str]]


class InspectionJson(TypedDict):
    """What ``inspect`` answers."""

    run: ReadRunJson
    monitor: str | None
    question: str
    metrics: Sequence[MetricJson]
    checkpoints: Sequence[Checkpoint]
    checkpoints_how: str


@dataclass(frozen=True, slots=True)
class Inspection(Answer):
    """A run, how each of its metrics was understood, and what ``pick`` would judge by.

    ``monitor`` is the metric that pick would use, "" where it would ask; ``question`` then says what it would ask.
    ``files`` maps the position of a candidate to its checkpoint.
    """

    run: Run
    meanings: Mapping[str, Meaning]
    monitor: str
    question: str
    files: Mapping[int, str]
    files_how: str
    notes: tuple[Note, ...]
    kind = "inspect"

    def content(self) -> InspectionJson:
        """The JSON answer behind its header, with every point of every metric."""
        return {
            "run": {
                "name": self.run.name,
                "source": self.run.source,
                "format": self.run.format,
                "x_axis": self.run.x_axis,
                "notes": self.notes,
                "degraded": any(note.degrades for note in self.notes),
            },
            "monitor": self.monitor or None,
            "question": self.question,
            "metrics": [_metric(self.meanings[name], series) for name, series in self.run.series.items()],
            "checkpoints": self.run.checkpoints,
            "checkpoints_how": self.files_how,
        }

    def table(self) -> Iterator[tuple[Any, ...]]:
        """A tidy table: a header, then one row a point."""
        yield ("metric", "split", "epoch", "step", "value")
        for name, series in self.run.series.items():
            split = self.meanings[name].split or ""
            for epoch, step, value in zip(series.epochs, series.steps, series.values, strict=True):
                yield (name, split, "" if np.isnan(epoch) else number(float(epoch)), int(step), float(value))

    def screen(self, style: Style) -> Iterator[RenderableType]:
        from selectmodel.commands.inspect import screen

        return screen.lay_out(self, style)


def _metric(meaning: Meaning, series: Series) -> MetricJson:
    points = zip(series.epochs.tolist(), series.steps.tolist(), series.values.tolist(), strict=True)
    return {
        "name": meaning.name,
        "base": meaning.base,
        "split": meaning.split,
        "split_why": meaning.split_why,
        "goal": meaning.goal,
        "goal_why": meaning.goal_why,
        "quality": meaning.quality,
        "quality_why": meaning.quality_why,
        "weak": meaning.weak,
        "points": [(None if np.isnan(epoch) else number(epoch), step, _value(value)) for epoch, step, value in points],
    }


def _value(value: float) -> float | str:
    """A point's value; one that is not finite as its name, because a list has no room for a state beside it."""
    return value if np.isfinite(value) else ("nan" if np.isnan(value) else ("inf" if value > 0 else "-inf"))


def inspect(run: Run, policy: Policy) -> Inspection:
    """How the run was understood. Never raises for a log that pick could not judge: that is what it shows.

    Raises what :func:`with_checkpoints` does.
    """
    run = with_checkpoints(run, policy)
    meanings = meaning.understand(run.series, run.hints)
    try:
        asked = ask(run, policy)
    except SelectModelError as failure:
        return Inspection(run, meanings, "", str(failure), {}, "", run.notes)
    return Inspection(
        run=run,
        meanings=meanings,
        monitor=asked.monitor.name,
        question=f"{asked.monitor.goal}: {asked.monitor.goal_why}; {asked.monitor.why}",
        files={index: file.path for index, file in asked.match.files.items()},
        files_how=asked.match.how,
        notes=(*run.notes, *asked.notes),
    )
