"""Logs that are kept a file per split: ``train.csv`` beside ``val.csv``, ``train/log.csv`` beside ``val/log.csv``.

They are read as one run whose metrics have the split before their name. A file whose columns name a split themselves
is one of several only if that is its own.
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from selectmodel.errors import LogError, UsageError
from selectmodel.files import opening
from selectmodel.files.gzipped import shorn
from selectmodel.files.opening import Source
from selectmodel.metrics.words import take_apart
from selectmodel.readers.table import counters, headers, preview
from selectmodel.records import Hint, Note, Run, Series, Split

_SPLITS: dict[str, Split] = {
    "train": "train", "training": "train", "val": "val", "valid": "val", "validation": "val", "eval": "val",
    "dev": "val", "test": "test", "testing": "test",
}  # fmt: skip
#: Folders that are called so hold a validation; "dev" may be a place to work in.
_VALIDATION = frozenset(("val", "valid", "validation", "eval"))
_NOTHING_MORE = frozenset(
    ("log", "logs", "logger", "metrics", "metric", "history", "loss", "losses", "results", "result", "stats", "scores")
)
_WORD = re.compile(r"[A-Za-z]+")


class _SplitName(NamedTuple):
    """A file that its name says to be of one split: the word for it, and the name without that word."""

    word: str
    split: Split
    rest: str


def of_name(path: Path) -> _SplitName | None:
    """What the file's own name says, None if it names no split or several."""
    stem = shorn(path.name).rpartition(".")[0]
    found = [match for match in _WORD.finditer(stem) if match[0].lower() in _SPLITS]
    if len(found) != 1:
        return None
    word = found[0]
    return _SplitName(word[0].lower(), _SPLITS[word[0].lower()], f"{stem[: word.start()]}*{stem[word.end() :]}")


def has_partner(path: Path, head: bytes) -> bool:
    """Whether a table is one of a file per split: the other lies beside it, and no column names another split.

    Or in the folder beside, where each folder holds several: so one reader is asked about all of them.
    """
    part = of_name(path)
    suffix = path.name[len(shorn(path.name).rpartition(".")[0]) :]
    if part is not None:
        near = [path.parent / f"{part.rest.replace('*', word)}{suffix}" for word in _others(part.split)]
    elif (part := _part(path)) is not None and any(file != path for file in path.parent.glob(f"*{suffix}")):
        near = [path.parent.parent / word / path.name for word in _others(part.split)]
    else:
        return False
    if not any(file.is_file() for file in near):
        return False
    table = preview.preview(preview.outline(head))
    return table is not None and _fits(part, table.names)


def _others(split: Split) -> list[str]:
    """The words for the other splits."""
    return [word for word, other in _SPLITS.items() if other != split]


def group(files: Sequence[Path], contents: Mapping[Path, bytes]) -> list[tuple[Path, tuple[Path, ...]]]:
    """The runs among the files of tables: those that belong together, and every other file by itself."""
    together: dict[tuple[str, str], list[tuple[Path, _SplitName]]] = {}
    for path in files:
        for key, part in _places(path):
            if _fits(part, _names(path, contents)):
                together.setdefault(key, []).append((path, part))
                break
    several = _with_a_metric_each({key: found for key, found in together.items() if _are_one(found)}, contents)
    runs = [[path for path, _ in sorted(found, key=_by_split)] for found in several]
    run_of = {path: paths for paths in runs for path in paths}
    homes = [_home(paths) for paths in runs]
    groups: list[tuple[Path, tuple[Path, ...]]] = []
    for path in files:
        paths = run_of.get(path)
        if paths is None:
            groups.append((path, (path,)))
        elif path == paths[0]:
            home = _home(paths)
            others = homes.count(home) > 1 or any(file.parent == home and file not in paths for file in files)
            groups.append((path if others else home, tuple(paths)))
    return groups


def _with_a_metric_each(
    runs: Mapping[tuple[str, str], list[tuple[Path, _SplitName]]], contents: Mapping[Path, bytes]
) -> list[list[tuple[Path, _SplitName]]]:
    """The files of each run, those of one folder that hold a metric each (train_loss.csv, val_acc.csv …) together."""
    joined: dict[str, list[tuple[Path, _SplitName]]] = {}
    for (folder, rest), found in runs.items():
        alone = all(_only_metric(path, part, contents) for path, part in found)
        joined.setdefault(folder if alone else f"{folder}/{rest}", []).extend(found)
    return [*joined.values()]


def _only_metric(path: Path, part: _SplitName, contents: Mapping[Path, bytes]) -> bool:
    """Whether the one column beside counters is the metric that the file is called by."""
    called = [word.lower() for word in _WORD.findall(shorn(part.rest).rpartition(".")[0] or part.rest)]
    metrics = [name for name in _names(path, contents) if not counters.may_be_a_counter(name)]
    return len(metrics) == 1 and len(called) == 1 and called[0] in headers.tokens(metrics[0])


