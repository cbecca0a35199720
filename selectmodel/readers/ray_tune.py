"""Ray Tune and Ray Train: ``result.json`` (JSON lines) and ``progress.csv`` of a trial's folder, which tell the same.

Written by: every trial of ``tune.Tuner(…).fit()``, RLlib and Ray Train, into ``~/ray_results/EXPERIMENT/TRIAL/``.
Axis: ``training_iteration``, from 1: one a report.
Checkpoints: ``checkpoint_000003`` is the fourth that was kept, not that of iteration 3; the log tells which report
brought it (``checkpoint_dir_name``).
Settings: those under ``config``; in Ray's own bookkeeping (times, host, process) there is no metric.
Resume: a restored trial goes on in the same files; iterations that were reported again count once, the later ones.
Source: ray/tune/logger/{json,csv}.py and experiment/trial.py, Ray 2.7 to 2.60.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from selectmodel.files.opening import Source, read_bytes

if TYPE_CHECKING:
    from selectmodel.files.hparams import Value
    from selectmodel.readers.objects.json_text import Objects
    from selectmodel.records import Checkpoint, Run

FORMAT = "ray_tune"
FILES = ("result.json", "progress.csv")
SAME_NAMES = FILES
FRAMEWORK = "ray"
EXAMPLES = (
    (
        b'{"val_loss": 0.5, "training_iteration": 1, "trial_id": "d7_0", "config": {"lr": 0.5}, "pid": 7}\n'
        b'{"val_loss": 0.25, "training_iteration": 2, "trial_id": "d7_0", "config": {"lr": 0.5}, "pid": 7}\n',
        (1, 2),
    ),
    (b"val_loss,training_iteration,trial_id,pid\n0.5,1,d7_0,7\n0.25,2,d7_0,7\n", (1, 2)),
)
_AXIS = "training_iteration"
_KEPT = "checkpoint_dir_name"
#: What Ray adds to every report.
_OF_RAY = frozenset(
    {
        "timestamp", _KEPT, "should_checkpoint", "done", "trial_id", "date", "time_this_iter_s", "time_total_s", "pid",
        "hostname", "node_ip", "time_since_restore", "iterations_since_restore", "experiment_id", "experiment_tag",
        "timesteps_since_restore", "warmup_time", "episodes_this_iter", "config",
    }
)  # fmt: skip
_NOT_METRICS = ("config/", "timers/", "perf/", "fault_tolerance/")


def sniff(path: Path, head: bytes) -> float:
    """0.93 for a report with Ray's iteration and trial, as JSON or in the header of a table, else 0."""
    line = head.partition(b"\n")[0]
    if head.startswith(b"{"):
        return 0.93 if b'"training_iteration"' in line and b'"trial_id"' in line else 0.0
    return 0.93 if {b"training_iteration", b"trial_id"} <= {*line.rstrip(b"\r").split(b",")} else 0.0


def group(
    files: Sequence[Path], contents: Mapping[Path, bytes] = MappingProxyType({})
) -> list[tuple[Path, tuple[Path, ...]]]:
    """The trials: of the two files of a folder, result.json is read, which tells the settings too."""
    told = {path.parent for path in files if path.name == "result.json"}
    return [(path, (path,)) for path in files if path.name == "result.json" or path.parent not in told]


def read(source: Source) -> Run:
    """The run of one trial. Raises LogError if it holds no reports, and as epoch_rows.read does."""
    from selectmodel.readers.objects import as_run, rows

    found = _reports(source)
    told = [rows.flat(one) for one in found.objects]
    objects = [
        {name: value for name, value in one.items() if name not in _OF_RAY and not name.startswith(_NOT_METRICS)}
        for one in told
    ]
    run = as_run.run(found._replace(objects=objects), source, FORMAT)
    return replace(run, checkpoints=_checkpoints(source, told))


def hparams(source: Source) -> dict[str, Value]:
    """The configuration of the trial, of its first report; of ``params.json`` beside a table."""
    from selectmodel.errors import LogError
    from selectmodel.files import hparams as settings

    beside = source.paths[0].with_name("params.json")
    try:
        reports = _reports(source).objects if source.paths[0].suffix == ".json" else []
    except LogError:
        reports = []
    config = next((one["config"] for one in reports if isinstance(one.get("config"), dict)), None)
    if config is None:
        return settings.read(beside) if beside.is_file() else {}
    return settings.parse(json.dumps(config), json_text=True)


def _reports(source: Source) -> Objects:
    from selectmodel.readers.objects import json_text
    from selectmodel.readers.table import careful

    path = source.paths[0]
    data = read_bytes(source, path)
    if data.startswith(b"{"):
        return json_text.lines(data, str(path), path.name, source.options)
    table = careful.parse(data, str(path), path.name, source.options)
    cells = [
        {name: cell for name, cell in zip(table.names, row, strict=True) if cell}
        for row in zip(*table.columns, strict=True)
    ]
    return json_text.Objects(table.lines.tolist(), cells, table.notes)


def _checkpoints(source: Source, told: Sequence[Mapping[str, Any]]) -> tuple[Checkpoint, ...]:
    """The checkpoints beside the log, each at the iteration whose report brought it."""
    from selectmodel.records import Checkpoint

    if source.data is not None:
        return ()
    found: dict[str, int] = {}
    for one in told:
        name, at = one.get(_KEPT), str(one.get(_AXIS, ""))
        if (
            isinstance(name, str)
            and name.startswith("checkpoint_")
            and name.replace("_", "").isalnum()
            and at.isdigit()
        ):
            found[name] = int(at)
    places = {source.paths[0].with_name(name): at for name, at in found.items()}
    return tuple(Checkpoint(str(place), step=at) for place, at in places.items() if place.is_dir())
