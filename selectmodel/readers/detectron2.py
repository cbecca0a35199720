"""detectron2's ``metrics.json``: JSON lines by iteration, with medians of the training and the evaluations between.

Written by: detectron2's JSONWriter, and all that train with its DefaultTrainer or LazyConfig.
Axis: ``iteration``, from 0, as in ``model_0000039.pth``. Lines of one iteration are joined.
Split: names such as ``bbox/AP`` and ``segm/AP50`` are evaluations, as are those of rows that hold no loss.
Missing: NaN of a class without objects is NaN.
Resume: iterations that were logged again; the later lines count.
Source: detectron2/utils/events.py, 2026-06.
"""

from __future__ import annotations

import re
from pathlib import Path

from selectmodel.files.opening import Source
from selectmodel.readers.objects import as_run, growing
from selectmodel.records import Hint, Run

FORMAT = "detectron2"
FILES = ("metrics.json", "metrics.jsonl")
SAME_NAMES = ("metrics.json",)
EXAMPLES = (
    (
        b'{"data_time": 0.5, "eta_seconds": 9.5, "iteration": 19, "lr": 0.1, "total_loss": 1.5}\n'
        b'{"bbox/AP": 25.5, "bbox/AP50": 50.0, "iteration": 19}\n'
        b'{"data_time": 0.5, "eta_seconds": 0.0, "iteration": 39, "lr": 0.1, "total_loss": 1.25}\n',
        (19, 39),
    ),
)
_EVALUATED = re.compile(r"(?:.*/)?(?:bbox|segm|keypoints|sem_seg|panoptic_seg|box_proposals)/.+")


def sniff(path: Path, head: bytes) -> float:
    """0.9 for JSON lines with an iteration and what detectron2 measures of its training, else 0."""
    first = head[: 1 << 14]
    known = b'"iteration"' in first and (b'"total_loss"' in first or b'"eta_seconds"' in first)
    return 0.9 if known and first.lstrip().startswith(b"{") else 0.0


def read(source: Source) -> Run:
    """The run of one file. Raises LogError if it holds no objects, and as epoch_rows.read does."""
    path = source.paths[0]
    found = growing.lines_of(source, path)
    training = {name for one in found.objects if "total_loss" in one for name in one}
    evaluated = Hint("val", why="detectron2 logs it at evaluations alone")
    hints = {
        name: evaluated
        for one in found.objects
        for name in one
        if _EVALUATED.fullmatch(name) or (training and name not in training)
    }
    return as_run.run(found, source, FORMAT, hints=hints)
