"""Sentence Transformers' ``…_results.csv`` of an evaluator: a row an evaluation.

Written by: evaluators given to ``SentenceTransformerTrainer`` or ``model.fit``, into the folder ``eval/``.
Axis: ``steps``, and the epoch beside it where it is whole; in old logs steps count from the start of an epoch, and are
-1 at its end.
Evaluations after the training, of epoch -1, are of no epoch.
Split: what an evaluator measures is validation, unless the file's name says test.
Source: sentence_transformers/evaluation/*.py, 2.2 to 5.1.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from selectmodel.files.opening import Source, read_bytes

if TYPE_CHECKING:
    from selectmodel.records import Run

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
    """The run of one evaluator. Raises as epoch_rows.of_table does."""
    from selectmodel.readers.table import careful, epoch_rows
    from selectmodel.records import Hint, Note

    path = source.paths[0]
    lines = read_bytes(source, path).split(b"\n")
    during = [b"" if line.startswith(b"-1,-1,") else line for line in lines]  # blank lines, so that they still count
    table = careful.parse(b"\n".join(during), str(path), path.name, source.options)
    if during != lines:
        after = sum(line != kept for line, kept in zip(lines, during, strict=True))
        message = f"{after} evaluations after the training, of epoch -1; left out"
        table = table._replace(notes=(*table.notes, Note("SM115", message, path.name)))
    # An epoch in parts orders nothing that its step does not.
    if table.names[:1] == ("epoch",) and not all(cell.removesuffix(".0").isdigit() for cell in table.columns[0]):
        table = table._replace(names=table.names[1:], columns=table.columns[1:])
    run = epoch_rows.of_table(table, source, FORMAT)
    test = _TEST.search(path.stem) is not None
    split = Hint("test", why="the file's name says so") if test else Hint("val", why="an evaluator measures it")
    return replace(run, hints={**run.hints, **dict.fromkeys(run.series, split)})
