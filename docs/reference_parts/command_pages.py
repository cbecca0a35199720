"""The commands and their options, as the parser knows them."""

from __future__ import annotations

import re
from typing import Any

import typer

from reference_parts import markdown as md
from selectmodel.cli.main import app
from selectmodel.errors import ExitCode

_PROGRAM = "selectmodel"
_DEFAULT = re.compile(r"\s*\[(?P<said>[^\]]+)\]$")

_MEANS = {
    ExitCode.OK: "an answer was given, the gate passed",
    ExitCode.NO: "the gate says no",
    ExitCode.USAGE: "the question could not be asked, or you must choose: the message holds the flag to add",
    ExitCode.CANNOT_JUDGE: "cannot judge: the log is missing, unreadable, or holds nothing to judge",
    ExitCode.OUTPUT: "the answer could not be written",
    ExitCode.INTERNAL: "a bug in selectmodel",
    ExitCode.INTERRUPTED: "interrupted (Ctrl-C)",
    ExitCode.TERMINATED: "terminated (SIGTERM)",
}


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
    codes = [(str(int(code)), md.cell(_MEANS[code])) for code in ExitCode]
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
