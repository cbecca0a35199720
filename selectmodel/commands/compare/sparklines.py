"""The course over many cycles: a small curve of each metric, and what drifts."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from rich.text import Text

from selectmodel.display import numbers
from selectmodel.display.escaping import visible
from selectmodel.stats import noise

if TYPE_CHECKING:
    from selectmodel.commands.compare.comparison import Comparison, Side

_BARS = "▁▂▃▄▅▆▇█"
#: Longest curve, in columns.
_WIDEST = 40
#: Cycles from which a drift is told.
_ENOUGH = 3


def lines(found: Comparison) -> Iterator[Text]:
    """One line a metric with its curve, then one for what moved the same way from cycle to cycle."""
    rows = [(name, [side.mean(name) for side in found.sides]) for name in found.metrics()]
    rows += [(name, [mean(side, name) for side in found.sides]) for name in ("gap", "overfit", "at")]
    rows = [("epoch of the pick" if name == "at" else name, values) for name, values in rows]
    rows = [("overfit, %", [100 * v for v in values]) if name == "overfit" else (name, values) for name, values in rows]
    rows = [(name, values) for name, values in rows if sum(map(math.isfinite, values)) > 1]
    width = max((len(visible(name, 40)) for name, _ in rows), default=0)
    for name, values in rows:
        finite = [value for value in values if math.isfinite(value)]
        first, last = numbers.column([finite[0], finite[-1]]) if finite[0] != finite[-1] else [f"{finite[0]:.4g}"] * 2
        if name == "epoch of the pick":
            first, last = (numbers.label(value) for value in (finite[0], finite[-1]))
        told = drift(values)
        text = Text(f"{visible(name, 40):{width}}  {curve(values)}  {first} → {last}", no_wrap=True, overflow="ignore")
        yield text.append(f"  {told}" if told else "", style="magenta")


def mean(side: Side, name: str) -> float:
    """Mean over the seeds of the gap, the overfitting or the place of the pick; NaN where none is known."""
    values = [getattr(member, name) for member in side.members]
    known = [float(value) for value in values if value is not None and math.isfinite(value)]
    return noise.mean(known) if known else math.nan


def curve(values: Sequence[float]) -> str:
    """The values as bars of eight heights, the lowest at the bottom; a blank where there is none."""
    if len(values) > _WIDEST:
        values = [values[round(at * (len(values) - 1) / (_WIDEST - 1))] for at in range(_WIDEST)]
    finite = [value for value in values if math.isfinite(value)]
    low, high = min(finite), max(finite)
    span = (high / 8 - low / 8) or 1.0  # eighths: the whole of it may be more than a float holds
    return "".join(
        _BARS[min(7, int((value / 8 - low / 8) / span * 8))] if math.isfinite(value) else " " for value in values
    )


def drift(values: Sequence[float]) -> str:
    """Whether every cycle moved the same way, which of three by chance one in three does."""
    finite = [value for value in values if math.isfinite(value)]
    steps = [after - before for before, after in pairwise(finite)]
    if len(finite) <= _ENOUGH or not steps:
        return ""
    if all(step > 0 for step in steps):
        return "higher every time"
    return "lower every time" if all(step < 0 for step in steps) else ""