def read(source: Source, one: Callable[[Source], Run]) -> Run:
    """The run of the source, each of its files read by ``one``.

    Raises UsageError where the files are not of one run each for a split of its own.
    """
    if len(source.paths) == 1:
        return _told(one(source), source)
    parts = [_part(path) for path in source.paths]
    if not all(parts) or len({part for part in parts if part}) < len(parts):
        raise UsageError(f"{source.path}: {len(source.paths)} files cannot be read as one training; name one")
    series: dict[str, Series] = {}
    runs = [one(replace(source, path=path, paths=(path,))) for path in source.paths]
    for run, part in zip(runs, parts, strict=True):
        assert part is not None
        for name, found in run.series.items():
            called = name if take_apart(name).split == part.split else f"{part.word}_{name}"
            if called in series:
                raise UsageError(f"{source.path}: {called} is in several of the files; name one of them")
            series[called] = replace(found, name=called)
    if len({run.x_axis for run in runs}) > 1 and not all(np.isfinite(found.epochs).all() for found in series.values()):
        counted = ", ".join(f"{path.name} {run.x_axis}s" for path, run in zip(source.paths, runs, strict=True))
        alone = shlex.join(["selectmodel", "pick", str(source.paths[-1])])
        raise UsageError(f"{source.path}: the files do not count the same ({counted}); to judge by one: {alone}")
    averaged = []
    if len({run.x_axis for run in runs}) > 1:
        averaged = [name for name, found in series.items() if len(np.unique(found.epochs)) < len(found.epochs)]
        series = {name: _by_epoch(found) for name, found in series.items()}
    labels = ", ".join("/".join(path.parts[-2:]) for path in source.paths)
    note = Note(
        "SM123",
        f"{labels} were read as one training, each of the split that its name tells",
        source.path.name,
    )
    notes = [note, *(note for run in runs for note in run.notes)]
    if averaged:
        judged = any(take_apart(name).split != "train" for name in averaged)
        message = f"{', '.join(averaged[:6])}: several rows an epoch became one, their mean"
        notes.append(Note("SM122", message, source.path.name, "warn", degrades=judged))
    x_axis = "epoch" if len({run.x_axis for run in runs}) > 1 else runs[0].x_axis
    return Run(source.name, str(source.path), runs[0].format, series, x_axis, notes=tuple(notes))


def _by_epoch(found: Series) -> Series:
    """A metric with one value an epoch, the mean of those it has there."""
    epochs, place = np.unique(found.epochs, return_inverse=True)
    means = np.bincount(place, weights=found.values) / np.bincount(place)
    return Series.made(found.name, epochs.astype(np.int64), epochs, means)


def tells_validation(path: Path) -> bool:
    """Whether the name of a file, or of its folder, says that it holds a validation and nothing more: val_log.csv."""
    part = of_name(path)
    if part is not None:
        return part.split == "val" and all(
            word.lower() in _NOTHING_MORE or headers.has_metric_words([word])
            for word in _WORD.findall(shorn(part.rest).rpartition(".")[0] or part.rest)
        )
    return path.parent.name.lower() in _VALIDATION and not any(
        word.lower() in _SPLITS for word in _WORD.findall(path.stem)
    )


def _told(run: Run, source: Source) -> Run:
    """The run, whose metrics are validation data if its file's name says so and their own names say nothing."""
    path = source.paths[0]
    if source.data is not None or not tells_validation(path):
        return run
    if run.hints or any(take_apart(name).split for name in run.series):
        return run
    where = path.name if of_name(path) else f"{path.parent.name}/{path.name}"
    hint = Hint("val", None, f"the file is called {where}")
    note = Note("SM123", f"its name, {where}, tells that the metrics are validation data", path.name)
    return replace(run, hints=dict.fromkeys(run.series, hint), notes=(*run.notes, note))


def _places(path: Path) -> list[tuple[tuple[str, str], _SplitName]]:
    """What a file may be part of: the folder and the name that the files of a run share, and its own part."""
    found = []
    part = of_name(path)
    if part is not None:
        found.append(((str(path.parent), part.rest + path.suffix), part))
    folder = path.parent.name.lower()
    if part is None and folder in _SPLITS:
        found.append(((str(path.parent.parent), path.name), _SplitName(folder, _SPLITS[folder], path.name)))
    return found


def _part(path: Path) -> _SplitName | None:
    return next((part for _, part in _places(path)), None)


def _are_one(found: Sequence[tuple[Path, _SplitName]]) -> bool:
    splits = [part.split for _, part in found]
    return len(splits) > 1 and len(set(splits)) == len(splits)


def _by_split(found: tuple[Path, _SplitName]) -> int:
    return ("train", "val", "test").index(found[1].split)


def _home(paths: Sequence[Path]) -> Path:
    """The folder that holds the files of a run."""
    return Path(os.path.commonpath([path.parent for path in paths]))


def _names(path: Path, contents: Mapping[Path, bytes]) -> Sequence[str]:
    """The columns of a table that a reader claimed."""
    try:
        head = contents[path][: opening.HEAD_BYTES] if path in contents else opening.head(path)
    except LogError:
        return ()
    table = preview.preview(preview.outline(head))
    return () if table is None else table.names


def _fits(part: _SplitName, names: Sequence[str]) -> bool:
    return {split for name in names if (split := take_apart(name).split)} <= {part.split}
