"""W&B's own record of a run, ``run-ID.wandb``, and the history that old versions left as JSON lines.

Written by: wandb, online and offline alike, into ``wandb/run-DATE-ID/`` or ``wandb/offline-run-DATE-ID/``; nothing is
asked of a server. Versions below 0.9 wrote ``wandb-history.jsonl``.
Axis: the step metric that ``define_metric`` names; else the trainer's own (``trainer/global_step``,
``train/global_step``, ``global_step``), else W&B's ``_step``.
Direction: the goal of ``define_metric``, where one was given.
Resume: files of one run id are one run, in the order of their dates.
Left out: media, tables, and what begins with an underscore.
Refused: the last values alone (wandb-summary.json) and the machine's own metrics (wandb-events.jsonl).
Source: wandb/proto/wandb_internal.proto and wandb/sdk/internal/datastore.py, wandb 0.31; the layout is private to W&B,
and unchanged since 0.15.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from selectmodel.errors import LogError
from selectmodel.files.opening import Source

# Every reader is asked what it thinks of every log, and a CSV must not wait for what parses records.
if TYPE_CHECKING:
    from selectmodel.files.hparams import Value
    from selectmodel.records import Note, Run

FORMAT = "wandb"
FILES = ("*.wandb", "wandb-history.jsonl", "wandb-events.jsonl", "wandb-summary.json")
CHECKSUMS = True
#: val_loss 1.5, 1.25 and 1.75 as wandb writes them.
EXAMPLES = (
    (
        bytes.fromhex(
            "3a572642e1be00733992537300010809126f0a0b120565706f6368820101300a10120876616c5f6c6f7373820103312e350a"
            "25120a5f74696d657374616d70820116312e37393539363533353338353233393436652b30390a1812085f72756e74696d65"
            "82010b302e3733313132343136330a0b12055f7374657082010130120043429982750001080c12710a1712085f72756e7469"
            "6d6582010a302e37333137353232310a0b12055f73746570820101310a0b120565706f6368820101310a11120876616c5f6c"
            "6f7373820104312e32350a25120a5f74696d657374616d70820116312e37393539363533353430333938323639652b303912"
            "020801201f4e2c760001080f12720a0b120565706f6368820101320a11120876616c5f6c6f7373820104312e37350a25120a"
            "5f74696d657374616d70820116312e37393539363533353430343634303033652b30390a1812085f72756e74696d6582010b"
            "302e3733393132363330360a0b12055f737465708201013212020802"
        ),
        (0, 1, 2),
    ),
)
_HEADER = b":W&B\xe1\xbe\x00"
_STEPS = ("trainer/global_step", "train/global_step", "global_step")
#: How W&B's texts spell what JSON has no number for.
_NO_NUMBERS = ("NaN", "Infinity", "-Infinity")
_NO_HISTORY = {
    "wandb-summary.json": "holds the last values of a run alone; the history is in run-ID.wandb beside files/",
    "wandb-events.jsonl": "holds what W&B measured of the machine, no metric of the training; read run-ID.wandb",
}
_RUN_FOLDER = re.compile(r"(?:offline-)?run-([0-9_]{8,20})-(.+)")


def sniff(path: Path, head: bytes) -> float:
    """1 for a file that begins as wandb begins it, 0.9 for a file of W&B by its name alone, else 0."""
    if head.startswith(_HEADER[:4]):
        return 1.0
    return 0.9 if path.suffix == ".wandb" or path.name.startswith("wandb-") else 0.0


def group(
    files: Sequence[Path], contents: Mapping[Path, bytes] = MappingProxyType({})
) -> list[tuple[Path, tuple[Path, ...]]]:
    """The runs among W&B's files: those of one run id are one, in the order of their dates."""
    logs = [path for path in files if path.suffix == ".wandb" or path.name == "wandb-history.jsonl"]
    runs: dict[tuple[Path, str], list[Path]] = {}
    for path in logs:
        named = _RUN_FOLDER.fullmatch(path.parent.name)
        key = (path.parent.parent, named[2]) if named else (path.parent, path.name)
        runs.setdefault(key, []).append(path)
    return [
        (members[0].parent if len(members) == 1 else members[0], tuple(sorted(members, key=_date)))
        for members in runs.values()
    ]


