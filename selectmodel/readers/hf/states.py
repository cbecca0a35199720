"""The trainer_state.json files of one training: which of them tells all of it, and which belong to another branch."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from selectmodel.errors import LogError
from selectmodel.files.opening import Source, read_bytes
from selectmodel.readers.hf.history import is_clock, is_summary
from selectmodel.readers.objects import json_text
from selectmodel.records import Note, RecordedBest

NAME = "trainer_state.json"
CHECKPOINT = re.compile(r"checkpoint-([0-9]{1,15})")
#: Where a checkpoint is copied to, beside the others.
_COPY = re.compile(r"(?:best|final|last)(?:[-_](?:model|checkpoint))?", re.IGNORECASE)
_REACHED = re.compile(rb'"global_step"\s*:\s*([0-9]{1,15})')
_HISTORY = re.compile(rb'"log_history"\s*:\s*\[')
#: The end of the list as the Trainer writes it, indented by two; what is inside it is indented by more.
_END = b"\n  ]"


class State(NamedTuple):
    """One file: what it holds, and the step that the training had reached."""

    path: Path
    content: Mapping[str, Any]
    label: str


def groups(files: Sequence[Path]) -> list[tuple[Path, tuple[Path, ...]]]:
    """The trainings among state files found below a folder: the folder of each, and its files."""
    homes: dict[Path, list[Path]] = {}
    for path in files:
        own = path.parent
        home = own.parent if CHECKPOINT.fullmatch(own.name) else own
        homes.setdefault(home, []).append(path)
    for home in [home for home in homes if _COPY.fullmatch(home.name)]:
        above = homes.get(home.parent, [])
        if any(CHECKPOINT.fullmatch(path.parent.name) for path in above):
            homes[home.parent] = above + homes.pop(home)
    return [(home, tuple(sorted(paths, key=_order))) for home, paths in homes.items()]


def newest(source: Source) -> tuple[State, tuple[Note, ...]]:
    """The state that tells most of the training, and what could not be read on the way to it.

    Raises LogError where none of the files holds a state.
    """
    files = list(source.paths)
    if len(files) > 1:
        files.sort(key=lambda path: (_reached(source, path), path.parent == source.path), reverse=True)
    notes: list[Note] = []
    for path in files:
        label = label_of(source, path)
        try:
            found = State(path, _content(source, path), label)
        except LogError as failure:
            if path is files[-1]:
                raise
            message = str(failure).removeprefix(f"{path}: ")
            notes.append(Note("SM128", message, label, "warn", degrades=True))
            continue
        if notes:
            last = notes.pop()
            message = f"{last.message}; {label} was read, which ends at step {step_of(found)}"
            notes.append(Note(last.code, message, last.where, last.level, last.degrades))
        return found, tuple(notes)
    raise AssertionError  # a source has a file


def label_of(source: Source, path: Path) -> str:
    """The file's name, with the checkpoint's folder where there are several."""
    return f"{path.parent.name}/{path.name}" if CHECKPOINT.fullmatch(path.parent.name) else path.name


def step_of(state: State) -> int:
    """The step that the training had reached."""
    return _whole(state.content.get("global_step")) or 0


def other_branches(source: Source, chosen: State) -> tuple[Path, ...]:
    """The folders of checkpoints that hold another training than the chosen state: their histories differ.

    So it is where a run was resumed from an earlier checkpoint and left those after it, or where the folder was used
    for another run before.
    """
    own = _bytes(source, chosen.path)
    known: dict[tuple[int, str], Any] | None = None
    found = []
    for path in _siblings(source, chosen):
        try:
            data = _bytes(source, path)
            if _begins(own, data):
                continue
            known = known if known is not None else _told(chosen.content)
            told = _told(_content(source, path))
        except LogError:
            continue  # what it belongs to, nobody knows
        last = step_of(chosen)
        if any(at[0] <= last and not _same(known.get(at, _ABSENT), value) for at, value in told.items()):
            found.append(path.parent)
    return tuple(found)


def best(content: Mapping[str, Any]) -> RecordedBest | None:
    """What the Trainer recorded as its best evaluation; the name of the metric is found by the value logged there."""
    value, named = content.get("best_metric"), content.get("best_model_checkpoint")
    if type(value) not in (int, float):
        return None
    assert isinstance(value, (int, float))
    folder = re.split(r"[/\\]", named)[-1] if isinstance(named, str) else ""
    counted = CHECKPOINT.fullmatch(folder)
    step = _whole(content.get("best_global_step"))
    if step is None and counted:
        step = int(counted[1])
    hits = [
        (row.get("step"), name)
        for row in _rows(content)
        if step is None or row.get("step") == step
        for name, logged in row.items()
        if name.startswith("eval_") and not is_clock(name) and type(logged) in (int, float) and logged == value
    ]
    names = dict.fromkeys(name for _, name in hits)
    metric = next(iter(names)) if len(names) == 1 else ""
    if step is None and metric:
        step = _whole(hits[0][0])
    try:
        return RecordedBest("Hugging Face", metric, float(value), step, checkpoint=folder if counted else "")
    except OverflowError:
        return None


_ABSENT = object()


def _siblings(source: Source, chosen: State) -> Iterator[Path]:
    """The states of the other checkpoints of a training, none beyond the chosen one."""
    paths: Sequence[Path] = source.paths
    own = chosen.path.parent
    if len(paths) == 1 and source.data is None and source.path == chosen.path and chosen.path.name == NAME:
        home = own.parent if CHECKPOINT.fullmatch(own.name) else own
        paths = sorted(home.glob(f"checkpoint-*/{NAME}"), key=_order)
    reached = step_of(chosen)
    for path in paths:
        counted = CHECKPOINT.fullmatch(path.parent.name)
        if path != chosen.path and counted and int(counted[1]) <= reached:
            yield path


def _reached(source: Source, path: Path) -> int:
    """The step of a state, by its folder's name, else by what it says itself."""
    counted = CHECKPOINT.fullmatch(path.parent.name)
    if counted:
        return int(counted[1])
    try:
        found = _REACHED.search(_bytes(source, path))
    except LogError:
        return -1
    return int(found[1]) if found else -1


