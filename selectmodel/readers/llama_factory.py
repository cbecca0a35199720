"""LLaMA-Factory trainer_log.jsonl: one object a log, of training or of an evaluation.

Written by: LLaMA-Factory's LogCallback into the output folder; a resumed run appends to it.
Axis: ``current_steps``, the N of checkpoint-N; ``epoch`` is a fraction, the epochs completed.
Left out: rows that show progress alone (percentage, elapsed_time, lr …), such as the last, and those of a prediction.
``accuracy`` and ``reward`` are those of preferences in training, not of an evaluation.
Not here: of an evaluation the file keeps eval_loss alone. Where trainer_state.json lies in the folder, that is read.
Refused: a line that is damaged or names a value twice; lines of other text are skipped and counted.
Source: LLaMA-Factory 2026-08, src/llamafactory/train/callbacks.py.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from selectmodel.files.opening import Source
from selectmodel.readers.objects import growing, json_text

if TYPE_CHECKING:
    from selectmodel.records import Run

FORMAT = "llama_factory"
FILES = ("trainer_log.jsonl", "*.jsonl")
SAME_NAMES = ("trainer_log.jsonl",)
FRAMEWORK = "huggingface"
FIRST_OF_EQUALS = True
LESS_EXACT = True
EXAMPLES = (
    (
        b'{"current_steps": 10, "total_steps": 30, "loss": 0.75, "lr": 0.5, "epoch": 0.5, "percentage": 33.0}\n'
        b'{"current_steps": 10, "total_steps": 30, "eval_loss": 0.625, "epoch": 0.5, "percentage": 33.0}\n'
        b'{"current_steps": 30, "total_steps": 30, "eval_loss": 0.5, "epoch": 1.5, "percentage": 100.0}\n'
        b'{"current_steps": 30, "total_steps": 30, "epoch": 1.5, "percentage": 100.0, "elapsed_time": "0:00:09"}\n',
        (0.5, 1.5),
    ),
)
#: What shows how far a training is, not how good.
_PROGRESS = frozenset(
    ("total_steps", "percentage", "elapsed_time", "remaining_time", "throughput", "total_tokens", "predict_loss")
)


def sniff(path: Path, head: bytes) -> float:
    """1 or 0.95 for objects that count current_steps of total_steps, else 0."""
    if b'"current_steps"' not in head[:4096] or b'"total_steps"' not in head[:4096]:
        return 0.0
    found = json_text.preview(head)
    if found is None or not {"current_steps", "total_steps"} <= found.keys():
        return 0.0
    return 1.0 if path.name == FILES[0] else 0.95


def read(source: Source) -> Run:
    """The run of one file. Raises LogError if it holds no objects or no row of a training."""
    from selectmodel.readers.hf import history

    path = source.paths[0]
    found = growing.lines_of(source, path)
    kept = [(line, _row(one)) for line, one in zip(found.lines, found.objects, strict=True)]
    told = [(line, row) for line, row in kept if row.keys() - {"step", "epoch"}]
    rows = found._replace(lines=[line for line, _ in told], objects=[row for _, row in told])
    return history.run(rows, source, FORMAT, label=path.name, place="line")


def _row(one: dict[str, Any]) -> dict[str, Any]:
    """A row as the Trainer would have it."""
    return {name: one[own] for own, name in _kept(tuple(one))}


@lru_cache(maxsize=64)
def _kept(names: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """Which names of a row are no progress, and what the Trainer calls them."""
    kept = (name for name in names if name not in _PROGRESS and not name.startswith("vram_"))
    return tuple((name, {"current_steps": "step", "lr": "learning_rate"}.get(name, name)) for name in kept)
