"""The program: its commands, and what each kind of failure looks like to the shell."""

from __future__ import annotations

import importlib
import os
import signal
import sys
from functools import cache
from types import FrameType
from typing import Annotated, Any

import typer
from typer.core import TyperGroup
from typer.exceptions import Abort, TyperException

from selectmodel.cli import again, completing, output, streams
from selectmodel.errors import ExitCode, SelectModelError, Stopped, UsageError
from selectmodel.files import writing
from selectmodel.settings import did_you_mean
from selectmodel.version import __version__

#: What ``--help`` says of each command, in its order. Each is a function of the module of its name.
_COMMANDS = {
    "pick": "Recommend the epoch and the checkpoint to ship, and say why.",
    "advise": "Say what to change in the next run, with code.",
    "gate": "Say whether the recommended checkpoint may ship.",
    "compare": "Say whether retrained models are better, or just noise.",
    "rank": "Find the best run and checkpoint among many.",
    "watch": "Follow a training that still runs, and say when to stop.",
    "prune": "Say which checkpoint files can go, and remove them if told to.",
    "next": "Say which saved checkpoint to evaluate next.",
    "inspect": "Show what was read, and how it was understood.",
    "init": "Write a policy and a CI workflow, fitted to a log.",
    "rules": "List the rules, and how well each did.",
    "checks": "List the checks, and how often each was right.",
    "explain": "Show the page of a rule, a check, a format or a note.",
    "mcp": "Serve the commands that only read to an agent (MCP).",
}


class _OnDemand(TyperGroup):
    """The commands, each imported and given its flags when asked for: all of them take longer than reading a log."""

    def list_commands(self, ctx: Any) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        # Where there is no such command, the nearest of all is named.
        for name in [cmd_name] if cmd_name in _COMMANDS else _COMMANDS:
            if name not in self.commands:
                self.commands[name] = _made(name)
        return self.commands.get(cmd_name)


def _made(name: str) -> Any:
    alone = typer.Typer(add_completion=False, rich_markup_mode=None)
    alone.command(name, short_help=_COMMANDS[name])(getattr(importlib.import_module(f"selectmodel.cli.{name}"), name))
    return typer.main.get_command(alone)


#: Options that every command takes to show its help.
_HELP = {"help_option_names": ["-h", "--help"]}

app = typer.Typer(
    cls=_OnDemand,
    name="selectmodel",
    context_settings=_HELP,
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


def _print_completion(shell: str | None) -> None:
    if shell is None:
        return
    if shell not in completing.SHELLS:
        raise UsageError(f"--completion {shell}: no such shell; {did_you_mean(shell, list(completing.SHELLS))}")
    output.put(completing.script(shell) + "\n")
    raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version and exit.")
    ] = False,
    completion: Annotated[
        str | None,
        typer.Option(
            "--completion",
            metavar="SHELL",
            callback=_print_completion,
            is_eager=True,
            autocompletion=completing.shells,
            help=f"Print what a shell loads to complete: {', '.join(completing.SHELLS[:4])}.",
        ),
    ] = None,
) -> None:
    """Options of the program itself."""


@cache
def _program() -> Any:
    """The commands as they are parsed: made once, for a process may run many command lines."""
    return typer.main.get_command(app)


def main() -> None:
    """Entry point of the ``selectmodel`` command."""
    try:
        for number in writing.STOPPING:
            if signal.getsignal(number) != signal.SIG_IGN:  # as nohup asks for
                signal.signal(number, _stopped)
        streams.opened()
        # All is written then; taking numpy's modules down one by one would cost another 20 ms.
        os._exit(streams.flushed(run(sys.argv[1:])))
    except KeyboardInterrupt:
        os._exit(ExitCode.INTERRUPTED)
    except Stopped as leaving:
        os._exit(int(str(leaving.code)))


def _stopped(number: int, frame: FrameType | None) -> None:
    """Leaves by an exception, so that a file half written is taken away again; at once if asked a second time.

    At once too where a module is being imported: packages swallow what is raised there, or print it.
    """
    signal.signal(number, lambda again, _: os._exit(128 + again))
    while frame is not None:
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            os._exit(128 + number)
        frame = frame.f_back
    if number == signal.SIGINT:
        raise KeyboardInterrupt
    raise Stopped(128 + number)


def run(arguments: list[str]) -> int:
    """Runs one command line and returns its exit code; nothing but SIGTERM and SIGHUP get past it."""
    if "" in arguments:  # an empty path would be the current folder
        return _fail("an argument is empty; is it a shell variable that is not set?", ExitCode.USAGE)
    try:
        if completing.VARIABLE in os.environ and not arguments:  # left in the environment, it must settle no verdict
            return completing.answer(_program())
        again.begun(arguments, _command)
        code = _program()(args=arguments or ["--help"], standalone_mode=False)
        return int(code or ExitCode.OK)
    except SelectModelError as failure:
        return _fail(str(failure), failure.exit_code)
    except TyperException as failure:
        return _fail(_misused(failure), ExitCode.USAGE)
    except (KeyboardInterrupt, Abort):
        return int(ExitCode.INTERRUPTED)
    except streams.ReaderGone:  # as head does: all is well
        return int(ExitCode.OK)
    except Stopped:
        raise
    except SystemExit as leaving:  # no part of the program, and no plug-in, settles the exit code this way
        return _broken(leaving)
    except Exception as bug:
        return _broken(bug)


def _command(name: str) -> Any:
    """The parser's command of this name; None where there is none."""
    return _program().get_command(None, name) if name in _COMMANDS else None


def _broken(bug: BaseException) -> int:
    if os.environ.get("SELECTMODEL_DEBUG"):
        import traceback

        traceback.print_exception(bug)
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
