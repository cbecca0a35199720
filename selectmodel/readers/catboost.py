"""CatBoost's ``catboost_info/``: ``catboost_training.json``, or ``learn_error.tsv`` and ``test_error.tsv`` without it.

Written by: every ``fit`` of CatBoost, unless ``allow_writing_files=False``; the next fit in the same folder
replaces them.
Axis: iterations from 0; iteration i is the model's first i + 1 trees, which ``model.shrink(i + 1)`` cuts it to.
Split: "learn" is the training data, "test" what was given as ``eval_set``, "test1" and so on further ones.
Direction: the ``best_value`` of each metric, where it is Min or Max.
Cut: while CatBoost trains, the JSON text is not closed; the iterations that are whole are read.
Source: catboost/libs/logging, CatBoost 1.2; the event files beside them hold the same, rounded.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from selectmodel.errors import LogError
from selectmodel.files.folders import by_folder
from selectmodel.files.opening import Source, read_bytes
from selectmodel.records import Goal, Hint, Note, Split

if TYPE_CHECKING:
    from selectmodel.records import Run

FORMAT = "catboost"
FILES = ("catboost_training.json", "learn_error.tsv", "test_error.tsv")
SAME_NAMES = ("catboost_training.json", "learn_error.tsv", "test_error.tsv")
OWNS_FOLDER = True
FRAMEWORK = "catboost"
_META = (
    b'{\n"meta":{"test_sets":["test"],"test_metrics":[{"best_value":"Min","name":"Logloss"}],"learn_metrics":'
    b'[{"best_value":"Min","name":"Logloss"}],"learn_sets":["learn"]},\n"iterations":[\n'
)
EXAMPLES = (
    (
        _META + b'{"learn":[0.5],"iteration":0,"test":[1.5]},\n{"learn":[0.25],"iteration":1,"test":[1.25]}\n]}',
        (0, 1),
    ),
)
_GOALS: Mapping[str, Goal] = {"Min": "min", "Max": "max"}
_SET = re.compile(r"(.*):([0-9]{1,4})")


def sniff(path: Path, head: bytes) -> float:
    """1 for CatBoost's JSON text, 0.95 for its tables by name and header, else 0."""
    if head.lstrip()[:1] == b"{":
        return 1.0 if b'"iterations":' in head and b'"learn_sets"' in head else 0.0
    return 0.95 if path.name in FILES[1:] and head.startswith(b"iter\t") else 0.0


def group(
    files: Sequence[Path], contents: Mapping[Path, bytes] = MappingProxyType({})
) -> list[tuple[Path, tuple[Path, ...]]]:
    """The files of one folder are one run, of which the JSON text is read where it is there."""
    return [
        (folder, tuple([path for path in members if path.suffix == ".json"] or members))
        for folder, members in by_folder(files).items()
    ]


def read(source: Source) -> Run:
    """The run of a folder, or of one of its files. Raises LogError where no iteration is whole."""
    from selectmodel.readers.objects import as_run
    from selectmodel.readers.objects.json_text import Objects

    rows: list[dict[str, Any]] = []
    hints: dict[str, Hint] = {}
    notes: list[Note] = []
    for path in source.paths:
        if source.data is None and path.suffix == ".tsv":
            rows = _joined(rows, _of_table(source, path, notes))
        else:
            rows = _of_text(source, path, hints, notes)
    if not rows:
        raise LogError(f"{source.path}: no iterations logged yet")
    for name in {name for row in rows for name in row if "/" in name}:
        dataset = name.partition("/")[0]
        split: Split = "train" if dataset == "learn" else "val"
        why = "CatBoost trains on learn" if split == "train" else "CatBoost's test is its eval_set"
        hints[name] = Hint(split, hints.get(name, Hint()).goal, why)
    message = "iterations count trees from 0: the model of iteration i is its first i + 1 trees, model.shrink(i + 1)"
    notes.append(Note("SM195", message, source.path.name))
    found = Objects(list(range(1, len(rows) + 1)), rows, tuple(notes))
    return as_run.run(found, source, FORMAT, place="row", hints=hints)


