"""Tables with pipes: a header ``epoch|loss|val_loss``, then a line an epoch.

Epochs: the column epoch, which comes first; whole numbers that rise.
Missing: an empty cell was not measured; a last line without a line break may be cut, and is left out.
Source: made up as an example.
"""

from __future__ import annotations

from pathlib import Path

from selectmodel.errors import LogError
from selectmodel.files.opening import Source, read_bytes
from selectmodel.records import Note, Run, Series

FORMAT = "pipes"
FILES = ("*.pipes",)
# What a file may hold, and the epochs in it.
EXAMPLES = (
    (b"epoch|loss|val_loss\n0|0.9|0.8\n1|0.5|0.6\n2|0.2|0.7\n", (0, 1, 2)),
    (b"epoch|val_accuracy\n5|0.25\n7|0.5\n", (5, 7)),
)


def sniff(path: Path, head: bytes) -> float:
    """How sure it is, 0 to 1, that a file that begins with ``head`` is one of its own."""
    return 0.95 if head.startswith(b"epoch|") else 0.0


def read(source: Source) -> Run:
    """The run of a file. Raises LogError, with the line, where it cannot be read: it never guesses."""
    text = read_bytes(source, source.path).decode("utf-8", "replace")
    header, *lines = text.split("\n")
    names = header.split("|")[1:]
    # What stands behind the last line break is cut, or nothing.
    cut = lines.pop() if lines else header
    notes = (Note("SM101", "the last line may be cut", source.path.name, degrades=True),) if cut else ()
    points: dict[str, list[tuple[int, float]]] = {name: [] for name in names}
    for number, line in enumerate(lines, 2):
        epoch, *cells = line.split("|")
        if len(cells) != len(names):
            raise LogError(f"{source.path}:{number}: has {len(cells)} values; the header names {len(names)}")
        try:
            for name, cell in zip(names, cells, strict=True):
                if cell:
                    points[name].append((int(epoch), float(cell)))
        except ValueError:
            raise LogError(f"{source.path}:{number}: holds something that is no number") from None
    try:
        series = {name: _series(name, found) for name, found in points.items() if found}
    except (ValueError, OverflowError) as failure:
        raise LogError(f"{source.path}: {failure}") from None
    if not series:
        raise LogError(f"{source.path}: no epoch is logged yet")
    return Run(source.name, str(source.path), FORMAT, series, notes=notes)


def _series(name: str, found: list[tuple[int, float]]) -> Series:
    epochs, values = zip(*found, strict=True)
    return Series.of(name, epochs, epochs, values)
