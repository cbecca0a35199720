"""Which of the points found belong to the training that is judged, when a folder holds more than one pass of it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from selectmodel.display import choices
from selectmodel.errors import ChoiceError, UsageError
from selectmodel.readers.tfevents.points import Points, joined
from selectmodel.records import Bools, Note


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """An event file, or the part of one up to a restart: points by series name. ``where`` names it in messages."""

    where: str
    folder: str
    points: Mapping[str, Points]


_NOTHING = Part("", "", {})


@dataclass(frozen=True, slots=True)
class SeriesRoles:
    """Series names by what they are: ``evaluation`` of validation or test data; ``aside``, like a step-to-epoch map.

    ``validation``: those of the evaluation that are of validation data.
    """

    evaluation: frozenset[str]
    aside: frozenset[str]
    validation: frozenset[str] = frozenset()

    def training(self, names: Collection[str]) -> set[str]:
        return set(names) - self.evaluation - self.aside


def after_training(parts: Sequence[Part], roles: SeriesRoles) -> tuple[list[Part], list[Part]]:
    """The parts of the training, and what validate(), test() or evaluate() wrote after it, which is of no epoch.

    Lightning and Hugging Face open one more file for it in the same folder: it holds evaluation metrics only, at one
    step that is not before the last of the training. The weights may be those of an earlier, better epoch. One that
    the training goes on after, or that comes when the next of the training would, was made during it.
    """
    if len(parts) < 2:
        return list(parts), []
    alone = [part for part in parts if _evaluates_only(part, roles)]
    kept: list[Part] = []
    late: list[Part] = []
    for at, part in enumerate(parts):
        trained = [earlier for earlier in kept if earlier.folder == part.folder]
        # Where every evaluation opens a file of its own, those before were of the training, and so is the last.
        separate = any(other in alone for other in trained)
        after = part in alone and not separate and _follows(part, trained, roles)
        if after and not _goes_on(part, trained, parts[at + 1 :], roles) and not _in_turn(part, trained, roles):
            late.append(part)
        else:
            kept.append(part)
    return kept, late


def _evaluates_only(part: Part, roles: SeriesRoles) -> bool:
    names = set(part.points)
    return bool(names & roles.evaluation) and not roles.training(names)


def _follows(part: Part, trained: Sequence[Part], roles: SeriesRoles) -> bool:
    steps = {step for name in roles.evaluation & set(part.points) for step in part.points[name].steps.tolist()}
    last = [int(points.steps.max()) for points in _of_training(trained, roles)]
    return len(steps) == 1 and bool(last) and min(steps) >= max(last)


def _of_training(parts: Iterable[Part], roles: SeriesRoles) -> list[Points]:
    return [part.points[name] for part in parts for name in roles.training(part.points)]


def _goes_on(part: Part, trained: Sequence[Part], later: Sequence[Part], roles: SeriesRoles) -> bool:
    """Whether a later file goes on with the training beyond the step of an evaluation, and does not start over."""
    step = _step(part, roles)
    first = min(int(points.steps.min()) for points in _of_training(trained, roles))
    more = _of_training((other for other in later if other.folder == part.folder), roles)
    return any(int(points.steps.max()) > step for points in more) and all(
        int(points.steps.min()) > first for points in more
    )


def _in_turn(part: Part, trained: Sequence[Part], roles: SeriesRoles) -> bool:
    """Whether an evaluation comes as long after the last of the training, or longer, as these are apart."""
    for name in roles.evaluation & set(part.points):
        steps = sorted({s for part in trained if name in part.points for s in part.points[name].steps.tolist()})
        apart = set(np.diff(steps).tolist())
        if len(apart) == 1 and 0 < min(apart) <= _step(part, roles) - steps[-1]:
            return True
    return False


def _step(part: Part, roles: SeriesRoles) -> int:
    """The step of an evaluation."""
    return max(int(part.points[name].steps.max()) for name in roles.evaluation & set(part.points))


def after_summary(part: Part, summary: str, roles: SeriesRoles) -> tuple[Part, Part]:
    """The part without the evaluation logged after the trainer's closing ``summary``, and that evaluation.

    Hugging Face: evaluate() after train() logs at the last step again, with the best weights where they were loaded.
    """
    if summary not in part.points:
        return part, _NOTHING
    closing = int(part.points[summary].offsets[-1])
    if any((part.points[name].offsets > closing).any() for name in roles.training(part.points)):
        return part, _NOTHING  # the same file goes on with another training
    return _divided(part, {name: part.points[name].offsets > closing for name in roles.evaluation & set(part.points)})


def after_last_step(part: Part, roles: SeriesRoles) -> tuple[Part, Part]:
    """The part without the evaluation beyond the last training step, and that evaluation.

    Only for Ultralytics, which logs both at every epoch and then evaluates its best weights as one epoch more.
    """
    trained = [int(part.points[name].steps.max()) for name in roles.training(part.points)]
    if not trained:
        return part, _NOTHING
    return _divided(
        part, {name: part.points[name].steps > max(trained) for name in roles.evaluation & set(part.points)}
    )


def _divided(part: Part, late: Mapping[str, Bools]) -> tuple[Part, Part]:
    kept = {name: found[~late[name]] if name in late else found for name, found in part.points.items()}
    moved = {name: part.points[name][chosen] for name, chosen in late.items() if chosen.any()}
    return replace(part, points={n: p for n, p in kept.items() if len(p.steps)}), replace(part, points=moved)


def choose(parts: Sequence[Part], asked: int | None, place: str) -> tuple[list[Part], tuple[Note, ...]]:
    """The parts of one training: the one ``asked`` for (1-based), or the last if it covers the steps of the others.

    Raises ChoiceError that lists the trainings if the last does not, UsageError if there is none of that number.
    """
    if len(parts) < 2 and asked is None:
        return list(parts), ()
    if not parts:
        return [], ()
    lead = _lead(parts)
    found = list(_trainings(parts, lead))

    def described(at: int) -> str:
        return _described(found[at], lead)

    if asked is not None and not 1 <= asked <= len(found):
        raise UsageError(f"{place}: has no segment {asked}; it has {choices.within(len(found), described)}")
    if len(found) < 2:
        return list(parts), ()
    if asked is not None:
        message = f"training {asked} of {len(found)} was read, as asked: {described(asked - 1)}"
        return found[asked - 1], (Note("SM137", message, place, anew=True),)
    ranges = [_range(training, lead) for training in found]
    low, high = ranges[-1]
    if any(low > other[0] or high < other[1] for other in ranges):
        message = f"{place}: holds {len(found)} trainings, the steps start over; choose one:"
        raise ChoiceError(message, choices.listed(len(found), described, "--segment"))
    last = found[-1]
    differs = not _repeated((part for training in found[:-1] for part in training), last)
    message = f"holds {len(found)} trainings; the last one covers the steps of the others and was read: {described(-1)}"
    message += f" (another: --segment 1 … {len(found) - 1})" if differs else "; the others hold the same values"
    return last, (Note("SM137", message, place, "warn", degrades=differs, anew=True),)


def _lead(parts: Sequence[Part]) -> str:
    """The series with the most points: only a file that holds it can be the start of a training."""
    counts: dict[str, int] = {}
    for part in parts:
        for name, points in part.points.items():
            counts[name] = counts.get(name, 0) + len(points.steps)
    return max(counts, key=lambda name: counts[name], default="")


def _trainings(parts: Sequence[Part], lead: str) -> Iterator[list[Part]]:
    """Parts in order of time, cut before each one that starts most of the series over."""
    current: list[Part] = []
    first: dict[str, int] = {}
    for part in parts:
        begins = {name: int(points.steps.min()) for name, points in part.points.items()}
        shared = begins.keys() & first.keys()
        over = {name for name in shared if begins[name] <= first[name]}
        if lead in over and 2 * len(over) > len(shared):
            yield current
            current, first = [], {}
        current.append(part)
        for name, step in begins.items():
            first[name] = min(step, first.get(name, step))
    yield current


def _range(training: Sequence[Part], lead: str) -> tuple[int, int]:
    steps = np.concatenate([part.points[lead].steps for part in training if lead in part.points])
    return int(steps.min()), int(steps.max())


def _described(training: Sequence[Part], lead: str) -> str:
    low, high = _range(training, lead)
    files = ", ".join(part.where for part in training[:3]) + (", …" if len(training) > 3 else "")
    return (f"step {low}" if low == high else f"steps {low}–{high}") + f" ({files})"


def _repeated(parts: Iterable[Part], training: Sequence[Part]) -> bool:
    """Whether the training holds every point of the parts again, with the same value."""
    again = pieces(training)
    held: dict[str, Callable[[Points], bool]] = {}
    for part in parts:
        for name, points in part.points.items():
            if name not in again:
                return False
            if name not in held:
                held[name] = _among(joined(again[name]))
            if not held[name](points):
                return False
    return True


def pieces(parts: Sequence[Part]) -> dict[str, list[Points]]:
    """The points of each series, a piece for each part that holds it."""
    pieces: dict[str, list[Points]] = {}
    for part in parts:
        for name, points in part.points.items():
            pieces.setdefault(name, []).append(points)
    return pieces


def superseded(points: Points) -> Bools:
    """(n,) points that a later one replaces: a point at step s replaces all earlier ones at s or beyond.

    This is what TensorBoard's data server does, tag by tag.
    """
    lowest_after = np.minimum.accumulate(points.steps[::-1])[::-1]
    return np.append(points.steps[:-1] >= lowest_after[1:], False)


def all_again(points: Points, others: Points) -> bool:
    """Whether each of the points stands among the others with the same step and the same value, NaN included."""
    return _among(others)(points)


def _among(others: Points) -> Callable[[Points], bool]:
    """Tells of points whether each stands among the others."""
    among = others.values.view(np.int64)
    if len(others.steps) and (others.steps[1:] > others.steps[:-1]).all():

        def found(points: Points) -> bool:
            at = np.minimum(np.searchsorted(others.steps, points.steps), len(others.steps) - 1)
            return bool(((others.steps[at] == points.steps) & (among[at] == points.values.view(np.int64))).all())

        return found
    held = set(zip(others.steps.tolist(), among.tolist(), strict=True))

    def listed(points: Points) -> bool:
        return held.issuperset(zip(points.steps.tolist(), points.values.view(np.int64).tolist(), strict=True))

    return listed
