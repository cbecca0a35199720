"""A setting of a sweep as an axis: numbers in their order, by powers where they span many; all else by name."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from selectmodel.files.hparams import Value

#: Positive numbers whose largest is so many times the smallest are laid out by powers.
_SPAN = 30
#: More names than this are no axis.
_NAMES = 12


@dataclass(frozen=True, slots=True)
class SettingsAxis:
    """``numeric`` axes hold numbers, ``powers`` those laid out by powers; ``names`` are the values of the others."""

    name: str
    numeric: bool
    powers: bool
    low: float
    high: float
    names: tuple[str, ...] = ()

    def place(self, value: Value) -> float | None:
        """Where a value stands from 0 to 1, None for one that was not set."""
        if value is None:
            return None
        if not self.numeric:
            return self.names.index(told(value)) / max(1, len(self.names) - 1) if told(value) in self.names else None
        at, low, high = (math.log(one) if self.powers else one for one in (float(value), self.low, self.high))
        return (at - low) / (high - low) if high > low else 0.5

    def labels(self) -> Sequence[tuple[float, str]]:
        """Places that are named: the ends of numbers, every name of the others."""
        if self.numeric:
            return [(0.0, told(self.low)), (1.0, told(self.high))]
        return [(place / max(1, len(self.names) - 1), name) for place, name in enumerate(self.names)]


def told(value: Value) -> str:
    """A setting in words."""
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def as_number(value: Value) -> float | None:
    """A setting as a number; None for a text, true or false, what was not set, and what is too long for a number."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return float(value) if isinstance(value, float) or abs(value) <= sys.float_info.max else None


def axis(name: str, values: Iterable[Value]) -> SettingsAxis | None:
    """The axis of a setting; None where its values are one, or more names than can be told apart."""
    given = [value for value in values if value is not None]
    figures = [figure for value in given if (figure := as_number(value)) is not None]
    if len(figures) == len(given) and figures and all(map(math.isfinite, figures)):
        low, high = min(figures), max(figures)
        return SettingsAxis(name, True, low > 0 and high >= _SPAN * low, low, high) if high > low else None
    names = tuple(dict.fromkeys(map(told, given)))
    return SettingsAxis(name, False, False, 0.0, 1.0, tuple(sorted(names))) if 1 < len(names) <= _NAMES else None
