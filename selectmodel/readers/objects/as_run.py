"""Objects as a Run: what was logged at one place is joined, and the engine of tables reads the rest."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import NamedTuple, TypeGuard

from selectmodel.files.opening import Source
from selectmodel.readers.objects import rows
from selectmodel.readers.objects.json_text import Objects
from selectmodel.readers.table import counters, epoch_rows
from selectmodel.records import Hint, Run, Series

_NO_HINTS: Mapping[str, Hint] = MappingProxyType({})


def run(
    found: Objects,
    source: Source,
    form: str,
    *,
    label: str = "",
    place: str = "line",
    hints: Mapping[str, Hint] = _NO_HINTS,
) -> Run:
    """The run of objects that ``source`` holds; ``form`` names the format, ``label`` the file in notes.

    ``place`` is what ``found.lines`` count, ``hints`` what the layout tells of metrics. Raises as epoch_rows.read.
    """
    places = of_places(found)
    joined = found if places.axis is None else rows.completed(found, places.axis)
    epochs = {} if places.epoch is None else _epochs(joined, places)
    if epochs:
        bare = [{name: value for name, value in one.items() if name != places.epoch} for one in joined.objects]
        joined = joined._replace(objects=bare)
    table = rows.table(joined, str(source.path), label or source.path.name, place=place)
    made = epoch_rows.of_table(table, source, form)
    known = {name: hint for name, hint in hints.items() if name in made.series}
    series = {name: _with_epochs(one, epochs) for name, one in made.series.items()} if epochs else made.series
    return replace(made, series=series, hints={**made.hints, **known}) if known or epochs else made


class Places(NamedTuple):
    """The names under which objects tell their place: what orders them, and the epoch where that is a step."""

    axis: str | None
    epoch: str | None = None


def of_places(found: Objects) -> Places:
    """A step orders the objects if as many have one as have an epoch; else an epoch does, or nothing.

    The epoch is told apart only where some objects lack it: they are of a step all the same.
    """
    names = Counter(name for one in found.objects for name in one)
    axis = counters.axis(tuple(names), [()] * len(names)) if names else counters.Axis()
    ordered = tuple(names)
    step = None if axis.step is None else ordered[axis.step]
    epoch = None if axis.epoch is None or axis.index else ordered[axis.epoch]
    if step is None or (epoch is not None and names[step] < names[epoch]):
        return Places(epoch)
    return Places(step, epoch if epoch is not None and names[epoch] < names[step] else None)


def _epochs(found: Objects, places: Places) -> dict[float, float]:
    """The epoch of each step that tells one."""
    numbers = ((one.get(places.axis or ""), one.get(places.epoch or "")) for one in found.objects)
    return {float(at): float(epoch) for at, epoch in numbers if _is_number(at) and _is_number(epoch)}


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _with_epochs(series: Series, epochs: Mapping[float, float]) -> Series:
    known = [epochs.get(step, math.nan) for step in series.steps.tolist()]
    return Series.of(series.name, series.steps, known, series.values, series.errors)
