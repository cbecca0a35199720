"""``selectmodel advise``."""

from __future__ import annotations

from selectmodel.cli import flags, output, waiting
from selectmodel.cli.case import Case, judging


@judging(several=True)
def advise(
    case: Case,
    verbose: bool,
    format: flags.Format = output.DEFAULT,
    out: flags.Output = None,
    force: flags.Force = False,
) -> None:
    """What to do in the next run, from a replay of this one: early stopping, thresholds, flooding, with code.

    Several logs of the same job are looked back on together: what is advised serves all of them.
    """
    output.check(format, out or [], inputs=case.inputs, force=force)
    from selectmodel.commands.advise import answer

    found = case.every_run()
    with waiting.shown():
        guidance = answer.answer(found, case.policy)
    read = [file for run in found for file in run.files]
    output.deliver(guidance, format, out or [], inputs=read, verbose=verbose)
