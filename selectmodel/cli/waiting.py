"""A progress bar on standard error for work that takes longer than a moment, where a person is watching."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from selectmodel import progress

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

_PATIENCE = 0.7  # seconds before a bar is shown


@contextmanager
def shown() -> Iterator[None]:
    """Shows how far the work inside the block has come. rich is imported when there is something to show."""
    if sys.stderr is None or not sys.stderr.isatty():
        yield
        return
    with ExitStack() as stack:
        stack.enter_context(progress.heard(_Bar(stack)))
        yield


class _Bar:
    def __init__(self, stack: ExitStack) -> None:
        self.stack = stack
        self.start = time.monotonic()
        self.bars: dict[str, TaskID] = {}
        self.screen: Progress | None = None

    def __call__(self, noun: str, done: float, total: float) -> None:
        if self.screen is None:
            if time.monotonic() - self.start < _PATIENCE:
                return
            self.screen = self._opened()
        if noun not in self.bars:
            self.bars[noun] = self.screen.add_task(noun)
        self.screen.update(self.bars[noun], completed=done, total=total or None)

    def _opened(self) -> Progress:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        columns = (
            BarColumn(),
            TextColumn("{task.completed:.0f} {task.description}"),
            TimeRemainingColumn(),
        )
        return self.stack.enter_context(Progress(*columns, console=Console(stderr=True), transient=True))
