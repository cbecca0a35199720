"""Checkpoints that carry their metrics, each in a small text beside its weights: the folder of them is the log.

Written by: NeMo-RL (``step_N/training_info.json``), Orbax' CheckpointManager (``N/metrics/metrics``), nanochat
(``meta_N.json`` beside ``model_N.pt``) and SpeechBrain's Checkpointer (``CKPT+DATE+N/CKPT.yaml``).
Axis: the step of the checkpoint; SpeechBrain's epoch where it tells one, else the order of its checkpoints.
Split: NeMo-RL's ``val:`` and ``train:``; nanochat's ``val_bpb``; what SpeechBrain keeps is of its validation stage.
What Orbax was given has the user's own names.
Unfinished checkpoints (``tmp_step_N``, ``.orbax-checkpoint-tmp-``) are left out.
Watch out: trainers delete what they do not keep, so that only the survivors can be compared.
Named file: the checkpoints beside it are read too.
Source: nemo_rl/utils/checkpoint.py, 2026-08; orbax 0.11, checkpoint_manager.py; nanochat/checkpoint_manager.py,
2026-07; speechbrain/utils/checkpoints.py, 1.0.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from selectmodel.errors import LogError
from selectmodel.files.opening import Source, read_bytes

if TYPE_CHECKING:
    from selectmodel.records import Checkpoint, Hint, Note, Run

FORMAT = "checkpoint metrics"
FILES = ("training_info.json", "meta_*.json", "CKPT.yaml", "metrics")
SAME_NAMES = FILES
EXAMPLES = (
    (b'{"step": 10, "total_steps": 10, "epoch": 0, "val:accuracy": 0.5}', (0,)),
    (b'{"step": 250, "val_bpb": 0.9375, "model_config": {"n_layer": 20}, "user_config": {}}', (250,)),
    (b"# yamllint disable\nWER: 12.5\nend-of-epoch: true\nepoch: 3\nunixtime: 1700000000.5\n", (3,)),
)
_MOST_BYTES = 1024 * 1024
_STEP = re.compile(r"(?:.*[_-])?([0-9]{1,15})")
_UNFINISHED = re.compile(r"tmp_step_.*|.*\.orbax-checkpoint-tmp.*")
#: Of what is no metric: how far the training was, and how it was set.
_STATE = re.compile(
    r"unixtime|end-of-epoch|.*_?config(?:/.*)?|(?:dataloader_state(?:_dict)?|loop_state)/.*|device_batch_size|max_seq_len|"
    r"total_steps|current_step|current_epoch|consumed_samples|total_valid_tokens|total_batch_size"
)


def sniff(path: Path, head: bytes) -> float:
    """0.92 for the metrics of a checkpoint, by their layout and the names in them, else 0."""
    if head.lstrip()[:1] != b"{":
        known = head.startswith(b"# yamllint disable") and b"\nunixtime: " in head
        return 0.92 if known else 0.0
    if path.name == "metrics" and path.parent.name == "metrics":  # Orbax: the item and its file
        return 0.92 if _STEP.fullmatch(path.parent.parent.name) else 0.0
    nanochat = b'"model_config"' in head and (b'"val_bpb"' in head or b'"user_config"' in head)
    nemo = path.name == "training_info.json" and b'"total_steps"' in head
    return 0.92 if b'"step"' in head and (nanochat or nemo) else 0.0


def group(
    files: Sequence[Path], contents: Mapping[Path, bytes] = MappingProxyType({})
) -> list[tuple[Path, tuple[Path, ...]]]:
    """The trainings: the checkpoints of one folder are of one."""
    runs: dict[Path, list[Path]] = {}
    for path in files:
        if not _UNFINISHED.fullmatch(_checkpoint(path).name):
            runs.setdefault(_home(path), []).append(path)
    return [(home, tuple(members)) for home, members in runs.items()]


def _checkpoint(path: Path) -> Path:
    """The checkpoint that a file belongs to: the folder of a step, or the model beside it."""
    if path.name == "metrics":
        return path.parent.parent
    model = path.with_name(f"{path.stem.replace('meta', 'model', 1)}.pt")
    return model if path.name.startswith("meta_") else path.parent


def _home(path: Path) -> Path:
    return _checkpoint(path).parent


def read(source: Source) -> Run:
    """The run of the checkpoints of one folder. Raises LogError where none of them carries a metric."""
    from selectmodel.readers.objects import as_run, json_text
    from selectmodel.records import Note

    paths: Sequence[Path] = source.paths if source.data is not None or source.path.is_dir() else _siblings(source.path)
    told, notes = _told(source, paths)
    paths = [path for path, _ in told]
    objects = [_row(path, one) for path, one in told]
    axis = "step" if all("step" in one for one in objects) else "epoch"
    if axis == "epoch" and not all("epoch" in one for one in objects):
        axis, objects = "step", [{**one, "step": at} for at, one in enumerate(objects, 1)]
    order = sorted(range(len(paths)), key=lambda at: _number(objects[at].get(axis)))
    if not any(one.keys() - {"step", "epoch"} for one in objects):
        raise LogError(f"{source.path}: the checkpoints carry no metric: they were saved without a validation")
    found = json_text.Objects([at + 1 for at in range(len(order))], [objects[at] for at in order])
    run = as_run.run(found, source, FORMAT, label=source.path.name, place="checkpoint")
    message = f"made from the metrics that {len(paths)} checkpoints carry: those that the trainer deleted are not seen"
    kept = [_kept(paths[at], objects[at], axis) for at in order if source.data is None]
    return replace(
        run,
        hints=_hints(run.series, speechbrain=paths[0].name == "CKPT.yaml"),
        checkpoints=tuple(one for one in kept if one is not None),
        notes=(*run.notes, *notes, Note("SM199", message, str(source.path), "warn")),
    )


def _siblings(path: Path) -> list[Path]:
    """The same file of every finished checkpoint beside that of ``path``."""
    home = _home(path)
    pattern = (
        "*/metrics/metrics" if path.name == "metrics" else "meta_*.json" if home == path.parent else f"*/{path.name}"
    )
    found = [one for one in sorted(home.glob(pattern)) if not _UNFINISHED.fullmatch(_checkpoint(one).name)]
    return found or [path]


def _told(source: Source, paths: Sequence[Path]) -> tuple[list[tuple[Path, dict[str, Any]]], list[Note]]:
    """What each file tells, and notes of those that cannot be read; raises where that is every one."""
    from selectmodel.readers.objects import rows
    from selectmodel.records import Note

    told, notes = [], []
    failed: LogError | None = None
    for path in paths:
        try:
            told.append((path, rows.flat(_metrics(source, path))))
        except LogError as failure:
            failed = failure
            notes.append(Note("SM161", f"{failure}; left out", str(path), "warn", degrades=True))
    if not told and failed is not None:
        raise failed
    return told, notes


def _metrics(source: Source, path: Path) -> dict[str, Any]:
    from selectmodel.readers.objects import json_text

    data = read_bytes(source, path, limit=_MOST_BYTES)
    if data.lstrip()[:1] == b"{":
        told: Any = json_text.document(data, str(path))
    else:
        from selectmodel.files import plain_yaml

        if not data.endswith(b"\n") or b"\nunixtime: " not in data:
            raise LogError(f"{path}: ends in the middle: it was cut, or is just being written")
        try:
            told = plain_yaml.documents(data.decode("utf-8", errors="replace"))[:1]
        except ValueError as failure:
            raise LogError(f"{path}: {failure}") from None
        told = told[0] if told else {}
    if not isinstance(told, dict):
        raise LogError(f"{path}: holds no metrics by name")
    return told


def _row(path: Path, told: Mapping[str, Any]) -> dict[str, Any]:
    """A checkpoint's place and its metrics."""
    row = {name: value for name, value in told.items() if not _STATE.fullmatch(name) and not isinstance(value, bool)}
    if path.name == "CKPT.yaml":
        return row
    named = _STEP.fullmatch(path.stem if path.name.startswith("meta_") else _checkpoint(path).name)
    if named is not None:
        row["step"] = int(named[1])
    return row


def _number(value: Any) -> float:
    return float(value) if isinstance(value, (int, float)) else 0.0


def _kept(path: Path, row: Mapping[str, Any], axis: str) -> Checkpoint | None:
    """The checkpoint that carries these metrics, if its weights are there."""
    from selectmodel.records import Checkpoint

    place, number = _checkpoint(path), row.get(axis)
    if not isinstance(number, int) or not place.exists():
        return None
    return Checkpoint(str(place), step=number) if axis == "step" else Checkpoint(str(place), number=number)


def _hints(names: Mapping[str, Any], *, speechbrain: bool) -> dict[str, Hint]:
    from selectmodel.records import Hint

    found = {}
    for name in names:
        if speechbrain:
            found[name] = Hint("val", why="SpeechBrain saves checkpoints in its validation stage")
        elif name.startswith(("val:", "val_")):
            found[name] = Hint("val", "min" if name == "val_bpb" else None, "the checkpoint names it so")
        elif name.startswith(("train:", "train_")):
            found[name] = Hint("train", why="the checkpoint names it so")
    return found
