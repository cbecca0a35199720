"""A history of decisions: a file of JSON lines that concurrent jobs append to.

Each record is one write of whole lines under a lock, synced before the lock is given back. A job that is killed while
it writes leaves at most a torn last line; the next one ends it with a newline, so that nothing follows on it, and
readers report it. Nothing that was written is ever taken away.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from selectmodel.commands.compare import member
from selectmodel.commands.compare.member import Cycle
from selectmodel.errors import LogError, OutputError, UsageError
from selectmodel.files import opening, writing
from selectmodel.records import Note

MAX_BYTES = 256 * 1024 * 1024
#: How each line begins that this program wrote, as far as a torn one goes.
_BEGINS = f'{{"command": "{member.COMMAND}", '.encode("ascii")


def line(decision: Cycle) -> str:
    """The record of a decision as one line of ASCII; without a label it is called as its run is."""
    named = replace(decision, label=decision.label or decision.name)
    return json.dumps(named.to_dict(), ensure_ascii=True, allow_nan=False, sort_keys=True) + "\n"


def read(path: Path) -> tuple[list[Cycle], list[Note]]:
    """The decisions in the order they were made, and what could not be read of the file.

    Of several decisions about one log the last counts, in the place of the first.
    """
    try:
        path.stat()
    except FileNotFoundError:
        begun = f"selectmodel compare LOG LOG --history {shlex.quote(str(path))}"
        raise LogError(f"{path}: no such history; one is begun by comparing runs: {begun}") from None
    except OSError as failure:
        raise LogError(f"--history {path}: cannot be looked at ({failure.strerror})") from None
    if path.is_dir():
        raise LogError(f"--history {path}: is a folder; name a file in it")
    decisions, notes = _parsed(path, opening.read_at_most(path, MAX_BYTES, "history"))
    return list({decision.log: decision for decision in decisions}.values()), notes


def append(path: Path, decisions: Sequence[Cycle]) -> list[Cycle]:
    """Adds the decisions that are not there yet, or under another label, and returns them.

    Raises UsageError where ``path`` is a link or holds something else, OutputError where it cannot be written.
    """
    try:
        if path.is_symlink():
            raise UsageError(f"--history {path}: is a link, which is not followed for writing")
        with writing.held(path) as file:
            content = file.read(MAX_BYTES + 1)
            _refuse_foreign(path, content)
            known = {decision.key: decision.label for decision in _parsed(path, content)[0]}
            new = [one for one in decisions if one.key not in known or one.label not in (None, known[one.key])]
            fresh = list({decision.key: decision for decision in new}.values())
            if fresh:
                torn = b"" if not content or content.endswith(b"\n") else b"\n"
                file.append(torn + "".join(map(line, fresh)).encode("ascii"))
            return fresh
    except OSError as failure:
        raise OutputError(f"--history {path}: cannot be written ({failure.strerror or failure})") from None


def _refuse_foreign(path: Path, content: bytes) -> None:
    """Raises UsageError unless the file is empty or begins with a decision, be it a torn one."""
    if len(content) > MAX_BYTES:
        raise UsageError(f"--history {path}: is larger than {MAX_BYTES:,} bytes, which is no history")
    first = content.lstrip().partition(b"\n")[0]
    torn = first.startswith(_BEGINS) or _BEGINS.startswith(first)
    if not torn and not _parsed(path, first)[0]:
        raise UsageError(f"--history {path}: begins with no decision, so it is no history and is left alone")


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
