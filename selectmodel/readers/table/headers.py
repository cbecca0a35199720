"""What the header of a table tells: which column counts epochs or steps, and whether it is a training log at all."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from selectmodel.errors import LogError
from selectmodel.readers.table.cells import Cells, number, parse, words

#: In order of preference; compared without case, blanks and hyphens as underscores.
EPOCHS = ("epoch", "epochs", "current_epoch", "epoch_number", "epoch_num", "epoch_no", "epoch_index", "epoch_idx")
STEPS = ("step", "global_step", "steps", "iteration", "iterations", "iter", "batch", "minibatch", "round")
_INDEX = ("", "unnamed:_0", "index")
_INDICES = re.compile(r"|unnamed:_[0-9]+(?:\.[0-9]+)*|index|level_0")
_IDENTIFIERS = frozenset(
    (
        "id",
        "ids",
        "image",
        "image_id",
        "image_name",
        "img",
        "img_id",
        "filename",
        "file",
        "file_name",
        "filepath",
        "path",
        "sample",
        "sample_id",
        "subject",
        "subject_id",
        "patient",
        "patient_id",
        "case",
        "case_id",
    )
)
_RUNS = frozenset(
    (
        "model",
        "model_name",
        "run",
        "run_id",
        "run_name",
        "experiment",
        "exp_name",
        "trial",
        "trial_id",
        "name",
        "config",
    )
)
_METRICS = frozenset(
    (
        "loss",
        "val",
        "valid",
        "validation",
        "train",
        "acc",
        "accuracy",
        "auc",
        "f1",
        "dice",
        "iou",
        "map",
        "mae",
        "mse",
        "rmse",
        "error",
        "logloss",
        "auroc",
        "ap",
        "precision",
        "recall",
        "bleu",
        "wer",
        "perplexity",
        "ppl",
    )
)


_MEMORY = ("examples", "memory_allocated", "memory_reserved", "batch_size")
#: What a row without a header looks like, and what its columns are.
_ECHONET = {
    re.compile(r"[0-9]+,(?:train|val)(?:,-?[0-9][0-9.e+-]*){3}(?:,[0-9]+){4}"): (
        "epoch", "phase", "loss", "r2", "seconds", *_MEMORY,
    ),
    re.compile(r"[0-9]+,(?:train|val)(?:,-?[0-9][0-9.e+-]*){5}(?:,[0-9]+){4}"): (
        "epoch", "phase", "loss", "overall_dice", "large_dice", "small_dice", "seconds", *_MEMORY,
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Axis:
    """Positions of the columns that count: ``epoch``, ``step``; ``index`` if ``epoch`` is an unnamed row index.

    ``unnamed`` are row indices beside them, as pandas writes one each time a table is saved; they count nothing.
    """

    epoch: int | None = None
    step: int | None = None
    index: bool = False
    unnamed: tuple[int, ...] = ()

    @property
    def taken(self) -> frozenset[int]:
        """The columns that are no metrics."""
        return frozenset(at for at in (self.epoch, self.step, *self.unnamed) if at is not None)

    @property
    def known(self) -> bool:
        return self.epoch is not None or self.step is not None


def axis(names: Sequence[str], columns: Sequence[Sequence[str]]) -> Axis:
    """The axis columns of a table; a column without a name counts epochs if its whole numbers are consecutive.

    They may start over, where a table was appended to the file.
    """
    folded = [_folded(name) for name in names]
    epoch = next((folded.index(word) for word in EPOCHS if word in folded), None)
    step = next((folded.index(word) for word in STEPS if word in folded), None)
    if epoch is None and step is None and folded[0] in _INDEX and _consecutive(columns[0]):
        return Axis(epoch=0, index=True)
    return Axis(epoch, step, unnamed=_indices(folded, columns, (epoch, step)))


def _indices(folded: Sequence[str], columns: Sequence[Sequence[str]], counted: Sequence[int | None]) -> tuple[int, ...]:
    """The columns at the front that only number the rows; each is without a name or has that of a pandas index."""
    found = []
    for at, name in enumerate(folded):
        if at in counted:
            continue
        if not _INDICES.fullmatch(name) or at >= len(columns) or not _numbers_rows(columns[at]):
            break
        found.append(at)
    return tuple(found)


def _numbers_rows(cells: Sequence[str]) -> bool:
    """Whether whole numbers ascend, as those of the rows that were kept, or start over where a table was appended."""
    column = parse(cells)
    numbers = column.numbers
    if len(column.bad) or len(numbers) < len(cells) or (numbers != np.floor(numbers)).any():
        return False
    return bool(((numbers[1:] > numbers[:-1]) | (numbers[1:] == numbers[:1])).all())


def may_count_rows(name: str) -> bool:
    """Whether a first column of this name may be an index that counts epochs."""
    return _INDICES.fullmatch(_folded(name)) is not None


def _folded(name: str) -> str:
    return re.sub(r"[\s-]+", "_", name.lower())


def tokens(name: str) -> list[str]:
    """The words of a metric's name, in lower case."""
    return re.findall(r"[a-z0-9]+", name.lower())


