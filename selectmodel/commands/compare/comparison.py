"""What ``compare`` answers: what changed from the reference to each other side, metric by metric, and how surely."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, cast

from selectmodel.answer import Answer, Logged
from selectmodel.commands.compare.member import Cycle
from selectmodel.commands.compare.predictions import Paired
from selectmodel.commands.compare.uncertainty import LEVEL, Verdict
from selectmodel.policy.policy import Policy
from selectmodel.records import Goal, Note
from selectmodel.stats.noise import mean

if TYPE_CHECKING:
    from rich.console import RenderableType

    from selectmodel.charts.vega import Panel
    from selectmodel.commands.compare.comparison_json import AgainstJson, ComparisonJson, MemberJson, SideJson
    from selectmodel.display.style import Style
    from selectmodel.pages.sheet import Sheet


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a comparison: a run at its pick, or several seeds of one configuration at theirs."""

    name: str
    members: tuple[Cycle, ...]

    def mean(self, metric: str) -> float:
        """The metric at the picks; NaN where one does not have it."""
        return mean(member.values.get(metric, float("nan")) for member in self.members)


@dataclass(frozen=True, slots=True)
class Change:
    """One metric from the reference to another side.

    ``before`` and ``after`` are as logged at the picks (means over seeds). ``change`` is corrected for the luck of the
    picks and for how alike most runs are where examples are few, and lies in ``low`` … ``high`` with probability
    ``level``; both are None where the log tells no error. ``p`` is two-sided; those of the metrics besides the
    monitored one are corrected for their number. ``needed`` is how many ``unit`` ("examples" or "seeds") a side would
    tell a change of this size; ``why`` is what the verdict rests on.
    """

    metric: str
    goal: Goal
    before: Logged
    after: Logged
    change: Logged
    low: float | None
    high: float | None
    p: float | None
    verdict: Verdict
    why: str
    needed: int | None = None
    unit: Literal["", "examples", "seeds"] = ""
    level: float = LEVEL


@dataclass(frozen=True, slots=True)
class Against:
    """Another side against the reference: what to know first, each metric, and how it was tested."""

    side: str
    test: str
    warnings: tuple[tuple[str, str], ...]
    changes: tuple[Change, ...]
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Comparison(Answer):
    """Each side at its own pick, against the first.

    ``history`` is the file that was read or written, "" if none, and ``recorded`` how many decisions were added to it.
    ``latest`` is the last side against the one before it, None where that is the first. ``policy`` is what each was
    judged by.
    """

    metric: str
    goal: Goal
    sides: tuple[Side, ...]
    against: tuple[Against, ...]
    predictions: Paired | None = None
    notes: tuple[Note, ...] = ()
    history: str = ""
    recorded: int = 0
    latest: Against | None = None
    policy: Policy = field(default_factory=Policy, compare=False)
    kind = "compare"

    @property
    def reference(self) -> Side:
        return self.sides[0]

    def change(self, metric: str | None = None, side: str | None = None) -> Change:
        """One metric's change (the monitored one's) from the reference to a side (the last one)."""
        wanted = side or self.against[-1].side
        for other in self.against:
            for change in other.changes:
                if other.side == wanted and change.metric == (metric or self.metric):
                    return change
        raise KeyError(f"{metric or self.metric} of {wanted}")

    @property
    def verdict(self) -> Verdict | None:
        """Of the monitored metric of the last side; of the predictions where there are any. None for a single side."""
        if not self.against:
            return None
        if self.predictions is not None:
            return self.predictions.verdict
        return self.change().verdict

    def metrics(self) -> list[str]:
        """Metrics that every side has at its pick, the monitored one first, then the judged ones."""
        members = [member for side in self.sides for member in side.members]
        shared = [name for name in members[0].values if all(name in member.values for member in members)]
        judged = [name for name in members[0].judged if name in shared]
        return list(dict.fromkeys([self.metric, *judged, *shared]))

    def content(self) -> ComparisonJson:
        """The JSON answer behind its header."""
        return {
            "metric": {"name": self.metric, "goal": self.goal},
            "reference": self.reference.name,
            "verdict": self.verdict,
            "sides": [_side(side, self.metrics()) for side in self.sides],
            "comparisons": [_against(other) for other in self.against],
            "predictions": self.predictions,
            "history": {"file": self.history, "recorded": self.recorded} if self.history else None,
            "notes": self.notes,
        }

    def table(self) -> Iterator[tuple[Any, ...]]:
        """A header, then one row a side and metric; the reference has no change."""
        yield (
            "side",
            "metric",
            "goal",
            "value",
            "change",
            "low",
            "high",
            "level",
            "p",
            "verdict",
            "why",
            "needed",
            "unit",
        )
        for metric in self.metrics():
            yield (self.reference.name, metric, "", self.reference.mean(metric), *[""] * 9)
        for other in self.against:
            for change in other.changes:
                bounds = ["" if value is None else value for value in (change.low, change.high)]
                yield (other.side, change.metric, change.goal, change.after, change.change, *bounds, change.level,
                       "" if change.p is None else change.p, change.verdict, change.why,
                       "" if change.needed is None else change.needed, change.unit)  # fmt: skip

    def panels(self, *, log: bool = False) -> Iterator[Panel]:
        from selectmodel.commands.compare import chart

        return chart.panels(self)

    def sheet(self) -> Sheet:
        from selectmodel.commands.compare import sheet

        return sheet.sheet(self)

    def screen(self, style: Style) -> Iterator[RenderableType]:
        from selectmodel.commands.compare import screen

        return screen.lay_out(self, style)


def _side(side: Side, metrics: list[str]) -> SideJson:
    means: Mapping[str, float] = {metric: side.mean(metric) for metric in metrics}
    return {"name": side.name, "values": means, "runs": [_member(member) for member in side.members]}


def _member(member: Cycle) -> MemberJson:
    # as it was recorded, perhaps by another version
    added = {"created": member.created, "label": member.label}
    return cast("MemberJson", {"name": member.name, **member.record, "course": member.course(), **added})


def _against(other: Against) -> AgainstJson:
    return {
        "side": other.side,
        "test": other.test,
        "warnings": [{"about": about, "message": message} for about, message in other.warnings],
        "changes": other.changes,
        "remarks": other.remarks,
    }
