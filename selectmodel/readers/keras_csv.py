"""Keras CSVLogger files: ``epoch`` first, then the training metrics and their ``val_`` twins.

Written by: keras.callbacks.CSVLogger (any separator, append=True included), ``pd.DataFrame(history.history)`` with an
``epoch`` column in front.
Epochs: as logged, from 0; file names of ModelCheckpoint count from 1.
Missing: ``NA`` where no validation ran. A row with more cells than the header (a resume that logs one more key) is
refused, because Keras sorts the keys and every later column would shift.
Source: keras/src/callbacks/csv_logger.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

from selectmodel.errors import SelectModelError
from selectmodel.files.opening import Source
from selectmodel.readers.table import epoch_rows, many, preview, row_kinds, split_files
from selectmodel.readers.table.headers import tokens
from selectmodel.records import Hint, Run

FORMAT = "keras_csv"
FILES = ("*.csv", "*.tsv", "*.log", "*.txt")
SAME_NAMES = ("metrics.csv",)
FRAMEWORK = "keras"
FIRST_FILE = 1
FIRST_OF_EQUALS = True
WHOLE_ROWS = True
EXAMPLES = (
    (
        b"epoch,acc,loss,val_acc,val_loss\n0,0.5,1.25,0.25,1.5\n1,0.75,0.5,0.5,1.25\n2,0.875,0.25,0.5,1.75\n",
        (0, 1, 2),
    ),
    (b"epoch;loss;val_loss\r\n3;0.5;NA\r\n4;0.25;0.75\r\n", (3, 4)),
)


def sniff(path: Path, head: bytes) -> float:
    """0.9 for a header as CSVLogger sorts it, 0.7 for the same names in another order, else 0."""
    return 0.0 if split_files.has_partner(path, head) else _claim(preview.outline(head))


@lru_cache(maxsize=64)
def _claim(outline: bytes) -> float:
    table = preview.preview(outline)
    if table is None or table.names[0] != "epoch" or len(table.names) < 2 or row_kinds.is_long(table):
        return 0.0
    metrics = table.names[1:]
    foreign = any("/" in name or tokens(name)[:1] in (["train"], ["valid"], ["eval"], ["test"]) for name in metrics)
    paired = any(f"val_{name}" in metrics for name in metrics)
    if foreign or "step" in metrics or not ("loss" in metrics or paired):
        return 0.0
    train = [name for name in metrics if not name.startswith("val_")]
    return 0.9 if train == sorted(train) else 0.7


def group(
    files: Sequence[Path], contents: Mapping[Path, bytes] = MappingProxyType({})
) -> list[tuple[Path, tuple[Path, ...]]]:
    """The runs among the tables found below a folder: a file each, or one a split (train.csv beside val.csv)."""
    return split_files.group(files, contents)


def read(source: Source) -> Run:
    """The run of one CSVLogger file, or of one a split. Errors: see epoch_rows.read."""
    return split_files.read(source, _read)


def _read(source: Source) -> Run:
    run = epoch_rows.read(source, FORMAT)
    if not any(note.code == "SM112" for note in run.notes):
        return run
    # The empty val_ columns prove the writer, whose other columns are training metrics also without a twin to tell.
    hint = Hint("train", why="CSVLogger writes training metrics without a prefix")
    return replace(run, hints=dict.fromkeys(run.series, hint))


def read_many(sources: Sequence[Source]) -> list[Run | SelectModelError]:
    """What ``read`` gives for each source, or its error; a sweep of small logs is parsed at once."""
    return many.read(sources, FORMAT, read)
