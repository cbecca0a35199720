"""From flags to a run: which log, which of its trainings, which checkpoints beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from selectmodel.cli import waiting
from selectmodel.errors import ChoiceError, UsageError
from selectmodel.files.opening import ReadOptions

if TYPE_CHECKING:
    from selectmodel.files.fingerprints import Stamp
    from selectmodel.files.found_run import Found
    from selectmodel.records import Run


def options(
    segment: int | None, complete: bool, index: str | None, decimal: str | None, max_bytes: int | None
) -> ReadOptions:
    """The reading flags, checked before any file is opened."""
    if index is not None and not index.strip():
        raise UsageError("--index: write the name of the column that counts epochs or steps, or row")
    if decimal not in (None, ".", ","):
        raise UsageError(f'--decimal {decimal}: allowed are "." and ","')
    if segment is not None and segment < 1:
        raise UsageError(f"--segment {segment}: segments are counted from 1")
    if max_bytes is not None and max_bytes < 1:
        raise UsageError(f"--max-bytes {max_bytes}: must be at least 1")
    return ReadOptions(
        segment=segment,
        complete=complete,
        index=index,
        decimal="," if decimal == "," else ".",
        max_bytes=max_bytes,
    )


def here() -> Path | None:
    """The current folder, None if it was deleted or may not be read."""
    try:
        return Path.cwd()
    except OSError:
        return None


def read(log: Path, how: ReadOptions, runs: list[str] | None) -> tuple[Run, Mapping[str, Stamp | None]]:
    """The one run meant by LOG and ``--run``, and the stamps that its files had before they were read."""
    from selectmodel.files import discovery, fingerprints

    with waiting.shown():
        chosen = _chosen(log, discovery.find(log, how), runs or ())
        before = fingerprints.stamps(() if chosen.source.data is not None else chosen.source.paths)
        held = {str(path): len(content) for path, content in chosen.source.contents.items()}
        return chosen.read(), fingerprints.holding(before, held)


def _chosen(log: Path, found: Sequence[Found], runs: Sequence[str]) -> Found:
    from selectmodel.files import choose_run

    try:
        return choose_run.choose(log, found, runs)
    except ChoiceError as choice:
        if runs or str(log) == "-":
            raise
        from selectmodel.cli import several_runs

        raise several_runs.described(choice, log, found) from None
