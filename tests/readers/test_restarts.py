"""Trainings one after the other in an event file: cut in one walk as when each is looked for from the start."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from selectmodel.display import choices
from selectmodel.readers.tfevents import restarts, segments
from selectmodel.readers.tfevents.points import Points
from selectmodel.readers.tfevents.segments import Part


def plainly(part: Part) -> list[Part]:
    """The part cut where all its series start over, at or before their first steps: a second training."""
    parts = [part]
    while True:
        cut = _restart(parts[-1])
        if cut is None:
            return parts
        last = parts.pop()
        parts += [_side(last, cut, last.where, early=True), _side(last, cut, f"{part.where}@{cut}", early=False)]


def _side(part: Part, cut: int, where: str, *, early: bool) -> Part:
    points = {name: found[(found.offsets < cut) == early] for name, found in part.points.items()}
    return replace(part, where=where, points={name: found for name, found in points.items() if len(found.steps)})


def _restart(part: Part) -> int | None:
    """The offset of the first restart, None if there is none.

    Each series is asked: one that counts batches anew in every epoch does not make the others start over.
    """
    if not part.points:
        return None
    lead = max(part.points.values(), key=lambda points: len(points.steps))
    steps = lead.steps
    if not np.count_nonzero(steps[1:] < steps[:-1]):
        return None
    back = (steps[1:] <= steps[0]) & (np.maximum.accumulate(steps)[:-1] > steps[0]) & (steps[1:] < steps[:-1])
    for at in (np.flatnonzero(back) + 1).tolist():
        cut = _first_of_pass(part, int(lead.offsets[at - 1]), int(lead.offsets[at]), int(steps[at]))
        if all(_starts_over(points, cut) for points in part.points.values()):
            return cut
    return None


def _first_of_pass(part: Part, after: int, until: int, step: int) -> int:
    """Where the new pass begins: at its first series, which need not be the leading one."""
    first = until
    for points in part.points.values():
        inside = points.offsets[(points.offsets > after) & (points.offsets < until) & (points.steps <= step)]
        if len(inside):
            first = min(first, int(inside[0]))
    return first


def _starts_over(points: Points, cut: int) -> bool:
    early = points.offsets < cut
    if early.all() or not early.any():
        return True
    return bool(points.steps[~early].min() <= points.steps[early].min())


Logged = list[tuple[str, int]]


def part_of(logged: Logged) -> Part:
    """A part with these series and steps in this order; what follows at the same step may be values of one event."""
    steps_logged = [step for _, step in logged]
    events = np.cumsum([0, *(1 if one != other or at % 3 else 0
                             for at, (one, other) in enumerate(itertools.pairwise(steps_logged)))])  # fmt: skip
    points = {}
    for name in dict.fromkeys(name for name, _ in logged):
        own = [(step, at) for at, (other, step) in enumerate(logged) if other == name]
        steps, places = (np.array(column, np.int64) for column in zip(*own, strict=True))
        points[name] = Points(steps, places * 1.0, places * 0.5, events[places] * 40 + 12)
    return Part("file", "", points)


def shown(parts: list[Part]) -> list[object]:
    return [
        (part.where, [(name, *(getattr(points, field).tolist() for field in ("steps", "values", "offsets")))
                      for name, points in part.points.items()])
        for part in parts
    ]  # fmt: skip


entries = st.tuples(st.sampled_from("abc"), st.integers(0, 4))
passes = st.lists(
    st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 5)), min_size=1, max_size=6).map(sorted), max_size=8
).map(lambda found: [entry for one in found for entry in sorted(one, key=lambda item: item[1])])


@settings(max_examples=25)
@given(st.one_of(st.lists(entries, min_size=1, max_size=30), passes.filter(bool)))
def test_cut_as_when_each_restart_is_looked_for_anew(logged: Logged) -> None:
    part = part_of(logged)
    assert shown(restarts.split_restarts(part)) == shown(plainly(part))


@pytest.mark.parametrize("count", [1, 2, 30])
def test_each_pass_of_a_loop_is_a_part(count: int) -> None:
    one = [(name, step) for step in range(5) for name in ("loss", "val_loss")]
    part = part_of(one * count)
    found = restarts.split_restarts(part)
    assert len(found) == count and shown(found) == shown(plainly(part))


def looks(monkeypatch: pytest.MonkeyPatch, count: int) -> int:
    """How many points are looked at to cut ``count`` passes apart."""
    seen = 0
    inside: Callable[[restarts._Walk, int, int], list[tuple[int, int]]] = restarts._Walk._inside

    def counted(walk: restarts._Walk, begin: int, end: int) -> list[tuple[int, int]]:
        nonlocal seen
        seen += end - begin
        return inside(walk, begin, end)

    with monkeypatch.context() as patched:
        patched.setattr(restarts._Walk, "_inside", counted)
        batches = [(name, step) for step in range(5) for name in ("loss", "val_loss", "lr")]
        restarts.split_restarts(part_of(batches * count))
    return seen


@pytest.mark.heavy
def test_the_work_grows_as_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    few, many = (looks(monkeypatch, count) for count in (50, 400))
    assert few > 0 and many <= 8.5 * few


@pytest.mark.parametrize("count", [1, 20, 21, 1000])
def test_very_many_choices_are_not_all_listed(count: int) -> None:
    asked: list[int] = []
    lines = choices.listed(count, lambda at: str(asked.append(at) or at), "--segment")
    assert lines[0].startswith("--segment 1 ") and lines[-1].startswith(f"--segment {count} ")
    assert len(asked) == min(count, 20)
    assert len(lines) == (count if count <= 20 else 21)
    assert choices.within(count, str).count(";") == len(lines) - 1


def test_whether_trainings_hold_the_same_does_not_depend_on_the_order_of_steps() -> None:
    ascending, back = part_of([("a", 0), ("a", 1)]), part_of([("a", 1), ("a", 0)])
    same = replace(back, points={"a": ascending.points["a"][np.array([1, 0])]})
    for one, other in itertools.permutations([ascending, same]):
        assert segments.all_again(one.points["a"], other.points["a"])
    assert not segments.all_again(back.points["a"], ascending.points["a"])
