"""Long arrays gone through number by number, as Python's own numbers, without all of these in memory at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any, TypeVar, overload

import numpy as np
from numpy.typing import NDArray

_Plain = TypeVar("_Plain")
_AT_ONCE = 1 << 14
_MANY = 1 << 16  # fewer are soonest at hand as a tuple


def each(array: NDArray[Any]) -> Iterator[Any]:
    """What ``array.tolist()`` holds, (n,), some at a time: a number in a list takes four times the room."""
    if len(array) <= _AT_ONCE:
        return iter(array.tolist())
    pieces = (array[first : first + _AT_ONCE].tolist() for first in range(0, len(array), _AT_ONCE))
    return chain.from_iterable(pieces)


def plain(array: NDArray[Any]) -> Sequence[Any]:
    """What ``tuple(array.tolist())`` holds, (n,)."""
    return tuple(array.tolist()) if len(array) <= _MANY else _Walked(array)


def distinct(array: NDArray[Any]) -> int:
    """How many different numbers (n,) there are; each NaN is one of its own."""
    ordered = np.sort(array)
    return int(np.count_nonzero(ordered[1:] != ordered[:-1])) + min(1, len(ordered))


class _Walked(Sequence[_Plain]):
    __slots__ = ("_array",)

    def __init__(self, array: NDArray[Any]) -> None:
        self._array = array

    def __len__(self) -> int:
        return len(self._array)

    def __iter__(self) -> Iterator[_Plain]:
        return each(self._array)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        return self._array if dtype is None else self._array.astype(dtype, copy=bool(copy))

    @overload
    def __getitem__(self, at: int) -> _Plain: ...
    @overload
    def __getitem__(self, at: slice) -> _Walked[_Plain]: ...
    def __getitem__(self, at: int | slice) -> _Plain | _Walked[_Plain]:
        if isinstance(at, slice):
            return _Walked(self._array[at])
        number: _Plain = self._array[at].item()
        return number
