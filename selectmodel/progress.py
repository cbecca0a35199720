"""How far long work has come: whoever works tells, and whoever listens decides whether anybody wants to know."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

#: Called with what is counted ("runs", "MB"), how many are done, and of how many (0 where that is not known).
Listener = Callable[[str, float, float], None]

T = TypeVar("T")

_listener: ContextVar[Listener | None] = ContextVar("listener", default=None)


def tell(noun: str, done: float, total: float) -> None:
    """Reports to the listener, if there is one; from the thread that was asked to do the work."""
    listener = _listener.get()
    if listener is not None:
        listener(noun, done, total)


def counted(noun: str, items: Sequence[T]) -> Iterator[T]:
    """The items, one after the other; how many are done is told."""
    for done, item in enumerate(items):
        tell(noun, done, len(items))
        yield item
    tell(noun, len(items), len(items))


@contextmanager
def heard(listener: Listener) -> Iterator[None]:
    """Lets ``listener`` hear what is told inside the block."""
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)
