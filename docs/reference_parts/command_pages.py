"""The commands and their options, as the parser knows them."""

from __future__ import annotations

import inspect
import re
from typing import Any

import typer

from reference_parts import markdown as md
from selectmodel.cli.main import app
from selectmodel.errors import ExitCode

_PROGRAM = "selectmodel"
_DEFAULT = re.compile(r"\s*\[(?P<said>[^\]]+)\]$")

#: "NO = 1  #: the gate says no"
_CODE = re.compile(r"^ +(?P<name>[A-Z_]+) = (?P<code>\d+) +#: (?P<means>.+)$", flags=re.MULTILINE)


def pages() -> dict[str, str]:
    """File → text: an index with the exit codes, and a page a command."""
    group = typer.main.get_command(app)
    context = group.make_context(_PROGRAM, [], resilient_parsing=True)
    commands = {name: group.get_command(context, name) for name in group.list_commands(context)}  # type: ignore[attr-defined]
    made = {f"{name}.md": _page(name, command) for name, command in commands.items()}
    rows = [
        (f"[`{_PROGRAM} {name}`]({name}.md)", md.cell(command.short_help or command.help or ""))
        for name, command in commands.items()
    ]
    codes = [(one["code"], md.cell(one["means"])) for one in _CODE.finditer(inspect.getsource(ExitCode))]
    made["index.md"] = md.page(
        "Commands",
        md.table(("command", "what it does"), rows),
        "## Of the program itself",
        _options(group, context),
        "## Exit codes",
        md.table(("code", "meaning"), codes),
        md.toctree(commands),
    )
    return made


def _page(name: str, command: Any) -> str:
    context = command.make_context(name, [], resilient_parsing=True)
    usage = command.get_usage(context).removeprefix("Usage: ")
    return md.page(
        f"selectmodel {name}", md.block(f"{_PROGRAM} {usage}"), md.plain(command.help or ""), _options(command, context)
    )


def _options(command: Any, context: Any) -> str:
    rows = []
    for parameter in command.get_params(context):
        record = parameter.get_help_record(context)
        if record is None:
            continue
        written, means = record
        found = _DEFAULT.search(means)
        said = found["said"].removeprefix("default: ") if found else ""
        rows.append((md.code(written), md.cell(means[: found.start()] if found else means), md.cell(said)))
    return md.table(("argument or option", "meaning", "if not given"), rows)
