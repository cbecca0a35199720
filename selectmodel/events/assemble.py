"""Event files of one training become its series: names, splits, epochs, and what was left out and why."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path, PurePath
from typing import Literal

import numpy as np

from selectmodel import names
from selectmodel.errors import UsageError
from selectmodel.events import layout, sequence
from selectmodel.events.decode import EventFile
from selectmodel.events.framing import Problem
from selectmodel.events.gather import Points, joined
from selectmodel.events.sequence import Part, Roles
from selectmodel.records import Checkpoint, Floats, Hint, Ints, Level, Note, Run, Series, frozen
from selectmodel.sources import Source

#: Tags that say which epoch a step belongs to: Lightning, Hugging Face.
_EPOCH_MAPS = ("epoch", "train/epoch")
_KEPT = 4096  # points of a series whose unknown epochs are kept for the next one
_HF_CLOSING = "train/train_runtime"
_HF_SUMMARY = re.compile(r"train/(train_\w+|total_flos)\Z")
_OTHER_UNIT = re.compile(r"(batch_.*|evaluation_.*_vs_iterations)\Z", re.DOTALL)
_PROBLEMS: Mapping[str, tuple[str, bool]] = {
    "torn": ("SM131", False),
    "data": ("SM132", True),
    "header": ("SM133", True),
    "message": ("SM134", True),
    "value": ("SM135", False),
    "large": ("SM135", False),
}


@dataclass(slots=True)
class _Named:
    """Parts with the names their series have in the run, and what the folders tell of those names."""

    parts: list[Part] = field(default_factory=list)
    hints: dict[str, Hint] = field(default_factory=dict)
    keras: bool = False
    epoch_map: str | None = None
    left_out: dict[str, None] = field(default_factory=dict)


def run(source: Source, form: str, base: Path, files: Sequence[EventFile]) -> Run:
    """The run of event files in order of time; ``base`` is the folder that names of sub-folders are relative to.

    Raises ChoiceError where they hold several trainings, UsageError where all steps are 0.
    """
    place = str(source.path)
    notes = [note for file in files for note in _problem_notes(_label(base, file.path), file.problems)]
    kept = [file for file in files if not _is_hparams(base, file.path)]
    if len(kept) < len(files):
        notes.append(Note("SM140", "final values of add_hparams were left out; they are no series", place))
    named = _named(base, kept)
    parts, late = _of_training(named)
    if late:
        notes.append(_late_note(late, place))
    by_row = _without_steps(parts)
    if by_row and source.options.index != "row":
        raise UsageError(
            f"{place}: every value was logged at step 0 (was global_step left out?), "
            "so nothing tells the epochs apart; to take the order in the file for them: --index row"
        )
    parts = [piece for part in parts for piece in sequence.split_restarts(part)]
    parts, chosen = sequence.choose(parts, source.options.segment, place)
    series, superseded = _series(named, parts, by_row)
    notes += [*chosen, *superseded, *_left_out_notes(named, place), *_step_notes(series, by_row, place)]
    axis: Literal["row", "epoch", "step"] = "row" if by_row else "epoch" if named.keras else "step"
    hints = {name: hint for name, hint in named.hints.items() if name in series}
    return Run(source.name, place, form, series, axis, hints, _checkpoints(kept), tuple(notes))


def _label(base: Path, path: Path) -> str:
    if _lies_in(path, base):
        return path.name
    return path.relative_to(base).as_posix() if path.is_relative_to(base) else "/".join(path.parts[-2:])


def _lies_in(path: Path, folder: Path) -> bool:
    """Whether the file is in this very folder; the texts of paths tell it in a tenth of the time of paths."""
    return os.path.dirname(str(path)) == str(folder) or path.parent == folder  # noqa: PTH120


def _folder(base: Path, path: Path) -> str:
    """The sub-folder of the run that a file is in, "" for the run's own folder.

    Where several runs are read as one, the folders of the others stand for those of the first.
    """
    if _lies_in(path, base):
        return ""
    folder = path.parent
    if folder.is_relative_to(base):
        return folder.relative_to(base).as_posix()
    return folder.name if layout.split_of(folder.name) is not None and (base / folder.name).is_dir() else ""


def _is_hparams(base: Path, path: Path) -> bool:
    return not _lies_in(path, base) and layout.is_hparams_folder(path.parent.name)


def _named(base: Path, files: Sequence[EventFile]) -> _Named:
    folders: dict[str, list[EventFile]] = {}
    for file in files:
        folders.setdefault(_folder(base, file.path), []).append(file)
    tags = {folder: {tag for file in inside for tag in file.points} for folder, inside in folders.items()}
    every = set().union(*tags.values())
    called = _series_names(tags)
    named = _Named(epoch_map=next((name for name in _EPOCH_MAPS if name in called.values()), None))
    named.keras = named.epoch_map is None and any(tag.startswith("epoch_") for tag in every)
    for folder in folders:
        _add_hints(named, base, folder, tags, called)
    for file in files:
        folder = _folder(base, file.path)
        points: dict[str, Points] = {}
        for tag, found in file.points.items():
            wanted = _wanted(named, tag, found)
            if wanted is not None and len(wanted.steps):
                points[called[folder, tag]] = wanted
            else:
                named.left_out[called[folder, tag]] = None
        named.parts.append(Part(_label(base, file.path), folder, points))
    return named


def _series_names(tags: Mapping[str, Iterable[str]]) -> dict[tuple[str, str], str]:
    """A name for each folder and tag; where two would meet, the one from a folder has a second slash."""
    called: dict[tuple[str, str], str] = {}
    taken: set[str] = set()
    for folder, inside in sorted(tags.items()):
        for tag in inside:
            name = tag if not folder else folder if layout.curve_of(folder, tag) is not None else f"{folder}/{tag}"
            called[folder, tag] = f"{folder}//{tag}" if name in taken else name
            taken.add(name)
    return called


def _add_hints(
    named: _Named,
    base: Path,
    folder: str,
    tags: Mapping[str, set[str]],
    called: Mapping[tuple[str, str], str],
) -> None:
    last = PurePath(folder).name if folder else base.name
    learn = layout.has_learn(PurePath(other).name for other in tags)
    split = layout.split_of(last, beside_learn=learn)
    if split is not None and layout.leaves_split_open(tags[folder]):
        for tag in tags[folder]:
            named.hints[called[folder, tag]] = Hint(split, None, f"directory {last}/")


def _wanted(named: _Named, tag: str, points: Points) -> Points | None:
    """The points of a tag that may be a metric's; None or none at all for other units and bookkeeping."""
    if tag == "hp_metric":  # Lightning writes -1 at step 0 so that the tag exists
        return points[~((points.values == -1.0) & (points.steps == 0))]
    if tag.startswith("_hparams_/") or (named.keras and _OTHER_UNIT.match(tag)):
        return None
    return points


