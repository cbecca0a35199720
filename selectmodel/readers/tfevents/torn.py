"""Whether a training went on after an event file that ends in an unfinished record: then what stood there is lost.

A live or killed writer leaves such an end too, and nothing is missing then but what had not been written.
"""

from __future__ import annotations

from collections.abc import Sequence

from selectmodel.readers.tfevents.event_file import EventFile
from selectmodel.readers.tfevents.points import Points

_BESIDE = 2  # later steps in another folder that show it; one may be a step at which one writer was quicker

#: An event file, how it is called in messages, and its folder in the run.
Placed = tuple[EventFile, str, str]


def goes_on_in(at: int, files: Sequence[Placed]) -> str:
    """The file, of all in order of time, that shows that the training went on after the ``at``-th was cut; "" if none.

    One that logs the last steps again, as a training that is resumed does, brings back what was lost.
    """
    cut, _, folder = files[at]
    if not cut.points or all(problem.kind != "torn" for problem in cut.problems):
        return ""
    for other, (file, label, its_folder) in enumerate(files):
        if other == at or not file.points:
            continue
        if its_folder == folder:
            if other > at and _beyond(cut, file):
                return label
        elif any(len(_later(cut.points[tag], file.points[tag])) >= _BESIDE for tag in cut.points.keys() & file.points):
            return label
    return ""


def _beyond(cut: EventFile, file: EventFile) -> bool:
    """Whether a later file starts beyond the end of the cut one, in all that both log; a file of other tags, at all."""
    shared = cut.points.keys() & file.points
    if shared:
        return all(int(file.points[tag].steps.min()) > int(cut.points[tag].steps.max()) for tag in shared)
    first = min(int(points.steps.min()) for points in file.points.values())
    return first > max(int(points.steps.max()) for points in cut.points.values())


def _later(cut: Points, other: Points) -> set[int]:
    return {step for step in other.steps.tolist() if step > int(cut.steps.max())}
