"""``selectmodel next``."""

from __future__ import annotations

from typing import Annotated

import typer

from selectmodel.cli import flags, output, waiting
from selectmodel.cli.case import Case, judging


@judging(without=("rule", "only_saved"))
def next(
    case: Case,
    verbose: bool,
    count: Annotated[int, typer.Option("--count", metavar="N", help="So many, to evaluate side by side.")] = 1,
    format: flags.Format = output.DEFAULT,
    out: flags.Output = None,
    force: flags.Force = False,
) -> None:
    """Say which saved checkpoint to evaluate next, where few were evaluated and each evaluation is expensive."""
    output.check(format, out or [], inputs=case.inputs, force=force, kind="next")
    from selectmodel.commands.next import answer

    run = case.run()
    with waiting.shown():
        suggestion = answer.answer(run, case.policy, count)
    output.deliver(suggestion, format, out or [], inputs=run.files, verbose=verbose)
