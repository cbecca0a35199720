"""The picture of a run that was read and not judged: every metric, training beside validation."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from selectmodel.charts import lines
from selectmodel.charts.lines import Curves, Line
from selectmodel.charts.vega import Panel
from selectmodel.metrics import meaning

if TYPE_CHECKING:
    from selectmodel.records import Floats, Run

#: Metrics that have a panel.
_MOST = 12


def panels(run: Run, *, log: bool = False) -> Iterator[Panel]:
    """A panel a metric, in the order of the log; ``log`` for those that are better low and positive throughout."""
    import numpy as np

    means = meaning.understand(run.series, run.hints)
    bases = list(dict.fromkeys(means[name].base for name in run.series if means[name].quality))
    for base in bases[:_MOST]:
        names = [name for name in run.series if means[name].base == base and means[name].quality]
        steps = np.unique(np.concatenate([run.series[name].steps for name in names]))
        values = {name: _at(steps, run, name) for name in names}
        where = lines.kept(list(values.values()))
        told = [Line(name, values[name][where], means[name].split == "train") for name in names]
        seen = np.concatenate([curve[np.isfinite(curve)] for curve in values.values()])
        low = len(seen) > 0 and bool((seen > 0).all()) and all(means[name].goal == "min" for name in names)
        chart = lines.panel(Curves(run.x_axis, steps[where].astype(np.float64), told), told, [], base, log=log and low)
        yield Panel(f"{', '.join(names)} by {run.x_axis}.", chart, log=low)


def _at(steps: Floats, run: Run, name: str) -> Floats:
    """(n,) the metric at each of the steps, NaN where it was not logged."""
    import numpy as np

    series = run.series[name]
    values = np.full(len(steps), np.nan)
    values[np.searchsorted(steps, series.steps)] = series.values
    return values
