"""A history of decisions: a file of JSON lines that concurrent jobs append to.

Each record is one write of whole lines under a lock, synced before the lock is given back. A job that is killed while
it writes leaves at most a torn last line; the next one ends it with a newline, so that nothing follows on it, and
readers report it. Nothing that was written is ever taken away.
"""

from __future__ import annotations

import json
import os
import shlex
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from selectmodel.commands.compare import member
from selectmodel.commands.compare.member import Cycle
from selectmodel.errors import LogError, OutputError
from selectmodel.files import opening
from selectmodel.records import Note

MAX_BYTES = 256 * 1024 * 1024


def line(decision: Cycle) -> str:
    """The record of a decision as one line of ASCII."""
    return json.dumps(decision.to_dict(), ensure_ascii=True, allow_nan=False, sort_keys=True) + "\n"


def read(path: Path) -> tuple[list[Cycle], list[Note]]:
    """The decisions in the order they were made, and what could not be read of the file.

    Of several decisions about one log the last counts, in the place of the first.
    """
    if not path.exists():
        begun = f"selectmodel compare LOG LOG --history {shlex.quote(str(path))}"
        raise LogError(f"{path}: no such history; one is begun by comparing runs: {begun}")
    if path.is_dir():
        raise LogError(f"--history {path}: is a folder; name a file in it")
    with opening.opened(path) as file:
        content = file.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise LogError(f"{path}: is larger than {MAX_BYTES:,} bytes, which is no history")
    decisions, notes = _parsed(path, content)
    return list({decision.log: decision for decision in decisions}.values()), notes


def append(path: Path, decisions: Sequence[Cycle]) -> list[Cycle]:
    """Adds the decisions that are not there yet and returns them. Raises OutputError where it cannot be written."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o666)
    except OSError as failure:
        raise OutputError(f"--history {path}: cannot be written ({failure.strerror})") from None
    try:
        with _locked(descriptor):
            content = _content(path, descriptor)
            known = {decision.key for decision in _parsed(path, content)[0]}
            fresh = list({decision.key: decision for decision in decisions if decision.key not in known}.values())
            if fresh:
                torn = b"" if not content or content.endswith(b"\n") else b"\n"
                _write(descriptor, torn + "".join(map(line, fresh)).encode("ascii"))
            return fresh
    except OSError as failure:
        raise OutputError(f"--history {path}: cannot be written ({failure.strerror})") from None
    finally:
        os.close(descriptor)


def _parsed(path: Path, content: bytes) -> tuple[list[Cycle], list[Note]]:
    decisions, notes = [], []
    lines = content.split(b"\n")
    for at, text in enumerate(lines, start=1):
        if not text.strip():
            continue
        try:
            record = json.loads(text)
            if not isinstance(record, dict):
                raise ValueError("is no JSON object")
            decisions.append(member.of_dict(record))
        except (ValueError, RecursionError, TypeError) as failure:
            torn = not isinstance(failure, TypeError) and not text.rstrip().endswith(b"}")
            why = "is cut; a job was killed while it wrote" if torn else f"is no decision record ({str(failure)[:120]})"
            notes.append(Note("SM178", f"{path.name}:{at}: line {at} {why}; left out", f"{path}:{at}", "warn"))
    return decisions, notes


def _content(path: Path, descriptor: int) -> bytes:
    size = os.fstat(descriptor).st_size
    if size > MAX_BYTES:
        raise OutputError(f"--history {path}: is larger than {MAX_BYTES:,} bytes, which is no history")
    os.lseek(descriptor, 0, os.SEEK_SET)
    parts = []
    while part := os.read(descriptor, 1 << 20):
        parts.append(part)
    return b"".join(parts)


def _write(descriptor: int, content: bytes) -> None:
    """One write; what a full disk cut off is tried again, which raises."""
    done = os.write(descriptor, content)
    while done < len(content):
        done += os.write(descriptor, content[done:])
    os.fsync(descriptor)


@contextmanager
def _locked(descriptor: int) -> Iterator[None]:
    """Holds the file for this process alone; the system lets it go when the process ends, however it ends."""
    if sys.platform == "win32":
        import msvcrt

        os.lseek(descriptor, 0, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_LOCK, 1)
        try:
            yield
        finally:
            os.lseek(descriptor, 0, os.SEEK_SET)
            msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)
    else:
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(descriptor, fcntl.LOCK_UN)
