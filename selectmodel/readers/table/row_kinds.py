"""What the rows of a table stand for besides epochs: a split, a metric, or both; told by the words in a column."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import compress
from typing import NamedTuple

from selectmodel.metrics.words import take_apart
from selectmodel.readers.table import counters, headers
from selectmodel.readers.table.careful import Table
from selectmodel.readers.table.cells import Cells, parse, words
from selectmodel.records import Split

SAMPLE = 1000
MOST_WORDS = 12
_MOST_METRICS = 500
#: Columns that tell a split, also where all rows are of one.
TELL_SPLITS = frozenset(
    ("split", "phase", "mode", "subset", "set", "dataset", "stage", "part", "partition", "outcome", "data", "type")
)
_TELL_METRICS = frozenset(
    ("metric", "metrics", "metric_name", "name", "key", "tag", "variable", "measure", "quantity", "scalar")
)
_VALUES = ("value", "values", "metric_value", "score", "result", "mean")
_NEUTRAL = frozenset(("set", "data", "dataset", "split", "phase", "epoch", "step", "loop", "mode", "0", "1", "2", "3"))
#: What Lightning and others call what they do with a split.
_STAGES: dict[str, Split] = {
    "fit": "train", "learn": "train", "validate": "val", "evaluate": "val", "va": "val", "predict": "test",
    "te": "test",
}  # fmt: skip
_FLAGS: dict[str, tuple[str, str]] = {
    "is_train": ("val", "train"), "is_training": ("val", "train"), "training": ("val", "train"),
    "train": ("val", "train"), "is_val": ("train", "val"), "is_valid": ("train", "val"),
    "is_validation": ("train", "val"), "is_eval": ("train", "val"), "is_test": ("train", "test"),
    "validation": ("train", "val"), "evaluation": ("train", "val"), "is_dev": ("train", "val"),
}  # fmt: skip
_NO_YES = {"0": 0, "1": 1, "false": 0, "true": 1, "no": 0, "yes": 1}
#: What is the same for every split of an epoch.
_OF_ALL = frozenset(("lr", "learning", "momentum", "time", "timestamp", "elapsed", "seconds", "wd"))
#: Beside epochs and steps these tell which row is meant, and are no metrics.
_KEYS = frozenset(("fold", "seed", "rank", "local_rank", "gpu", "worker"))
_COUNTS = frozenset(("batch", "minibatch", "iter", "iteration", "iterations", "step"))


class Telling(NamedTuple):
    """What tells rows apart: the columns ``at``, and what each row stands for, (rows,): a split, a metric, or both.

    ``metric``: each names a metric, the values of which are in one column.
    """

    at: tuple[int, ...]
    rows: Sequence[str]
    metric: bool


def is_long(table: Table) -> bool:
    """Whether the table has one row per split or metric."""
    return telling(table) is not None


def telling(table: Table) -> Telling | None:
    """What the rows of the table stand for besides epochs; None if nothing but epochs."""
    split: tuple[int, Sequence[str]] | None = None
    metric: tuple[int, Sequence[str]] | None = None
    for at, (name, cells) in enumerate(zip(table.names, table.columns, strict=True)):
        folded = "_".join(headers.tokens(name))
        if folded in _FLAGS and (flagged := _flagged(cells, _FLAGS[folded])):
            split = split or (at, flagged)
        elif not may_hold_words(cells) or len(found := words(cells[:SAMPLE])) == 0:
            continue
        elif folded in _TELL_METRICS and _named_metrics(set(cells)) and value_column(table, at) is not None:
            metric = metric or (at, cells)
        elif _named_splits(found, folded) and _named_splits(set(cells), folded) and _are_told_apart(table, at):
            split = split or (at, cells)
    if split is None and metric is None:
        return None
    if split is None or metric is None:
        at, cells = split or metric or (0, ())
        return Telling((at,), cells, metric is not None or any(map(_says_metric, set(cells))))
    joined = [f"{one} {other}" for one, other in zip(split[1], metric[1], strict=True)]
    return Telling((split[0], metric[0]), joined, True)


def may_hold_words(cells: Sequence[str]) -> bool:
    """Whether a column may hold anything but numbers."""
    return not isinstance(cells, Cells) or len(cells.numbers.bad) > 0


def _are_told_apart(table: Table, at: int) -> bool:
    """Whether a metric has values of several splits; of JSON's objects, each may have metrics of its own."""
    cells = table.columns[at]
    if not isinstance(cells, Cells):
        return True
    metrics = [other for other in numeric(table) if other not in counting(table) and not of_all(table.names[other])]
    return any(len(set(compress(cells[:], parse(table.columns[other]).present))) > 1 for other in metrics)


