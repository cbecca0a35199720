"""Hugging Face trainer_state.json: the log_history of the newest checkpoint, or the list alone as users save it.

Written by: transformers' Trainer, and what is built on it (TRL, PEFT's examples, sentence-transformers, SetFit), into
every checkpoint-N; by ``trainer.save_state()`` into the output folder; ``json.dump(trainer.state.log_history, file)``.
Axis: ``step``, the N of checkpoint-N; ``epoch`` is a fraction, the epochs completed. Training and evaluation rows of a
step are one place. Of several checkpoints the one with the highest step is read; it tells all before it too.
Left out: the summary row that train() ends with (train_loss is the mean over the run), clocks and throughput, and
evaluate() after a fit that was evaluated itself, which often measures the best model and not the last.
Missing: a name that a row lacks. Bare ``NaN`` and ``Infinity`` are numbers.
Refused: a file that is cut; the next older checkpoint is read instead, and the steps lost are told.
Source: transformers 3.0 to 5.24, trainer.py, trainer_callback.py (TrainerState).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from selectmodel.errors import LogError
from selectmodel.files.opening import Source, read_bytes
from selectmodel.records import Note, RecordedBest, Run

FORMAT = "hf_trainer"
FILES = ("trainer_state.json", "*.json")
SAME_NAMES = ("trainer_state.json", "log_history.json")
FRAMEWORK = "huggingface"
FIRST_OF_EQUALS = True
OWNS_FOLDER = True
_STATE = (
    b'{\n  "best_global_step": 20,\n  "best_metric": 0.5,\n  "best_model_checkpoint": "out/checkpoint-20",\n'
    b'  "epoch": 2.0,\n  "global_step": 20,\n  "log_history": [\n'
    b'    {"epoch": 1.0, "loss": 0.75, "step": 10},\n    {"epoch": 1.0, "eval_loss": 0.625, "step": 10},\n'
    b'    {"epoch": 2.0, "loss": 0.25, "step": 20},\n    {"epoch": 2.0, "eval_loss": 0.5, "step": 20},\n'
    b'    {"epoch": 2.0, "step": 20, "total_flos": 8.0, "train_loss": 0.5, "train_runtime": 3.0}\n  ],\n'
    b'  "max_steps": 20,\n  "trial_params": null\n}'
)
_LIST = (
    b'[{"loss": 0.75, "learning_rate": 0.5, "epoch": 0.5, "step": 10}, '
    b'{"eval_loss": 0.625, "eval_runtime": 3.0, "epoch": 0.5, "step": 10}, '
    b'{"eval_loss": 0.5, "eval_runtime": 3.0, "epoch": 1.5, "step": 30}]'
)
EXAMPLES = ((_STATE, (1, 2)), (_LIST, (0.5, 1.5)))
_TRIAL = re.compile(rb'"trial_params"\s*:\s*(?=\{)')
_SETTING = re.compile(rb'"(num_train_epochs|train_batch_size)"\s*:\s*([0-9]{1,15})(?![0-9.])')
_HISTORY_ENDS = re.compile(rb'\]\s*,\s*"(?=[a-z_]+"\s*:)')
_STARTS = re.compile(rb"\s*(?:\{|\[\s*\{)")
_OF_A_ROW = re.compile(rb'"(?:loss|(?:eval|train)_[a-z_]*(?:loss|runtime|per_second))"')


def sniff(path: Path, head: bytes) -> float:
    """1 or 0.95 for an object with a log_history, 0.9 for a list of rows such as one holds, else 0."""
    start = _STARTS.match(head)
    if start is None:
        return 0.0
    if b"[" not in start[0]:
        at = head.find(b'"log_history"')
        # In JSON lines, as ms-swift writes them, it stands in the last of several objects.
        if at < 0 or b"\n{" in head[start.end() : at] or head[:at].rstrip()[-1:] not in b"{,":
            return 0.0
        return 1.0 if path.name == FILES[0] else 0.95
    return 0.9 if b'"step"' in head and b'"epoch"' in head and _OF_A_ROW.search(head) else 0.0


def group(
    files: Sequence[Path], contents: Mapping[Path, bytes] = MappingProxyType({})
) -> list[tuple[Path, tuple[Path, ...]]]:
    """The trainings: the states of one output folder are one, and a list of rows beside them is the same once more."""
    from selectmodel.readers.hf import states

    found = states.groups([path for path in files if path.name == states.NAME])
    homes = {home for home, _ in found}
    others = [path for path in files if path.name != states.NAME]
    beside = [path.parent for path in others]
    again = {path for path in others if path.parent in homes and beside.count(path.parent) == 1}
    return [*found, *((path, (path,)) for path in others if path not in again)]


def read(source: Source) -> Run:
    """The run of one training's states, or of a list of rows. Raises LogError where none can be read."""
    from selectmodel.readers.hf import history, states
    from selectmodel.readers.objects import json_text

    if len(source.paths) == 1:
        data = read_bytes(source, source.paths[0])
        if data[:64].lstrip()[:1] == b"[":
            label = source.path.name
            rows = _objects(json_text.document(data, str(source.path)), str(source.path), label)
            return history.run(rows, source, FORMAT, label=label)
    chosen, notes = states.newest(source)
    found = _objects(chosen.content["log_history"], str(chosen.path), chosen.label)
    run = history.run(found, source, FORMAT, label=chosen.label)
    foreign = states.other_branches(source, chosen)
    if foreign:
        names = ", ".join(path.name for path in foreign[:6]) + (", …" if len(foreign) > 6 else "")
        message = (
            f"{names}: of another training or branch than {chosen.label}, which was read: their histories differ; "
            f"they are not matched. To read one: {foreign[-1].name}/{states.NAME}"
        )
        notes += (Note("SM129", message, chosen.label, "warn"),)
    return replace(
        run,
        recorded=_recorded(chosen.content, run),
        foreign=tuple(map(str, foreign)),
        notes=(*notes, *run.notes),
    )


