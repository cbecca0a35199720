"""``selectmodel rules``."""

from __future__ import annotations

from selectmodel.cli import flags, output


def rules(format: flags.Format = "text") -> None:
    """List the rules."""
    from selectmodel import catalogue

    output.check(format, [])
    output.deliver(catalogue.rules(), format, [])
