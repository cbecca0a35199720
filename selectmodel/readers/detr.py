"""The ``log.txt`` of DETR, DeiT, MAE and what grew from them: an object an epoch, ``train_…`` and ``test_…``.

Written by: ``output_dir / "log.txt"`` of facebookresearch's training loops, RF-DETR up to January 2026 among them.
Axis: ``epoch``, from 0.
Split: ``test_…`` is what these loops evaluate every epoch and keep the best checkpoint by: their validation data.
COCO: of the twelve numbers of ``test_coco_eval_bbox`` the first, AP, and the second, AP50, are read.
Source: detr/main.py, deit/main.py, mae/main_finetune.py.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from selectmodel.files.opening import Source
from selectmodel.readers.objects import as_run, growing
from selectmodel.records import Hint, Run

FORMAT = "detr"
FILES = ("*.txt", "*.json", "*.jsonl")
SAME_NAMES = ("log.txt",)
EXAMPLES = (
    (
        b'{"train_lr": 0.1, "train_loss": 0.5, "test_loss": 1.5, "epoch": 0, "n_parameters": 5}\n'
        b'{"train_lr": 0.1, "train_loss": 0.25, "test_loss": 1.25, "epoch": 1, "n_parameters": 5}\n',
        (0, 1),
    ),
)
_COCO = {"AP": 0, "AP50": 1}


def sniff(path: Path, head: bytes) -> float:
    """0.9 for an object a line with train_…, test_…, an epoch and the number of parameters, else 0."""
    first = head[: 1 << 15]
    known = all(name in first for name in (b'"train_l', b'"test_', b'"epoch"', b'"n_parameters"'))
    return 0.9 if known and first.lstrip().startswith(b"{") else 0.0


def read(source: Source) -> Run:
    """The run of one file. Raises LogError if it holds no objects, and as epoch_rows.read does."""
    path = source.paths[0]
    found = growing.lines_of(source, path)
    found = found._replace(objects=[_with_coco(one) for one in found.objects])
    names = {name for one in found.objects for name in one}
    why = "these loops evaluate it every epoch and choose by it"
    hints = {
        name: Hint("val", why=why)
        for name in names
        if name.startswith(("test_", "ema_test_")) and "class_error" not in name  # "only for logging", as DETR says
    }
    return as_run.run(found, source, FORMAT, hints=hints)


def _with_coco(one: dict[str, Any]) -> dict[str, Any]:
    """A row with the averages of COCO by their names, without its lists and the number of parameters."""
    row: dict[str, Any] = {}
    for name, value in one.items():
        if isinstance(value, list):
            row |= {
                f"{name}/{called}": value[at] for called, at in _COCO.items() if "coco_eval" in name and at < len(value)
            }
        elif name != "n_parameters":
            row[name] = value
    return row
