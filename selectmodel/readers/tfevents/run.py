"""Event files of one training become its series: names, splits, epochs, and what was left out and why."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np

from selectmodel.errors import UsageError
from selectmodel.files.opening import Source, refuse_column
from selectmodel.metrics.after_fit import begun_after
from selectmodel.metrics.meaning import understand
from selectmodel.metrics.words import take_apart
from selectmodel.readers.tfevents import epoch_map, restarts, segments, series_names, torn
from selectmodel.readers.tfevents import notes as remarks
from selectmodel.readers.tfevents.event_file import EventFile
from selectmodel.readers.tfevents.notes import Superseded
from selectmodel.readers.tfevents.points import Points, joined
from selectmodel.readers.tfevents.segments import Part, SeriesRoles
from selectmodel.readers.tfevents.series_names import Names
from selectmodel.records import Bools, Checkpoint, Hint, Ints, Note, Run, Series

_HF_CLOSING = "train/train_runtime"
_HF_SUMMARY = re.compile(r"train/(train_\w+|total_flos)\Z")
_OTHER_UNIT = re.compile(r"(batch_.*|evaluation_.*_vs_iterations)\Z", re.DOTALL)


def run(source: Source, form: str, base: Path, files: Sequence[EventFile]) -> Run:
    """The run of event files in order of time; ``base`` is the folder that names of sub-folders are relative to.

    Raises ChoiceError where they hold several trainings, UsageError where all steps are 0.
    """
    refuse_column(source.options, source.path, "an event file")
    place = str(source.path)
    placed = [(file, *series_names.place(base, file.path)) for file in files]
    notes = [
        note
        for at, (file, label, _) in enumerate(placed)
        if file.problems
        for note in remarks.damage(label, file.problems, torn.goes_on_in(at, placed))
    ]
    notes += [note for file, label, _ in placed if file.beside for note in remarks.beside(label, file.beside)]
    kept = [found for found in placed if not series_names.is_hparams(base, found[0].path)]
    if len(kept) < len(files):
        notes.append(Note("SM140", "final values of add_hparams were left out; they are no series", place))
    tags: dict[str, set[str]] = {}
    for file, _, folder in kept:
        tags.setdefault(folder, set()).update(file.points)
    names = series_names.names(base, tags)
    parts, left_out = _parts(kept, names)
    parts, late, alone, summary, roles = _of_training(parts, names)
    if late:
        notes.append(remarks.late(late, alone, place))
    by_row = _without_steps(parts)
    if by_row and source.options.index != "row":
        raise UsageError(
            f"{place}: every value was logged at step 0 (was global_step left out?), "
            "so nothing tells the epochs apart; to take the order in the file for them: --index row"
        )
    parts = [piece for part in parts for piece in restarts.split_restarts(part)]
    parts, chosen = segments.choose(parts, source.options.segment, place)
    series, superseded = _series(names, parts, by_row, roles)
    left_out = list(dict.fromkeys([*left_out, *sorted(summary)]))
    notes += [*chosen, *superseded, *remarks.left_out(left_out, place), *remarks.steps(series, by_row, place)]
    axis: Literal["row", "epoch", "step"] = "row" if by_row else "epoch" if names.keras else "step"
    hints = {name: hint for name, hint in names.hints.items() if name in series}
    return Run(source.name, place, form, series, axis, hints, _checkpoints([file for file, *_ in kept]), tuple(notes))


def _parts(files: Sequence[tuple[EventFile, str, str]], names: Names) -> tuple[list[Part], list[str]]:
    """The points that may be a metric's, by file and series; and the names of series that are left out."""
    parts = []
    left_out: dict[str, None] = {}
    for file, label, folder in files:
        points: dict[str, Points] = {}
        for tag, found in file.points.items():
            wanted = _wanted(tag, found, names.keras)
            if wanted is not None and len(wanted.steps):
                points[names.called[folder, tag]] = wanted
            else:
                left_out[names.called[folder, tag]] = None
        parts.append(Part(label, folder, points))
    return parts, list(left_out)


