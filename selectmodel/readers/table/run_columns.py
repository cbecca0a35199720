"""Tables with a column for each run, as W&B's page exports a chart: ``Step,RUN - METRIC,RUN - METRIC__MIN,…``.

Source: the header that "Export CSV" of a panel writes: the x axis, and of each run and metric its value and the least
and greatest of the points that were drawn as one.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from selectmodel.errors import ChoiceError
from selectmodel.readers.table import counters, headers, row_kinds
from selectmodel.readers.table.careful import Table
from selectmodel.readers.table.cells import parse
from selectmodel.records import Note

#: Stands between a run and a metric.
BETWEEN = " - "
_EXTREMES = ("__MIN", "__MAX")
#: What W&B counts by itself.
_OWN = frozenset(("_step", "_runtime", "_timestamp"))


def runs(names: Sequence[str]) -> tuple[str, ...]:
    """The runs that the columns of a table belong to, in its order; none where its columns are those of one log."""
    others = [name for name in names[1:] if name]
    if not others or not all(BETWEEN in name for name in others):
        return ()
    found = tuple(dict.fromkeys(_base(name).rpartition(BETWEEN)[0] for name in others))
    # "train - loss" beside "val - loss" are splits of one run.
    return () if any(row_kinds.is_split(run) for run in found) else found


def of_one_run(table: Table, run: str) -> Table:
    """The columns of one run under the names of its metrics; any other table as it is.

    ``run`` may be "" where there is one only. Raises ChoiceError that lists the runs and the flag where there are more.
    """
    known = runs(table.names)
    if not known:
        return table
    if run not in known:
        if len(known) > 1:
            raise ChoiceError(f"{table.path}: holds {len(known)} runs; name one:", [f"--run '{one}'" for one in known])
        run = known[0]
    mine = [at for at, name in enumerate(table.names) if at and _base(name).rpartition(BETWEEN)[0] == run]
    metrics = {at: table.names[at].rpartition(BETWEEN)[2] for at in mine}
    kept = [at for at in mine if _base(metrics[at]) == metrics[at] and metrics[at] not in _OWN]
    names = (_axis(table.names[0]), *(metrics[at] for at in kept))
    columns = (table.columns[0], *(table.columns[at] for at in kept))
    notes = _spread(table, metrics, {metrics[at]: at for at in kept})
    return table._replace(names=names, columns=columns, notes=(*table.notes, *notes))


def _base(name: str) -> str:
    return next((name.removesuffix(end) for end in _EXTREMES if name.endswith(end)), name)


def _axis(name: str) -> str:
    """The first column is the x axis of the chart, whatever it counts; but no clock counts steps."""
    known = counters.axis([name], [()]).known
    return name if known or {"time", "runtime", "timestamp"}.intersection(headers.tokens(name)) else "step"


def _spread(table: Table, metrics: dict[int, str], kept: dict[str, int]) -> tuple[Note, ...]:
    """The note of points that are not values but means of several, which their extremes betray."""
    apart = []
    for at, name in metrics.items():
        own = kept.get(_base(name))
        if own is None or own == at:
            continue
        value, extreme = parse(table.columns[own]).values, parse(table.columns[at]).values
        if (np.isfinite(value) & np.isfinite(extreme) & (value != extreme)).any():
            apart.append(_base(name))
    if not apart:
        return ()
    listed = ", ".join(dict.fromkeys(apart))
    message = f"{listed}: W&B drew several points as one, so that these are means, whose __MIN and __MAX differ"
    return (Note("SM124", message, table.label, level="warn"),)
