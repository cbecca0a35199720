"""What the user is told of event files: what was lost, superseded or left out."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from selectmodel.readers.tfevents.points import Beside
from selectmodel.readers.tfevents.segments import Part
from selectmodel.readers.tfevents.series_names import EPOCH_MAPS
from selectmodel.readers.tfevents.tfrecord import Problem
from selectmodel.records import Ints, Level, Note, Series

_PROBLEMS: Mapping[str, tuple[str, bool]] = {
    "torn": ("SM131", False),
    "data": ("SM132", True),
    "header": ("SM133", True),
    "message": ("SM134", True),
    "value": ("SM135", True),
    "large": ("SM135", False),
}


def damage(label: str, problems: Sequence[Problem], goes_on_in: str = "") -> list[Note]:
    """One note for each kind of problem in a file: the first of them, and how many there are.

    ``goes_on_in`` is the file that shows that the training went on after the end of this one, "" if none does.
    """
    notes = []
    for kind, (code, degrades) in _PROBLEMS.items():
        inside = [problem for problem in problems if problem.kind == kind]
        if inside:
            more = f" ({len(inside)} such places)" if len(inside) > 1 else ""
            where = f"{label}@{inside[0].offset}"
            if kind == "torn" and goes_on_in:
                message = f"{inside[0].message}, yet the training goes on in {goes_on_in}: what stood there is lost"
                notes.append(Note("SM146", message, where, "warn", degrades=True))
                continue
            level: Level = "note" if kind == "torn" else "warn"
            notes.append(Note(code, inside[0].message + more, where, level, degrades))
    return notes


def beside(label: str, found: Sequence[Beside]) -> list[Note]:
    """What stands under the tags of a file beside their points: numbers of a plugin, and values that are no numbers."""
    notes = []
    numbers = [item for item in found if item.numbers]
    if numbers:
        inside = any(item.inside for item in numbers)
        message = f"numbers that belong to another plugin than scalars were left out: {_with_plugins(numbers)}"
        notes.append(Note("SM144", message, label, "warn" if inside else "note", degrades=inside))
    others = [item for item in found if not item.numbers]
    if others:
        message = "values that are no numbers stand among those of a metric, which has none there"
        notes.append(Note("SM145", f"{message}: {_with_plugins(others)}", label, "warn"))
    return notes


def _with_plugins(found: Sequence[Beside]) -> str:
    return _listed(f"{item.tag} ({item.plugin})" for item in found)


def late(parts: Sequence[Part], alone: Collection[str], place: str) -> Note:
    """An evaluation after the training; where the log has metrics ``alone`` there, it may be the training's own."""
    what = _listed(dict.fromkeys(name for part in parts for name in part.points if name not in EPOCH_MAPS))
    step = max(int(points.steps[-1]) for part in parts for points in part.points.values())
    where = parts[0].where
    message = f"evaluation after the training, at step {step}, is of no epoch and was left out: {what}"
    if not alone:
        return Note("SM138", message, where or place)
    message += f"; the log has no other value of {_listed(sorted(alone))}, so it may be the training's own"
    return Note("SM138", message, where or place, "warn", degrades=True)


@dataclass(frozen=True, slots=True)
class Superseded:
    """Points of a series that were replaced: how many, and whether all came again with the ``same`` value.

    ``back``: steps go back, or another file begins at a step that was logged; ``late``: all lie after the training.
    """

    count: int
    same: bool
    back: bool
    late: bool


def superseded(gone: Mapping[str, Superseded], parts: Sequence[Part]) -> list[Note]:
    """One note of all points that were replaced, by series."""
    if not gone:
        return []
    count = sum(one.count for one in gone.values())
    again = all(one.same for one in gone.values())
    lost = any(not one.same and not one.late for one in gone.values())
    anew = any(one.back and not one.late for one in gone.values())
    points = "1 point was" if count == 1 else f"{count} points were"
    end = "the values are the same" if again else "the later ones were used"
    message = f"{points} superseded by later ones at the same or an earlier step; {end}: {_listed(gone)}"
    return [Note("SM136", message, parts[-1].where, "note" if again else "warn", lost, anew)]


def odd_epochs(tag: str, steps: Ints, place: str) -> Note:
    """The tag that tells the epoch of a step has values at these ``steps`` (n,) that are no epochs."""
    shown = _listed(map(str, steps.tolist()))
    return Note("SM149", f"{tag} is no epoch, or out of order, at step {shown}; no epoch is known there", place, "warn")


def lost_epochs(tag: str, steps: Ints, place: str) -> Note:
    """The tag that tells the epoch of a step has no record at these ``steps`` (n,), which nearly all others have."""
    shown = _listed(map(str, steps.tolist()))
    message = f"{tag} has no record at step {shown}, while nearly all other steps have; no epoch is known there"
    return Note("SM149", message, place, "warn")


def left_out(names: Sequence[str], place: str) -> list[Note]:
    """Series that are not of the training."""
    if not names:
        return []
    message = f"left out, for their steps are not epochs or they are no series: {_listed(names)}"
    return [Note("SM139", message, place)]


def steps(series: Mapping[str, Series], by_row: bool, place: str) -> list[Note]:
    """Steps that are not what one expects."""
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
