"""Values that a metric cannot have are left out before anything is asked, and said: none of them is ever shipped."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

import numpy as np

from selectmodel.display.numbers import figure
from selectmodel.metrics import units
from selectmodel.metrics.meaning import Meaning
from selectmodel.metrics.units import Odd
from selectmodel.records import Note, Run, Series
from selectmodel.selection.candidates import where_in


@dataclass(frozen=True, slots=True)
class Excluded:
    """What was left out of one metric: the series as it was logged, and the values that do not count."""

    logged: Series
    odd: tuple[Odd, ...]

    def notes(self, source: str, *, degrades: bool) -> list[Note]:
        """``degrades``: the metric has a part in the choice."""
        return [_note(self.logged, odd, source, degrades) for odd in self.odd]


def only_possible(run: Run, meanings: Mapping[str, Meaning]) -> tuple[Run, dict[str, Excluded]]:
    """The run without the points whose value cannot be, or is in another unit than the rest; and these, by metric."""
    left_out: dict[str, Excluded] = {}
    for name, series in run.series.items():
        meaning = meanings[name]
        odd = units.odd(meaning.base, series.values) if meaning.quality else []
        if not odd and meaning.split == "val" and (lone := units.alone(meaning.base, series.values)) is not None:
            odd = [lone]
        if odd:
            left_out[name] = Excluded(series, tuple(odd))
    if not left_out:
        return run, left_out
    return replace(run, series={**run.series, **{name: _kept(one) for name, one in left_out.items()}}), left_out


def notes(left_out: Mapping[str, Excluded], source: str, part: Collection[str | None]) -> list[Note]:
    """What is said of all of them; ``part`` are the metrics that have one in the choice."""
    return [note for name, one in left_out.items() for note in one.notes(source, degrades=name in part)]


def _kept(one: Excluded) -> Series:
    keep = ~np.any([odd.where for odd in one.odd], axis=0)
    series = one.logged
    errors = None if series.errors is None else series.errors[keep]
    return Series.of(series.name, series.steps[keep], series.epochs[keep], series.values[keep], errors)


def _note(series: Series, odd: Odd, source: str, degrades: bool) -> Note:
    places = np.flatnonzero(odd.where)
    value = float(series.values[places[0]])
    where = where_in(series, places)
    if odd.unit is not None:
        this, others = ("in percent", "a share of 1") if odd.unit == "percent" else ("a share of 1", "in percent")
        message = f"{series.name} is {this} at {where}, such as {figure(value)}, and {others} elsewhere"
        return Note("SM173", f"{message}; the former do not count", source, "warn", degrades)
    if odd.alone:
        counts = "it does not count" if len(places) == 1 else "they do not count"
        message = f"{series.name} is {figure(value)} at {where}, and {figure(_least(series, odd))} or more elsewhere"
        return Note("SM172", f"{message}; {counts}", source, "warn", degrades)
    which = "no share of 1 is" if 1 < value <= units.SCALE["percent"] else "it cannot be"
    if len(places) == 1:
        message = f"{series.name} is {figure(value)} at {where}, which {which}; it does not count"
    else:
        message = f"{series.name} has values that {which} at {where}, such as {figure(value)}; they do not count"
    return Note("SM172", message, source, "warn", degrades)


def _least(series: Series, odd: Odd) -> float:
    """The lowest of the values that count."""
    return float(np.nanmin(series.values[~odd.where]))