def _date(path: Path) -> str:
    named = _RUN_FOLDER.fullmatch(path.parent.name)
    return named[1] if named else ""


def read(source: Source) -> Run:
    """The run of the source's files. Raises LogError where one is no such log or holds no history."""
    from selectmodel.readers.block_log import log_file, wandb_records
    from selectmodel.readers.objects import as_run, growing, json_text
    from selectmodel.records import Note

    told = wandb_records.Recorded()
    notes: list[Note] = []
    for path in source.paths:
        if path.name in _NO_HISTORY and source.data is None:
            raise LogError(f"{path}: {_NO_HISTORY[path.name]}")
        if path.suffix == ".jsonl":
            old = growing.lines_of(source, path)
            told.rows += old.objects
            notes += old.notes
            continue
        payloads, more = log_file.payloads(source, path, _HEADER, "wandb")
        notes += more
        told.exit_code = None  # a run that was resumed ends as its last file does
        for payload in payloads:
            wandb_records.take(payload, told)
    if told.exit_code:
        notes.append(Note("SM285", f"W&B says that this run failed, with exit code {told.exit_code}", source.path.name))
    if told.odd:
        notes.append(
            Note("SM190", f"{told.odd} records could not be understood", source.path.name, "warn", degrades=True)
        )
    rows = _placed(told.rows, told.steps)
    if not rows:
        raise LogError(
            f"{source.path}: holds no history: it logged no numbers by step; any of its end are in wandb-summary.json"
        )
    found = json_text.Objects(list(range(1, len(rows) + 1)), rows, tuple(notes))
    return as_run.run(found, source, FORMAT, place="record", hints=told.hints({name for row in rows for name in row}))


def hparams(source: Source) -> dict[str, Value]:
    """The configuration that the run's log tells."""
    import json

    from selectmodel.files import hparams as settings
    from selectmodel.readers.block_log import log_file, wandb_records

    told = wandb_records.Recorded()
    for path in source.paths:
        if path.suffix == ".wandb":
            for payload in log_file.payloads(source, path, _HEADER, "wandb")[0]:
                wandb_records.take(payload, told)
    return settings.parse(json.dumps(told.config), json_text=True)


def _placed(rows: Sequence[Mapping[str, Any]], steps: Mapping[str, str]) -> list[dict[str, Any]]:
    """The rows with their numbers alone, each with the step and the epoch that a checkpoint would be named after."""
    names = {name for row in rows for name in row}
    own = [step for step in dict.fromkeys(steps.values()) if step in names]
    epoch = "train/epoch" if "train/epoch" in names and "epoch" not in names else "epoch"
    known = [name for name in (*own, *_STEPS) if name in names and name != epoch]
    axis = next((name for name in known if _counts(rows, name)), "_step")
    placed = []
    for row in rows:
        metrics = {name: value for name, value in _flat(row).items() if name not in (axis, epoch, *own, *_STEPS)}
        if not metrics:
            continue
        place = {"step": row.get(axis)} | ({"epoch": row[epoch]} if epoch in row else {})
        placed.append({**place, **metrics})
    return placed


def _counts(rows: Sequence[Mapping[str, Any]], name: str) -> bool:
    """Whether whole numbers that never fall stand under a name in most rows."""
    found = [row[name] for row in rows if row.get(name) is not None]
    whole = all(isinstance(value, (int, float)) and value == value // 1 for value in found)
    return whole and 2 * len(found) > len(rows) and all(a <= b for a, b in pairwise(found))


def _flat(row: Mapping[str, Any], above: str = "") -> dict[str, Any]:
    """The numbers of a row, nested ones by ``outer.inner`` as W&B shows them; texts only where they spell a number."""
    found: dict[str, Any] = {}
    for name, value in row.items():
        if name.startswith("_"):
            continue
        if isinstance(value, dict):
            found.update(_flat(value, f"{above}{name}.") if "_type" not in value else {})
        elif type(value) in (int, float) or value in _NO_NUMBERS:
            found[above + name] = value
    return found
