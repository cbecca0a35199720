"""One JSON text with a list a metric, or a list of rows: what people write of a training's history.

Written by: ``json.dump(history.history, file)`` of Keras, ``{"history": …, "epoch": …}``, ``DataFrame.to_json`` in
every orientation but "values", lists of rows, ``{"metrics": [rows]}``.
Axis: a list or column named epoch or step, else the position, from 0, as Keras counts epochs.
Missing: null. ``NaN`` and ``Infinity`` are numbers, also as texts.
Refused: a list shorter than the others (validation_freq) where no epochs tell what its values are of; a text that is
cut, names a value twice, or is a pickle.
Source: keras History, pandas 2.x DataFrame.to_json; JSON as Python's json module writes it.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from selectmodel.errors import LogError
from selectmodel.files.opening import HEAD_BYTES, Source, read_bytes
from selectmodel.metrics.words import take_apart
from selectmodel.readers.objects import as_run, json_text
from selectmodel.readers.objects.json_text import Objects
from selectmodel.readers.objects.rows import flat, of_columns
from selectmodel.readers.table import counters, epoch_rows, headers
from selectmodel.records import Note

if TYPE_CHECKING:
    from selectmodel.records import Run

FORMAT = "json_history"
FILES = ("*.json",)
SAME_NAMES = ("history.json", "training_history.json", "metrics.json", "log.json")
WHOLE_ROWS = True
EXAMPLES = (
    (b'{"loss": [1.5, 0.5, 0.25], "val_loss": [1.5, 1.25, 1.75]}', (0, 1, 2)),
    (b'[{"epoch": 1, "val_loss": 1.5}, {"epoch": 2, "val_loss": 1.25}]', (1, 2)),
)
_SEARCHED = 4096
_ANY_NAME = re.compile(rb'"([^"\\\n]{1,100})"')
_LISTED = re.compile(rb'"([^"\\\n]{1,100})"\s*:\s*(?:\[\s*(?:-?[0-9.]|null|NaN|-?Inf)|\{\s*"0"\s*:\s*-?[0-9.])')
_ROWS = re.compile(rb'\s*(?:\{\s*"[^"\\\n]{1,100}"\s*:\s*)?\[\s*\{')
_DIGITS = re.compile(r"[0-9]{1,9}")
#: Names of lists of whole numbers that are no metric: where a list of Keras' History tells its epochs.
_EPOCHS = ("epoch", "epochs")


def sniff(path: Path, head: bytes) -> float:
    """0.6 for a JSON text of lists by names of metrics, or of rows with an axis or more than one row, else 0."""
    if head.lstrip()[:1] not in (b"{", b"["):
        return 0.0
    names = [name.decode("utf-8", errors="replace") for name in _ANY_NAME.findall(head[:_SEARCHED])]
    if not headers.has_metric_words(names):
        return 0.0
    if len(head) >= HEAD_BYTES:  # too long to be parsed now
        listed = [name.decode("utf-8", errors="replace") for name in _LISTED.findall(head)]
        placed = _ROWS.match(head) is not None and counters.axis(names, [()] * len(names)).known
        return 0.6 if placed or headers.has_metric_words(listed) else 0.0
    try:
        content = json.loads(head)
    except (ValueError, RecursionError):
        return 0.0
    rows = _rows(content)
    if rows is None:
        return 0.6 if headers.has_metric_words(tuple(_columns(content))) else 0.0
    return 0.6 if headers.has_metric_words(tuple(rows[0])) and (_has_axis(rows[0]) or len(rows) > 1) else 0.0


def read(source: Source) -> Run:
    """The run of one file. Raises LogError where it holds no lists of numbers and no rows."""
    path = source.paths[0]
    content = json_text.document(read_bytes(source, path), str(path))
    rows = _rows(content)
    position = Note("SM114", "positions from 0 stand for epochs; the trainer may count from 1", path.name)
    if rows is not None:
        found = Objects(list(range(1, len(rows) + 1)), rows)
        if as_run.of_places(found).axis is None:
            found = Objects(found.lines, [{"epoch": at, **row} for at, row in enumerate(rows)], (position,))
        return as_run.run(found, source, FORMAT, place="row")
    columns, notes = _of_one_length(_columns(content), path)
    if not _has_axis(columns):
        length = len(next(iter(columns.values())))
        columns, notes = {"epoch": range(length), **columns}, (*notes, position)
    table = of_columns(columns, str(path), path.name, notes=notes)
    return epoch_rows.of_table(table, source, FORMAT)


def _rows(content: Any) -> list[dict[str, Any]] | None:
    """The rows of a text that is a list of objects, holds one such list, or is a table as pandas writes it."""
    if isinstance(content, dict):
        if {"columns", "data"} <= content.keys() and isinstance(content["columns"], list):
            names = [str(name) for name in content["columns"]]
            return [dict(zip(names, row, strict=False)) for row in content["data"] if isinstance(row, list)]
        if content and all(_DIGITS.fullmatch(name) and isinstance(row, dict) for name, row in content.items()):
            ordered = sorted(content, key=int)
            return [{**({} if _has_axis(content[at]) else {"epoch": int(at)}), **content[at]} for at in ordered]
        lists = [value for value in content.values() if _of_objects(value)]
        content = lists[0] if len(lists) == 1 else None
    return list(content) if _of_objects(content) else None


def _of_objects(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(row, dict) for row in value)


def _has_axis(row: Mapping[str, Any]) -> bool:
    axis = counters.axis(tuple(row), [()] * len(row)) if row else counters.Axis()
    return axis.known and not axis.index


def _columns(content: Any) -> dict[str, list[Any]]:
    """Lists by name: nested names joined by a slash, a column of pandas by its index."""
    if not isinstance(content, dict):
        return {}
    told = content["history"] if isinstance(content.get("history"), dict) else content
    columns: dict[str, list[Any]] = {}
    for name, value in told.items():
        if isinstance(value, dict) and value and all(map(_DIGITS.fullmatch, value)):
            columns[name] = [value[at] for at in sorted(value, key=int)]
        elif isinstance(value, dict):
            columns |= {f"{name}/{inner}": listed for inner, listed in flat(value).items() if isinstance(listed, list)}
        elif isinstance(value, list):
            columns[name] = value
    if told is not content:
        columns |= {name: content[name] for name in _EPOCHS if isinstance(content.get(name), list)}
    return {name: value for name, value in columns.items() if value and not isinstance(value[0], (list, dict))}


def _is_val(name: str) -> bool:
    return take_apart(name).split == "val"


def _of_one_length(
    columns: Mapping[str, Sequence[Any]], path: Path
) -> tuple[dict[str, Sequence[Any]], tuple[Note, ...]]:
    """The lists that are as long as most are, and a note of those that are not."""
    if not columns:
        raise LogError(f"{path}: holds neither lists of numbers by the names of metrics nor rows of them")
    length = Counter(map(len, columns.values())).most_common(1)[0][0]
    length = max(length, len(next((columns[name] for name in _EPOCHS if name in columns), ())))
    kept = {name: values for name, values in columns.items() if len(values) == length}
    others = [name for name in columns if name not in kept]
    notes: tuple[Note, ...] = ()
    if others:
        counts = ", ".join(f"{name} ({len(columns[name])})" for name in others[:6])
        message = f"lists of another length than the {length} epochs do not tell which epochs they are of: {counts}"
        if not any(_is_val(name) for name in kept) and any(map(_is_val, others)):
            raise LogError(f"{path}: {message}; write null where there is no value")
        notes = (Note("SM194", f"{message}; left out", path.name, "warn", degrades=True),)
    return kept, notes
