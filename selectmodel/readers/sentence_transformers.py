"""Sentence Transformers' ``…_results.csv`` of an evaluator: a row an evaluation.

Written by: evaluators given to ``SentenceTransformerTrainer`` or ``model.fit``, into the folder ``eval/``.
Axis: ``steps``; where these are −1, the end of an epoch, the epoch. In old logs steps count from the start of an epoch:
where both kinds are mixed, the ends of the epochs are read and the others are left out.
Evaluations after the training, of epoch −1 and steps −1, are of no epoch and left out.
Split: what an evaluator measures is validation, unless the file's name says test.
Source: sentence_transformers/evaluation/*.py, 2.2 to 5.1.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from selectmodel.errors import LogError
from selectmodel.files.opening import Source, read_bytes

if TYPE_CHECKING:
    from selectmodel.records import Note, Run

FORMAT = "sentence_transformers"
FILES = ("*_results.csv",)
FRAMEWORK = "sentence_transformers"
EXAMPLES = (
    (b"epoch,steps,cosine_pearson\n0.5,500,0.75\n1.0,1000,0.875\n-1,-1,0.8125\n", (500, 1000)),
    (b"epoch,steps,cosine_pearson\n0,-1,0.75\n1,-1,0.875\n", (0, 1)),
)
_TEST = re.compile(r"(?:^|[-_.])test(?:[-_.]|$)", re.IGNORECASE)


def sniff(path: Path, head: bytes) -> float:
    """0.93 for a table that begins with epoch and steps and is named as an evaluator names it, else 0."""
    return 0.93 if head.startswith(b"epoch,steps,") and path.name.endswith("_results.csv") else 0.0


def read(source: Source) -> Run:
    """The run of one evaluator. Raises LogError where all its rows were written after the training."""
    from selectmodel.readers.objects import as_run
    from selectmodel.readers.objects.json_text import Objects
    from selectmodel.readers.table import careful
    from selectmodel.records import Hint, Note

    path = source.paths[0]
    table = careful.parse(read_bytes(source, path), str(path), path.name, source.options)
    if {"epoch", "steps"} - {*table.names}:
        raise LogError(f"{path}: lacks a column epoch or steps, which every evaluator writes")
    rows = [
        (line, {name: cell for name, cell in zip(table.names, cells, strict=True) if cell})
        for line, cells in zip(table.lines.tolist(), zip(*table.columns, strict=True), strict=True)
    ]
    during = [(line, row) for line, row in rows if not (_ended(row, "epoch") and _ended(row, "steps"))]
    notes: tuple[Note, ...] = table.notes
    if rows and not during:
        raise LogError(f"{path}: all evaluations were made after the training (epoch -1): there is nothing to choose")
    if len(during) < len(rows):
        notes += (Note("SM115", f"{len(rows) - len(during)} evaluations after the training; left out", path.name),)
    ends = [(line, row) for line, row in during if _ended(row, "steps")]
    if ends and len(ends) < len(during):
        message = f"{len(during) - len(ends)} evaluations inside of epochs, whose steps count from its start; left out"
        notes += (Note("SM176", message, path.name, "warn", degrades=True),)
    # Of a step the epoch is a fraction, which orders nothing; at the ends of epochs there is no step.
    axis = "steps" if ends else "epoch"
    during = [(line, {name: cell for name, cell in row.items() if name != axis}) for line, row in ends or during]
    split = (
        Hint("test", why="the file's name says so")
        if _TEST.search(path.stem)
        else Hint("val", why="an evaluator measures it")
    )
    hints = {name: split for name in table.names if name not in ("epoch", "steps")}
    found = Objects([line for line, _ in during], [row for _, row in during], notes)
    return as_run.run(found, source, FORMAT, hints=hints)


def _ended(row: dict[str, Any], name: str) -> bool:
    return str(row.get(name)) in ("-1", "-1.0")
