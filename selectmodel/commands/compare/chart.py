"""The pictures of a comparison: every change with its interval, and the course over the cycles."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from selectmodel.charts import vega
from selectmodel.charts.vega import Panel
from selectmodel.display import numbers
from selectmodel.display.escaping import visible

if TYPE_CHECKING:
    from selectmodel.commands.compare.comparison import Change, Comparison

_COLOURS = {
    "better": vega.PICK, "worse": vega.BAD, "cannot tell": vega.TRAINING, "withheld": vega.OTHER,
    "reference": vega.VALIDATION,
}  # fmt: skip
#: Metrics that have a panel, and sides that have a row or a point, the last ones.
_METRICS, _SIDES = 4, 40
#: Pixels of a row.
_ROW = 26


def panels(found: Comparison) -> Iterator[Panel]:
    """A forest plot a metric that was judged; with three sides and more also its course."""
    metrics = [change.metric for change in found.against[-1].changes][:_METRICS] if found.against else []
    for metric in metrics:
        changes = [
            (other.side, change)
            for other in found.against[-_SIDES:]
            for change in other.changes
            if change.metric == metric and math.isfinite(change.change)
        ]
        if changes:
            yield Panel(_forest_caption(found, metric, changes), _forest(found, metric, changes))
    if len(found.sides) > 2:
        for metric in metrics:
            yield Panel(
                f"{metric} at the pick of every cycle, in their order; the colour is the verdict against "
                f"{found.reference.name}.",
                _course(found, metric),
                half=True,
            )


def _forest(found: Comparison, metric: str, changes: list[tuple[str, Change]]) -> Any:
    """A row a side: the expected change as a point, its interval as a line, no change as a rule."""
    alt = vega.altair()
    rows = [_row(side, change) for side, change in changes]
    y = alt.Y("side:N", sort=None, title=None, axis=alt.Axis(labelLimit=130, grid=False))
    x = {"title": "expected change", "scale": alt.Scale(zero=True)}
    told = [alt.Tooltip(f"{key}:N") for key in ("side", "change", "interval", "verdict")]
    base = alt.Chart(alt.Data(values=rows)).encode(y, _verdicts(rows), tooltip=told)
    none = alt.Chart(alt.Data(values=[{"at": 0}])).mark_rule(color="#3b4048", strokeDash=[3, 3]).encode(alt.X("at:Q"))
    span = base.mark_rule(strokeWidth=3, opacity=0.6).encode(alt.X("low:Q", **x), alt.X2("high:Q"))
    return alt.layer(
        none,
        *([span] if any(row["low"] is not None for row in rows) else []),
        base.mark_point(filled=True, size=90, opacity=1).encode(alt.X("at:Q", **x)),
    ).properties(
        height=max(2, len(rows)) * _ROW, title=f"{visible(metric, 60)} against {visible(found.reference.name, 30)}"
    )


def _row(side: str, change: Change) -> dict[str, Any]:
    written = numbers.scale([change.before, change.after])
    known = change.low is not None and change.high is not None
    interval = f"{written.difference(change.low or 0.0)} to {written.difference(change.high or 0.0)}"
    return {
        "side": visible(side, 40), "at": change.change, "low": change.low, "high": change.high,
        "change": written.difference(change.change), "interval": interval if known else "not known",
        "verdict": change.verdict,
    }  # fmt: skip


def _verdicts(rows: list[dict[str, Any]]) -> Any:
    """The colours of the verdicts that occur."""
    alt = vega.altair()
    told = [verdict for verdict in _COLOURS if any(row["verdict"] == verdict for row in rows)]
    return alt.Color("verdict:N", scale=alt.Scale(domain=told, range=[_COLOURS[verdict] for verdict in told]))


def _forest_caption(found: Comparison, metric: str, changes: list[tuple[str, Change]]) -> str:
    change = changes[-1][1]
    better = "lower" if change.goal == "min" else "higher"
    unknown = sum(one.low is None for _, one in changes)
    left = f"; no interval is known for {unknown} of {len(changes)}" if unknown else ""
    return (
        f"Expected change of {metric} against {found.reference.name}, with its {100 * change.level:.0f} % "
        f"interval{left}. {better.capitalize()} is better; an interval that holds 0 cannot tell."
    )


def _course(found: Comparison, metric: str) -> Any:
    alt = vega.altair()
    verdicts = {other.side: change.verdict for other in found.against for change in other.changes
                if change.metric == metric}  # fmt: skip
    rows = [
        {"cycle": visible(side.name, 40), "value": value, "shown": numbers.figure(value),
         "verdict": verdicts.get(side.name, "reference")}
        for side in found.sides[-_SIDES:] if math.isfinite(value := side.mean(metric))
    ]  # fmt: skip
    x = alt.X("cycle:N", sort=None, title=None, axis=alt.Axis(labelAngle=-30, labelLimit=110, labelOverlap=True))
    y = alt.Y("value:Q", title=None, scale=alt.Scale(zero=False))
    base = alt.Chart(alt.Data(values=rows)).encode(x, y)
    told = [alt.Tooltip("cycle:N"), alt.Tooltip("shown:N", title=visible(metric, 40)), alt.Tooltip("verdict:N")]
    line = base.mark_line(color=vega.TRAINING, strokeWidth=1.5)
    points = base.mark_point(filled=True, size=90, opacity=1).encode(_verdicts(rows), tooltip=told)
    return alt.layer(line, points).properties(height=180, title=f"{visible(metric, 60)} over the cycles")