def _of_training(named: _Named) -> tuple[list[Part], list[Part]]:
    """The parts of the training, and the evaluations made after it."""
    every = {name for part in named.parts for name in part.points}
    evaluation = _evaluation(tuple(sorted(every)), tuple(named.hints.items()))
    summary = {name for name in every if named.epoch_map == "train/epoch" and _HF_SUMMARY.match(name)}
    aside = frozenset({*summary, *({named.epoch_map} if named.epoch_map else ()), "hp_metric"})
    roles = Roles(evaluation - aside, aside)
    if any(name.startswith("lr/pg") for name in every) and any(name.startswith("metrics/") for name in every):
        pairs = [sequence.after_last_step(part, roles) for part in named.parts]
    else:
        pairs = [sequence.after_summary(part, _HF_CLOSING, roles) for part in named.parts]
    late = [after for _, after in pairs if after.points]
    parts, more = sequence.after_training([before for before, _ in pairs if before.points], roles)
    named.left_out.update(dict.fromkeys(sorted(summary)))
    if summary:
        parts = [replace(part, points={n: p for n, p in part.points.items() if n not in summary}) for part in parts]
    return [part for part in parts if part.points], [*late, *more]


@lru_cache(256)  # the runs of a sweep have the same names
def _evaluation(every: tuple[str, ...], hints: tuple[tuple[str, Hint], ...]) -> frozenset[str]:
    """The names that are metrics of validation or test data."""
    meanings = names.understand(list(every), dict(hints))
    return frozenset(name for name, meaning in meanings.items() if meaning.split in ("val", "test"))


def _without_steps(parts: Sequence[Part]) -> bool:
    """Whether several values of a series stand at step 0 and none at any other step."""
    counts: dict[str, int] = {}
    for part in parts:
        for name, points in part.points.items():
            if points.steps.any():
                return False
            counts[name] = counts.get(name, 0) + len(points.steps)
    return max(counts.values(), default=0) > 1