def _wanted(tag: str, points: Points, keras: bool) -> Points | None:
    """The points of a tag that may be a metric's; None or none at all for other units and bookkeeping."""
    if tag == "hp_metric":  # Lightning writes -1 at step 0 so that the tag exists
        return points[~((points.values == -1.0) & (points.steps == 0))]
    if tag.startswith("_hparams_/") or (keras and _OTHER_UNIT.match(tag)):
        return None
    return points


class _Kinds(NamedTuple):
    """What the series of a run are. ``unnamed``: those whose name tells no split, and which steps may tell.

    ``summary``: what Hugging Face's trainer closes with.
    ``ends_with_evaluation``: the writer evaluates its best weights as one epoch more (Ultralytics).
    """

    roles: SeriesRoles
    unnamed: frozenset[str]
    summary: frozenset[str]
    ends_with_evaluation: bool


class _Training(NamedTuple):
    """The ``parts`` of the training, the evaluations made after it, and names of series that are its ``summary``.

    ``alone``: the validation metrics of which nothing but an evaluation in a file of its own is there.
    """

    parts: list[Part]
    late: list[Part]
    alone: frozenset[str]
    summary: frozenset[str]
    roles: SeriesRoles


def _of_training(parts: Sequence[Part], names: Names) -> _Training:
    every = frozenset(name for part in parts for name in part.points)
    roles, unnamed, summary, ends_with_evaluation = _kinds(every, tuple(names.hints.items()), names.epoch_map)
    if unnamed and len(parts) > 1:
        roles = replace(roles, evaluation=roles.evaluation | _begun_after(parts, roles, unnamed))
    if ends_with_evaluation:
        pairs = [segments.after_last_step(part, roles) for part in parts]
    else:
        pairs = [segments.after_summary(part, _HF_CLOSING, roles) for part in parts]
    late = [after for _, after in pairs if after.points]
    trained, more = segments.after_training([before for before, _ in pairs if before.points], roles)
    if summary:
        trained = [replace(part, points={n: p for n, p in part.points.items() if n not in summary}) for part in trained]
    alone = {name for part in more for name in part.points} & roles.validation
    alone -= {name for part in (*trained, *late) for name in part.points}
    return _Training([part for part in trained if part.points], [*late, *more], frozenset(alone), summary, roles)


@lru_cache(256)  # the runs of a sweep have the same names
def _kinds(every: frozenset[str], hints: tuple[tuple[str, Hint], ...], epoch_map: str | None) -> _Kinds:
    meanings = understand(sorted(every), dict(hints))
    evaluation = frozenset(name for name, meaning in meanings.items() if meaning.split in ("val", "test"))
    summary = frozenset(name for name in every if epoch_map == "train/epoch" and _HF_SUMMARY.match(name))
    aside = summary | {"hp_metric"} | ({epoch_map} if epoch_map else set())
    ultralytics = all(any(name.startswith(begin) for name in every) for begin in ("lr/pg", "metrics/"))
    validation = frozenset(name for name in evaluation - aside if meanings[name].split == "val")
    unnamed = frozenset(name for name in every - aside if take_apart(name).split is None) - evaluation
    return _Kinds(SeriesRoles(evaluation - aside, aside, validation), unnamed, summary, ultralytics)


def _begun_after(parts: Sequence[Part], roles: SeriesRoles, unnamed: frozenset[str]) -> frozenset[str]:
    """Series without a split in their name that begin after the training, as those of test() do."""
    places = {name: joined(found).steps for name, found in segments.pieces(parts).items()}
    return begun_after(places, roles.training(places.keys()) - set(unnamed), unnamed & places.keys())


def _without_steps(parts: Sequence[Part]) -> bool:
    """Whether several values of a series stand at step 0 and none at any other step."""
    counts: dict[str, int] = {}
    for part in parts:
        for name, points in part.points.items():
            if points.steps.any():
                return False
            counts[name] = counts.get(name, 0) + len(points.steps)
    return max(counts.values(), default=0) > 1


