"""ms-swift logging.jsonl: one object a log, as the Hugging Face Trainer logs it, rounded to eight digits.

Written by: ms-swift (sft, rlhf, Megatron too) into each ``vN-DATE`` folder.
Axis: the first number of ``global_step/max_steps``, a text such as "150/2388"; versions of 2024 have ``global_step``,
Megatron ``iteration``. ``epoch`` is a fraction, the epochs completed.
Left out: the last object, which holds the whole history once more; the summary row; clocks, memory and speed.
Where trainer_state.json lies in the folder, that is read: it is more exact.
Recorded: best_metric and best_model_checkpoint of the last object.
Refused: a line that is damaged or names a value twice; lines of other text are skipped and counted.
Source: ms-swift 2024-06 to 2026-08, swift/trainers/patcher.py, swift/utils/utils.py.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from selectmodel.files.opening import Source
from selectmodel.readers.objects import growing, json_text

if TYPE_CHECKING:
    from selectmodel.records import Run

FORMAT = "ms_swift"
FILES = ("logging.jsonl", "*.jsonl")
SAME_NAMES = ("logging.jsonl",)
FRAMEWORK = "huggingface"
FIRST_OF_EQUALS = True
LESS_EXACT = True
EXAMPLES = (
    (
        b'{"loss": 0.75, "learning_rate": 0.5, "memory(GiB)": 3.5, "epoch": 0.5, "global_step/max_steps": "10/30"}\n'
        b'{"eval_loss": 0.625, "eval_runtime": 3.0, "epoch": 0.5, "global_step/max_steps": "10/30"}\n'
        b'{"eval_loss": 0.5, "eval_runtime": 3.0, "epoch": 1.5, "global_step/max_steps": "30/30"}\n'
        b'{"train_runtime": 9.0, "train_loss": 0.7, "epoch": 1.5, "global_step/max_steps": "30/30"}\n'
        b'{"last_model_checkpoint": "v0/checkpoint-30", "best_model_checkpoint": "v0/checkpoint-30", "best_metric": '
        b'0.5, "global_step": 30, "log_history": [{"eval_loss": 0.25, "epoch": 0.5, "step": 10}], "memory": 3.5}\n',
        (0.5, 1.5),
    ),
)
_STEPS = ("global_step/max_steps", "global_step", "iteration")
_OF_ALL = re.compile(r"\s*([0-9]{1,15})\s*/\s*[0-9]{1,15}\s*")
#: Names that ms-swift alone writes.
_ITS_OWN = re.compile(rb'"(?:global_step/max_steps|train_speed\((?:iter/s|s/it)\)|memory\(GiB\))"')
#: What shows how far a training is, not how good.
_PROGRESS = frozenset(("elapsed_time", "remaining_time", "percentage"))


def sniff(path: Path, head: bytes) -> float:
    """1 or 0.95 for objects with a step and with memory or speed as ms-swift calls them, else 0."""
    if not _ITS_OWN.search(head, 0, 4096):
        return 0.0
    found = json_text.preview(head)
    if found is None or found.keys().isdisjoint(_STEPS):
        return 0.0
    return 1.0 if path.name == FILES[0] else 0.95


def read(source: Source) -> Run:
    """The run of one file. Raises LogError if it holds no objects or no row of a training."""
    from selectmodel.readers.hf import history, states

    path = source.paths[0]
    found = growing.lines_of(source, path)
    closing = [one for one in found.objects if "log_history" in one]
    kept = [(line, _row(one)) for line, one in zip(found.lines, found.objects, strict=True) if "log_history" not in one]
    rows = found._replace(lines=[line for line, _ in kept], objects=[row for _, row in kept])
    run = history.run(rows, source, FORMAT, label=path.name, place="line")
    if not closing:
        return run
    best = states.best({**closing[-1], "log_history": rows.objects})
    return replace(run, recorded=best if best is None or best.metric in run.series else replace(best, metric=""))


def _row(one: dict[str, Any]) -> dict[str, Any]:
    """A row as the Trainer would have it."""
    kept, axis = _kept(tuple(one))
    row = {name: one[name] for name in kept}
    if axis:
        told = one[axis]
        counted = _OF_ALL.fullmatch(told) if isinstance(told, str) else None
        row["step"] = int(counted[1]) if counted else told
    return row


@lru_cache(maxsize=64)
def _kept(names: tuple[str, ...]) -> tuple[tuple[str, ...], str]:
    """Which names of a row are no progress, and under which it tells its step, "" under none."""
    axis = next((name for name in _STEPS if name in names), "")
    skipped = _PROGRESS | {axis}
    return tuple(one for one in names if one not in skipped and not one.startswith(("memory", "train_speed"))), axis
