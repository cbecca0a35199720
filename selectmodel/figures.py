"""Numbers for people: as few digits as tell them apart, the same number of decimals in a column."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence


def decimals(values: Iterable[float], least: int = 3) -> int:
    """Decimals that show ``least`` significant digits of the largest value and keep different values different.

    At most 9, which is more than single precision holds.
    """
    finite = [value for value in values if math.isfinite(value)]
    largest = max((abs(value) for value in finite), default=0.0)
    if largest == 0:
        return least
    places = max(0, least - 1 - math.floor(math.log10(largest)))
    distinct = len(set(finite))
    while places < 9 and len({f"{value:.{places}f}" for value in finite}) < distinct:
        places += 1
    return places


def figure(value: float, places: int) -> str:
    """One number with that many decimals; very large and very small ones in powers of ten; "–" for NaN."""
    if math.isnan(value):
        return "–"
    if math.isinf(value) or value == 0:
        return f"{value:.{places}f}"
    if abs(value) >= 1e7 or places > 9:
        return f"{value:.4g}"
    return f"{value:.{places}f}"


def column(values: Sequence[float], least: int = 3) -> list[str]:
    """The numbers of one column, aligned on the decimal point."""
    places = decimals(values, least)
    return [figure(value, places) for value in values]


def ranges(labels: Sequence[tuple[int, float | int]], most: int = 4) -> str:
    """Epochs as "34–41, 50 and 7 more"; ``labels`` are (position, epoch) pairs in order of position."""
    runs: list[list[tuple[int, float | int]]] = []
    for position, label in labels:
        if runs and runs[-1][-1][0] == position - 1:
            runs[-1].append((position, label))
        else:
            runs.append([(position, label)])
    texts = [f"{run[0][1]:g}–{run[-1][1]:g}" if len(run) > 1 else f"{run[0][1]:g}" for run in runs[:most]]
    left = sum(len(run) for run in runs[most:])
    return ", ".join(texts) + (f" and {left} more" if left else "")
