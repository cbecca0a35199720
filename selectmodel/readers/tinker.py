"""Tinker's ``metrics.jsonl`` of its cookbook's recipes: a row a step.

Written by: the recipes of tinker-cookbook, into ``log_path``; ``checkpoints.jsonl`` beside it is no log of its own.
Axis: ``step``. What a row of step N says of an evaluation was measured before that step's update: of the weights after
N updates, which are those of ``"batch": N`` in checkpoints.jsonl; their ``sampler_path`` is at the service.
Split: ``test/`` is what the recipes evaluate on while they train: validation. Everything else is training.
Source: tinker_cookbook/utils/ml_log.py and supervised/train.py, 2026-08.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from selectmodel.errors import LogError
from selectmodel.files.opening import Source
from selectmodel.readers.objects import as_run, growing, rows
from selectmodel.records import Hint, Run

FORMAT = "tinker"
FILES = ("metrics.jsonl", "checkpoints.jsonl")
SAME_NAMES = ("metrics.jsonl",)
EXAMPLES = (
    (
        b'{"step": 0, "train_mean_nll": 1.5, "progress": 0.0, "learning_rate": 0.5, "test/nll": 1.75}\n'
        b'{"step": 1, "train_mean_nll": 1.25, "progress": 0.5, "learning_rate": 0.5, "test/nll": 1.5}\n',
        (0, 1),
    ),
)
_STATE = frozenset({"progress", "learning_rate", "progress/batch", "progress/done_frac"})


def sniff(path: Path, head: bytes) -> float:
    """0.9 for rows with the progress of Tinker's recipes, or a list of its checkpoints, else 0."""
    line = head.partition(b"\n")[0]
    if not line.startswith(b"{"):
        return 0.0
    supervised = b'"train_mean_nll"' in line and b'"progress"' in line
    reinforced = b'"progress/batch"' in line and b'"progress/done_frac"' in line
    listed = b'_path"' in line and b'"tinker://' in line
    return 0.9 if listed or (b'"step"' in line and (supervised or reinforced)) else 0.0


def group(
    files: Sequence[Path], contents: Mapping[Path, bytes] = MappingProxyType({})
) -> list[tuple[Path, tuple[Path, ...]]]:
    """The runs: each file of metrics; a list of checkpoints is none."""
    return [(path, (path,)) for path in files if path.name != "checkpoints.jsonl"]


def read(source: Source) -> Run:
    """The run of one file. Raises LogError if it holds no rows, or lists checkpoints."""
    path = source.paths[0]
    found = growing.lines_of(source, path)
    if any("state_path" in one or "sampler_path" in one for one in found.objects):
        raise LogError(f"{path}: lists checkpoints; metrics.jsonl beside it is the log")
    names = {name for one in found.objects for name in rows.flat(one)} - _STATE - {"step"}
    evaluated = Hint("val", why="what Tinker's recipes call test is evaluated while they train")
    trained = Hint("train", why="Tinker's recipes log it of the batch")
    hints = {name: evaluated if name.startswith("test/") else trained for name in names}
    return as_run.run(found, source, FORMAT, hints=hints)
