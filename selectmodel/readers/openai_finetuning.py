"""OpenAI's and Azure's results of a fine-tuning job: a CSV with a row a step.

Written by: the service; download the job's ``result_files``.
Axis: ``step``.
Validation: ``full_valid_*`` is measured on the whole validation file, now and then; ``valid_*`` on one batch of it at
each step, which is luck more than quality. Where the former is there the latter is left out; else that is said.
Missing: empty cells.
Source: platform.openai.com, guide to fine-tuning; columns as Azure's guide lists them.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from selectmodel.files.opening import Source, read_bytes

if TYPE_CHECKING:
    from selectmodel.records import Run

FORMAT = "openai_finetuning"
FILES = ("*.csv",)
EXAMPLES = (
    (
        b"step,train_loss,train_accuracy,valid_loss,valid_mean_token_accuracy\n1,1.5,0.5,1.25,0.5\n2,1.25,0.75,1.5,0.5\n",
        (1, 2),
    ),
    (
        b"step,train_loss,train_mean_token_accuracy,valid_loss,full_valid_loss\n1,1.5,0.5,1.25,\n2,1.25,0.75,0.5,1.75\n",
        (1, 2),
    ),
)
_WHOLE, _BATCH = "full_valid_", "valid_"


def sniff(path: Path, head: bytes) -> float:
    """0.92 for a table of steps with the service's names of losses and token accuracies, else 0."""
    names = head.partition(b"\n")[0].rstrip(b"\r").split(b",")
    told = {
        b"valid_mean_token_accuracy",
        b"full_valid_loss",
        b"full_valid_mean_token_accuracy",
        b"train_mean_token_accuracy",
    }
    return 0.92 if names[:2] == [b"step", b"train_loss"] and not told.isdisjoint(names) else 0.0


def read(source: Source) -> Run:
    """The run of one file. Raises as epoch_rows.read does."""
    from selectmodel.readers.table import careful, epoch_rows
    from selectmodel.records import Hint, Note

    path = source.paths[0]
    table = careful.parse(read_bytes(source, path), str(path), path.name, source.options)
    run = epoch_rows.of_table(table, source, FORMAT)
    whole = [name for name in run.series if name.startswith(_WHOLE)]
    batch = [name for name in run.series if name.startswith(_BATCH)]
    if whole and batch:
        series = {name: one for name, one in run.series.items() if name not in batch}
        message = f"{', '.join(batch)}: of one batch of the validation data at each step; left out beside {whole[0]}"
        note = Note("SM180", message, path.name)
    elif batch:
        series = dict(run.series)
        message = f"{', '.join(batch)}: of one batch of the validation data at each step, so that luck decides much"
        note = Note("SM180", message, path.name, "warn")
    else:
        return run
    hints = {name: Hint("val", why="the service measures it on the whole validation file") for name in whole}
    return replace(run, series=series, hints={**run.hints, **hints}, notes=(*run.notes, note))
