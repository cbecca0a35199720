"""``selectmodel gate``."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from selectmodel import registry
from selectmodel.cli import completing, flags, forges, output, waiting
from selectmodel.cli.case import Case, judging
from selectmodel.cli.streams import ReaderGone
from selectmodel.errors import LogError, UsageError

if TYPE_CHECKING:
    from selectmodel.commands.gate.verdict import Verdict
    from selectmodel.selection.record import Record

Bounds = list[str] | None
_PAIR = "METRIC=VALUE"
_MARGIN = "METRIC=MARGIN"


def _bound(flag: str, metavar: str, told: str) -> Any:
    """An option that takes a metric of the log with a number."""
    return typer.Option(flag, metavar=metavar, help=told, autocompletion=completing.metrics)


@judging()
def gate(
    case: Case,
    verbose: bool,
    min: Annotated[Bounds, _bound("--min", _PAIR, "Least value that passes; repeatable.")] = None,
    max: Annotated[Bounds, _bound("--max", _PAIR, "Largest value that passes.")] = None,
    max_worse: Annotated[
        Bounds, _bound("--max-worse", _MARGIN, "At most so much worse than the baseline: 0.005, 1%.")
    ] = None,
    min_gain: Annotated[Bounds, _bound("--min-gain", _MARGIN, "At least so much better than the baseline.")] = None,
    on: Annotated[
        str | None,
        typer.Option("--on", metavar="value|expected|worst", help="Number that these four judge. [default: value]"),
    ] = None,
    baseline: Annotated[
        str | None, typer.Option("--baseline", metavar="FILE", help="Log or decision record to compare with.")
    ] = None,
    first_run: Annotated[
        str | None,
        typer.Option("--first-run", metavar="refuse|pass|record", help="Where the baseline does not exist yet."),
    ] = None,
    promote: Annotated[
        bool, typer.Option("--promote", help="After a pass, put this model's record in the baseline's place.")
    ] = False,
    data_id: Annotated[
        str | None, typer.Option("--data-id", metavar="NAME", help="Name of the validation data.")
    ] = None,
    checkpoint: Annotated[
        str | None,
        typer.Option("--checkpoint", metavar="auto|always|never", help="Must the recommended epoch have a file?"),
    ] = None,
    production: Annotated[
        str | None,
        typer.Option("--production", metavar="FILE|SHA256", help="The recommended checkpoint must be this file."),
    ] = None,
    min_epochs: Annotated[int | None, typer.Option("--min-epochs", metavar="N", help="Epochs logged at least.")] = None,
    max_age_days: Annotated[
        float | None, typer.Option("--max-age-days", metavar="N", help="Days since the log was written, at most.")
    ] = None,
    allow_degraded: Annotated[
        bool | None, typer.Option("--allow-degraded", help="Judge a log that lost points.")
    ] = None,
    allow_running: Annotated[
        bool | None, typer.Option("--allow-running", help="Judge a run that looks unfinished.")
    ] = None,
    record: flags.Record = None,
    format: flags.Format = output.DEFAULT,
    out: flags.Output = None,
    force: flags.Force = False,
) -> None:
    """Say whether the recommended checkpoint may ship: exit 0 yes, 1 no, 2 or 3 where it cannot be judged."""
    from selectmodel.commands.gate import judge as judges
    from selectmodel.commands.gate import promotion

    targets = [*(out or []), *([record] if record else [])]
    kept = [promotion.history_of(place) for place in _baseline(case)] if promote else []
    output.check(format, targets, inputs=case.inputs, others=kept, force=force, kind="gate")
    if promote:
        promotion.check(case.policy)
    judges.check(case.policy)
    verdict, read = _verdict(case)
    first = _first_baseline(case, verdict, promote=promote)
    with suppress(ReaderGone):  # the verdict stands, and so does its exit code
        output.deliver(
            verdict,
            format,
            out or [],
            inputs=read,
            verbose=verbose,
            records=_records(verdict, [*([record] if record else []), *first]),
            begun=first,
            appended=forges.told(verdict, format),
            complained=verdict.report is None,
        )
    if not registry.load("reports", format).readable and verdict.result != "pass":
        output.tell(f"the gate: {verdict.result}: {verdict.sentence}")
    if promote:
        output.tell(_promoted(case, verdict))
    if verdict.exit_code:
        raise typer.Exit(int(verdict.exit_code))


def _baseline(case: Case) -> list[Path]:
    named = case.policy.required("baseline")
    return [Path(named)] if named else []


def _first_baseline(case: Case, verdict: Verdict, *, promote: bool) -> list[Path]:
    """The baseline that a first run begins; jobs run side by side, and only the first of them may."""
    begins = promote or case.policy.required("first_run") == "record"
    return _baseline(case) if begins and verdict.baseline and verdict.baseline.decision is None else []


def _records(verdict: Verdict, targets: Sequence[Path]) -> dict[Path, Record]:
    """Where the decision is written: a candidate that did not pass is nobody's baseline."""
    if verdict.result != "pass" or verdict.decision is None:
        return {}
    return dict.fromkeys(targets, verdict.decision)


def _promoted(case: Case, verdict: Verdict) -> str:
    """Replaces the baseline by a model that passed, and says what became of it. Raises OutputError."""
    from selectmodel.commands.gate import promotion
    from selectmodel.display.style import Style

    place = case.policy.required("baseline")
    if verdict.result != "pass" or verdict.decision is None:
        return f"{place}: stays as it is, for the gate did not pass"
    if verdict.baseline is None or verdict.baseline.decision is None:
        return f"{place}: is this model's record now; there was none before"
    page = registry.report_for("records").render(verdict.decision, Style())
    return promotion.replace(verdict, page.encode())


def _verdict(case: Case) -> tuple[Verdict, tuple[str, ...]]:
    """The verdict, also where the log cannot be judged at all, and the files that were read."""
    from selectmodel.commands.gate import answer, judge

    try:
        run, before = case.watched()
        with waiting.shown():
            verdict = answer.answer(run, case.policy, before=before, how=case.how)
        weights = verdict.report.recommended.checkpoint if verdict.report else None
        return verdict, (*run.files, *([weights] if weights else []))
    except (LogError, UsageError) as failure:
        output.complain(failure)
        return judge.refusal(str(case.log), failure), ()
