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
#: Values that differ by less than this share of the largest are one number: single precision cannot tell them apart.
_ONE = 2e-7
#: Bounds of shares and of percents: a value beside one is not written as if it were there.
_BOUNDS = (1.0, 100.0)


class Scale(NamedTuple):
    """How the numbers of a column are written: with ``places`` decimals, or those of a power of ten.

    ``least`` is the smallest difference that means something in this column.
    """

    places: int
    powers: bool = False
    least: float = 0.0

    def show(self, value: float) -> str:
        """One number; "–" for NaN, and never "-0.000"."""
        if math.isnan(value):
            return "–"
        text = f"{value:.{self.places}{'e' if self.powers and value != 0 else 'f'}}"
        return text[1:] if text[0] == "-" and float(text) == 0 else text

    def span(self, low: float, high: float) -> str:
        """From one number to another, 0.921–0.953; with a word where a sign would run into the dash."""
        ends = self.show(low), self.show(high)
        return (" to " if low < 0 else "–").join(ends)

    def difference(self, value: float) -> str:
        """A difference of two numbers of the column, with its sign; one too small for its decimals in powers of ten."""
        if abs(value) <= self.least:
            return f"{0.0:+.{self.places}f}"
        text = f"{value:+.{self.places}f}"
        return f"{value:+.1e}" if self.powers or float(text) == 0 != value else text


def scale(values: Iterable[float], least: int = 3, *, apart: bool = True) -> Scale:
    """The scale that shows ``least`` significant digits of the largest value.

    ``apart`` keeps different values different, small ones from reading 0 and those beside 1 or 100 from reading that,
    with at most 9 digits, which is all that single precision holds. What differs by less than single precision
    tells is not different.
    """
    finite = {value for value in values if math.isfinite(value)}
    sizes = [abs(value) for value in finite if value]
    if not sizes:
        return Scale(least)
    tolerance = _ONE * max(sizes)
    finite = _different(finite, tolerance)
    places = max(0, least - 1 - math.floor(math.log10(max(sizes))))
    hidden = apart and min(sizes) < 0.5 * 10.0 ** -(places + _MORE)
    powers = max(sizes) >= _LARGE or places > _MOST or hidden
    found = Scale(least if powers else places, powers, tolerance)
    while apart and found.places < _MOST and not _told_apart(finite, found):
        found = found._replace(places=found.places + 1)
    return found


def _different(values: set[float], tolerance: float) -> set[float]:
    """The values without those that follow another one by no more than ``tolerance``."""
    kept: list[float] = []
    for value in sorted(values):
        if not kept or value - kept[-1] > tolerance or 0 in (value, kept[-1]):
            kept.append(value)
    return set(kept)


def _told_apart(values: set[float], found: Scale) -> bool:
    shown = {found.show(value) for value in values}
    return len(shown) == len(values) and not any(_as_a_bound(value, found.show(value)) for value in values)


def _as_a_bound(value: float, text: str) -> bool:
    """Whether it reads 0, or 1 or 100 from below, and is not, within what single precision tells."""
    shown = abs(float(text))
    if shown == 0:
        return value != 0
    return shown in _BOUNDS and abs(value) < shown * (1 - _ONE)


def column(values: Sequence[float], least: int = 3) -> list[str]:
    """The numbers of one column, aligned on the decimal point."""
    found = scale(values, least)
    return [found.show(value) for value in values]


def figure(value: float) -> str:
    """A number that stands alone, with three significant digits."""
    return scale([value]).show(value)


def label(value: float) -> str:
    """An epoch or a step: whole numbers in full, however large, and the fractions that Hugging Face writes, in short.

    1.06667 for 1.066666692495346, which single precision made of it; at least four decimals, so that neighbours of
    a late epoch keep names of their own.
    """
    if not math.isfinite(value) or float(value).is_integer():
        return f"{value:.0f}"
    whole = len(f"{abs(value):.0f}")
    return f"{value:.{min(max(6, whole + 4), 15)}g}"


def counted(count: int, noun: str) -> str:
    """``1 validation`` or ``1,200 validations``."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def _range(first: float, last: float, count: int) -> str:
    """ "34–41"; two that lie apart, as 38 and 90 of a log of two rows, are no range."""
    if first == last:  # one alone, or several validations of one epoch
        return label(first)
    between = ", " if count == 2 and last - first > 1 else "–"
    return f"{label(first)}{between}{label(last)}"


def number(value: float) -> float | int:
    """3.0 as 3: an epoch is shown as the log writes it."""
    return int(value) if math.isfinite(value) and value == int(value) else value


def ranges(labels: Iterable[tuple[int, float | int]], most: int = 4) -> str:
    """Epochs as "34–41, 50 and 7 more"; ``labels`` are (position, epoch) pairs in order of position."""
    shown: list[tuple[float | int, float | int, int]] = []  # the first and the last of a range, and how many it has
    left, before = 0, -math.inf
    for position, at in labels:
        adjacent, before = position - 1 == before, position
        if adjacent and not left:
            first, _, count = shown[-1]
            shown[-1] = first, at, count + 1
        elif len(shown) < most:
            shown.append((at, at, 1))
        else:
            left += 1
    return ", ".join(_range(*each) for each in shown) + (f" and {left} more" if left else "")
