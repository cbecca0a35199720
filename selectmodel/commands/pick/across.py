"""What ``pick --across`` answers: the number of epochs that is best in the mean of several runs: folds, seeds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, TypedDict

from selectmodel.answer import Answer, Count, Logged, Values
from selectmodel.display.numbers import number
from selectmodel.records import Floats, Goal, Note

if TYPE_CHECKING:
    from rich.console import RenderableType

    from selectmodel.display.style import Style


class AcrossMetricJson(TypedDict):
    """The metric that was averaged."""

    name: str
    goal: Goal
    split: str | None


class AveragedRunJson(TypedDict):
    """One of the runs: ``value`` at the common pick, ``own_epoch`` and ``own_value`` at the pick of it alone."""

    name: str
    source: str
    last: float
    value: Logged
    own_epoch: float
    own_value: Logged


class CommonPickJson(TypedDict):
    """The common pick: its ``value`` is the mean over the runs, ``epochs`` how many to train the final model for."""

    rule: str
    axis: str
    epoch: float
    epochs: float | None
    reason: str
    value: Logged
    standard_error: Logged
    values: Values


class AcrossJson(TypedDict):
    """What ``pick --across`` answers."""

    metric: AcrossMetricJson
    runs: Annotated[Sequence[AveragedRunJson], ("minItems", 2)]
    candidates: Count
    first_epoch: float
    last_epoch: float
    recommended: CommonPickJson
    as_good_as: Sequence[float]
    notes: Sequence[Note]


@dataclass(frozen=True, slots=True)
class Member:
    """One of the runs.

    Attributes:
        values: (n,) the metric at the common epochs.
        last: the last epoch that it logs.
        own_epoch: what the same rule picks from this run alone, with its ``own_value``.
    """

    name: str
    source: str
    files: tuple[str, ...]
    values: Floats
    last: float
    own_epoch: float
    own_value: float


@dataclass(frozen=True, slots=True)
class Across(Answer):
    """The epoch that is best in the mean over several runs, at the epochs that all of them have.

    Attributes:
        axis: what the labels count: epoch or step.
        labels: (n,) the common epochs, as logged.
        means: (n,) the metric, averaged over the runs; NaN where one of them has no finite value.
        errors: (n,) the standard errors of these means, from the spread between the runs.
        index: the epoch recommended, by ``rule`` for this ``reason``; ``values`` are the means of all metrics there.
        epochs: how many epochs the final model is to be trained for; None where the logs tell steps alone.
        as_good_as: (k,) indices of the epochs whose mean is no further from the best than one standard error of the
            difference, run by run.
    """

    metric: str
    goal: Goal
    split: str | None
    axis: str
    labels: Floats
    means: Floats
    errors: Floats
    index: int
    rule: str
    reason: str
    values: Mapping[str, float]
    epochs: float | None
    as_good_as: tuple[int, ...]
    members: tuple[Member, ...]
    notes: tuple[Note, ...]
    kind = "across"

    @property
    def epoch(self) -> float:
        """The epoch recommended, as logged; the step where the logs have no epochs."""
        return float(self.labels[self.index])

    @property
    def value(self) -> float:
        """The mean over the runs there."""
        return float(self.means[self.index])

    @property
    def standard_error(self) -> float:
        """Of that mean, from the spread between the runs."""
        return float(self.errors[self.index])

    @property
    def at_the_end(self) -> bool:
        """Whether the best epoch is the last that all runs have, so that a later one may be better."""
        return self.index == len(self.labels) - 1

    def content(self) -> AcrossJson:
        """The JSON answer behind its header."""
        return {
            "metric": {"name": self.metric, "goal": self.goal, "split": self.split},
            "runs": [self._member(member) for member in self.members],
            "candidates": len(self.labels),
            "first_epoch": number(self.labels[0]),
            "last_epoch": number(self.labels[-1]),
            "recommended": {
                "rule": self.rule,
                "axis": self.axis,
                "epoch": number(self.epoch),
                "epochs": None if self.epochs is None else number(self.epochs),
                "reason": self.reason,
                "value": self.value,
                "standard_error": self.standard_error,
                "values": self.values,
            },
            "as_good_as": [number(self.labels[index]) for index in self.as_good_as],
            "notes": self.notes,
        }

    def _member(self, member: Member) -> AveragedRunJson:
        return {
            "name": member.name,
            "source": member.source,
            "last": number(member.last),
            "value": float(member.values[self.index]),
            "own_epoch": number(member.own_epoch),
            "own_value": member.own_value,
        }

    def table(self) -> Iterator[tuple[Any, ...]]:
        """A header, then one row a common epoch: the mean, its standard error, and the value of each run."""
        yield (self.axis, "mean", "standard_error", *(member.name for member in self.members))
        for at, label in enumerate(self.labels.tolist()):
            own = (float(member.values[at]) for member in self.members)
            yield (label, float(self.means[at]), float(self.errors[at]), *own)

    def screen(self, style: Style) -> Iterator[RenderableType]:
        from selectmodel.commands.pick import across_screen

        return across_screen.lay_out(self, style)