def hparams(source: Source) -> dict[str, Any]:
    """What the newest state says of its settings: epochs, batch size, and those of a hyper-parameter search."""
    from selectmodel.files import hparams

    data = read_bytes(source, source.paths[-1])
    ends = _HISTORY_ENDS.search(data)
    rest = data[ends.start() :] if ends else data
    found: dict[str, hparams.Value] = {name.decode(): int(value) for name, value in _SETTING.findall(rest)}
    trial = _TRIAL.search(rest)
    if trial:
        text = rest[trial.end() :].decode("utf-8", errors="replace")
        try:
            _, end = json.JSONDecoder().raw_decode(text)
        except (ValueError, RecursionError):
            return found
        found |= hparams.parse(text[:end], json_text=True)
    return found


def _objects(rows: Any, path: str, label: str) -> Any:
    from selectmodel.readers.objects.json_text import Objects
    from selectmodel.readers.table.careful import spans

    if {*map(type, rows)} == {dict}:
        return Objects(list(range(1, len(rows) + 1)), rows)
    found = [(at, row) for at, row in enumerate(rows, 1) if isinstance(row, dict)]
    if not found:
        what = "its history is empty (nothing was logged yet)" if not rows else "its history holds no objects"
        raise LogError(f"{path}: {what}")
    notes: tuple[Note, ...] = ()
    if len(found) < len(rows):
        lost = [at for at, row in enumerate(rows, 1) if not isinstance(row, dict)]
        message = f"{spans(lost, 'row')}: no row of names and values; refused"
        notes = (Note("SM102", message, f"{label}:{lost[0]}", "warn", degrades=True),)
    return Objects([at for at, _ in found], [row for _, row in found], notes)


def _recorded(content: Mapping[str, Any], run: Run) -> RecordedBest | None:
    from selectmodel.readers.hf import states

    best = states.best(content)
    return best if best is None or best.metric in run.series else replace(best, metric="")