def _series(named: _Named, parts: Sequence[Part], by_row: bool) -> tuple[dict[str, Series], list[Note]]:
    pieces: dict[str, list[Points]] = {}
    for part in parts:
        for name, points in part.points.items():
            pieces.setdefault(name, []).append(points)
    whole = {name: joined(found) for name, found in pieces.items()}
    if by_row:
        whole = {name: replace(found, steps=np.arange(len(found.steps))) for name, found in whole.items()}
    kept: dict[str, Points] = {}
    gone: dict[str, tuple[int, bool]] = {}
    ascending: dict[bytes, Ints] = {}
    for name, points in whole.items():
        key = points.steps.tobytes() if len(points.steps) <= _KEPT else b""
        if key in ascending:  # as of another series: one array for both tells later that they are in step
            kept[name] = Points(ascending[key], points.wall_times, points.values, points.offsets)
            continue
        if (points.steps[1:] > points.steps[:-1]).all():
            kept[name] = points
            if key:
                ascending[key] = points.steps
            continue
        lost = sequence.superseded(points)
        kept[name] = points[~lost]
        if lost.any() and name != named.epoch_map:
            gone[name] = int(lost.sum()), sequence.all_again(points[lost], kept[name])
    epoch_of = kept.pop(named.epoch_map, None) if named.epoch_map else None
    if epoch_of is not None and (by_row or not len(epoch_of.steps)):
        epoch_of = None
    series = {
        # Steps of what is kept ascend strictly; its arrays are of this file alone, and nobody else has them.
        name: Series.made(name, points.steps, _epochs(named, epoch_of, points, by_row), points.values)
        for name, points in kept.items()
    }
    return series, _superseded_notes(gone, parts)


def _epochs(named: _Named, epoch_of: Points | None, points: Points, by_row: bool) -> Floats:
    """(n,) the epoch of each point; NaN where the log does not say: never counted here."""
    if named.keras and not by_row:
        return points.steps.astype(np.float64)
    epochs = _unknown(len(points.steps))
    if epoch_of is None:
        return epochs
    at = np.searchsorted(epoch_of.steps, points.steps, side="right") - 1
    return np.where(at >= 0, epoch_of.values[np.maximum(at, 0)], epochs)


@lru_cache(64)  # the series of a sweep are of few lengths
def _few_unknown(count: int) -> Floats:
    return frozen(np.full(count, np.nan))


def _unknown(count: int) -> Floats:
    """(count,) NaN, read-only."""
    return _few_unknown(count) if count <= _KEPT else frozen(np.full(count, np.nan))


def _checkpoints(files: Sequence[EventFile]) -> tuple[Checkpoint, ...]:
    """What TF1's estimator says it evaluated: the last part of each path, for the path is another machine's."""
    found: dict[tuple[str, int], Checkpoint] = {}
    for file in files:
        for step, path in file.checkpoints:
            last = re.split(r"[/\\]", path)[-1]
            if last not in ("", ".", "..") and "\0" not in last and len(last) <= 255:
                found[last, step] = Checkpoint(last, step=step)
    return tuple(found.values())


def _problem_notes(label: str, problems: Sequence[Problem]) -> list[Note]:
    """One note for each kind of problem in a file: the first of them, and how many there are."""
    notes = []
    for kind, (code, degrades) in _PROBLEMS.items():
        inside = [problem for problem in problems if problem.kind == kind]
        if inside:
            more = f" ({len(inside)} such places)" if len(inside) > 1 else ""
            level: Level = "note" if kind == "torn" else "warn"
            notes.append(Note(code, inside[0].message + more, f"{label}@{inside[0].offset}", level, degrades))
    return notes


def _late_note(late: Sequence[Part], place: str) -> Note:
    what = _listed(dict.fromkeys(name for part in late for name in part.points if name not in _EPOCH_MAPS))
    step = max(int(points.steps[-1]) for part in late for points in part.points.values())
    where = late[0].where
    message = f"evaluation after the training, at step {step}, is of no epoch and was left out: {what}"
    return Note("SM138", message, where or place)


def _superseded_notes(gone: Mapping[str, tuple[int, bool]], parts: Sequence[Part]) -> list[Note]:
    if not gone:
        return []
    count = sum(number for number, _ in gone.values())
    again = all(same for _, same in gone.values())
    points = "1 point was" if count == 1 else f"{count} points were"
    end = "the values are the same" if again else "the later ones were used"
    message = f"{points} superseded by later ones at the same or an earlier step; {end}: {_listed(gone)}"
    return [Note("SM136", message, parts[-1].where, "note" if again else "warn", degrades=not again)]


def _left_out_notes(named: _Named, place: str) -> list[Note]:
    if not named.left_out:
        return []
    message = f"left out, for their steps are not epochs or they are no series: {_listed(named.left_out)}"
    return [Note("SM139", message, place)]


def _step_notes(series: Mapping[str, Series], by_row: bool, place: str) -> list[Note]:
    notes = []
    negative = [name for name, found in series.items() if len(found.steps) and found.steps[0] < 0]
    if negative:
        notes.append(Note("SM142", f"steps below 0: {_listed(negative)}", place, "warn"))
    if by_row:
        notes.append(Note("SM143", "the order in the file was taken for the epochs, as asked", place))
    return notes


def _listed(found: Iterable[str]) -> str:
    listed = list(found)
    return ", ".join(listed[:6]) + (f" and {len(listed) - 6} more" if len(listed) > 6 else "")
