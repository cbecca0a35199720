"""The JSON of a comparison, as types."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, TypeAlias, TypedDict

from selectmodel.answer import OPEN, Logged, Values
from selectmodel.commands.compare.comparison import Change
from selectmodel.commands.compare.predictions import Paired
from selectmodel.commands.compare.uncertainty import Verdict
from selectmodel.records import Goal, Note

Moment: TypeAlias = Annotated[str, ("pattern", r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")]


class ComparedMetricJson(TypedDict):
    """The metric by which every side was picked."""

    name: str
    goal: Goal


class CourseJson(TypedDict):
    """What a comparison needs of a run besides its decision record; the attributes of a member, in short."""

    source: str
    judged: Sequence[str]
    loss: str | None
    accuracy: str | None
    definitions: Mapping[str, str]
    gap: Logged
    overfit: Logged
    lowest_loss: Logged
    around: Sequence[float]
    train_accuracy: str | None
    validation: str | None


class MemberJson(TypedDict):
    """A decision record, with the name of its run, its course, and when and as what it was added to a history."""

    name: str
    run: Mapping[str, Any]
    log: Mapping[str, str]
    metric: str
    rule: str
    epoch: float | None
    step: int | None
    checkpoint: Any
    metrics: Mapping[str, Any]
    val_size: Mapping[str, Any]
    data_id: str | None
    policy: Mapping[str, Any]
    course: CourseJson
    created: Moment | None
    label: str | None


#: Records of a history may be those of a later version, which says more.
AnyMemberJson: TypeAlias = Annotated[MemberJson, OPEN]


class SideJson(TypedDict):
    """A side: the means of its metrics over its runs, each at its own pick."""

    name: str
    values: Values
    runs: Annotated[Sequence[AnyMemberJson], ("minItems", 1)]


class WarningJson(TypedDict):
    """What makes the comparison misleading."""

    about: str
    message: str


class AgainstJson(TypedDict):
    """Another side against the reference."""

    side: str
    test: str
    warnings: Sequence[WarningJson]
    changes: Sequence[Change]
    remarks: Sequence[str]


class HistoryJson(TypedDict):
    """The file of decisions, and how many were added to it."""

    file: str
    recorded: int


class ComparisonJson(TypedDict):
    """What ``compare`` answers."""

    metric: ComparedMetricJson
    reference: str
    verdict: Literal[Verdict, None]
    sides: Annotated[Sequence[SideJson], ("minItems", 1)]
    comparisons: Sequence[AgainstJson]
    predictions: Paired | None
    history: HistoryJson | None
    notes: Sequence[Note]
