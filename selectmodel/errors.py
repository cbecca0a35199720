"""What can go wrong, and the exit code each kind of failure has.

Sources: the exit codes follow ruff, pytest and grep (0 good, 1 "no", 2 could not be asked), with 3 for
"nothing to judge" so that an empty input is never mistaken for a pass.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from enum import IntEnum
from typing import Any


class ExitCode(IntEnum):
    """Exit codes of every command. Public: a number is never given another meaning."""

    OK = 0  #: answer given, or gate passed
    NO = 1  #: the gate says no
    USAGE = 2  #: bad flag, bad policy, or the user must choose; the message holds the flag to add
    CANNOT_JUDGE = 3  #: input missing, unreadable or insufficient
    OUTPUT = 4  #: the answer could not be written
    INTERNAL = 70  #: a bug in selectmodel
    HUNG_UP = 129  #: the terminal was closed (SIGHUP)
    INTERRUPTED = 130  #: Ctrl-C
    TERMINATED = 143  #: told to stop by SIGTERM


class Stopped(SystemExit):
    """The program was told to stop by a signal. No part of it, and no plug-in, takes this for a failure of its own."""


class SelectModelError(Exception):
    """A failure that is the user's to mend: one sentence that says where, what, and what was allowed.

    Each of ``lines`` stays one line: a line break in a file's or a metric's name must not begin a line of its own.
    """

    exit_code = ExitCode.INTERNAL

    def __init__(self, *lines: str) -> None:
        super().__init__("\n".join(line.replace("\n", r"\x0a") for line in lines))
        self.given: tuple[Any, ...] = lines

    def __reduce__(self) -> tuple[type[SelectModelError], tuple[Any, ...]]:
        return type(self), self.given  # as it was made: a worker process sends it back pickled


class UsageError(SelectModelError):
    """The question could not be asked: unknown flag value, metric, rule or setting."""

    exit_code = ExitCode.USAGE


class PolicyError(UsageError):
    """Problems in a policy file or in ``--set``, all reported at once, one line each."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__(*problems)
        self.problems = tuple(problems)
        self.given = (self.problems,)


class ChoiceError(UsageError):
    """The log allows several answers; ``choices`` lists them, the message names the exact flag to add."""

    def __init__(self, message: str, choices: Sequence[str] = ()) -> None:
        super().__init__(message, *(f"  {choice}" for choice in choices))
        self.choices = tuple(choices)
        self.given = message, self.choices


class PluginError(UsageError):
    """A plug-in of another package is at fault: the sentence names it, its package and what is wrong."""


class LogError(SelectModelError):
    """A log is missing, unreadable, not a log, or holds nothing to judge."""

    exit_code = ExitCode.CANNOT_JUDGE


def in_one_line(failure: SelectModelError, most: int = 3) -> str:
    """The sentence and the flags of the first ``most`` choices that it offers; further problems behind a semicolon."""
    sentence, *more = str(failure).split("\n")
    choices = [line.strip().partition("  (")[0] for line in more if line.startswith("  ")]
    problems = "; ".join([sentence, *(line for line in more if not line.startswith("  "))])
    return f"{problems.rstrip(':;')}: {' or '.join(choices[:most])}" if choices else problems


def first_line(failure: BaseException) -> str:
    """The first line of what a library says of its failure, which may be many; its kind where it says nothing."""
    return str(failure).strip().partition("\n")[0] or type(failure).__name__


def of_a_bug(where: str, failure: Exception) -> LogError:
    """What ended the work on one run of many and was not foreseen: that run is left out, the others are none the worse.

    ``where`` names the log. With SELECTMODEL_DEBUG the traceback is printed as well.
    """
    if os.environ.get("SELECTMODEL_DEBUG"):
        import traceback

        traceback.print_exception(failure)
    hint = "this is a bug in selectmodel; SELECTMODEL_DEBUG=1 shows where"
    return LogError(f"{where}: {type(failure).__name__}: {failure} ({hint})")


class OutputError(SelectModelError):
    """The answer could not be written."""

    exit_code = ExitCode.OUTPUT
