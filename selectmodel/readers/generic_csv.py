"""Any table with one row an epoch or step: pandas histories, fastai, timm, hand-written CSV and TSV.

Written by: ``pd.DataFrame(history.history).to_csv`` (the unnamed index counts epochs), fastai CSVLogger, timm
summary.csv, DVCLive's .tsv, sentence-transformers, flair loss.tsv, one's own csv.writer.
Axis: a column named epoch, else step, iteration, total_timesteps, …; a table with neither needs ``--index``.
Delimiters: comma, semicolon, tab, bar or blanks; a decimal comma needs ``--decimal ,``.
Refused: one row per sample or per run, a file without a header, program messages.
Source: FORMATS of the writers named; each was run or its code read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

from selectmodel.errors import LogError, SelectModelError
from selectmodel.files import opening
from selectmodel.files.opening import Source
from selectmodel.readers.table import counters, epoch_rows, headers, long_rows, many, preview, run_columns, split_files
from selectmodel.readers.table.cells import has_decimal_comma, parse
from selectmodel.records import Run

FORMAT = "generic_csv"
FILES = ("*.csv", "*.tsv", "*.log", "*.txt", "*.md")
SAME_NAMES = ("metrics.csv",)
WHOLE_ROWS = True
EXAMPLES = (
    (b"epoch\ttrain/loss\tval/loss\n1\t0.5\t1.5\n2\t0.25\t1.25\n3\t0.125\t1.75\n", (1, 2, 3)),
    (b"iteration,train_loss,valid_loss\n100,0.5,1.5\n200,0.25,1.25\n", (100, 200)),
)
#: Asked to read a file that no reader claims, so that its error tells what is missing.
LAST_RESORT = True


def sniff(path: Path, head: bytes) -> float:
    """0.5 for a column of epochs, 0.4 for one of steps or an unnamed index, 0.35 without known metrics, 0.3 for such
    alone, else 0.
    """
    return _claim(preview.outline(head))


@lru_cache(maxsize=64)
def _claim(outline: bytes) -> float:
    table = preview.preview(outline)
    if table is None:
        return 0.0
    try:
        names = run_columns.runs(table.names)
        table = long_rows.widened(run_columns.of_one_run(table, names[0] if names else ""))
    except LogError:
        return 0.0
    axis = counters.axis(table.names, table.columns)
    if headers.why_no_epochs(table.names, table.columns, axis):
        return 0.0
    others = [name for at, name in enumerate(table.names) if at not in axis.taken]
    cells = [column for at, column in enumerate(table.columns) if at not in axis.taken]
    if not others or (len(table.lines) and not any(_numeric(column) for column in cells)):
        return 0.0
    if axis.epoch is not None and not axis.index:
        return 0.5
    if not headers.has_metric_words(others):
        # A table of steps that a user names is read, whatever its metrics are called; one met in a folder is not.
        return 0.35 if axis.step is not None and any(map(_numeric, cells)) else 0.0
    return 0.4 if axis.known else 0.3 if len(table.lines) else 0.0


def _numeric(cells: Sequence[str]) -> bool:
    return bool(parse(cells).present.any()) or any(map(has_decimal_comma, cells))


def parts(source: Source) -> Sequence[str]:
    """The runs of a chart that W&B's page exports, each in columns of its own; of any other table one without name."""
    path = source.paths[0]
    known = source.data if source.data is not None else source.contents.get(path)
    head = opening.head(path) if known is None else known[: opening.HEAD_BYTES]
    if run_columns.BETWEEN.encode() not in head[: head.find(b"\n")]:
        return ("",)
    table = preview.preview(preview.outline(head))
    return run_columns.runs(table.names) or ("",) if table is not None else ("",)


def group(
    files: Sequence[Path], contents: Mapping[Path, bytes] = MappingProxyType({})
) -> list[tuple[Path, tuple[Path, ...]]]:
    """The runs among the tables found below a folder: a file each, or one a split (train.csv beside val.csv)."""
    return split_files.group(files, contents)


def read(source: Source) -> Run:
    """The run of one table, or of one a split. Errors: see epoch_rows.read."""
    return split_files.read(source, _read)


def _read(source: Source) -> Run:
    return epoch_rows.read(source, FORMAT)


def read_many(sources: Sequence[Source]) -> list[Run | SelectModelError]:
    """What ``read`` gives for each source, or its error; a sweep of small logs is parsed at once."""
    return many.read(sources, FORMAT, read)
