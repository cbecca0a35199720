"""What a shell may complete: commands and options by the parser, and names of rules, aims, formats and metrics by us.

``selectmodel --completion bash`` prints what the shell has to load; it then runs this program with a variable set,
which :func:`answer` obeys. Nothing here may fail loudly: a shell shows what is printed.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import typer

from selectmodel.errors import ExitCode

PROGRAM, VARIABLE = "selectmodel", "_SELECTMODEL_COMPLETE"
SHELLS = ("bash", "zsh", "fish", "powershell", "pwsh")


def script(shell: str) -> str:
    """What the shell has to load."""
    from typer._completion_shared import get_completion_script

    text: str = get_completion_script(prog_name=PROGRAM, complete_var=VARIABLE, shell=shell)
    return text


def answer(app: Any) -> int:
    """Prints the completions that the shell asks for by its variables."""
    from typer._completion_classes import completion_init
    from typer.completion import shell_complete

    completion_init()
    try:
        code: int = shell_complete(app, {}, PROGRAM, VARIABLE, os.environ[VARIABLE])
    except (LookupError, ValueError):  # a variable that says where the cursor stands is missing, or no number
        return int(ExitCode.USAGE)
    return code


def rules(incomplete: str) -> list[str]:
    """Names of rules."""
    return _of_shelf("rules", incomplete)


def formats(incomplete: str) -> list[str]:
    """Names of output formats."""
    return _of_shelf("reports", incomplete)


def pages(incomplete: str) -> list[str]:
    """Names that ``explain`` has a page of."""
    return [*rules(incomplete), *_of_shelf("checks", incomplete)]


def aims(incomplete: str) -> list[str]:
    """What a model may have to be good at."""
    return [aim for aim in ("accuracy", "loss", "both") if aim.startswith(incomplete)]


def shells(incomplete: str) -> list[str]:
    """Shells that can complete."""
    return [shell for shell in SHELLS if shell.startswith(incomplete)]


def metrics(ctx: typer.Context, incomplete: str) -> list[str]:
    """Names of metrics of the log that the command line names, validation first; none where it names none yet."""
    # The parser gives up at the option that lacks its value; the words before it are left as they are.
    words = [ctx.params.get("log"), *(ctx.params.get("logs") or ()), *ctx.args]
    named = next((word for word in words if word is not None and Path(str(word)).exists()), None)
    if named is None:
        return []
    from selectmodel.errors import SelectModelError
    from selectmodel.files import discovery
    from selectmodel.files.opening import ReadOptions
    from selectmodel.metrics import meaning

    try:
        run = discovery.find(Path(str(named)), ReadOptions())[0].read()
    except SelectModelError:
        return []
    meanings = meaning.understand(run.series, run.hints)
    found = [name for name, one in meanings.items() if one.quality and name.isprintable() and " " not in name]
    found.sort(key=lambda name: meanings[name].split != "val")
    return [name for name in found if name.startswith(incomplete)]


def _of_shelf(shelf: Any, incomplete: str) -> list[str]:
    from selectmodel import registry

    return [name for name in registry.names(shelf) if name.startswith(incomplete)]
