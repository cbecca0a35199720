"""Standard output and error of the program, of which no exit code may depend by accident.

Who reads standard output may go away (``| head -1``): that is :class:`ReaderGone`, whoever was writing, and no failure.
Who reads standard error may go away as well; what would be said there is then said to nobody.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from selectmodel.errors import ExitCode, OutputError


class ReaderGone(Exception):  # noqa: N818  no error
    """Nobody reads standard output any more. It is no OSError, so that nothing takes it for another one."""


class _Output(io.TextIOWrapper):
    def write(self, text: str) -> int:
        with failing_as_ours():
            return super().write(text)

    def flush(self) -> None:
        with failing_as_ours():
            super().flush()


@contextmanager
def failing_as_ours() -> Iterator[None]:
    """What writing to standard output raises becomes ReaderGone or OutputError."""
    try:
        yield
    except BrokenPipeError:
        raise ReaderGone from None
    except OSError as failure:
        raise OutputError(f"standard output: cannot be written ({failure.strerror})") from None


class _Errors(io.TextIOWrapper):
    def write(self, text: str) -> int:
        try:
            return super().write(text)
        except OSError:
            return len(text)

    def flush(self) -> None:
        try:
            super().flush()
        except OSError:
            return


def opened() -> None:
    """Puts both in the places of Python's own. A terminal that cannot show "→" gets an escape instead of a crash."""
    _occupied()
    if isinstance(out := sys.stdout, io.TextIOWrapper):
        sys.stdout = _Output(out.detach(), out.encoding, "backslashreplace", line_buffering=out.line_buffering)
    if isinstance(said := sys.stderr, io.TextIOWrapper):
        sys.stderr = _Errors(said.detach(), said.encoding, "backslashreplace", line_buffering=True)
    elif said is None:  # what would be said there must not land on standard output
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123


def _occupied() -> None:
    """Takes the numbers of streams that the caller closed: what is said there must not land in a file opened later."""
    while (number := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass
    os.close(number)


def flushed(code: int) -> int:
    """The exit code once all is written that is buffered, or could not be."""
    try:
        sys.stderr.flush()
        if sys.stdout is not None:
            sys.stdout.flush()
    except ReaderGone:
        return code
    except OutputError:
        return code or int(ExitCode.OUTPUT)
    return code
