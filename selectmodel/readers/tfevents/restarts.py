"""Where an event file holds one training after the other: every series starts over, at or before its first step.

Restarts are found in one walk through the file, for a job in a loop leaves thousands of them.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from selectmodel.readers.tfevents.points import Points
from selectmodel.readers.tfevents.segments import Part
from selectmodel.records import Ints


def split_restarts(part: Part) -> list[Part]:
    """The part cut where all its series start over, at or before their first steps: a second training."""
    if not part.points or not _goes_back(max(part.points.values(), key=lambda points: len(points.steps))):
        return [part]
    return list(_Walk(part).parts())


def _goes_back(points: Points) -> bool:
    """Whether the steps ever go back to the first or before it: without that, nothing starts over."""
    steps = points.steps
    return bool(((steps[1:] <= steps[0]) & (steps[1:] < steps[:-1])).any())


class _Walk:
    """The series of a file and how far each has been given out: ``begun[i]`` is the first point of the rest.

    ``offsets`` and ``owners`` (n,) tell where the points of all series lie, in the order of the file, and whose they
    are.
    """

    def __init__(self, part: Part) -> None:
        self.part = part
        self.names = list(part.points)
        self.series = list(part.points.values())
        lengths = [len(points.steps) for points in self.series]
        offsets = np.concatenate([points.offsets for points in self.series])
        order = np.argsort(offsets, kind="stable")
        self.offsets = offsets[order]
        self.owners = np.repeat(np.arange(len(lengths), dtype=np.int32), lengths)[order]
        self.begun = [0] * len(lengths)
        # The leading series is the one with most points left, the first of equals.
        self.most = [(-length, at) for at, length in enumerate(lengths)]
        heapq.heapify(self.most)
        self.lowest_after: dict[int, Ints] = {}
        self.descents: dict[int, list[int]] = {}

    def parts(self) -> Iterator[Part]:
        where, begin = self.part.where, 0
        while True:
            cut = self._restart(begin)
            end = len(self.offsets) if cut is None else int(np.searchsorted(self.offsets, cut))
            yield replace(self.part, where=where, points=self._given_out(begin, end))
            if cut is None:
                return
            where, begin = f"{self.part.where}@{cut}", end

    def _given_out(self, begin: int, end: int) -> dict[str, Points]:
        """The points from one place in the order of the file to another; the rest begins after them."""
        points = {}
        for at, count in self._inside(begin, end):
            first = self.begun[at]
            self.begun[at] += count
            points[self.names[at]] = self.series[at][first : first + count]
        return points

    def _inside(self, begin: int, end: int) -> list[tuple[int, int]]:
        """The series that have points from one place to another, and how many; in their own order."""
        found, counts = np.unique(self.owners[begin:end], return_counts=True)
        return list(zip(found.tolist(), counts.tolist(), strict=True))

    def _lead(self) -> int:
        while True:
            count, at = self.most[0]
            left = len(self.series[at].steps) - self.begun[at]
            if left == -count:
                return at
            heapq.heapreplace(self.most, (-left, at))

    def _restart(self, begin: int) -> int | None:
        """The offset of the first restart in the rest, None if there is none.

        Each series is asked: one that counts batches anew in every epoch does not make the others start over.
        """
        lead = self._lead()
        blocked = -1
        for at in self._back(lead):
            points = self.series[lead]
            after, until = int(points.offsets[at - 1]), int(points.offsets[at])
            if until <= blocked:
                continue
            cut = self._first_of_pass(after, until, int(points.steps[at]))
            if cut <= blocked:
                continue
            stay = self._going_on(begin, cut)
            if not stay:
                return cut
            # What does not start over here will not do so later: the lowest step before can only sink. It stands in
            # the way up to its last point.
            blocked = max(int(self.series[other].offsets[-1]) for other in stay)
        return None

    def _back(self, lead: int) -> Iterator[int]:
        """Points of the rest of a series at which it goes back to its first step or before, having been beyond it."""
        steps, begun = self.series[lead].steps, self.begun[lead]
        if lead not in self.descents:
            self.descents[lead] = (np.flatnonzero(steps[1:] < steps[:-1]) + 1)[::-1].tolist()
        descents = self.descents[lead]  # from the last to the first: those given out are taken off
        while descents and descents[-1] <= begun:
            descents.pop()
        first, highest = int(steps[begun]), int(steps[begun])
        for at in reversed(descents):
            highest = max(highest, int(steps[at - 1]))  # between descents the last is the highest
            if steps[at] <= first < highest:
                yield at

    def _first_of_pass(self, after: int, until: int, step: int) -> int:
        """Where the new pass begins: at its first series, which need not be the leading one."""
        begin = int(np.searchsorted(self.offsets, after, side="right"))
        end = int(np.searchsorted(self.offsets, until))
        first = until
        for at, _ in self._inside(begin, end):
            points = self.series[at]
            inside = slice(int(np.searchsorted(points.offsets, after, "right")), np.searchsorted(points.offsets, until))
            passed = np.flatnonzero(points.steps[inside] <= step)
            if len(passed):
                first = min(first, int(points.offsets[inside][passed[0]]))
        return first

    def _going_on(self, begin: int, cut: int) -> Sequence[int]:
        """The series that go on at ``cut``: all they log from there on is beyond their lowest step before."""
        found = []
        for at, count in self._inside(begin, int(np.searchsorted(self.offsets, cut))):
            steps, first = self.series[at].steps, self.begun[at]
            if first + count < len(steps) and self._lowest_from(at, first + count) > steps[first : first + count].min():
                found.append(at)
        return found

    def _lowest_from(self, at: int, first: int) -> int:
        if at not in self.lowest_after:
            self.lowest_after[at] = np.minimum.accumulate(self.series[at].steps[::-1])[::-1]
        return int(self.lowest_after[at][first])