def _order(path: Path) -> int:
    counted = CHECKPOINT.fullmatch(path.parent.name)
    return int(counted[1]) if counted else -1


def _bytes(source: Source, path: Path) -> bytes:
    return read_bytes(source, path)


def _content(source: Source, path: Path) -> Mapping[str, Any]:
    content = json_text.document(_bytes(source, path), str(path))
    if not isinstance(content, dict) or not isinstance(content.get("log_history"), list):
        raise LogError(f"{path}: has no log_history, which the Trainer always writes")
    return content


def _begins(own: bytes, other: bytes) -> bool:
    """Whether the history in ``own`` begins with all of that in ``other``, as the Trainer writes both."""
    here, there = _HISTORY.search(own), _HISTORY.search(other)
    if here is None or there is None:
        return False
    end = other.find(_END, there.end())
    told = other[there.end() : end]
    return end >= 0 and own.startswith(told, here.end()) and own.startswith((_END, b","), here.end() + len(told))


def _rows(content: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [row for row in content["log_history"] if isinstance(row, dict)]


def _told(content: Mapping[str, Any]) -> dict[tuple[int, str], Any]:
    """What a history says of losses and scores, by step and name."""
    found: dict[tuple[int, str], Any] = {}
    for row in _rows(content):
        step = _whole(row.get("step"))
        if step is not None and not is_summary(row):
            found |= {
                (step, name): value
                for name, value in row.items()
                if type(value) is float and ("loss" in name or name.startswith("eval_")) and not is_clock(name)
            }
    return found


def _same(one: Any, other: Any) -> bool:
    return bool(one == other) or (type(one) is type(other) is float and math.isnan(one) and math.isnan(other))


def _whole(value: Any) -> int | None:
    return value if type(value) is int and 0 <= value < 10**15 else None
