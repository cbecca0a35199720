"""``selectmodel pick``."""

from __future__ import annotations

from selectmodel.cli import flags, output
from selectmodel.cli.case import Case, judging


@judging()
def pick(
    case: Case,
    verbose: bool,
    between: flags.Between = None,
    format: flags.Format = "text",
    out: flags.Output = None,
    force: flags.Force = False,
) -> None:
    """Recommend the epoch and the checkpoint to ship, and say why."""
    output.check(format, out or [], inputs=[case.log], force=force)
    two = flags.two_epochs(between)
    from selectmodel import advising, core

    found = case.run()
    report = advising.with_advice(core.recommend(found, case.policy, two), case.policy)
    output.deliver(report, format, out or [], inputs=found.files, verbose=verbose)
