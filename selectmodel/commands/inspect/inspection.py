"""What ``inspect`` answers: what was read and how it was understood, without judging it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from selectmodel.answer import SCHEMA, strict
from selectmodel.display.numbers import number
from selectmodel.errors import SelectModelError
from selectmodel.metrics import meaning
from selectmodel.metrics.meaning import Meaning
from selectmodel.policy.policy import Policy
from selectmodel.records import Note, Run, Series
from selectmodel.selection.question import ask
from selectmodel.version import __version__


@dataclass(frozen=True, slots=True)
class Inspection:
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

    def to_dict(self) -> dict[str, Any]:
        """The JSON answer; every point of every metric is in ``metrics[].points`` as [epoch, step, value]."""
        answer = {
            "schema": SCHEMA,
            "command": "inspect",
            "version": __version__,
            "run": {
                "name": self.run.name,
                "source": self.run.source,
                "format": self.run.format,
                "x_axis": self.run.x_axis,
                "notes": [asdict(note) for note in self.notes],
                "degraded": any(note.degrades for note in self.notes),
            },
            "monitor": self.monitor or None,
            "question": self.question,
            "metrics": [_metric(self.meanings[name], series) for name, series in self.run.series.items()],
            "checkpoints": [asdict(file) for file in self.run.checkpoints],
            "checkpoints_how": self.files_how,
        }
        return {key: strict(value) for key, value in answer.items()}

    def table(self) -> Iterator[tuple[Any, ...]]:
        """A tidy table: a header, then one row a point."""
        yield ("metric", "split", "epoch", "step", "value")
        for name, series in self.run.series.items():
            split = self.meanings[name].split or ""
            for epoch, step, value in zip(series.epochs, series.steps, series.values, strict=True):
                yield (name, split, "" if np.isnan(epoch) else number(float(epoch)), int(step), float(value))


def _metric(meaning: Meaning, series: Series) -> dict[str, Any]:
    points = zip(series.epochs.tolist(), series.steps.tolist(), series.values.tolist(), strict=True)
    return {
        **asdict(meaning),
        "points": [[None if np.isnan(epoch) else number(epoch), step, _value(value)] for epoch, step, value in points],
    }


def _value(value: float) -> float | str:
    """A point's value; one that is not finite as its name, because a list has no room for a state beside it."""
    return value if np.isfinite(value) else ("nan" if np.isnan(value) else ("inf" if value > 0 else "-inf"))


def inspect(run: Run, policy: Policy) -> Inspection:
    """How the run was understood. Never raises for a log that pick could not judge: that is what it shows."""
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
