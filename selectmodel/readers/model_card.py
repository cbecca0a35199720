"""The table "Training results" in the README.md of a model on the Hugging Face Hub.

Written by: the Hugging Face Trainer (``create_model_card``, ``push_to_hub``) and its Keras callback.
Axis: the column Step, else Epoch; an epoch may be a fraction.
Rounded: values have four decimals, so that epochs may share a value that they do not have in trainer_state.json; where
that lies in the folder, it is read.
Missing: "No log", "-" or nothing. Columns without Training or Train in their name are what evaluations found.
Refused: a row of another length than the header.
Source: transformers 4.0 to 5.24, modelcard.py.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from selectmodel.errors import LogError
from selectmodel.files.opening import Source, read_bytes
from selectmodel.records import Hint, Note

if TYPE_CHECKING:
    from selectmodel.records import Run

FORMAT = "model_card"
FILES = ("README.md",)
SAME_NAMES = ("README.md",)
FRAMEWORK = "huggingface"
FIRST_OF_EQUALS = True
LESS_EXACT = True
EXAMPLES = (
    (
        b"---\ntags: []\n---\n### Training results\n\n| Training Loss | Epoch | Step | Validation Loss | Accuracy |\n"
        b"|:---:|:---:|:---:|:---:|:---:|\n| No log | 1.0 | 10 | 0.625 | 0.5 |\n| 0.25 | 2.5 | 25 | 0.5 | 0.7 |\n\nX\n",
        (1, 2.5),
    ),
)
_FRONT = re.compile(rb"\s*---\s*\n")
#: A header that names an epoch and a loss, and the line of dashes below it.
_HEADER = re.compile(r"^[ \t]*(\|[^\n]*\|)[ \t]*\n[ \t]*\|[-:| \t]+\|[ \t]*$", re.MULTILINE)
_AXES = {"epoch": "epoch", "step": "step"}


def sniff(path: Path, head: bytes) -> float:
    """0.8 for a card that begins with the Hub's metadata and holds such a table, else 0."""
    if not _FRONT.match(head) or b"Epoch" not in head:
        return 0.0
    return 0.0 if _header(head.decode("utf-8", errors="replace")) is None else 0.8


def read(source: Source) -> Run:
    """The run of one card. Raises LogError if it has no such table, or no row in it."""
    from selectmodel.metrics.words import take_apart
    from selectmodel.readers.hf import history
    from selectmodel.readers.objects.json_text import Objects
    from selectmodel.readers.table.careful import spans
    from selectmodel.readers.table.decoding import decode

    path = source.paths[0]
    text, notes = decode(read_bytes(source, path), str(path), path.name)
    header = _header(text)
    if header is None:
        raise LogError(f"{path}: has no table with the columns Epoch and Training Loss or Validation Loss")
    names = [_AXES.get(name.lower(), name) for name in _cells(header[1])]
    if len(set(names)) < len(names):
        raise LogError(f"{path}: two columns of its table have one name")
    first = text.count("\n", 0, header.end()) + 2
    lines, objects, odd = [], [], []
    for line, row in enumerate(text[header.end() + 1 :].split("\n"), first):
        if not row.strip().startswith("|"):
            break
        cells = _cells(row)
        if len(cells) != len(names) or not row.rstrip().endswith("|"):
            odd.append(line)
            continue
        lines.append(line)
        objects.append({name: value for name, cell in zip(names, cells, strict=True) if (value := _value(cell)) != ""})
    if odd:
        message = f"{spans(odd, 'line')}: other cells than the {len(names)} of the header; refused"
        notes += (Note("SM102", message, f"{path.name}:{odd[0]}", "warn", degrades=True),)
    run = history.run(Objects(lines, objects, notes), source, FORMAT, label=path.name, place="line")
    found = Hint(split="val", why="a model card lists what evaluations found")
    return replace(run, hints={name: found for name in run.series if take_apart(name).split is None})


def _header(text: str) -> re.Match[str] | None:
    for found in _HEADER.finditer(text):
        names = {name.lower() for name in _cells(found[1])}
        if "epoch" in names and names & {"training loss", "train loss", "validation loss"}:
            return found
    return None


def _cells(row: str) -> list[str]:
    return [cell.strip().strip("*`").strip() for cell in row.strip().strip("|").split("|")]


def _value(cell: str) -> Any:
    """A cell as a number, whole ones as such; "" where it holds none, and what is no number as it is."""
    from selectmodel.readers.table.cells import is_missing, number

    if is_missing(cell) or cell.lower() == "no log":
        return ""
    value = number(cell)
    if value is None:
        return cell
    return int(value) if value.is_integer() and "." not in cell else value
