"""Objects as a Run: what was logged at one place is joined, and the engine of tables reads the rest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from selectmodel.files.opening import Source
from selectmodel.readers.objects import rows
from selectmodel.readers.objects.json_text import Objects
from selectmodel.readers.table import epoch_rows, headers
from selectmodel.records import Hint, Run

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
    axis = of_places(found)
    joined = found if axis is None else rows.completed(found, axis)
    table = rows.table(joined, str(source.path), label or source.path.name, place=place)
    made = epoch_rows.of_table(table, source, form)
    known = {name: hint for name, hint in hints.items() if name in made.series}
    return replace(made, hints={**made.hints, **known}) if known else made


def of_places(found: Objects) -> str | None:
    """The name under which objects tell their place: a step if nearly each has one, else an epoch, else None."""
    names = Counter(name for one in found.objects for name in one)
    axis = headers.axis(tuple(names), [()] * len(names))
    ordered: Sequence[str] = tuple(names)
    step = None if axis.step is None else ordered[axis.step]
    epoch = None if axis.epoch is None or axis.index else ordered[axis.epoch]
    if step is not None and (epoch is None or names[step] >= names[epoch]):
        return step
    return epoch
