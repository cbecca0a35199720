"""The gate: a report, a policy and a baseline become a verdict. Pure, and closed: what is not known never passes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from selectmodel.commands.gate import bounds, comparable
from selectmodel.commands.gate.bounds import GateCase
from selectmodel.commands.gate.verdict import Compared, Outcome, Verdict, met_or_not
from selectmodel.display.epochs import epoch_or_step
from selectmodel.display.numbers import counted
from selectmodel.errors import ExitCode, SelectModelError, UsageError, in_one_line
from selectmodel.policy.conditions import AGAINST_BASELINE, JUDGING
from selectmodel.policy.policy import Policy
from selectmodel.selection.record import Record
from selectmodel.selection.report import Report
from selectmodel.selection.unused_files import unused

_DAY = 86_400.0
#: Notes that tell of a run that was cut off or is still going on.
_UNFINISHED = ("SM101", "SM131")
#: Ahead of the clock by more than this, a log's time is wrong.
_SKEW = 300.0


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of the files around a log when it is judged.

    ``changed``: a log was written to while it was read. ``written``: when a log was last written, ``now``: when it was
    judged, both in seconds since 1970. The hashes are SHA-256, None where they were not asked for; ``problems`` says
    of the checkpoint, or of the file in production, why it could not be hashed.
    """

    changed: bool = False
    written: float | None = None
    now: float | None = None
    checkpoint_sha256: str | None = None
    production_sha256: str | None = None
    problems: tuple[str, ...] = ()


def check(policy: Policy) -> None:
    """Refuses a policy that asks a gate for nothing, or whose comparisons lack a baseline. Raises UsageError."""
    comparing_ones = [one for one in policy.gate if one.kind in AGAINST_BASELINE]
    baseline, first_run = policy.required("baseline"), policy.required("first_run")
    if baseline is not None and not comparing_ones:
        raise UsageError(
            f"baseline {baseline}: no condition uses it; add --max-worse METRIC=MARGIN or --min-gain METRIC=MARGIN, or "
            "max_worse or min_gain to a [[gate]] of the policy"
        )
    if not policy.gate and not any(policy.required(key) is not None for key in JUDGING):
        raise UsageError(
            "nothing to judge by, and nothing judged is not a pass; add a condition such as --min val_accuracy=0.9 or "
            "--max val_loss=0.5, or write a policy fitted to the log: selectmodel init LOG"
        )
    if comparing_ones and baseline is None and first_run != "pass":
        raise UsageError(f"{comparing_ones[0].name}: against what? add --baseline LOG_OR_RECORD")


def judge(
    report: Report,
    policy: Policy,
    *,
    baseline: Compared | None = None,
    facts: Facts | None = None,
    decision: Record | None = None,
) -> Verdict:
    """The verdict on a report's recommended checkpoint.

    ``baseline`` is None where no condition compares; one without a decision is a first run that the policy lets pass.
    """
    goals = {**report.question.goals, report.monitor.name: report.monitor.goal, **policy.goals}
    case = GateCase(report, policy, goals, baseline)
    outcomes = [
        *_of_the_run(case, facts or Facts()),
        *_of_the_checkpoint(case, facts or Facts()),
        *_of_the_findings(report),
    ]
    incomparable = None
    if baseline is not None and baseline.code is not None:
        incomparable = Outcome("baseline", "baseline", "refused", baseline.why, code=baseline.code)
    elif baseline is not None and baseline.decision is not None:
        incomparable = _itself(policy, baseline, decision) or _comparable(case, baseline.decision)
    if incomparable is not None:
        outcomes.append(incomparable)
        if baseline is not None and incomparable.outcome != "pass":
            baseline = replace(baseline, compared=False, why=incomparable.reason)
    for condition in policy.gate:
        outcomes.append(bounds.judged(case, condition, incomparable))
    return Verdict(report.run.source, tuple(outcomes), report, decision, baseline)


def refusal(source: str, failure: SelectModelError) -> Verdict:
    """The verdict on a log that could not be judged at all."""
    code = ExitCode.USAGE if failure.exit_code == ExitCode.USAGE else ExitCode.CANNOT_JUDGE
    return Verdict(source, (Outcome("log", "log", "refused", in_one_line(failure), code=code),))


def _of_the_run(case: GateCase, facts: Facts) -> Iterator[Outcome]:
    report, policy = case.report, case.policy
    lost = [note for note in report.notes if note.degrades]
    if lost:
        reason = f"values of the log were lost or superseded: {lost[0].code} {lost[0].message}"
        allowed = policy.required("allow_degraded")
        hint = "allowed by --allow-degraded" if allowed else "to judge it all the same: --allow-degraded"
        yield Outcome("log is whole", "degraded", "pass" if allowed else "refused", f"{reason} ({hint})")
    else:
        yield Outcome("log is whole", "degraded", "pass", "no value of it was lost or superseded")
    open_ends = [f"{note.code} {note.message}" for note in report.notes if note.code in _UNFINISHED]
    if facts.changed:
        open_ends.insert(0, "the log was written to while it was read")
    if open_ends:
        allowed = policy.required("allow_running")
        hint = "allowed by --allow-running" if allowed else "to judge it all the same: --allow-running"
        reason = f"the run looks unfinished: {open_ends[0]} ({hint})"
        yield Outcome("run is finished", "finished", "pass" if allowed else "refused", reason)
    else:
        yield Outcome("run is finished", "finished", "pass", "the log ends with a whole record")
    yield from _long_enough(case)
    yield from _young_enough(case, facts)


