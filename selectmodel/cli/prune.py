"""``selectmodel prune``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from selectmodel.cli import flags, output, waiting
from selectmodel.cli.case import Case, judging


@judging(without=("only_saved",))
def prune(
    case: Case,
    verbose: bool,
    to: Annotated[Path | None, typer.Option("--to", metavar="DIR", help="Move what can go into this folder.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Delete what can go, unless --to moves it.")] = False,
    keep_alike: Annotated[
        bool, typer.Option("--keep-alike", help="Keep all that cannot be told apart from the recommended one, too.")
    ] = False,
    finished: Annotated[
        bool, typer.Option("--finished", help="The training is over, however recently it wrote something.")
    ] = False,
    format: flags.Format = output.DEFAULT,
    out: flags.Output = None,
    force: flags.Force = False,
) -> None:
    """Say which checkpoint files can go, and remove them if told to.

    What stays: the files that an aim would ship, the last one, and every file whose epoch is not certain.
    """
    output.check(format, out or [], inputs=case.inputs, force=force, kind="prune")
    from selectmodel.commands.prune import answer, removal

    run = case.run()
    with waiting.shown():
        plan = answer.answer(run, case.policy, keep_alike=keep_alike, over=finished)
    if yes or to is not None:
        plan = removal.remove(plan, to)
    output.deliver(plan, format, out or [], inputs=run.files, verbose=verbose)
