"""Whether what the header of a table says is a training log at all: its names, its first line, what its rows are."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from selectmodel.errors import LogError
from selectmodel.metrics import vocabulary
from selectmodel.metrics.words import take_apart
from selectmodel.readers.table.cells import Cells, number, words
from selectmodel.readers.table.counters import Axis

#: How a logger begins a line, with or without a bracket.
_MESSAGE = re.compile(r"\[?(?:[0-9]{4}-[0-9]{2}-[0-9]{2}|(?:DEBUG|INFO|WARNING|ERROR)\b)")
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


def tokens(name: str) -> list[str]:
    """The words of a metric's name, in lower case."""
    return re.findall(r"[a-z0-9]+", name.lower())


def has_metric_words(names: Sequence[str]) -> bool:
    """Whether any column sounds like a training metric: its name tells a split, or which way is better."""
    return any(map(_is_metric, names))


@lru_cache(maxsize=1024)
def _is_metric(name: str) -> bool:
    parts = take_apart(name)
    return parts.split is not None or vocabulary.direction(parts.core).goal is not None


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
    if line.lstrip().startswith(("{", "[")) and not _MESSAGE.match(line):
        raise LogError(f"{where}: is JSON or a list, not a table with a header line")
    if line.startswith("Traceback"):
        raise LogError(f"{where}: is an error report of Python, not a training log")
    if len(line.split()) == len(names) and re.match(r"[\w./-]{1,64}:(?:\s|$)", line):
        raise LogError(f"{where}: {line.strip()[:60]!r} is not a header of columns; this is YAML or messages, no table")
    if number(names[0]) is not None or sum(number(name) is not None for name in names) >= max(1, len(names) / 2):
        raise LogError(f"{where}: numbers stand where column names should; the file has no header line, add one")
    if _MESSAGE.match(line) or re.match(r"[Ee]poch[ :#\[]{1,3}[0-9]", line):
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
        # Several rows of each are the epochs of several trainings, of which one can be asked for.
        epochs = found.epoch is not None and not found.index and len(cells) >= 2 * len(texts)
        if folded in _RUNS and not epochs and (len(texts) > 1 or (texts and len(cells) == 1)):
            return f"has one row per run (column {name!r}), not one per epoch"
    return None
