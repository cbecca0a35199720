"""``selectmodel inspect``."""

from __future__ import annotations

from selectmodel.cli import flags, output
from selectmodel.cli.case import Case, judging


@judging(without=("rule", "aim", "set_", "min_epoch", "min_step", "only_saved", "val_size"))
def inspect(
    case: Case,
    verbose: bool,
    format: flags.Format = output.DEFAULT,
    out: flags.Output = None,
    force: flags.Force = False,
) -> None:
    """Show what was read: how each metric was understood, what was repaired, which files belong to which epoch."""
    output.check(format, out or [], inputs=case.inputs, force=force)
    from selectmodel.commands.inspect import inspection

    found = case.run()
    output.deliver(inspection.inspect(found, case.policy), format, out or [], inputs=found.files, verbose=verbose)
