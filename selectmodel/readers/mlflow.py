"""MLflow's store of files: ``mlruns/EXPERIMENT/RUN/`` with a file a metric, or one of these files alone.

Written by: mlflow with a tracking URI that is a folder, the default until MLflow 3; autolog and ``log_metric`` alike.
Axis: the step of each value; a metric named epoch tells the epoch of a step.
Lines: time in milliseconds, value, step; what a newer MLflow writes after these (a data set) is passed over.
NaN and infinities are kept. Values come in the order of their times.
Left out: deleted runs, and what MLflow measured of the machine, unless one such file is named alone.
Watch out: a run that logged each metric once has nothing to choose from; ``rank`` compares such runs.
Source: mlflow/store/tracking/file_store.py and mlflow/entities/metric.py, MLflow 1.0 to 3.18.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import repeat
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from selectmodel.errors import LogError
from selectmodel.files import opening
from selectmodel.files.folders import absolute
from selectmodel.files.opening import Source

if TYPE_CHECKING:
    from selectmodel.files.hparams import Value
    from selectmodel.records import Note, Run

FORMAT = "mlflow"
FILES = ("meta.yaml",)
SAME_NAMES = ("meta.yaml",)
_LINE = re.compile(rb"[0-9]{12,14} (\S{1,40})(?: (-?[0-9]{1,18}))?(?: \S.*)?")
_PLAIN = re.compile(rb"(?:[0-9]{12,14} [-+.0-9eE]{1,40} [0-9]{1,18}\n)+")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|[+-]?(?:nan|inf)", re.IGNORECASE)
_META = re.compile(rb"(?m)^run_(?:id|uuid): ")
#: The version of a model in MLflow's registry names the run that it comes from.
_MODEL = re.compile(rb"(?m)^(?:current_stage|storage_location): ")
_RUN_ID = re.compile(r"[0-9a-f]{32}")
_DELETED = re.compile(rb"(?m)^lifecycle_stage: deleted")
_STATUS = re.compile(rb"(?m)^status: ['\"]?([0-9A-Z]+)")
#: Numbers of the states of a run in meta.yaml, and what they say of it.
_UNFINISHED = {"1": "is running", "2": "is scheduled", "4": "failed", "5": "was killed"}
_MAX_METRICS = 5_000
_OWN = "system/"


def sniff(path: Path, head: bytes) -> float:
    """0.95 for the meta.yaml of a run, 0.6 for a file of times, values and steps, else 0."""
    if path.name == "meta.yaml" and _META.search(head) and not _MODEL.search(head):
        return 0.95
    lines = head.split(b"\n")[:3]
    return 0.6 if lines[0] and all(_LINE.fullmatch(line) for line in lines if line) else 0.0


def sniff_directory(path: Path) -> float:
    """0.6 for the folder of a run that lost its meta.yaml: it has a folder of metrics in which a file is read."""
    for file in _files(path / "metrics"):
        try:
            return 0.6 if sniff(file, opening.head(file)) else 0.0
        except LogError:
            return 0.0
    return 0.0


def group(
    files: Sequence[Path], contents: Mapping[Path, bytes] = MappingProxyType({})
) -> list[tuple[Path, tuple[Path, ...]]]:
    """The runs of a store, each with its meta.yaml and the files of its metrics; none that was deleted."""
    return [
        (path.parent, (path, *_files(path.parent / "metrics")))
        for path in files
        if not _DELETED.search(contents.get(path, b""))
    ]


def _files(folder: Path) -> list[Path]:
    """The files below a folder of metrics, whose names may hold slashes; links are not followed."""
    found: list[Path] = []
    for root, folders, names in os.walk(folder):
        folders.sort()
        found += [Path(root, name) for name in sorted(names)]
        if len(found) > _MAX_METRICS:
            raise LogError(f"{folder}: holds more than {_MAX_METRICS:,} files; no run has so many metrics")
    return found


def _is_run(folder: Path) -> bool:
    """Whether a folder is that of a run, by its name or by what describes it."""
    return _RUN_ID.fullmatch(folder.name) is not None or (folder / "meta.yaml").is_file()


def read(source: Source) -> Run:
    """The run of a folder, or of one file of a metric. Raises LogError where nothing was logged to it."""
    from selectmodel.readers.objects import as_run, rows

    if source.data is None and source.path.is_dir() and source.paths == (source.path,):
        files: Sequence[Path] = _files(source.path / "metrics")
        home = source.path
    elif source.data is None and source.paths[0].name == "meta.yaml":
        home = source.paths[0].parent
        files = source.paths[1:] or _files(home / "metrics")
    else:
        files, home = source.paths, source.paths[0].parent
    points: list[tuple[int, str, float, float]] = []
    notes: list[Note] = []
    for file in files:
        name = _metric(file, home)
        if not name.startswith(_OWN) or source.paths == (file,):
            points += _points(source, file, name, notes)
    if not points:
        own = bool(files) and all(_metric(file, home).startswith(_OWN) for file in files)
        but = " but what MLflow measured of the machine" if own else ""
        raise LogError(f"{source.path}: holds no metrics: nothing was logged to this run{but}")
    points.sort(key=lambda point: point[0])
    notes += _not_finished(source, home)
    found = rows.of_points([point[1:] for point in points], "step")
    return as_run.run(
        rows.noted_if_once(found._replace(notes=tuple(notes)), source.path.name), source, FORMAT, place="record"
    )


def _not_finished(source: Source, home: Path) -> Iterator[Note]:
    """That the run failed, was killed or still runs, where its meta.yaml says so."""
    from selectmodel.records import Note

    if source.data is not None:
        return
    try:
        found = _STATUS.search(opening.head(home / "meta.yaml"))
    except LogError:
        return
    state = found and _UNFINISHED.get(found[1].decode("ascii"))
    if state:
        yield Note("SM285", f"MLflow says that this run {state}", home.name)


def _metric(file: Path, home: Path) -> str:
    """The name of the metric of a file: its path below the folder of the run's metrics, which may hold slashes."""
    if file.is_relative_to(home / "metrics"):
        return file.relative_to(home / "metrics").as_posix()
    whole = absolute(file)  # named alone, and maybe from within the folder that names it
    above = [base for base in whole.parents if base.name == "metrics"]
    base = next((one for one in above if _is_run(one.parent)), above[0] if above else whole.parent)
    return whole.relative_to(base).as_posix()


