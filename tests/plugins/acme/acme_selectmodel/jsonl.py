"""JSON lines: an object an epoch, ``{"epoch": 0, "val_loss": 0.5}``.

Epochs: the key epoch, which every line has; later ones are higher.
Missing: a last line without a newline may be cut, and is left out.
Source: made up to show what a reader is.
"""

from __future__ import annotations

import json
from pathlib import Path

from selectmodel.errors import LogError
from selectmodel.files.opening import Source, read_bytes
from selectmodel.records import Note, Run, Series

FORMAT = "acme_jsonl"
FILES = ("*.jsonl",)
EXAMPLES = (
    (b'{"epoch": 0, "val_loss": 0.5}\n{"epoch": 1, "val_loss": 0.25}\n{"epoch": 2, "val_loss": 0.75}\n', (0, 1, 2)),
    (b'{"epoch": 5, "loss": 0.5, "val_loss": 1.5}\n{"epoch": 7, "loss": 0.25, "val_loss": 1.25}\n', (5, 7)),
)


def sniff(path: Path, head: bytes) -> float:
    """0.9 for a line that begins as the first one does, else 0."""
    return 0.9 if head.startswith(b'{"epoch":') else 0.0


def read(source: Source) -> Run:
    """The run of one file. Raises LogError where a line is no such object."""
    lines = read_bytes(source, source.path).split(b"\n")
    notes = (Note("SM101", "the last line may be cut", source.path.name, degrades=True),) if lines[-1] else ()
    points: dict[str, list[tuple[int, float]]] = {}
    for number, line in enumerate(lines[:-1], 1):
        epoch, values = _parsed(line, f"{source.path}:{number}")
        for name, value in values.items():
            points.setdefault(name, []).append((epoch, value))
    try:
        series = {name: _series(name, found) for name, found in points.items()}
    except ValueError as failure:
        raise LogError(f"{source.path}: {failure}") from None
    if not series:
        raise LogError(f"{source.path}: no epoch is logged yet")
    return Run(source.name, str(source.path), FORMAT, series, notes=notes)


def _parsed(line: bytes, where: str) -> tuple[int, dict[str, float]]:
    try:
        row = json.loads(line)
        return int(row.pop("epoch")), {name: float(value) for name, value in row.items()}
    except (ValueError, TypeError, KeyError, AttributeError):
        raise LogError(f"{where}: is no object of an epoch and numbers") from None


def _series(name: str, found: list[tuple[int, float]]) -> Series:
    epochs, values = zip(*found, strict=True)
    return Series.of(name, epochs, epochs, values)
