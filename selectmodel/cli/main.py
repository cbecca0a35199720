"""The program: its commands, and what each kind of failure looks like to the shell."""

from __future__ import annotations

import os
import sys
import traceback
from typing import Annotated

# numpy starts a pool of BLAS threads when imported, which costs more than all the arithmetic done here.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import typer
from typer.exceptions import Abort, TyperException

from selectmodel import __version__
from selectmodel.cli import explain, inspect, pick, rules
from selectmodel.errors import ExitCode, SelectModelError
from selectmodel.escaping import visible

app = typer.Typer(
    name="selectmodel",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Which epoch of a training to ship: reads its log, applies rules, names the checkpoint, says why.",
    epilog="Exit codes: 0 answer given · 2 usage, or you must choose · 3 cannot judge · 4 output not written · 70 bug",
)
app.command("pick")(pick.pick)
app.command("inspect")(inspect.inspect)
app.command("rules")(rules.rules)
app.command("explain")(explain.explain)


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
    for stream in (sys.stdout, sys.stderr):
        # A terminal that cannot show "→" gets an escape instead of a crash.
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    code = run(sys.argv[1:])
    try:
        sys.stdout.flush()
    except OSError as failure:
        # What is still buffered cannot be written; Python must not try and complain again while it closes the stream.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not isinstance(failure, BrokenPipeError):
            code = code or int(ExitCode.OUTPUT)
    sys.exit(code)


def run(arguments: list[str]) -> int:
    """Runs one command line and returns its exit code; nothing but Ctrl-C's signal gets past it."""
    try:
        code = app(args=arguments or ["--help"], standalone_mode=False)
        return int(code or ExitCode.OK)
    except SelectModelError as failure:
        return _fail(str(failure), failure.exit_code)
    except TyperException as failure:
        return _fail(failure.format_message(), ExitCode.USAGE)
    except (KeyboardInterrupt, Abort):
        return int(ExitCode.INTERRUPTED)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return int(ExitCode.OK)
    except Exception as bug:
        if os.environ.get("SELECTMODEL_DEBUG"):
            traceback.print_exc()
        hint = "this is a bug in selectmodel; SELECTMODEL_DEBUG=1 shows where"
        return _fail(f"{type(bug).__name__}: {bug} ({hint})", ExitCode.INTERNAL)


def _fail(message: str, code: ExitCode) -> int:
    lines = [visible(line, None) for line in message.split("\n")]
    print("\n".join(["error: " + lines[0], *lines[1:]]), file=sys.stderr)
    return int(code)


if __name__ == "__main__":
    main()