def _points(source: Source, file: Path, name: str, notes: list[Note]) -> Iterator[tuple[int, str, float, float]]:
    """Time, metric, step and value of each line. A line that is cut is left out, one that is damaged degrades."""
    from selectmodel.records import Note

    data = opening.read_bytes(source, file)
    plain = _plain_points(data, name)
    if plain is not None:
        yield from plain
        return
    lines = data.split(b"\n")
    for at, line in enumerate(lines, 1):
        if not line.strip():
            continue
        found = _LINE.fullmatch(line.rstrip(b"\r"))
        value = found and found[1].decode("ascii", errors="replace")
        cut = at == len(lines) and not source.options.complete
        if not found or not value or not _NUMBER.fullmatch(value) or cut:
            message = f"{name}: line {at} " + (
                "may be cut; left out" if cut else "is no time, value and step; left out"
            )
            notes.append(Note("SM101" if cut else "SM102", message, f"{file.name}:{at}", "warn", degrades=not cut))
            continue
        yield int(line.split(b" ", 1)[0]), name, int(found[2] or 0), float(value)


def _plain_points(data: bytes, name: str) -> list[tuple[int, str, float, float]] | None:
    """The points of a file in which every line is ordinary, which takes less time; None of any other."""
    if not _PLAIN.fullmatch(data):
        return None
    cells = data.split()
    try:
        return [*zip(map(int, cells[::3]), repeat(name), map(int, cells[2::3]), map(float, cells[1::3]), strict=False)]
    except ValueError:
        return None


def hparams(source: Source) -> dict[str, Value]:
    """The parameters of the run, a file each."""
    from selectmodel.files import hparams as settings

    home = source.path if source.path.is_dir() else source.paths[0].parent
    values: dict[str, str] = {}
    for file in _files(home / "params"):
        try:
            content = opening.read_at_most(file, settings.MAX_BYTES, "parameter")
        except LogError:
            continue
        values["/".join(file.relative_to(home / "params").parts)] = content.decode("utf-8", errors="replace").strip()
    return settings.of_texts(values)