def _long_enough(case: GateCase) -> Iterator[Outcome]:
    least = case.policy.required("min_epochs")
    if least is not None:
        count = len(case.report.question.timeline)
        met = count >= least
        verb = "is" if count == 1 else "are"
        reason = f"{counted(count, 'epoch')} {verb} logged, {'at least' if met else 'fewer than'} {least}"
        yield Outcome("min_epochs", "min_epochs", met_or_not(met), reason, value=float(count), bound=float(least))


def _young_enough(case: GateCase, facts: Facts) -> Iterator[Outcome]:
    most = case.policy.required("max_age_days")
    if most is None:
        return
    name = f"max_age_days {most:g}"
    if facts.written is None or facts.now is None:
        reason = "when the log was written is not known (standard input, or a table); leave max_age_days out"
        yield Outcome(name, "max_age_days", "refused", reason)
    elif facts.written > facts.now + _SKEW:
        yield Outcome(name, "max_age_days", "refused", "the log was written in the future, by this machine's clock")
    else:
        met = facts.now - facts.written <= most * _DAY
        reason = f"the log was last written {'within' if met else 'more than'} {most:g} days ago"
        yield Outcome(name, "max_age_days", met_or_not(met), reason, bound=most)


def _of_the_checkpoint(case: GateCase, facts: Facts) -> Iterator[Outcome]:
    report, asked, pick = case.report, case.policy.required("checkpoint"), case.report.recommended
    production = case.policy.required("production")
    wanted = asked == "always" or production is not None or (asked == "auto" and bool(report.run.checkpoints))
    if not wanted:
        return
    if pick.checkpoint is None:
        reason = f"no checkpoint file of the recommended {epoch_or_step(pick.epoch, pick.step)} is known"
        yield Outcome("checkpoint", "checkpoint", "fail", reason + _why_none(case))
        return
    reason = f"{Path(pick.checkpoint).name} is there"
    if report.best_unsaved is not None and report.unsaved_is_better:
        best = report.best_unsaved
        reason += f", of the best epoch with a file; {epoch_or_step(best.epoch, best.step)} is better but has none"
    yield Outcome("checkpoint", "checkpoint", "pass", reason)
    if production is not None:
        yield _in_production(facts)


def _why_none(case: GateCase) -> str:
    count, folder = len(case.report.run.checkpoints), case.policy.checkpoints
    if case.report.question.has_file.any():
        return "; of others one is (--only-saved takes the best of them)"
    if count:
        return f"; {count} checkpoint file{' was' if count == 1 else 's were'} found: {case.report.checkpoints_how}"
    if found := unused(case.report.notes):
        return f"; {found}"
    if folder is None:
        return "; no checkpoints were found (--checkpoints DIR names their folder)"
    return "; checkpoints are off" if folder == "off" else f"; {folder} holds no checkpoint"


def _in_production(facts: Facts) -> Outcome:
    ours, theirs = facts.checkpoint_sha256, facts.production_sha256
    if facts.problems or ours is None or theirs is None:
        reason = "; ".join(facts.problems) or "the files were not hashed"
        return Outcome("in production", "production", "refused", reason)
    if ours == theirs:
        return Outcome("in production", "production", "pass", f"the same file: SHA-256 {ours[:16]}…")
    reason = f"another file is in production: SHA-256 {theirs[:16]}…, the recommended checkpoint has {ours[:16]}…"
    return Outcome("in production", "production", "fail", reason)


def _of_the_findings(report: Report) -> Iterator[Outcome]:
    for finding in report.findings:
        if finding.level == "fail":
            yield Outcome(f"{finding.code} {finding.check}", "finding", "fail", finding.message)
    found = {finding.check for finding in report.findings}
    for check in report.unjudged:
        if check.check not in found:
            off = f"to gate without it: --set checks.{check.check}=warn"
            yield Outcome(f"{check.code} {check.check}", "finding", "refused", f"cannot be judged: {check.why} ({off})")


def _itself(policy: Policy, baseline: Compared, ours: Record | None) -> Outcome | None:
    """Nothing is worse than itself: a baseline that is this very log is refused.

    Its own record is what a first run has left there, so that the policy lets the same job run once more.
    """
    theirs = baseline.decision
    if ours is None or theirs is None or not ours.log or set(ours.log.values()) != set(theirs.log.values()):
        return None
    which = "a record of this very log" if baseline.record else "this very log"
    reason = f"the baseline is {which} (SHA-256 {min(ours.log.values())[:16]}…), and nothing is worse than itself"
    first_run = policy.required("first_run")
    if baseline.record and first_run != "refuse":
        return Outcome("baseline", "baseline", "skipped", f"{reason}; first_run is {first_run}")
    hint = "; where it may be the record of a first run: --first-run pass" if baseline.record else ""
    reason += f"; name the log or the record of another training{hint}"
    return Outcome("baseline", "baseline", "refused", reason, code=ExitCode.USAGE)


def _comparable(case: GateCase, other: Record) -> Outcome:
    """Whether the two were measured alike; where not, nothing is compared."""
    problems = comparable.differences(case.report, case.policy, other)
    if problems:
        return Outcome("baseline", "baseline", "refused", "; ".join(problems), code=ExitCode.USAGE)
    remarks = comparable.remarks(case.report, case.policy, other)
    reason = epoch_or_step(other.epoch, other.step)
    return Outcome("baseline", "baseline", "pass", "; ".join([f"comparable: {reason} by {other.rule}", *remarks]))
