"""``selectmodel rules``."""

from __future__ import annotations

from selectmodel.cli import flags, output


def rules(format: flags.Format = output.DEFAULT, out: flags.Output = None, force: flags.Force = False) -> None:
    """List the rules, with what each lost to the best epoch of real trainings."""
    from selectmodel.commands.explain import catalogue

    output.check(format, out or [], force=force)
    output.deliver(catalogue.rules(), format, out or [])
