"""spaCy's ``training_log.jsonl``: an evaluation a line, with the losses since the last and the scores on dev data.

Written by: spacy train with ``[training.logger] @loggers = "spacy.ConsoleLogger.v3"`` and its ``output_file``.
Axis: ``step``; the epoch is told beside it.
Split: losses are training's; ``score`` and all ``scores`` are of the dev data. Single scores are percentages, ``score``
is between 0 and 1 and what ``model-best`` is chosen by: the first highest.
Source: spacy/training/loggers.py, spaCy 3.8.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from selectmodel.files.opening import Source
from selectmodel.readers.objects import as_run, growing, rows
from selectmodel.records import Hint, RecordedBest, Run, Series

FORMAT = "spacy"
FILES = ("*.jsonl",)
EXAMPLES = (
    (
        b'{"epoch": 0, "step": 0, "losses": {"textcat": 0.25}, "scores": {"cats_score": 50.0}, "score": 0.5}\n'
        b'{"epoch": 3, "step": 200, "losses": {"textcat": 0.125}, "scores": {"cats_score": 75.0}, "score": 0.75}\n',
        (0, 3),
    ),
)


def sniff(path: Path, head: bytes) -> float:
    """0.9 for lines with losses, scores and a score, else 0."""
    first = head[: 1 << 14]
    known = b'"losses"' in first and b'"scores"' in first and b'"score"' in first
    return 0.9 if known and first.lstrip().startswith(b"{") else 0.0


def read(source: Source) -> Run:
    """The run of one file. Raises LogError if it holds no objects, and as epoch_rows.read does."""
    path = source.paths[0]
    found = growing.lines_of(source, path)
    names = {name for one in found.objects for name in rows.flat(one)}
    hints = {name: Hint("train", "min", "spaCy's losses are training's") for name in names if name[:7] == "losses/"}
    hints |= {
        name: Hint("val", "max", "spaCy scores dev data") for name in names if name == "score" or name[:7] == "scores/"
    }
    run = as_run.run(found, source, FORMAT, hints=hints)
    return replace(run, recorded=_best(run.series.get("score")))


def _best(score: Series | None) -> RecordedBest | None:
    """What spaCy keeps as model-best: the first highest score."""
    import numpy as np

    if score is None or not np.isfinite(score.values).any():
        return None
    at = int(np.nanargmax(score.values))
    return RecordedBest("spaCy", "score", float(score.values[at]), int(score.steps[at]))
