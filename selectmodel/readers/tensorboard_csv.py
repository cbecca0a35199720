"""Curves downloaded from TensorBoard's page: ``Wall time,Step,Value``, one file a tag and run.

Written by: the download links below a chart ("CSV", "JSON"), as ``run-validation-tag-epoch_loss.csv``; JSON has the
same three numbers in lists, and NaN and infinities as texts.
Metric: the tag in the file's name, after the run where that is a split (``validation/epoch_loss``); of a file that was
renamed, its name. Slashes in a tag are underscores there.
Epochs: the step of Keras' ``epoch_…`` tags, elsewhere only the step is known.
Runs: the files of one folder whose runs differ in a split alone are one; standard input has no name, its metric is
``Value``.
Source: tensorboard/plugins/scalar; the page thins a curve to 1,000 points.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from selectmodel.errors import LogError, UsageError
from selectmodel.files import opening
from selectmodel.files.gzipped import shorn
from selectmodel.files.opening import Source, read_bytes
from selectmodel.readers.objects import json_text
from selectmodel.readers.table import epoch_rows, row_kinds
from selectmodel.readers.table.careful import Table
from selectmodel.readers.table.load import load
from selectmodel.records import Note, Run, Series, frozen

FORMAT = "tensorboard_csv"
FILES = ("*.csv", "*.json")
EXAMPLES = (
    (b"Wall time,Step,Value\n1600000000.5,0,1.5\n1600000010.5,1,1.25\n1600000020.5,2,1.75\n", (0, 1, 2)),
    (b"[[1600000000.5, 0, 1.5], [1600000010.5, 1, 1.25], [1600000020.5, 2, 1.75]]", (0, 1, 2)),
    (b"Wall time,Step,Value\r\n1600000000.5,100,0.5\r\n1600000010.5,200,0.75\r\n", (100, 200)),
)
_HEADER = ("Wall time", "Step", "Value")
_FIRST_LINE = re.compile(rb"(?:\xef\xbb\xbf)?Wall time,Step,Value\r?(?:\n|$)")
#: A list of lists, the first number of which is a time since 1970.
_LISTS = re.compile(
    rb"\s*\[\s*\[\s*1[0-9]{9}(?:\.[0-9]+)?\s*,\s*-?[0-9]+\s*,\s*(?:-?[0-9]|\"(?:NaN|-?Infinity)\")[^][]{0,30}\]"
)
_NAMED = re.compile(r"run-(.*?)-tag-(.+)")
#: What a browser puts behind the name of a second download.
_AGAIN = re.compile(r" ?\([0-9]+\)$")
_RUN_AND_SPLIT = re.compile(r"(.*?)[_\-. /]?([A-Za-z]+)")
#: Points to which the page thins a curve.
_MOST = 1000


class _Called(NamedTuple):
    """What a file's name says: the run without its split, the split as it is written there, and the metric."""

    run: str
    split: str
    tag: str
    told: bool

    @property
    def metric(self) -> str:
        return f"{self.split}/{self.tag}" if self.split else self.tag


def sniff(path: Path, head: bytes) -> float:
    """0.95 for the header that the page writes, or for a list of times, steps and values, else 0."""
    return 0.95 if _FIRST_LINE.match(head) or _LISTS.match(head) else 0.0


def group(
    files: Sequence[Path], contents: Mapping[Path, bytes] = MappingProxyType({})
) -> list[tuple[Path, tuple[Path, ...]]]:
    """The runs among the files found below a folder: where each is, and its files."""
    runs: dict[tuple[Path, str], list[Path]] = {}
    for path in files:
        runs.setdefault((path.parent, _called(path).run), []).append(path)
    alone = {folder for folder, _ in runs if sum(folder == other for other, _ in runs) == 1}
    return [(folder if folder in alone else paths[0], tuple(paths)) for (folder, _), paths in runs.items()]


def read(source: Source) -> Run:
    """The curves of the files as one run.

    Raises LogError if a file is no such curve, UsageError where two files hold different curves of one metric.
    """
    series: dict[str, Series] = {}
    notes: list[Note] = []
    x_axis = set()
    for path in source.paths:
        called = _called(path) if path.suffix else _Called("", "", "Value", True)
        run = _curve(source, path, called)
        for name, curve in run.series.items():
            if name in series and not _equal(series[name], curve):
                raise UsageError(f"{source.path}: two files hold different curves of {name}; keep one of them")
            series[name] = curve
        notes += run.notes
        x_axis.add(run.x_axis)
    if len(x_axis) > 1:
        raise UsageError(f"{source.path}: some curves count epochs, others steps; name the files of one kind")
    return Run(source.name, str(source.path), FORMAT, series, x_axis.pop(), notes=tuple(notes))


def _curve(source: Source, path: Path, called: _Called) -> Run:
    """One file as a run of one metric."""
    table = _listed(source, path) if _is_list(source, path) else load(source, path, path.name)
    if table.names != _HEADER:
        raise LogError(f"{path}: has columns {', '.join(table.names[:8])}, not {', '.join(_HEADER)}")
    notes = table.notes
    if not called.told:
        message = f"the metric is called {called.metric!r} as the file is, for no column has its name"
        notes += (Note("SM123", message, table.label),)
    if len(table.lines) == _MOST:
        message = (
            f"{_MOST} points, to which TensorBoard's page thins a curve: the best epoch may be among those left out"
        )
        notes += (Note("SM124", message, table.label, "warn"),)
    axis = "epoch" if called.tag.startswith("epoch_") else "step"
    table = table._replace(names=(axis, called.metric), columns=table.columns[1:], notes=notes)
    return epoch_rows.of_table(table, replace(source, paths=(path,)), FORMAT)


def _is_list(source: Source, path: Path) -> bool:
    """Whether the page's JSON is read, which its first character tells under any name."""
    known = source.data if source.data is not None else source.contents.get(path)
    return (opening.head(path) if known is None else known).lstrip()[:1] == b"["


def _listed(source: Source, path: Path) -> Table:
    """The table of a file of JSON. Raises LogError where it is no list of times, steps and values."""
    points = json_text.document(read_bytes(source, path), str(path))
    if not isinstance(points, list) or not all(isinstance(point, list) and len(point) == 3 for point in points):
        raise LogError(f"{path}: is no list of lists of a time, a step and a value")
    if not points:
        raise LogError(f"{path}: no epochs logged yet")
    columns = tuple(tuple(map(str, column)) for column in zip(*points, strict=True))
    return Table(str(path), path.name, _HEADER, columns, frozen(np.arange(1, len(points) + 1), np.int64), place="point")


def _called(path: Path) -> _Called:
    """What the name of a file tells."""
    stem = _AGAIN.sub("", shorn(path.name).rpartition(".")[0])
    named = _NAMED.fullmatch(stem)
    if named is None:
        return _Called("", "", stem, False)
    run, tag = named[1].strip("."), named[2]
    parts = _RUN_AND_SPLIT.fullmatch(run)
    if parts is None or not row_kinds.is_split(parts[2]):
        return _Called(run, "", tag, True)
    return _Called(parts[1], parts[2], tag, True)


def _equal(one: Series, other: Series) -> bool:
    return one.steps.tobytes() == other.steps.tobytes() and one.values.tobytes() == other.values.tobytes()
