"""What a shell may complete: commands and options by the parser, and names of rules, aims, formats and metrics by us.

``selectmodel --completion bash`` prints what the shell has to load; it then runs this program with a variable set,
which :func:`answer` obeys. Nothing here may fail loudly: a shell shows what is printed.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import typer

from selectmodel.errors import ExitCode

PROGRAM, VARIABLE = "selectmodel", "_SELECTMODEL_COMPLETE"
#: Names that every shell takes as they are; where bash breaks words all the same; names with brackets.
_PLAIN, _BREAKS = re.compile(r"[A-Za-z0-9_./:+-]+"), re.compile(":")
_BRACKETED = re.compile(r"[A-Za-z0-9_./+()\[\]-]+")
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
    except SystemExit as leaving:  # fish asks whether there is anything to complete, and is answered so
        code = int(leaving.code or 0)
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
    words = [ctx.params.get("log"), *(ctx.params.get("logs") or ()), *(ctx.params.get("paths") or ()), *ctx.args]
    places = (Path(str(word)).expanduser() for word in words if word is not None)
    named = next((place for place in places if place.exists()), None)
    if named is None:
        return []
    from selectmodel.errors import SelectModelError
    from selectmodel.files import discovery
    from selectmodel.files.opening import ReadOptions
    from selectmodel.metrics import meaning

    try:
        run = discovery.find(named, ReadOptions())[0].read()
    except SelectModelError:
        return []
    meanings = meaning.understand(run.series, run.hints)
    found = [name for name, one in meanings.items() if one.quality and name.startswith(incomplete)]
    found.sort(key=lambda name: meanings[name].split != "val")
    return [spelt for name in found if (spelt := _spelt(name, os.environ.get(VARIABLE, "")))]


def _spelt(name: str, shell: str) -> str:
    """A name from a log as it is typed in the shell that asks; "" for one that a shell might obey.

    The scripts of zsh and bash evaluate what is printed: a name that holds a blank, a quote, a dollar or another mark
    with a meaning is not offered at all. zsh and fish put backslashes before brackets by themselves.
    """
    if _PLAIN.fullmatch(name) and not (shell.endswith("bash") and _BREAKS.search(name)):
        return name
    if not _BRACKETED.fullmatch(name):
        return ""
    if shell.endswith("bash"):
        return re.sub(r"[()\[\]]", r"\\\g<0>", name)
    return name if shell.endswith(("zsh", "fish")) else f"'{name}'"


def _of_shelf(shelf: Any, incomplete: str) -> list[str]:
    from selectmodel import registry

    return [name for name in registry.names(shelf) if name.startswith(incomplete)]
