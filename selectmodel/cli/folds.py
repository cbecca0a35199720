"""``selectmodel pick --across``: several logs, or one place that holds several runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from selectmodel.cli import output, reading, waiting
from selectmodel.cli.case import Case
from selectmodel.errors import ChoiceError, UsageError

if TYPE_CHECKING:
    from selectmodel.commands.pick.across import Across
    from selectmodel.files.found_run import Found
    from selectmodel.records import Run

_PRINTED = ("epochs", "epoch", "rule", "metric", "value")


def pick(
    case: Case,
    verbose: bool,
    print_: str | None,
    alone: Mapping[str, Any],
    format: str,
    out: Sequence[Path],
    *,
    force: bool,
) -> None:
    """Delivers the answer; ``alone`` are the flags, with what was given, that are for one run."""
    unfit = next((flag for flag, given in alone.items() if given), None)
    if unfit is not None:
        raise UsageError(f"{unfit}: is for one run; --across takes the mean of several")
    output.check_print(print_, _PRINTED, format)
    output.check(format, out, inputs=case.inputs, force=force, kind="across")
    from selectmodel.commands.pick import folds

    with waiting.shown():
        runs = [run for log in (case.log, *case.more) for run in _runs(log, case)]
        answer = folds.across(runs, case.policy)
    files = [file for run in runs for file in run.files]
    if print_ is None:
        output.deliver(answer, format, out, inputs=files, verbose=verbose)
        return
    output.write(answer, out, inputs=files)
    output.say(_alone(answer, print_))


def _runs(log: Path, case: Case) -> list[Run]:
    """The run meant by a LOG; all that a folder holds, or a table whose columns tell folds apart."""
    if case.runs:
        return [reading.read(log, case.how, [name])[0] for name in case.runs]
    from selectmodel.files import discovery

    return [run for found in discovery.find(log, case.how) for run in _folds(found)]


def _folds(found: Found) -> list[Run]:
    try:
        return [found.read()]
    except ChoiceError as choice:
        if found.source.options.segment is not None or not any("--segment" in line for line in choice.choices):
            raise
    runs: list[Run] = []
    while True:
        options = replace(found.source.options, segment=len(runs) + 1)
        try:
            runs.append(replace(found, source=replace(found.source, options=options)).read())
        except ChoiceError:  # this one is there, and is not clear itself
            raise
        except UsageError:
            if not runs:
                raise
            return runs


def _alone(answer: Across, wanted: str) -> str:
    value = {"epochs": answer.epochs, "epoch": answer.epoch}.get(wanted)
    if value is not None:
        return f"{value:.12g}"
    if wanted == "epochs":
        raise UsageError("--print epochs: the logs tell steps alone; --print epoch")
    return {"rule": answer.rule, "metric": answer.metric, "value": repr(answer.value)}[wanted]
