"""The log that a Tracker writes: JSON lines, each whole in one write, read back by readers/tracker_log.py."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

from selectmodel.errors import OutputError, UsageError
from selectmodel.files import writing

#: Name of the file, and what its first line calls the format.
NAME, FORMAT = "log.jsonl", "selectmodel_log"
_HEADER = {FORMAT: 1}


def begin(folder: Path, *, resume: bool) -> Path:
    """The log in ``folder``, which is made where there is none. Raises UsageError where one is there already.

    ``resume`` goes on with it.
    """
    log = folder / NAME
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if log.exists():
            if not resume:
                raise UsageError(f"{log}: is there already; to go on with it: resume=True, else name another folder")
            _end_line(log)
            return log
        writing.create(log, [_line(_HEADER)])
    except OSError as failure:
        raise OutputError(f"{log}: cannot be written ({failure.strerror or failure})") from None
    return log


def _end_line(log: Path) -> None:
    """Closes a line that a killed training left half: the next one must not be glued to it."""
    with log.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(size - 1, 0))
        whole = size == 0 or file.read(1) == b"\n"
    if not whole:
        writing.append(log, b"\n")


def add(log: Path, row: Mapping[str, object], size: int | None = None) -> int:
    """Adds one line, and returns the bytes that the log now has; ``size`` is how many it had after the line before.

    Raises OutputError where it cannot be written, and then leaves no half line; UsageError where another program has
    written to it: two trainings would delete the checkpoints of each other.
    """
    line = _line(row)
    try:
        descriptor = os.open(log, os.O_WRONLY | os.O_APPEND | getattr(os, "O_BINARY", 0))  # never made anew: no header
        try:
            before = os.fstat(descriptor).st_size
            if size is not None and before != size:
                raise UsageError(f"{log}: another program has written to it; a folder is for one training at a time")
            _write(descriptor, line, before)
        finally:
            os.close(descriptor)
    except OSError as failure:
        raise OutputError(f"{log}: cannot be written ({failure.strerror or failure})") from None
    return before + len(line)


def _write(descriptor: int, line: bytes, before: int) -> None:
    rest = memoryview(line)
    try:
        while rest:
            rest = rest[os.write(descriptor, rest) :]
    except OSError:
        os.ftruncate(descriptor, before)
        raise


def _line(row: Mapping[str, object]) -> bytes:
    return json.dumps(row, ensure_ascii=True).encode() + b"\n"
