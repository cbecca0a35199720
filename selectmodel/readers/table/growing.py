"""Columns of which piece after piece is read, without copying what is there already."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from selectmodel.readers.table.cells import Column

_SPARE = 64


class _Long:
    """An array that others are put behind. Room is made once, at the rate so far: untouched memory costs nothing."""

    def __init__(self, dtype: type) -> None:
        self.room: NDArray[Any] = np.empty(0, dtype)
        self.count = 0

    def add(self, more: NDArray[Any], share: float) -> None:
        """``share`` of all there will be is there with these."""
        end = self.count + len(more)
        if end > len(self.room):
            room = np.empty(int(1.05 * end / share) + _SPARE, self.room.dtype)
            room[: self.count] = self.room[: self.count]
            self.room = room
        self.room[self.count : end] = more
        self.count = end

    def whole(self) -> NDArray[Any]:
        return self.room[: self.count]


class Growing:
    """A column of which piece after piece is read."""

    def __init__(self) -> None:
        self.numbers, self.present = _Long(np.float64), _Long(np.bool_)

    def add(self, piece: Column, share: float) -> None:
        self.numbers.add(piece.numbers, share)
        self.present.add(piece.present, share)

    def column(self) -> Column:
        return Column(self.numbers.whole(), self.present.whole())


@cache
def keep_memory() -> None:
    """Lets the C library keep what memory a part needed for the next one.

    It hands freed memory back to the system, which then has to be faulted in again, page by page and twice as long as
    the reading takes; until a block of almost 32 MB, which costs nothing untouched, has been freed (glibc's mallopt(3),
    M_MMAP_THRESHOLD). Other C libraries do not mind.
    """
    np.empty(31 << 20, np.uint8)
