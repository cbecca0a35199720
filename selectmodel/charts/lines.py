"""Curves over epochs: a line a metric, marked epochs, ranges, and one tooltip that tells all values of an epoch.

Names of a log are titles and values here, never names of fields: Vega reads ``.`` and ``[`` in those.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from selectmodel.charts import vega
from selectmodel.display.escaping import visible

if TYPE_CHECKING:
    from selectmodel.records import Floats

#: Points a line is drawn with at most; of more, those that stand out are kept.
MOST = 1500
_HEIGHT = 230
#: Pixels that the words of a level need.
_WORDS = 15


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """A curve: ``values`` (n,) at the places of the chart; ``training`` curves are grey and dashed."""

    title: str
    values: Floats
    training: bool = False


@dataclass(frozen=True, slots=True)
class Mark:
    """A place that stands out, with its value on one of the lines; ``low`` and ``high`` where a range is known."""

    title: str
    x: float
    y: float
    colour: str
    shape: str = "circle"
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Level:
    """A height that the curves are held against: a line across the panel, ``label`` beside it; ``title`` says more."""

    title: str
    label: str
    y: float
    colour: str


@dataclass(frozen=True, slots=True)
class Curves:
    """What all panels of one run share: places (n,) on the axis named ``axis``, every line, and bands behind them."""

    axis: str
    x: Floats
    told: Sequence[Line]
    bands: Sequence[tuple[float, float]] = ()


def panel(
    curves: Curves,
    lines: Sequence[Line],
    marks: Sequence[Mark],
    title: str,
    *,
    levels: Sequence[Level] = (),
    log: bool = False,
) -> Any:
    """One panel of some of the lines; ``log`` for a logarithmic axis."""
    alt = vega.altair()
    x = alt.X("x:Q", title=visible(curves.axis), axis=alt.Axis(grid=False, tickMinStep=1),
              scale=alt.Scale(nice=False, padding=8, zero=False))  # fmt: skip
    scale = alt.Scale(type="log") if log else alt.Scale(type="linear", zero=False)
    colour = alt.Color("line:N", scale=_colours(lines, marks))
    points = _points(curves, lines)
    which = f"{zlib.crc32(repr(points).encode()):08x}"  # panels that are joined share names of data and of selections
    # Rows stand in tuples: what is in lists Altair copies with each change of a chart.
    data = alt.InlineData(values=tuple(points), name=f"points_{which}")
    drawn = alt.Chart(data).encode(x, _y("y", scale), colour)
    again = alt.Chart(alt.NamedData(name=f"points_{which}")).encode(x, _y("y", scale), colour)
    dashes = alt.StrokeDash("training:N", legend=None, scale=alt.Scale(domain=[False, True], range=[[1, 0], [5, 3]]))
    near = alt.selection_point(f"near_{which}", on="pointerover", fields=["x"], empty=False, clear="pointerout")
    layers = [_bands(curves)] if curves.bands else []
    layers.append(drawn.mark_line(strokeWidth=2, clip=True).encode(dashes))
    layers += _levels(levels, lines, scale)
    layers += [layer for mark in marks for layer in _mark(mark, x, scale, colour)]
    layers.append(again.mark_point(size=45, filled=True).encode(opacity=_if_near(near, 1)))
    layers += _told(curves, x, near, which)
    return alt.layer(*layers, height=_HEIGHT, title=visible(title, 60))


def _y(field: str, scale: Any) -> Any:
    return vega.altair().Y(f"{field}:Q", title=None, scale=scale)


def _colours(lines: Sequence[Line], marks: Sequence[Mark]) -> Any:
    named = {visible(line.title, 60): vega.TRAINING if line.training else vega.VALIDATION for line in lines}
    named |= {mark.title: mark.colour for mark in marks}
    return vega.altair().Scale(domain=list(named), range=list(named.values()))


def _bands(curves: Curves) -> Any:
    alt = vega.altair()
    values = [{"from": low, "to": high} for low, high in curves.bands]
    drawn = alt.Chart(alt.Data(values=values)).mark_rect(color=vega.BAND, opacity=0.55)
    return drawn.encode(alt.X("from:Q"), alt.X2("to:Q"))


def _mark(mark: Mark, x: Any, scale: Any, colour: Any) -> Iterator[Any]:
    """The range of a mark, where one is known, and its point; it stands in the legend by its title."""
    alt = vega.altair()
    row = {"x": mark.x, "y": mark.y, "low": mark.low, "high": mark.high, "line": mark.title}
    base = alt.Chart(alt.Data(values=[row])).encode(x, color=colour)
    if mark.low is not None and mark.high is not None:
        yield base.mark_rule(strokeWidth=3, opacity=0.6).encode(_y("low", scale), alt.Y2("high:Q"))
    yield base.mark_point(shape=mark.shape, size=90, filled=True, opacity=1).encode(_y("y", scale))


def _levels(levels: Sequence[Level], lines: Sequence[Line], scale: Any) -> Iterator[Any]:
    """Each line, and its words in the margin on the right: where two lie close, the lower words are moved down."""
    alt = vega.altair()
    ordered = sorted(levels, key=lambda level: level.y, reverse=True)
    heights = _heights(ordered, lines)
    at = heights[0] if heights else 0.0
    for level, height in zip(ordered, heights, strict=True):
        at = max(at, height)
        row = {"y": level.y, "words": visible(level.label, 24)}
        base = alt.Chart(alt.Data(values=[row])).encode(_y("y", scale))
        yield base.mark_rule(color=level.colour, strokeWidth=1.5, strokeDash=[8, 4])
        words = base.mark_text(
            color=level.colour, fontSize=12, fontWeight=600, align="left", baseline="middle", dx=4, dy=at - height
        )
        yield words.encode(alt.XValue("width"), alt.Text("words:N"))
        at += _WORDS


def _heights(levels: Sequence[Level], lines: Sequence[Line]) -> list[float]:
    """Where each lies in pixels from the top, roughly; on a logarithmic axis where they would come closer there."""
    values = [float(value) for line in lines for value in line.values if math.isfinite(value)]
    values += [level.y for level in levels]
    turned = [values, [math.log(value) for value in values]] if values and min(values) > 0 else [values]
    spans = [[(max(own) - one) / ((max(own) - min(own)) or 1.0) for one in own[-len(levels) :]] for own in turned]
    steps = [min(pair) for pair in zip(*([b - a for a, b in pairwise(span)] for span in spans), strict=True)]
    return [_HEIGHT * sum(steps[:place]) for place in range(len(levels))]


def _told(curves: Curves, x: Any, near: Any, which: str) -> Iterator[Any]:
    """A rule at the epoch below the pointer, and over all a strip for each epoch that tells every value there.

    Strips, because the tooltip of Vega-Lite's nearest mark has no texts: it would tell of each "undefined".
    """
    import numpy as np

    alt = vega.altair()
    n = len(curves.x)
    edges = np.concatenate([curves.x[:1], (curves.x[1:] + curves.x[:-1]) / 2, curves.x[-1:]])
    if n == 1:
        edges = curves.x[0] + np.array([-0.5, 0.5])
    rows = tuple(
        {"x": float(place), "from": float(edges[at]), "to": float(edges[at + 1])}
        | {f"v{number}": _words(line.values[at]) for number, line in enumerate(curves.told)}
        for at, place in enumerate(curves.x)
    )
    told = [alt.Tooltip("x:Q", title=curves.axis)]
    told += [alt.Tooltip(f"v{number}:N", title=visible(line.title, 60)) for number, line in enumerate(curves.told)]
    data = alt.InlineData(values=rows, name=f"strips_{which}")
    rule = alt.Chart(data).mark_rule(color="#3b4048")
    yield rule.encode(x, opacity=_if_near(near, 0.5))
    strips = alt.Chart(alt.NamedData(name=f"strips_{which}")).mark_rect(opacity=0)
    yield strips.encode(alt.X("from:Q"), alt.X2("to:Q"), tooltip=told).add_params(near)


def _if_near(near: Any, opacity: float) -> Any:
    alt = vega.altair()
    return alt.OpacityValue(**alt.condition(near, alt.value(opacity), alt.value(0)))


def _words(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:.5g}"


def _points(curves: Curves, lines: Sequence[Line]) -> list[dict[str, Any]]:
    """A row a point; a value that is no number is absent, which breaks its line."""
    rows = []
    for line in lines:
        name = visible(line.title, 60)
        for place, value in zip(curves.x, line.values, strict=True):
            y = float(value) if math.isfinite(value) else None
            rows.append({"x": float(place), "y": y, "line": name, "training": line.training})
    return rows


def kept(values: Sequence[Floats], always: Sequence[int] = ()) -> list[int]:
    """Which of n points are drawn, in order: all of few, else the lowest and the highest of each stretch.

    ``values`` are curves (n,) each; those at ``always`` are kept as well.
    """
    import numpy as np

    n = len(values[0])
    if n <= MOST:
        return list(range(n))
    wanted = {0, n - 1, *always}
    for stretch in np.array_split(np.arange(n), max(1, MOST // (2 * len(values)))):
        for curve in values:
            finite = stretch[np.isfinite(curve[stretch])]
            if len(finite):
                wanted |= {int(finite[np.argmin(curve[finite])]), int(finite[np.argmax(curve[finite])])}
    return sorted(wanted)
