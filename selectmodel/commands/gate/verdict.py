"""What ``gate`` answers: whether the recommended checkpoint may ship, and for every condition why or why not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias, TypedDict

from selectmodel.answer import Answer, FindingJson
from selectmodel.errors import ExitCode
from selectmodel.policy.conditions import On
from selectmodel.selection.record import Record
from selectmodel.selection.report import Report
from selectmodel.selection.report_json import MonitorJson, RecommendedJson, RunJson, SizeOfLogJson

if TYPE_CHECKING:
    from rich.console import RenderableType

    from selectmodel.charts.vega import Panel
    from selectmodel.display.style import Style
    from selectmodel.pages.sheet import Sheet

Result = Literal["pass", "fail", "refused", "skipped"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """One condition and what came of it.

    ``kind`` is a condition's ("min", "max_worse", …) or what was asked of the run ("finished", "checkpoint", …).
    ``value`` is what was judged and ``bound`` what it was held against, both in the metric's unit and None where there
    is none; ``margin`` as it was written; ``baseline`` the baseline's value. "refused" means that it could not be
    judged, which is never a pass; ``code`` is then what the program exits with. "skipped" is a comparison that the
    policy lets pass because there is no baseline yet.
    """

    name: str
    kind: str
    outcome: Result
    reason: str
    metric: str | None = None
    on: On | None = None
    value: float | None = None
    bound: float | None = None
    margin: str | None = None
    baseline: float | None = None
    code: ExitCode = ExitCode.CANNOT_JUDGE


@dataclass(frozen=True, slots=True)
class Compared:
    """The baseline of a verdict: where it was read from, and whether anything was held against it.

    ``code`` is set where it cannot be used: what the program exits with; ``why`` then says what is wrong. ``record``:
    it is a decision record, not a log.
    """

    source: str
    compared: bool
    why: str
    decision: Record | None = None
    code: ExitCode | None = None
    record: bool = False


@dataclass(frozen=True, slots=True)
class Verdict(Answer):
    """Every condition with its outcome. ``report`` and ``decision`` are None where the log could not be judged at all.

    The verdict is "pass" only if something was judged and all of it passed; one outcome that could not be judged makes
    it "refused", because the others do not tell what that one would have said.
    """

    source: str
    outcomes: tuple[Outcome, ...]
    report: Report | None = None
    decision: Record | None = None
    baseline: Compared | None = None
    kind = "gate"

    @property
    def result(self) -> Literal["pass", "fail", "refused"]:
        found = {outcome.outcome for outcome in self.outcomes}
        if "refused" in found or not found & {"pass", "fail"}:
            return "refused"
        return "fail" if "fail" in found else "pass"

    @property
    def exit_code(self) -> ExitCode:
        """0 pass, 1 fail, 2 where the user must write something, 3 where the input cannot be judged."""
        if self.result == "refused":
            codes = [outcome.code for outcome in self.outcomes if outcome.outcome == "refused"]
            return min(codes, default=ExitCode.CANNOT_JUDGE)
        return ExitCode.NO if self.result == "fail" else ExitCode.OK

    @property
    def sentence(self) -> str:
        """The verdict in one sentence."""
        judged = [outcome for outcome in self.outcomes if outcome.outcome != "skipped"]
        count = len(judged)
        failed, refused = (sum(one.outcome == state for one in judged) for state in ("fail", "refused"))
        if self.result == "refused":
            return f"{refused or 'all'} of {count} conditions could not be judged, which is not a pass"
        if self.result == "fail":
            return f"{failed} of {count} conditions failed"
        skipped = len(self.outcomes) - count
        compared = f"; {skipped} not compared: {self._why_skipped}" if skipped else ""
        return f"all {count} conditions are met{compared}"

    @property
    def _why_skipped(self) -> str:
        there = self.baseline is not None and self.baseline.decision is not None
        return "the baseline is a record of this very log" if there else "there is no baseline yet"

    def content(self) -> VerdictJson:
        """The JSON answer behind its header."""
        report = self.report.content() if self.report else None
        return {
            "verdict": self.result,
            "exit_code": self.exit_code,
            "sentence": self.sentence,
            "source": self.source,
            "conditions": [_outcome(outcome) for outcome in self.outcomes],
            "baseline": _compared(self.baseline) if self.baseline else None,
            "run": report["run"] if report else None,
            "metric": report["metric"] if report else None,
            "val_size": report["val_size"] if report else None,
            "recommended": report["recommended"] if report else None,
            "findings": report["findings"] if report else [],
            "decision": self.decision.to_dict() if self.decision else None,
        }

    def table(self) -> Iterator[tuple[Any, ...]]:
        """A header, then one row a condition."""
        yield ("condition", "outcome", "value", "bound", "margin", "baseline", "reason")
        for one in self.outcomes:
            numbers = ("" if number is None else number for number in (one.value, one.bound))
            yield (one.name, one.outcome, *numbers, one.margin or "", "" if one.baseline is None else one.baseline,
                   one.reason)  # fmt: skip

    def panels(self, *, log: bool = False) -> Iterator[Panel]:
        from selectmodel.commands.gate import chart

        return chart.panels(self, log=log)

    def sheet(self) -> Sheet:
        from selectmodel.commands.gate import sheet

        return sheet.sheet(self)

    def screen(self, style: Style) -> Iterator[RenderableType]:
        from selectmodel.commands.gate import screen

        return screen.lay_out(self, style)

    def page(self) -> Iterator[str]:
        from selectmodel.commands.gate import page

        return page.lines(self)


RecordInside: TypeAlias = Annotated[Mapping[str, Any], ("$ref", "#/$defs/RecordJson")]


class ConditionJson(TypedDict):
    """One condition and what came of it."""

    name: str
    kind: str
    outcome: Result
    reason: str
    metric: str | None
    on: On | None
    value: float | None
    bound: float | None
    margin: str | None
    baseline: float | None


class BaselineJson(TypedDict):
    """What the run was held against."""

    source: str
    compared: bool
    why: str
    decision: RecordInside | None


class VerdictJson(TypedDict):
    """What ``gate`` answers."""

    verdict: Literal["pass", "fail", "refused"]
    exit_code: Annotated[int, ("enum", (0, 1, 2, 3))]
    sentence: str
    source: str
    conditions: Annotated[Sequence[ConditionJson], ("minItems", 1)]
    baseline: BaselineJson | None
    run: RunJson | None
    metric: MonitorJson | None
    val_size: SizeOfLogJson | None
    recommended: RecommendedJson | None
    findings: Sequence[FindingJson]
    decision: RecordInside | None


def _outcome(outcome: Outcome) -> ConditionJson:
    return {
        "name": outcome.name,
        "kind": outcome.kind,
        "outcome": outcome.outcome,
        "reason": outcome.reason,
        "metric": outcome.metric,
        "on": outcome.on,
        "value": outcome.value,
        "bound": outcome.bound,
        "margin": outcome.margin,
        "baseline": outcome.baseline,
    }


def _compared(baseline: Compared) -> BaselineJson:
    decision = baseline.decision
    return {
        "source": baseline.source,
        "compared": baseline.compared,
        "why": baseline.why,
        "decision": decision.to_dict() if decision else None,
    }


def met_or_not(met: bool) -> Result:
    """The outcome of a condition that could be judged."""
    return "pass" if met else "fail"
