"""The log_history of the Hugging Face Trainer as a table: what users save of it as CSV.

Written by: ``pandas.DataFrame(trainer.state.log_history).to_csv(…)`` and the like; a blank cell where a row of the
history lacks the name.
Axis: ``step``; ``epoch`` is a fraction, the epochs completed. Training and evaluation rows of a step are one place.
Left out: the summary row that train() ends with, clocks and throughput, evaluate() after a fit that was evaluated
itself, and the index that pandas puts in front.
Refused: rows of another length than the header, and what any table is refused for.
Source: transformers 3.0 to 5.24; pandas DataFrame.to_csv.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from selectmodel.files.opening import Source
from selectmodel.readers.table import preview

if TYPE_CHECKING:
    from selectmodel.records import Run

FORMAT = "hf_csv"
FILES = ("*.csv", "*.tsv")
SAME_NAMES = ("log_history.csv",)
FRAMEWORK = "huggingface"
EXAMPLES = (
    (
        b"loss,epoch,step,eval_loss,eval_runtime,train_runtime,train_loss\n0.75,1.0,10,,,,\n,1.0,10,0.625,3.0,,\n"
        b"0.25,2.5,25,,,,\n,2.5,25,0.5,3.0,,\n,2.5,25,,,9.0,0.5\n",
        (1, 2.5),
    ),
)
#: Names that the Trainer alone writes, and into every evaluation or at the end.
_ITS_OWN = frozenset(("eval_runtime", "eval_samples_per_second", "train_runtime", "total_flos"))


def sniff(path: Path, head: bytes) -> float:
    """0.97 for a header with epoch, step and what only the Trainer logs beside them, else 0."""
    if b"step" not in head[:4096]:
        return 0.0
    table = preview.preview(preview.outline(head))
    known = table is not None and {"epoch", "step"} <= set(table.names)
    own = table is not None and any(name in _ITS_OWN or name.endswith("_samples_per_second") for name in table.names)
    return 0.97 if known and own else 0.0


def read(source: Source) -> Run:
    """The run of one file. Raises LogError if it is no table or holds no rows of a training."""
    from selectmodel.readers.hf import history
    from selectmodel.readers.table.load import load

    table = load(source, source.path, source.path.name)
    rows = history.of_table(table, source.options.decimal)
    return history.run(rows, source, FORMAT, label=source.path.name, place=table.place)
