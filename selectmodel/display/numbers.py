"""Numbers for people: as few digits as tell them apart, one way of writing for all of a column."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

#: Single precision holds no more digits.
_MOST = 9
#: From here on, and where decimals would hide a small value, numbers are written in powers of ten.
_LARGE = 1e7
#: Decimals that may be added to show a small value.
_MORE = 3


class Scale(NamedTuple):
    """How the numbers of a column are written: with ``places`` decimals, or those of a power of ten."""

    places: int
    powers: bool = False

    def show(self, value: float) -> str:
        """One number; "–" for NaN."""
        if math.isnan(value):
            return "–"
        return f"{value:.{self.places}{'e' if self.powers and value != 0 else 'f'}}"

    def span(self, low: float, high: float) -> str:
        """From one number to another, 0.921–0.953; with a word where a sign would run into the dash."""
        ends = self.show(low), self.show(high)
        return (" to " if low < 0 else "–").join(ends)

    def difference(self, value: float) -> str:
        """A difference of two numbers of the column, with its sign; one too small for its decimals in powers of ten."""
        text = f"{value:+.{self.places}f}"
        return f"{value:+.1e}" if self.powers or float(text) == 0 != value else text


def scale(values: Iterable[float], least: int = 3, *, apart: bool = True) -> Scale:
    """The scale that shows ``least`` significant digits of the largest value.

    ``apart`` keeps different values different and small ones from reading 0, with at most 9 digits, which is all that
    single precision holds.
    """
    finite = {value for value in values if math.isfinite(value)}
    sizes = [abs(value) for value in finite if value]
    if not sizes:
        return Scale(least)
    places = max(0, least - 1 - math.floor(math.log10(max(sizes))))
    hidden = apart and min(sizes) < 0.5 * 10.0 ** -(places + _MORE)
    powers = max(sizes) >= _LARGE or places > _MOST or hidden
    found = Scale(least if powers else places, powers)
    while apart and found.places < _MOST and not _told_apart(finite, found):
        found = Scale(found.places + 1, powers)
    return found


def _told_apart(values: set[float], found: Scale) -> bool:
    shown = {found.show(value) for value in values}
    return len(shown) == len(values) and not any(value and float(found.show(value)) == 0 for value in values)


def column(values: Sequence[float], least: int = 3) -> list[str]:
    """The numbers of one column, aligned on the decimal point."""
    found = scale(values, least)
    return [found.show(value) for value in values]


def figure(value: float) -> str:
    """A number that stands alone, with three significant digits."""
    return scale([value]).show(value)


def label(value: float) -> str:
    """An epoch or a step: whole numbers in full, however large, and the fractions that Hugging Face writes."""
    return f"{value:.0f}" if float(value).is_integer() else f"{value:.6g}"


def _range(labels: list[float | int]) -> str:
    """ "34–41"; two that lie apart, as 38 and 90 of a log of two rows, are no range."""
    first, last = labels[0], labels[-1]
    if first == last:  # one alone, or several validations of one epoch
        return label(first)
    between = ", " if len(labels) == 2 and last - first > 1 else "–"
    return f"{label(first)}{between}{label(last)}"


def number(value: float) -> float | int:
    """3.0 as 3: an epoch is shown as the log writes it."""
    return int(value) if math.isfinite(value) and value == int(value) else value


def ranges(labels: Sequence[tuple[int, float | int]], most: int = 4) -> str:
    """Epochs as "34–41, 50 and 7 more"; ``labels`` are (position, epoch) pairs in order of position."""
    runs: list[list[tuple[int, float | int]]] = []
    for position, at in labels:
        if runs and runs[-1][-1][0] == position - 1:
            runs[-1].append((position, at))
        else:
            runs.append([(position, at)])
    texts = [_range([at for _, at in run]) for run in runs[:most]]
    left = sum(len(run) for run in runs[most:])
    return ", ".join(texts) + (f" and {left} more" if left else "")