def has_metric_words(names: Sequence[str]) -> bool:
    """Whether any column sounds like a training metric."""
    return any(_METRICS.intersection(tokens(name)) for name in names)


def by_position(lines: Sequence[str]) -> tuple[str, ...] | None:
    """The names of the columns of a log that is known by its rows, though no line names them; None for any other.

    EchoNet-Dynamic's log.csv: epoch, split, loss, R² (or three Dice scores), seconds, counts and sizes in memory.
    Source: echonet/utils/video.py and segmentation.py.
    """
    for line in lines:
        for row, names in _ECHONET.items():
            if row.fullmatch(line.strip()):
                return names
    return None


def check_header(names: Sequence[str], line: str, where: str) -> None:
    """Raises LogError, with the reason, if a first line is not one of column names."""
    if line.lstrip().startswith(("{", "[")):
        raise LogError(f"{where}: is JSON or a list, not a table with a header line")
    if line.startswith("Traceback"):
        raise LogError(f"{where}: is an error report of Python, not a training log")
    if len(line.split()) == len(names) and re.match(r"[\w./-]{1,64}:(?:\s|$)", line):
        raise LogError(f"{where}: {line.strip()[:60]!r} is not a header of columns; this is YAML or messages, no table")
    if number(names[0]) is not None or sum(number(name) is not None for name in names) >= max(1, len(names) / 2):
        raise LogError(f"{where}: numbers stand where column names should; the file has no header line, add one")
    if re.match(r"\[?[0-9]{4}-[0-9]{2}-[0-9]{2}|(?:DEBUG|INFO|WARNING|ERROR)\b|[Ee]poch[ :#\[]{1,3}[0-9]", line):
        raise LogError(f"{where}: is a program's messages, not a table with a header line")
    if len(names) == 1 and (":" in names[0] or len(names[0].split()) > 3):
        raise LogError(f"{where}: {line.strip()[:60]!r} is not a header of columns; this is no table")


def why_no_epochs(names: Sequence[str], columns: Sequence[Sequence[str]], found: Axis) -> str | None:
    """Why the rows of a table are something else than epochs of one training, or None."""
    for name, cells in zip(names, columns, strict=True):
        folded = "_".join(tokens(name))
        if folded in _IDENTIFIERS and (found.epoch is None or found.index):
            return f"has one row per sample (column {name!r}), not one per epoch"
        # A column that was read as numbers holds no words.
        texts = set() if isinstance(cells, Cells) else words(cells[:1000])
        if folded in _RUNS and (len(texts) > 1 or (texts and len(cells) == 1)):
            return f"has one row per run (column {name!r}), not one per epoch"
    return None


def _consecutive(cells: Sequence[str]) -> bool:
    if isinstance(cells, Cells):  # loading.py has seen to it that they are whole numbers, and look so
        numbers = cells.numbers.values
        return len(numbers) > 0 and bool(((numbers[1:] == numbers[:-1] + 1) | (numbers[1:] == numbers[0])).all())
    counts = [int(cell) for cell in cells if re.fullmatch("[0-9]{1,9}", cell)]
    if not len(counts) == len(cells) > 0:
        return False
    return all(later in (earlier + 1, counts[0]) for earlier, later in pairwise(counts))