def of_all(name: str) -> bool:
    """Whether a column is the same for every split of an epoch: a learning rate, a time."""
    return bool(_OF_ALL.intersection(headers.tokens(name)))


def _flagged(cells: Sequence[str], meaning: tuple[str, str]) -> list[str]:
    """The splits of rows that say no or yes to being one; empty where they do not."""
    texts = [text.lower().removesuffix(".0") for text in texts_of(cells)]
    if set(texts) <= _NO_YES.keys() and len({_NO_YES[text] for text in texts}) == 2:
        return [meaning[_NO_YES[text]] for text in texts]
    return []


def split_of(word: str) -> Split | None:
    """The split that a word names, None if it names none."""
    return _STAGES.get(word.lower()) or take_apart(word).split


def is_split(word: str) -> bool:
    """Whether a word names a split and nothing else."""
    return split_of(word) is not None and all(text in _NEUTRAL for text in _rest(word))


def _rest(word: str) -> list[str]:
    """The words beside those that name a split."""
    return [text for text in headers.tokens(word) if split_of(text) is None]


def _says_metric(word: str) -> bool:
    """Whether a word that names a split names a metric as well, as "validation loss" does."""
    return headers.has_metric_words(_rest(word))


def _names_split(word: str) -> bool:
    """Whether a word says a split, and nothing else but a metric: no path of a file, no message."""
    return split_of(word) is not None and (_says_metric(word) or is_split(word))


def _named_splits(found: set[str], column: str) -> bool:
    if not 1 <= len(found) <= MOST_WORDS or not all(map(_names_split, found)):
        return False
    return len(found) > 1 or column in TELL_SPLITS


def _named_metrics(found: set[str]) -> bool:
    return len(found) <= _MOST_METRICS and any(split_of(word) or headers.has_metric_words([word]) for word in found)


def value_column(table: Table, *others: int) -> int | None:
    """The column that holds the values of metrics that rows name; None if it cannot be told."""
    folded = ["_".join(headers.tokens(name)) for name in table.names]
    for name in _VALUES:
        if name in folded:
            return folded.index(name)
    left = [at for at in numeric(table) if at not in others and at not in counting(table)]
    return left[0] if len(left) == 1 else None


def numeric(table: Table) -> list[int]:
    """The columns that hold any number."""
    return [at for at, cells in enumerate(table.columns) if parse(cells).present.any()]


def counting(table: Table) -> set[int]:
    """The columns that place a row: epochs, steps, batches, folds."""
    placing = set(counters.axis(table.names, table.columns).taken)
    for at, name in enumerate(table.names):
        tokens = headers.tokens(name)
        if "_".join(tokens) in _KEYS or _COUNTS.intersection(tokens[-1:]):
            placing.add(at)
    return placing


def texts_of(cells: Sequence[str]) -> Sequence[str]:
    """The cells as text; of a column that was read as numbers, these."""
    if not isinstance(cells, Cells):
        return cells
    if len(cells.numbers.bad):
        return cells[:]
    column = cells.numbers
    return [
        "" if not there else f"{value:.0f}" if value.is_integer() else repr(value)
        for value, there in zip(column.values.tolist(), column.present.tolist(), strict=True)
    ]
