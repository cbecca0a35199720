"""What ``gate`` answers: whether the recommended checkpoint may ship, and for every condition why or why not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, Literal

from selectmodel.answer import SCHEMA, strict
from selectmodel.errors import ExitCode
from selectmodel.selection.record import Record
from selectmodel.selection.report import Report
from selectmodel.version import __version__

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
    on: str | None = None
    value: float | None = None
    bound: float | None = None
    margin: str | None = None
    baseline: float | None = None
    code: ExitCode = ExitCode.CANNOT_JUDGE


@dataclass(frozen=True, slots=True)
class Compared:
    """The baseline of a verdict: where it was read from, and whether anything was held against it.

    ``code`` is set where it cannot be used: what the program exits with; ``why`` then says what is wrong.
    """

    source: str
    compared: bool
    why: str
    decision: Record | None = None
    code: ExitCode | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
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
        compared = f"; {skipped} not compared, because there is no baseline yet" if skipped else ""
        return f"all {count} conditions are met{compared}"

    def to_dict(self) -> dict[str, Any]:
        """The JSON answer, strict like that of pick."""
        report = self.report.to_dict() if self.report else {}
        answer = {
            "schema": SCHEMA,
            "command": "gate",
            "version": __version__,
            "verdict": self.result,
            "exit_code": int(self.exit_code),
            "sentence": self.sentence,
            "source": self.source,
            "conditions": [_outcome(outcome) for outcome in self.outcomes],
            "baseline": _compared(self.baseline) if self.baseline else None,
            **{key: report.get(key) for key in ("run", "metric", "val_size", "recommended")},
            "findings": report.get("findings", []),
            "decision": self.decision.to_dict() if self.decision else None,
        }
        return {key: strict(value) for key, value in answer.items()}

    def table(self) -> Iterator[tuple[Any, ...]]:
        """A header, then one row a condition."""
        yield ("condition", "outcome", "value", "bound", "margin", "baseline", "reason")
        for one in self.outcomes:
            numbers = ("" if number is None else number for number in (one.value, one.bound))
            yield (one.name, one.outcome, *numbers, one.margin or "", "" if one.baseline is None else one.baseline,
                   one.reason)  # fmt: skip


def _outcome(outcome: Outcome) -> dict[str, Any]:
    plain = asdict(outcome)
    del plain["code"]
    return plain


def _compared(baseline: Compared) -> dict[str, Any]:
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
