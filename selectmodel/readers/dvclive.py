"""DVCLive's plots: a table a metric below ``dvclive/plots/metrics/``, all of them one run.

Written by: dvclive's ``Live.log_metric`` and its callbacks for Keras, Lightning, Hugging Face and others; versions
below 1.0 wrote to ``dvclive/`` itself or to ``scalars/``.
Axis: the column step. Metrics: the path of the file, ``val/loss.tsv`` being ``val/loss``; the column has the last
part alone. NaN and infinities are kept.
Named ``metrics.json``, or ``dvclive.json`` of versions below 1.0: it holds the last values; the tables it is of are
read. Resumed: a table whose steps go back begins its next training there, and so do the others where they do.
Source: dvclive/plots/metric.py, dvclive 0.1 to 3.49.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from operator import itemgetter
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from selectmodel.errors import LogError
from selectmodel.files.folders import absolute
from selectmodel.files.opening import Source, read_bytes

if TYPE_CHECKING:
    from selectmodel.records import Note, Run

FORMAT = "dvclive"
FILES = ("*.tsv", "metrics.json")
OWNS_FOLDER = True
EXAMPLES = ((b"step\texample\n0\t1.5\n1\t1.25\n2\t1.75\n", (0, 1, 2)),)
_HEADER = re.compile(rb"(?:timestamp\t)?step\t([^\t\r\n]{1,200})\r?\n")


def sniff(path: Path, head: bytes) -> float:
    """0.97 for a table of step and the metric that its file is named after, 0.9 for the summary of such, else 0."""
    if path.suffix == ".json":
        return 0.9 if head.lstrip()[:1] == b"{" and _summarised(path) else 0.0
    found = _HEADER.match(head)
    return 0.97 if found and found[1].decode("utf-8", errors="replace").rpartition("/")[2] == path.stem else 0.0


def group(
    files: Sequence[Path], contents: Mapping[Path, bytes] = MappingProxyType({})
) -> list[tuple[Path, tuple[Path, ...]]]:
    """The runs among tables of metrics: those below one folder of DVCLive's are one; the summary is not read."""
    runs: dict[Path, list[Path]] = {}
    for path in files:
        if path.suffix == ".tsv":
            runs.setdefault(_home(_base(absolute(path))), []).append(path)
    return [(_as_written(home, members[0]), tuple(members)) for home, members in runs.items()]


def _as_written(home: Path, inner: Path) -> Path:
    """The folder of a run as the path of a table in it names it, or the outermost that it names."""
    above = inner.parents
    return above[min(len(absolute(inner).parts) - len(home.parts), len(above)) - 1]


def _base(path: Path) -> Path:
    """The folder below which the path of a table is the name of its metric, ``metrics/mAP50(B)`` being one."""
    above = path.parents
    for base in above:
        if base.name == "metrics" and base.parent.name == "plots":
            return base
    nearest = next((base for base in above if base.name in ("metrics", "dvclive")), path.parent)
    nearest = nearest.parent if nearest.name == "metrics" and nearest.parent.name == "dvclive" else nearest
    return next((base for base in above if base.name == "scalars"), nearest)


def _summarised(path: Path) -> Path | None:
    """The folder of the tables whose last values a JSON file holds, None where there is none."""
    home = path.parent if path.name == "metrics.json" else path.with_suffix("")
    found = next((home / inner for inner in ("plots/metrics", "scalars") if (home / inner).is_dir()), None)
    return found or (home if path.name != "metrics.json" and any(home.glob("*.tsv")) else None)


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
    if source.data is None and paths[0].suffix == ".json" and (folder := _summarised(paths[0])):
        paths = sorted(folder.rglob("*.tsv"))
    points: list[tuple[tuple[int, float, int], tuple[str, float, float]]] = []
    notes: tuple[Note, ...] = ()
    for path in paths:
        whole = absolute(path)  # a table may be named from within the folder that names its metric
        name = whole.relative_to(_base(whole)).with_suffix("").as_posix()
        table = careful.parse(read_bytes(source, path), str(path), name, source.options)
        if table.names == ("step",):  # a metric of this name is written over the step that it belongs to
            continue
        if "step" not in table.names or len(table.names) > 3:
            raise LogError(f"{path}: is no table of step and one metric, as DVCLive writes it")
        steps, values = (parse(table.columns[at], source.options.decimal) for at in (table.names.index("step"), -1))
        logged = steps.present & values.present
        at = [float(step) for step in steps.values[logged]]
        told = ((name, step, float(value)) for step, value in zip(at, values.values[logged], strict=True))
        points += zip(_places(at), told, strict=True)
        notes += table.notes
    if not points:
        raise LogError(f"{source.path}: holds no values: nothing was logged yet")
    points.sort(key=itemgetter(0))
    found = rows.of_points([point for _, point in points], "step")
    return as_run.run(found._replace(notes=notes), source, FORMAT, place="row")


def _places(steps: Sequence[float]) -> Iterator[tuple[int, float, int]]:
    """How often the steps (n,) of a table went back so far, the step, and how often it was told since."""
    went_back, last, again = 0, -math.inf, 0
    for step in steps:
        again = again + 1 if step == last else 0
        went_back += step < last
        last = step
        yield went_back, step, again
