"""``selectmodel rules``."""

from __future__ import annotations

from selectmodel import catalogue
from selectmodel.cli import flags, output


def rules(format: flags.Format = "text") -> None:
    """List the rules."""
    output.check(format, [])
    output.deliver(catalogue.rules(), format, [])
