"""JSON lines: an object a line, with the epoch or step among its names.

Written by: one's own ``file.write(json.dumps(…))``, detectron2 metrics.json, DETR, DeiT and MAE log.txt, open_clip
results.jsonl, torchtune, verl's file logger, spaCy, Tinker and many more.
Axis: a name such as epoch or step; training and evaluation lines of one step are joined.
Nested objects: ``{"val": {"loss": 0.5}}`` is the metric ``val/loss``.
Missing: null, or a name that a line lacks. ``NaN`` and ``Infinity`` are numbers, also as texts.
Refused: a line that is damaged or names a value twice; lines of other text are skipped and counted.
Source: FORMATS of the writers named; JSON as Python's json module writes it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from selectmodel.files import own_outputs
from selectmodel.files.opening import Source
from selectmodel.readers.objects import as_run, growing, json_text
from selectmodel.readers.objects.rows import flat
from selectmodel.readers.table import counters, headers
from selectmodel.records import Run

FORMAT = "json_lines"
FILES = ("*.jsonl", "*.ndjson", "*.json", "*.log", "*.txt")
SAME_NAMES = ("metrics.json", "metrics.jsonl", "log.txt", "results.jsonl")
EXAMPLES = (
    (b'{"epoch": 1, "train_loss": 0.5, "val_loss": 1.5}\n{"epoch": 2, "train_loss": 0.25, "val_loss": 1.25}\n', (1, 2)),
    (b'{"step": 10, "loss": 0.5}\n{"step": 10, "val": {"loss": 1.5}}\n{"step": 20, "val": {"loss": 1.25}}\n', (10, 20)),
)


def sniff(path: Path, head: bytes) -> float:
    """0.5 for objects that name an epoch or step and hold another number, else 0.

    0.2 for one alone without a metric's: of settings, "epochs" tells how many there shall be.
    """
    found = json_text.preview(head)
    if found is None or own_outputs.is_object(found):
        return 0.0
    names = tuple(found)
    axis = counters.axis(names, [()] * len(names))
    if not axis.known or axis.index or len(names) < 2:
        return 0.0
    if b"\n" in head.strip():
        return 0.5
    return (
        0.5 if headers.has_metric_words([name for name, value in flat(found).items() if type(value) is float]) else 0.2
    )


def read(source: Source) -> Run:
    """The run of one file. Raises LogError if it holds no objects, and as epoch_rows.read does."""
    path = source.paths[0]
    found = growing.lines_of(source, path)
    if found.objects[0].keys() == {"step", "data"}:  # as verl's file logger writes them
        found = found._replace(objects=[_unwrapped(one) for one in found.objects])
    return as_run.run(found, source, FORMAT)


def _unwrapped(one: dict[str, Any]) -> dict[str, Any]:
    data = one.get("data")
    return {"step": one.get("step"), **data} if isinstance(data, dict) else one
