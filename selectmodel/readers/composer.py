"""Composer's and LLM Foundry's ``logs-rank0.txt``: a line a metric, by batches.

Written by: ``composer.loggers.FileLogger``.
Axis: the batch; an evaluation at batch N is of the weights after N batches, those of ``ep0-baN-rank0.pt``.
Split: ``metrics/train/`` and ``loss/train/`` are training, every other ``metrics/`` is of an evaluation.
Left out: times, throughput and memory, and what the program printed. Values have four decimals, so ties may be
artefacts.
Cut: a last line that lacks its end is left out.
Source: composer/loggers/file_logger.py, 2026-04.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from selectmodel.errors import LogError
from selectmodel.files.opening import Source, read_bytes

if TYPE_CHECKING:
    from selectmodel.files.hparams import Value
    from selectmodel.records import Run

FORMAT = "composer"
FILES = ("*logs-rank*.txt", "*.txt", "*.log")
FRAMEWORK = "composer"
EXAMPLES = (
    (
        b"[hyperparameter]: num_nodes: 1 \n[metric][batch=0]: loss/train/total: 2.5000 \n"
        b"[metric][batch=1]: loss/train/total: 2.2500 \n[stdout]: hello\n"
        b"[metric][batch=2]: metrics/eval/MulticlassAccuracy: 0.7500 \n",
        (0, 1, 2),
    ),
)
_START = b"[metric][batch="
_LINE = re.compile(r"\[metric\]\[batch=([0-9]{1,15})\]: (.{1,500}): (\S{1,60}) ")
_NO_METRICS = ("time/", "trainer/", "throughput/", "memory/")


def sniff(path: Path, head: bytes) -> float:
    """0.96 for a text with a line of a metric by its batch, else 0."""
    return 0.96 if head.startswith(_START) or b"\n" + _START in head else 0.0


def read(source: Source) -> Run:
    """The run of one file. Raises LogError where no line tells a metric."""
    from selectmodel.readers.objects import as_run
    from selectmodel.readers.objects.json_text import Objects
    from selectmodel.readers.table.careful import cut_short, spans
    from selectmodel.readers.table.decoding import decode
    from selectmodel.records import Note

    path = source.paths[0]
    text, notes = decode(read_bytes(source, path), str(path), path.name)
    lines: list[int] = []
    objects: list[dict[str, Any]] = []
    damaged: list[int] = []
    *whole, last = text.split("\n")
    for at, line in enumerate(whole, 1):
        found = _LINE.fullmatch(line.removesuffix("\r"))
        if found is None:
            if line.startswith("[metric]"):
                damaged.append(at)
            continue
        batch, name, value = int(found[1]), found[2], found[3]
        if name.startswith(_NO_METRICS):
            continue
        if not objects or objects[-1]["batch"] != batch or name in objects[-1]:
            lines.append(at)
            objects.append({"batch": batch})
        objects[-1][name] = value
    if last.strip():
        notes += (cut_short(len(whole) + 1, path.name),)
    if damaged:
        message = f"{spans(damaged, 'line')}: no metric and its value; refused"
        notes += (Note("SM102", message, f"{path.name}:{damaged[0]}", "warn", degrades=True),)
    if not objects:
        raise LogError(f"{path}: tells no metric yet")
    run = as_run.run(Objects(lines, objects, notes), source, FORMAT)
    return replace(run, hints={**run.hints, **_hints(run)})


def _hints(run: Run) -> dict[str, Any]:
    from selectmodel.records import Hint

    training = Hint("train", why="the name says train")
    evaluation = Hint("val", why="Composer's metrics are of an evaluation, unless they say train")
    return {
        name: training if "/train/" in name else evaluation
        for name in run.series
        if name.startswith(("metrics/", "loss/train/"))
    }


def hparams(source: Source) -> dict[str, Value]:
    """The hyper-parameters that were logged."""
    from selectmodel.files import hparams as settings

    try:
        text = read_bytes(source, source.paths[0]).decode("utf-8", errors="replace")
    except LogError:
        return {}
    found = re.findall(r"^\[hyperparameter\]: ([^:\n]{1,200}): (.{0,500}?) ?\r?$", text, re.MULTILINE)
    return settings.of_texts(dict(found))
