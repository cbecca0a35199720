"""``selectmodel explain``."""

from __future__ import annotations

from typing import Annotated

import typer

from selectmodel.cli import completing, flags, output


def explain(
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME",
            help="A rule, check, log format, advice.SUBJECT, code (SM201), or plugins.",
            autocompletion=completing.pages,
        ),
    ],
    format: flags.Format = output.DEFAULT,
    out: flags.Output = None,
    force: flags.Force = False,
) -> None:
    """Show the page of a rule, of a check, of a subject of advice, of a log format or of a note; or all plug-ins."""
    from selectmodel.commands.explain import catalogue, plugins

    output.check(format, out or [], force=force)
    output.deliver(plugins.plugins() if name == "plugins" else catalogue.explain(name), format, out or [])
