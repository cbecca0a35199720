"""``selectmodel checks``."""

from __future__ import annotations

from selectmodel.cli import flags, output


def checks(format: flags.Format = output.DEFAULT, out: flags.Output = None, force: flags.Force = False) -> None:
    """List the checks, how bad each is, how often it fires and how often it was right."""
    from selectmodel.commands.explain import catalogue

    output.check(format, out or [], force=force)
    output.deliver(catalogue.checks(), format, out or [])
