"""``selectmodel mcp``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from selectmodel.cli import again

Root = Annotated[
    Path,
    typer.Option("--root", metavar="DIR", help="Only what lies below is read.", readable=False),
]


def mcp(root: Root = Path()) -> None:
    """Serve the commands that only read as tools to an agent, over standard input and output (MCP).

    pick, inspect, compare, rank, gate, next, advise and explain are tools; none of them writes or deletes anything.
    """
    from selectmodel.mcp import server

    server.serve(again.command, root)