def _series(
    names: Names, parts: Sequence[Part], by_row: bool, roles: SeriesRoles
) -> tuple[dict[str, Series], list[Note]]:
    pieces = segments.pieces(parts)
    whole = {name: joined(found) for name, found in pieces.items()}
    if by_row:
        whole = {name: replace(found, steps=np.arange(len(found.steps))) for name, found in whole.items()}
    kept: dict[str, Points] = {}
    gone: dict[str, Superseded] = {}
    ascending: dict[bytes, Ints] = {}
    for name, points in whole.items():
        key = points.steps.tobytes() if len(points.steps) <= epoch_map.KEPT else b""
        if key in ascending:  # as of another series: one array for both tells later that they are in step
            kept[name] = Points(ascending[key], points.wall_times, points.values, points.offsets)
            continue
        if (points.steps[1:] > points.steps[:-1]).all():
            kept[name] = points
            if key:
                ascending[key] = points.steps
            continue
        if name == names.epoch_map:
            kept[name] = epoch_map.latest(points)
            continue
        lost = segments.superseded(points)
        kept[name] = points[~lost]
        if lost.any():
            gone[name] = _gone(points, lost, kept[name], whole, roles, pieces[name])
    epoch_of = kept.pop(names.epoch_map, None) if names.epoch_map else None
    if epoch_of is not None and (by_row or not len(epoch_of.steps)):
        epoch_of = None
    notes = remarks.superseded(gone, parts)
    if epoch_of is not None and (wrong := epoch_map.odd(epoch_of, pieces[names.epoch_map or ""])).any():
        notes.append(remarks.odd_epochs(names.epoch_map or "", epoch_of.steps[wrong], parts[-1].where))
        epoch_of = replace(epoch_of, values=np.where(wrong, np.nan, epoch_of.values))
    if epoch_of is not None and len(untold := epoch_map.missing(epoch_of, kept.values())):
        notes.append(remarks.lost_epochs(names.epoch_map or "", untold, parts[-1].where))
        epoch_of = epoch_map.unknown_at(epoch_of, untold)
    count_epochs = names.keras and not by_row
    series = {
        # Steps of what is kept ascend strictly; its arrays are of this file alone, and nobody else has them.
        name: Series.made(
            name,
            points.steps,
            points.steps.astype(np.float64) if count_epochs else epoch_map.epochs(points, epoch_of),
            points.values,
        )
        for name, points in kept.items()
    }
    return series, notes


def _gone(
    points: Points,
    lost: Bools,
    kept: Points,
    whole: Mapping[str, Points],
    roles: SeriesRoles,
    pieces: Sequence[Points],
) -> Superseded:
    """What became of the ``lost`` (n,) points of a series, which is in ``pieces``; ``whole`` are all of the run."""
    ends = [int(found.steps.max()) for name in roles.training(whole.keys()) if len((found := whole[name]).steps)]
    back = bool((points.steps[1:] < points.steps[:-1]).any())
    back |= any(int(later.steps[0]) <= int(earlier.steps[-1]) for earlier, later in pairwise(pieces))
    late = bool(ends) and int(points.steps[lost].min()) > max(ends)
    return Superseded(int(lost.sum()), segments.all_again(points[lost], kept), back, late)


def _checkpoints(files: Sequence[EventFile]) -> tuple[Checkpoint, ...]:
    """What TF1's estimator says it evaluated: the last part of each path, for the path is another machine's."""
    found: dict[tuple[str, int], Checkpoint] = {}
    for file in files:
        for step, path in file.checkpoints:
            last = re.split(r"[/\\]", path)[-1]
            if last not in ("", ".", "..") and "\0" not in last and len(last) <= 255:
                found[last, step] = Checkpoint(last, step=step)
    return tuple(found.values())