def _of_text(source: Source, path: Path, hints: dict[str, Hint], notes: list[Note]) -> list[dict[str, Any]]:
    """The rows of the JSON text, whole or not yet closed, and what it tells of directions."""
    text = read_bytes(source, path).decode("utf-8", errors="replace")
    try:
        content = json.loads(text)
        meta, iterations = content["meta"], content["iterations"]
    except (ValueError, RecursionError, KeyError, TypeError):
        meta, iterations = _of_lines(text, path, notes)
    names: dict[str, list[str]] = {}
    try:
        for kind in ("learn", "test"):
            metrics = meta.get(f"{kind}_metrics", ())
            for dataset in meta.get(f"{kind}_sets", ()):
                names[str(dataset)] = [str(metric["name"]) for metric in metrics]
                for metric in metrics:
                    if (goal := _GOALS.get(str(metric.get("best_value")))) is not None:
                        hints[f"{dataset}/{metric['name']}"] = Hint(goal=goal, why="CatBoost tells its best value")
        return [
            {"iteration": one["iteration"]}
            | {
                f"{dataset}/{name}": value
                for dataset, known in names.items()
                for name, value in zip(known, one.get(dataset, ()), strict=False)
            }
            for one in iterations
        ]
    except (AttributeError, KeyError, TypeError):
        raise LogError(f"{path}: is not as CatBoost writes it") from None


def _of_lines(text: str, path: Path, notes: list[Note]) -> tuple[Any, list[Any]]:
    """The meta data and the iterations of a text that is not closed, which has a line for each."""
    meta: Any = None
    iterations = []
    lines = text.split("\n")
    for at, line in enumerate(lines, 1):
        bare = line.strip().removesuffix(",")
        try:
            if bare.startswith('"meta":'):
                meta = json.loads(bare.removeprefix('"meta":'))
            elif bare.startswith("{") and len(bare) > 1:
                iterations.append(json.loads(bare))
        except (ValueError, RecursionError):
            cut = at == len(lines)
            message = f"line {at} " + ("may be cut; left out" if cut else "is damaged; left out")
            notes.append(Note("SM101" if cut else "SM102", message, f"{path.name}:{at}", "warn", degrades=not cut))
    if meta is None:
        raise LogError(f"{path}: is not as CatBoost writes it, or was cut before the first iteration")
    return meta, iterations


def _of_table(source: Source, path: Path, notes: list[Note]) -> list[dict[str, Any]]:
    """The rows of learn_error.tsv or test_error.tsv; of several sets the last has no number in its columns' names."""
    from selectmodel.readers.table import careful
    from selectmodel.readers.table.cells import parse

    table = careful.parse(read_bytes(source, path), str(path), path.name, source.options)
    notes += table.notes
    kind = path.stem.partition("_")[0]
    numbered = [int(found[2]) for name in table.names if (found := _SET.fullmatch(name))]
    last = str(max(numbered) + 1) if numbered else ""
    columns = {}
    for name, cells in zip(table.names[1:], table.columns[1:], strict=True):
        found = _SET.fullmatch(name)
        number = found[2].replace("0", "", 1) if found and found[2] == "0" else found[2] if found else last
        columns[f"{kind}{number}/{found[1] if found else name}"] = parse(cells)
    axis = parse(table.columns[0])
    return [
        {"iteration": axis.values[row].item()}
        | {name: column.values[row].item() for name, column in columns.items() if column.present[row]}
        for row in range(len(table.lines))
        if axis.present[row]
    ]


def _joined(some: list[dict[str, Any]], others: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows of two tables, those of one iteration as one."""
    by_iteration = {row["iteration"]: row for row in some}
    for row in others:
        by_iteration[row["iteration"]] = by_iteration.get(row["iteration"], {}) | row
    return [by_iteration[at] for at in sorted(by_iteration)]
