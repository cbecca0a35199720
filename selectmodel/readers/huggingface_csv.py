"""The history of Hugging Face's Trainer as a table: ``pd.DataFrame(trainer.state.log_history).to_csv()``.

Written by: users, from the list that the Trainer also keeps in trainer_state.json.
Rows: training (``loss``, ``learning_rate``) and evaluation (``eval_*``) apart; those of one step complete each other.
Epochs: in parts, 0.25 or 2.97, beside the step, which orders the log and names the folders ``checkpoint-N``.
After the fit: the row with ``train_runtime`` sums up; what is evaluated below it is of no new step, but of the weights
that were loaded at the end.
Source: transformers, Trainer.log and TrainerState.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np

from selectmodel.errors import UsageError
from selectmodel.files.opening import Source
from selectmodel.readers.table import epoch_rows, preview
from selectmodel.readers.table.careful import Table
from selectmodel.readers.table.cells import parse, some
from selectmodel.readers.table.load import load
from selectmodel.records import Bools, Note, Run

FORMAT = "hf_csv"
FILES = ("*.csv", "*.tsv", "*.log", "*.txt")
FRAMEWORK = "huggingface"
FIRST_OF_EQUALS = True
EXAMPLES = (
    (
        b"loss,learning_rate,epoch,step,eval_loss,eval_runtime\n0.5,0.1,0.5,10,,\n,,0.5,10,1.5,8.0\n"
        b"0.25,0.1,1.0,20,,\n,,1.0,20,1.25,8.0\n0.125,0.1,3.5,30,,\n,,3.5,30,1.75,8.0\n",
        (0.5, 1.0, 3.5),
    ),
)
#: What nobody else logs beside a step and an epoch.
_SIGNS = frozenset(("grad_norm", "total_flos", "train_runtime", "train_samples_per_second", "eval_runtime"))
_SUMMARY = "train_runtime"


def sniff(path: Path, head: bytes) -> float:
    """0.97 for a header with ``step``, ``epoch`` and what the Trainer alone measures, else 0."""
    return _claim(preview.outline(head))


@lru_cache(maxsize=64)
def _claim(outline: bytes) -> float:
    table = preview.preview(outline)
    if table is None or not {"step", "epoch"} <= set(table.names) or "loss" not in table.names:
        return 0.0
    metrics = [name for name in table.names if name.startswith("eval_")]
    return 0.97 if metrics and _SIGNS.intersection(table.names) else 0.0


def read(source: Source) -> Run:
    """The run of one history. Errors: see epoch_rows.read."""
    if len(source.paths) != 1:
        raise UsageError(f"{source.path}: {len(source.paths)} files cannot be read as one training; name one")
    table = load(source, source.paths[0], source.paths[0].name)
    return epoch_rows.of_table(_of_the_fit(table), source, FORMAT)


def _of_the_fit(table: Table) -> Table:
    """The table without the closing summary, and without what was evaluated between it and the next training row."""
    texts = dict(zip(table.names, table.columns, strict=True))
    if _SUMMARY not in texts:
        return table
    closing, training = _filled(texts[_SUMMARY]), _filled(texts["loss"])
    # of the rows up to each one, the last summary and the last training row
    order = np.arange(len(closing))
    summed, trained = (np.maximum.accumulate(np.where(rows, order, -1)) for rows in (closing, training))
    after = (summed > trained) & (summed >= 0)
    if not after.any() or after.all():
        return table
    kept = np.flatnonzero(~after)
    columns = [some(column, kept) for column in table.columns]
    used = [at for at, column in enumerate(columns) if _holds_any(column)]
    evaluated = after & ~closing
    notes = table.notes
    if evaluated.any():
        lost = np.flatnonzero(evaluated)
        message = f"{table.at(lost)}: evaluated after the fit, on the weights loaded then; of no epoch, left out"
        notes += (Note("SM120", message, f"{table.label}:{table.lines[lost[0]]}"),)
    return table._replace(
        names=tuple(table.names[at] for at in used),
        columns=tuple(columns[at] for at in used),
        lines=table.lines[kept],
        notes=notes,
    )


def _holds_any(cells: Sequence[str]) -> bool:
    found = parse(cells)
    return bool(found.present.any() or len(found.bad))


def _filled(cells: Sequence[str]) -> Bools:
    """(n,) the rows in which a column holds a number."""
    return parse(cells).present
