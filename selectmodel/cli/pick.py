"""``selectmodel pick``."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from selectmodel.cli import flags, folds, output, waiting
from selectmodel.cli.case import Case, judging
from selectmodel.display.escaping import inert, visible
from selectmodel.errors import LogError, UsageError
from selectmodel.selection.unused_files import unused

if TYPE_CHECKING:
    from selectmodel.files.fingerprints import Stamp
    from selectmodel.selection.record import Record
    from selectmodel.selection.report import Report

_PRINTED = ("checkpoint", "epoch", "step", "rule", "metric", "value")


@judging(several=True)
def pick(
    case: Case,
    verbose: bool,
    between: flags.Between = None,
    across: Annotated[
        bool, typer.Option("--across", help="How long to train the final model: the mean over folds or seeds.")
    ] = False,
    print_: Annotated[
        str | None,
        typer.Option("--print", metavar="checkpoint|epoch|…", help=f"Print one thing alone: {', '.join(_PRINTED)}."),
    ] = None,
    copy_to: Annotated[
        Path | None, typer.Option("--copy-to", metavar="DIR", help="Copy the checkpoint there, with its record.")
    ] = None,
    record: flags.Record = None,
    plot: flags.Plot = None,
    format: flags.Format = output.DEFAULT,
    out: flags.Output = None,
    force: flags.Force = False,
) -> None:
    """Recommend the epoch and the checkpoint to ship, and say why."""
    if across:
        unfit = {"--between": between, "--copy-to": copy_to, "--record": record, "--plot": plot}
        folds.pick(case, verbose, print_, unfit, format, out or [], force=force)
        return
    if case.more:
        told = "--across takes their mean (folds, seeds), selectmodel rank finds the best of them"
        count = len(case.more) + 1
        raise UsageError(f"pick judges one log, and {count} are named: {told}; what it takes: selectmodel pick --help")
    output.check_print(print_, _PRINTED, format)
    output.refuse_plot_without_terminal(plot)
    targets = [*(out or []), *([record] if record else [])]
    output.check(format, targets, inputs=case.inputs, force=force, kind="pick")
    two = flags.two_epochs(between)
    from selectmodel.commands.pick import answer

    run, before = case.watched()
    with waiting.shown():
        report = _so_far(answer.answer(run, case.policy, two), before)
        alone = _alone(report, print_) if print_ else None
        made = _decision(case, report, before, copied=copy_to is not None) if record or copy_to else None
        weights = report.recommended.checkpoint
        read = [*run.files, *([weights] if weights else [])]
        if copy_to is not None and made is not None:
            _copy(report, copy_to, made, force, apart=targets, read=read)
    records = {record: made} if record else {}
    if alone is None:
        output.deliver(report, format, out or [], inputs=read, verbose=verbose, records=records, plot=plot)
        return
    output.write(report, out or [], inputs=read, records=records)
    output.put(os.fsencode(alone) + b"\n")  # a path is bytes, whatever the terminal's encoding


def _so_far(report: Report, before: Mapping[str, Stamp | None]) -> Report:
    """The report, which says so where its log is still being written."""
    from dataclasses import replace

    from selectmodel.files import fingerprints, growth

    known = {path: stamp for path, stamp in before.items() if stamp is not None}
    growing = growth.being_written(known, known, fingerprints.stamps(known))
    return replace(report, so_far=True) if growing else report


def _alone(report: Report, wanted: str) -> str:
    """What ``--print`` prints. Raises LogError where there is none, or where a shell would be handed something else."""
    chosen = report.recommended
    found = {
        "checkpoint": chosen.checkpoint,
        "epoch": None if chosen.epoch is None else f"{chosen.epoch:.12g}",
        "step": None if chosen.step is None else str(chosen.step),
        "rule": chosen.rule,
        "metric": report.monitor.name,
        "value": repr(chosen.values[report.monitor.name]),
    }[wanted]
    if found is None:
        if wanted == "checkpoint":
            raise LogError(f"{report.run.source}: {_no_checkpoint(report)}")
        raise LogError(f"{report.run.source}: the recommended epoch has no {wanted}")
    if inert(visible(found, None), r"\x3a", r"\x5b") != found:
        raise LogError(
            f"{report.run.source}: the {wanted} {visible(found)} holds characters that a script would trip on"
        )
    return found


def _no_checkpoint(report: Report) -> str:
    """Why there is no checkpoint to name, and what to do about it."""
    missing = "no checkpoint file of the recommended epoch is known"
    if report.question.has_file.any():
        return f"{missing}; for the best epoch of which one is: --only-saved"
    count = len(report.run.checkpoints)
    if count:
        return f"{missing}; {count} file{' was' if count == 1 else 's were'} found: {visible(report.checkpoints_how)}"
    if found := unused(report.notes):
        return f"{missing}; {found}"
    return f"{missing}; name their folder with --checkpoints DIR"


def _decision(case: Case, report: Report, before: Mapping[str, Stamp | None], *, copied: bool) -> Record:
    """The record. A log that still grows has no hash; the checkpoint is hashed where it is read anyway."""
    from selectmodel.files import fingerprints
    from selectmodel.selection import record as decision

    log = fingerprints.of_logs(report.run.files, before) or {}
    file = report.recommended.checkpoint
    digest = fingerprints.of_checkpoint(Path(file)) if copied and file is not None else None
    return decision.of(report, case.policy, log=log, checkpoint_sha256=digest)


def _copy(
    report: Report, folder: Path, made: Record, force: bool, *, apart: Sequence[Path], read: Sequence[str]
) -> None:
    """Copies the checkpoint. Raises UsageError before where one of the files ``apart`` would take its place."""
    from selectmodel import registry
    from selectmodel.cli import copying
    from selectmodel.display.style import Style
    from selectmodel.files.checkpoints import listing

    if report.recommended.checkpoint is None:
        links = [f"; {note.where} {note.message}" for note in report.run.notes if note.code == listing.LINK_OUT]
        raise LogError(f"{report.run.source}: {_no_checkpoint(report)}{links[0] if links else ''}")
    page: str = registry.report_for("records").render(made, Style())
    checkpoint = Path(report.recommended.checkpoint)
    copies = copying.places(checkpoint, folder)
    output.check(output.DEFAULT, apart, inputs=[Path(path) for path in read], others=copies, force=True, kind="pick")
    copying.copy(checkpoint, folder, page.encode(), force=force)
