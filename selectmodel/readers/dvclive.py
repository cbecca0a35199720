"""DVCLive's plots: a table a metric below ``dvclive/plots/metrics/``, all of them one run.

Written by: dvclive's ``Live.log_metric`` and its callbacks for Keras, Lightning, Hugging Face and others; versions
below 1.0 wrote to ``dvclive/`` itself or to ``scalars/``.
Axis: the column step. Metrics: the path of the file, ``val/loss.tsv`` being ``val/loss``; the column has the last
part alone. NaN and infinities are kept.
Named ``metrics.json``: it holds the last values; the tables beside it are read.
Source: dvclive/plots/metric.py, dvclive 0.1 to 3.49.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from selectmodel.errors import LogError
from selectmodel.files.opening import Source, read_bytes

if TYPE_CHECKING:
    from selectmodel.records import Note, Run

FORMAT = "dvclive"
FILES = ("*.tsv", "metrics.json")
OWNS_FOLDER = True
EXAMPLES = ((b"step\texample\n0\t1.5\n1\t1.25\n2\t1.75\n", (0, 1, 2)),)
_HEADER = re.compile(rb"(?:timestamp\t)?step\t([^\t\r\n]{1,200})\r?\n")
_FOLDERS = ("metrics", "scalars", "dvclive")


def sniff(path: Path, head: bytes) -> float:
    """0.9 for a table of step and the metric that its file is named after, or the summary beside such, else 0."""
    if path.name == "metrics.json":
        return 0.9 if head.lstrip()[:1] == b"{" and (path.parent / "plots" / "metrics").is_dir() else 0.0
    found = _HEADER.match(head)
    return 0.9 if found and found[1].decode("utf-8", errors="replace").rpartition("/")[2] == path.stem else 0.0


def group(
    files: Sequence[Path], contents: Mapping[Path, bytes] = MappingProxyType({})
) -> list[tuple[Path, tuple[Path, ...]]]:
    """The runs among tables of metrics: those below one folder of DVCLive's are one; the summary is not read."""
    runs: dict[Path, list[Path]] = {}
    for path in files:
        if path.suffix == ".tsv":
            runs.setdefault(_home(_base(path)), []).append(path)
    return [(home, tuple(members)) for home, members in runs.items()]


def _base(path: Path) -> Path:
    """The folder below which the path of a table is the name of its metric."""
    return next((above for above in path.parents if above.name in _FOLDERS), path.parent)


def _home(base: Path) -> Path:
    """The folder of the run, which holds the plots."""
    home = base.parent if base.name in ("metrics", "scalars") else base
    return home.parent if home.name == "plots" else home


def read(source: Source) -> Run:
    """The run of the source's tables. Raises LogError where one is no such table, or none holds a value."""
    from selectmodel.readers.objects import as_run, rows
    from selectmodel.readers.table import careful
    from selectmodel.readers.table.cells import parse

    paths: Sequence[Path] = source.paths
    if source.data is None and paths[0].name == "metrics.json":
        paths = sorted((paths[0].parent / "plots" / "metrics").rglob("*.tsv"))
    points: list[tuple[str, float, float]] = []
    notes: tuple[Note, ...] = ()
    for path in paths:
        base = _base(path)
        name = path.relative_to(base).with_suffix("").as_posix()
        table = careful.parse(read_bytes(source, path), str(path), name, source.options)
        if "step" not in table.names or len(table.names) > 3:
            raise LogError(f"{path}: is no table of step and one metric, as DVCLive writes it")
        steps, values = (parse(table.columns[at], source.options.decimal) for at in (table.names.index("step"), -1))
        logged = steps.present & values.present
        points += zip([name] * int(logged.sum()), steps.values[logged], values.values[logged], strict=True)
        notes += table.notes
    if not points:
        raise LogError(f"{source.path}: holds no values: nothing was logged yet")
    found = rows.of_points([(name, float(at), float(value)) for name, at, value in points], "step")
    return as_run.run(found._replace(notes=notes), source, FORMAT, place="row")
