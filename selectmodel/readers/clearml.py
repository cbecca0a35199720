"""ClearML's offline record of a task: ``offline-ID.zip``, or the ``metrics.jsonl`` of the folder beside it.

Written by: clearml with ``Task.set_offline(True)``, into ``~/.clearml/cache/offline/``.
Axis: the iteration of each value. Single values, of no iteration, are left out.
Metrics: title and series joined by a slash: ``loss/val``.
Watch out: ClearML writes NaN and both infinities as 0.0, so a loss of exactly 0.0 is not known to be one; it is left
out, and a gate refuses such a log.
Source: clearml 2.1.12, backend_interface/metrics and task.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from selectmodel.errors import LogError
from selectmodel.files.opening import MAX_TEXT_BYTES, Source, read_bytes

if TYPE_CHECKING:
    from selectmodel.files.hparams import Value
    from selectmodel.records import Run

FORMAT = "clearml"
FILES = ("metrics.jsonl", "offline-*.zip")
SAME_NAMES = ("metrics.jsonl",)
EXAMPLES = (
    (
        b'[{"type": "training_stats_scalar", "iter": 0, "metric": "loss", "variant": "val", "value": 1.5}]\n'
        b'[{"type": "training_stats_scalar", "iter": 1, "metric": "loss", "variant": "val", "value": 1.25}, '
        b'{"type": "training_stats_scalar", "iter": 1, "metric": "loss", "variant": "train", "value": 0.5}]\n',
        (0, 1),
    ),
)
_MEMBERS = ("metrics.jsonl", "task.json")
_NO_ITERATION = -(2**31)


def sniff(path: Path, head: bytes) -> float:
    """0.9 for lists of ClearML's events, or an archive that holds them, else 0."""
    if head.lstrip()[:1] == b"[":
        return 0.9 if b'"training_stats_' in head and b'"variant"' in head else 0.0
    if head[:4] != b"PK\x03\x04" or not path.name.startswith("offline-"):
        return 0.0
    from selectmodel.files import archives

    return 0.9 if archives.holds(path, _MEMBERS) else 0.0


def group(
    files: Sequence[Path], contents: Mapping[Path, bytes] = MappingProxyType({})
) -> list[tuple[Path, tuple[Path, ...]]]:
    """The tasks among ClearML's files: a folder and the archive of the same name are one, of which that is read."""
    archived = {path.with_suffix("") for path in files if path.suffix == ".zip"}
    return [(path, (path,)) for path in files if path.suffix == ".zip" or path.parent not in archived]


def read(source: Source) -> Run:
    """The run of one task. Raises LogError where nothing was reported, or the file cannot be read."""
    from selectmodel.readers.objects import as_run, json_text, rows
    from selectmodel.records import Note

    path = source.paths[0]
    lists = json_text.lists(_member(source, path, "metrics.jsonl"), str(path), path.name, source.options)
    points, unknown = [], []
    for name, at, value in _points(lists.rows):
        if value == 0 and "loss" in name.lower():
            unknown.append(at)
        else:
            points.append((name, at, value))
    notes = lists.notes
    if unknown:
        message = (
            f"a loss is exactly 0.0 (at iteration {unknown[0]}; {len(unknown)} in all), which is how ClearML writes "
            "NaN and infinity too; left out"
        )
        notes += (Note("SM192", message, path.name, "warn", degrades=True),)
    if not points:
        raise LogError(f"{path}: holds no scalars of an iteration: nothing was reported to this task")
    found = rows.of_points(points, "iteration")
    return as_run.run(found._replace(notes=notes), source, FORMAT, place="record")


def hparams(source: Source) -> dict[str, Value]:
    """The hyper-parameters of the task, those of the section General by their own names."""
    import json

    from selectmodel.files import hparams as settings

    try:
        told = json.loads(_member(source, source.paths[0], "task.json"))
        sections = told.get("hyperparams") or {}
        values = {
            (name if section == "General" else f"{section}/{name}").replace("/", "."): one.get("value")
            for section, members in sections.items()
            for name, one in members.items()
        }
    except (LogError, ValueError, RecursionError, AttributeError):
        return {}
    return settings.of_texts(values)


def _member(source: Source, path: Path, name: str) -> bytes:
    """What a file of the task holds, from the archive or from the folder."""
    if source.data is None and path.suffix == ".zip":
        from selectmodel.files import archives

        with archives.opened(path) as archive:
            return archives.member(archive, name, path, limit=source.options.max_bytes or MAX_TEXT_BYTES) or b""
    return read_bytes(source, path if path.name == name or source.data is not None else path.with_name(name))


def _points(lines: list[list[Any]]) -> Iterator[tuple[str, int, float]]:
    """Metric, iteration and value of each event, in the order written."""
    for event in (event for line in lines for event in line):
        if not isinstance(event, dict) or event.get("type") != "training_stats_scalar":
            continue
        title, series, at, value = (event.get(key) for key in ("metric", "variant", "iter", "value"))
        if isinstance(at, int) and at != _NO_ITERATION and isinstance(value, (int, float)):
            yield (f"{title}/{series}" if series and series != title else str(title)), at, value
