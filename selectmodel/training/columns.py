"""What was logged so far, as a Run: columns that grow, so that a look at them costs no copy of what came before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from selectmodel.errors import UsageError
from selectmodel.records import Checkpoint, Run, Series


class Columns:
    """The series of a training that runs. ``axis`` is "step" where rows have one, else "epoch"."""

    def __init__(self, source: str, format: str) -> None:
        self.source, self.format = source, format
        self.axis: str | None = None
        self._columns: dict[str, _Column] = {}
        self._last: tuple[int, float] | None = None

    def add(self, epoch: float | None, step: int | None, metrics: Mapping[str, float]) -> None:
        """Adds what was measured at one place: the last one, or a later one.

        Raises UsageError where the place goes back, has neither a step nor a whole epoch, or tells a metric twice.
        """
        at = self._place(epoch, step)
        if self._last is not None and at[0] < self._last[0]:
            raise UsageError(f"{self.axis} {at[0]} after {self._last[0]}: a training goes forward")
        for name in metrics:
            known = self._columns.get(name)
            if known is not None and known.last == at[0]:
                raise UsageError(f"{name}: was logged at {self.axis} {at[0]} already")
        self._last = at
        for name, value in metrics.items():
            self._columns.setdefault(name, _Column()).add(at[0], at[1], value)

    def repeats(self, epoch: float | None, step: int | None, names: Iterable[str]) -> bool:
        """Whether this place lies before the last one, or has one of these metrics already."""
        at, _ = self._place(epoch, step)
        known = (self._columns[name].last for name in names if name in self._columns)
        return self._last is not None and (at < self._last[0] or at in known)

    def go_back(self, epoch: float | None, step: int | None, *, to_begin: bool) -> None:
        """Forgets that place and all after it. Raises UsageError where that is all, unless it may ``to_begin`` anew."""
        at, _ = self._place(epoch, step)
        left = {name: column.before(at) for name, column in self._columns.items()}
        left = {name: column for name, column in left.items() if column.last is not None}
        if not left and not to_begin:
            raise UsageError(
                f"{self.axis} {at} is the first one of the log in {self.source}: a training that goes on counts from "
                "where it was; to begin anew name another folder"
            )
        self._columns = left
        self._last = max((column.at for column in left.values()), default=None)

    def _place(self, epoch: float | None, step: int | None) -> tuple[int, float]:
        axis = "epoch" if step is None else "step"
        if self.axis not in (None, axis):
            raise UsageError(f"log: give a {self.axis} each time, as before")
        whole = epoch is not None and float(epoch).is_integer()
        if step is None and not whole:
            raise UsageError(f"log: epoch {epoch} is no whole number; give step= as well")
        self.axis = axis
        if step is not None:
            return int(step), float("nan") if epoch is None else float(epoch)
        assert epoch is not None
        return int(epoch), float(epoch)

    def take(self, run: Run) -> None:
        """Begins with what was logged before. Raises UsageError where that has no place to go on from."""
        if run.x_axis == "row":
            raise UsageError(f"{run.source}: its rows have neither whole epochs nor steps; name another folder")
        self.axis = run.x_axis
        for name, series in run.series.items():
            column = self._columns[name] = _Column()
            for step, epoch, value in zip(series.steps, series.epochs, series.values, strict=True):
                column.add(int(step), float(epoch), float(value))
            last = int(series.steps[-1]), float(series.epochs[-1])
            self._last = last if self._last is None else max(self._last, last)

    def run(self, checkpoints: tuple[Checkpoint, ...] = ()) -> Run:
        """The run so far; its arrays are views that later rows do not change."""
        return Run(
            name=self.source,
            source=self.source,
            format=self.format,
            series={name: column.series(name) for name, column in self._columns.items()},
            x_axis="step" if self.axis == "step" else "epoch",
            checkpoints=checkpoints,
        )


class _Column:
    """The points of one metric in arrays that double when they are full."""

    def __init__(self) -> None:
        self._count = 0
        self._arrays: tuple[Any, ...] = (np.empty(64, np.int64), np.empty(64), np.empty(64))

    @property
    def last(self) -> int | None:
        return int(self._arrays[0][self._count - 1]) if self._count else None

    @property
    def at(self) -> tuple[int, float]:
        """The last place, of a column that is not empty."""
        return int(self._arrays[0][self._count - 1]), float(self._arrays[1][self._count - 1])

    def before(self, step: int) -> _Column:
        """What stands before a place, in arrays of its own: earlier runs look at these."""
        column = _Column()
        for at, epoch, value in zip(*(array[: self._count].tolist() for array in self._arrays), strict=True):
            if at < step:
                column.add(at, epoch, value)
        return column

    def add(self, step: int, epoch: float, value: float) -> None:
        if self._count == len(self._arrays[0]):
            # the old arrays stay as they are: earlier runs look at them
            self._arrays = tuple(np.concatenate([one, np.empty_like(one)]) for one in self._arrays)
        for array, number in zip(self._arrays, (step, epoch, value), strict=True):
            array[self._count] = number
        self._count += 1

    def series(self, name: str) -> Series:
        steps, epochs, values = (array[: self._count] for array in self._arrays)
        return Series.made(name, steps, epochs, values)
