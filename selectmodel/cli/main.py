"""The program: its commands, and what each kind of failure looks like to the shell."""

from __future__ import annotations

import importlib
import os
import signal
import sys
import warnings
from typing import TYPE_CHECKING, Annotated

import typer
from typer.core import TyperGroup
from typer.exceptions import Abort, TyperException

from selectmodel.cli import output
from selectmodel.errors import ExitCode, SelectModelError
from selectmodel.version import __version__

if TYPE_CHECKING:
    from typer._click import Command, Context

#: What ``--help`` says of each command, in its order. Each is a function of the module of its name.
_COMMANDS = {
    "pick": "Recommend the epoch and the checkpoint to ship, and say why.",
    "advise": "Say what to change in the next run, with code.",
    "gate": "Say whether the recommended checkpoint may ship.",
    "compare": "Say whether retrained models are better, or just noise.",
    "rank": "Find the best run and checkpoint among many.",
    "inspect": "Show what was read, and how it was understood.",
    "init": "Write a policy and a CI workflow, fitted to a log.",
    "rules": "List the rules, and how well each did.",
    "checks": "List the checks, and how often each was right.",
    "explain": "Show the page of a rule, a check, a format or a note.",
}


class _OnDemand(TyperGroup):
    """The commands, each imported and given its flags when it is asked for: all ten take longer than reading a log."""

    def list_commands(self, ctx: Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: Context, cmd_name: str) -> Command | None:
        # Where there is no such command, the nearest of all is named.
        for name in [cmd_name] if cmd_name in _COMMANDS else _COMMANDS:
            if name not in self.commands:
                self.commands[name] = _made(name)
        return self.commands.get(cmd_name)


def _made(name: str) -> Command:
    alone = typer.Typer(add_completion=False, rich_markup_mode=None)
    alone.command(name, short_help=_COMMANDS[name])(getattr(importlib.import_module(f"selectmodel.cli.{name}"), name))
    return typer.main.get_command(alone)


app = typer.Typer(
    cls=_OnDemand,
    name="selectmodel",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Which epoch of a training to ship: reads its log, applies rules, names the checkpoint, says why.",
    epilog="Exit codes: 0 answer given, gate passed · 1 the gate says no · 2 usage, or you must choose · "
    "3 cannot judge · 4 output not written · 70 bug",
)


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"selectmodel {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Options of the program itself."""


def main() -> None:
    """Entry point of the ``selectmodel`` command."""
    if not sys.warnoptions:  # what numpy says of its arithmetic is for who works on this program
        warnings.simplefilter("ignore")
    signal.signal(signal.SIGTERM, _terminated)
    if sys.stderr is None:  # closed by the caller; what would be said there must not land on standard output
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            # A terminal that cannot show "→" gets an escape instead of a crash.
            stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    try:
        code = _flushed(run(sys.argv[1:]))
        sys.stderr.flush()
    except KeyboardInterrupt:
        code = int(ExitCode.INTERRUPTED)
    # All is written; taking numpy's modules down one by one would cost another 20 ms.
    os._exit(code)


def _terminated(*_: object) -> None:
    # As an exception, so that a file half written is taken away again.
    sys.exit(ExitCode.TERMINATED)


def _flushed(code: int) -> int:
    """The exit code once what is buffered has been written, or could not be."""
    if sys.stdout is None:
        return code
    try:
        sys.stdout.flush()
    except OSError as failure:
        # What is still buffered cannot be written; Python must not try and complain again while it closes the stream.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not isinstance(failure, BrokenPipeError):
            return code or int(ExitCode.OUTPUT)
    return code


def run(arguments: list[str]) -> int:
    """Runs one command line and returns its exit code; nothing but Ctrl-C's signal gets past it."""
    if "" in arguments:  # an empty path would be the current folder
        return _fail("an argument is empty; is it a shell variable that is not set?", ExitCode.USAGE)
    try:
        code = app(args=arguments or ["--help"], standalone_mode=False)
        return int(code or ExitCode.OK)
    except SelectModelError as failure:
        return _fail(str(failure), failure.exit_code)
    except TyperException as failure:
        return _fail(_misused(failure), ExitCode.USAGE)
    except (KeyboardInterrupt, Abort):
        return int(ExitCode.INTERRUPTED)
    except SystemExit as leaving:
        if leaving.code != 1:
            raise
        # typer's way out when the reader of standard output went away, as head does: all is well
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return int(ExitCode.OK)
    except Exception as bug:
        if os.environ.get("SELECTMODEL_DEBUG"):
            import traceback

            traceback.print_exc()
        hint = "this is a bug in selectmodel; SELECTMODEL_DEBUG=1 shows where"
        return _fail(f"{type(bug).__name__}: {bug} ({hint})", ExitCode.INTERNAL)


def _misused(failure: TyperException) -> str:
    """What the parser says of a command line, and where what it takes is listed."""
    context = getattr(failure, "ctx", None)
    command = f" {context.info_name}" if context is not None and context.parent is not None else ""
    message = failure.format_message().rstrip(".")
    if message.endswith("?"):  # it names the command that was meant
        return message
    return f"{message[:1].lower()}{message[1:]}; what it takes: selectmodel{command} --help"


def _fail(message: str, code: ExitCode) -> int:
    output.complain(message)
    return int(code)


if __name__ == "__main__":
    main()
