"""Puts a model that passed in the place of its baseline; the record that stood there goes to a history beside it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from selectmodel.commands.gate import baseline
from selectmodel.commands.gate.verdict import Verdict
from selectmodel.errors import LogError, OutputError, UsageError
from selectmodel.files import writing
from selectmodel.policy.policy import Policy
from selectmodel.selection import record_file
from selectmodel.selection.record import COMMAND, Record

#: Thousands of records; a longer history is left as it is, and so is its baseline.
_MOST = 64 * 1024 * 1024


def history_of(place: Path) -> Path:
    """The file that keeps what a baseline was: records of JSON, a line each, the last one replaced at the end."""
    return place.with_name(f"{place.stem}.history.jsonl")


def check(policy: Policy) -> None:
    """Refuses, before a log is opened, a baseline that cannot be replaced. Raises UsageError."""
    named = policy.required("baseline")
    if named is None:
        raise UsageError("--promote: which baseline? name its decision record: --baseline FILE")
    place = Path(named)
    if place.is_symlink():
        raise UsageError(f"--promote: {place} is a link, which is not followed for writing")
    if place.exists() and not _is_record(place):
        raise UsageError(
            f"--promote: {place} is no decision record, and is left as it is; make one of it and name that: "
            f"selectmodel pick {place} --record FILE"
        )


def replace(verdict: Verdict, content: bytes) -> str:
    """Makes ``content``, the decision of a verdict that passed, the baseline it was compared with; says what was done.

    Raises OutputError where that cannot be written, or where another program replaced the baseline meanwhile: what was
    judged against the old one is then not the best.
    """
    compared = verdict.baseline
    if compared is None or compared.decision is None:
        raise ValueError("a verdict that was compared with nothing replaces nothing")
    place = Path(compared.source)
    if not compared.compared:
        return f"{place}: is of this very log already, and stays as it is"
    history = history_of(place)
    try:
        with writing.held(history) as held:
            if _text(_now(place)) != _text(compared.decision):
                raise OutputError(f"{place}: was replaced by another program meanwhile; run the gate again")
            line, kept = _in_one_line(place), held.read(_MOST)
            _refuse_if_foreign(history, kept)
            if kept.splitlines()[-1:] != [line]:  # else whoever kept it was stopped before the baseline was replaced
                held.append((b"" if kept.endswith(b"\n") or not kept else b"\n") + line + b"\n")
            writing.replace(place, content)
    except OSError as failure:
        raise OutputError(f"{place}: cannot be replaced ({failure.strerror})") from None
    return f"{place}: is this model's record now; the one before is the last line of {history}"


def _is_record(place: Path) -> bool:
    try:
        return baseline.is_record(place)
    except LogError:
        return True  # the gate says what is wrong with it


def _now(place: Path) -> Record | None:
    try:
        return record_file.read(place)
    except LogError:
        return None


def _text(record: Record | None) -> str:
    return json.dumps(record.to_dict() if record is not None else None, sort_keys=True, default=str)


def _in_one_line(place: Path) -> bytes:
    """The whole record as it is written, on one line."""
    return json.dumps(json.loads(place.read_text(encoding="utf-8-sig")), ensure_ascii=False).encode()


def _refuse_if_foreign(history: Path, kept: bytes) -> None:
    """Raises OutputError for a file that is no history of a baseline."""
    first = kept.split(b"\n", 1)[0]
    try:
        entry: Any = json.loads(first) if kept else {"command": COMMAND}
    except ValueError:
        entry = None
    if len(kept) >= _MOST or not isinstance(entry, dict) or entry.get("command") not in (COMMAND, "gate"):
        raise OutputError(f"{history}: is no history of a baseline, and is left as it is; so is the baseline")
