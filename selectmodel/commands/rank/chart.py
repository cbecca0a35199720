"""The pictures of a ranking: the first runs with their ranges, each setting against the value, all settings at once."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from selectmodel.charts import vega
from selectmodel.charts.vega import Panel
from selectmodel.commands.rank import settings_axis
from selectmodel.commands.rank.settings_axis import SettingsAxis
from selectmodel.display import numbers
from selectmodel.display.epochs import epoch_or_step
from selectmodel.display.escaping import visible
from selectmodel.files.choose_run import shortened

if TYPE_CHECKING:
    from selectmodel.commands.rank.ranking import RankedRun, Ranking

#: Runs that have a row, and runs that have a point or a line.
_ROWS, _MOST = 20, 400
#: Settings that have a panel, and that have an axis.
_SETTINGS, _AXES = 6, 10
_ROW = 24


def panels(ranking: Ranking) -> Iterator[Panel]:
    """The first runs, then what their settings have to do with it, where these differ."""
    runs = [run for run in ranking.runs[:_MOST] if math.isfinite(run.expected)]
    if not runs:
        return
    yield Panel(_first_caption(ranking), _first(ranking, runs[:_ROWS]))
    found = [settings_axis.axis(name, [run.hparams.get(name) for run in runs]) for name in ranking.columns]
    axes = [one for one in found if one is not None]
    if len(axes) > 1 and len(runs) > 2:
        yield Panel(
            f"{_drawn(ranking)} a line a run through its settings to what it is worth; darker is better, the run to "
            "ship is thick. "
            "Numbers that span much are laid out by powers.",
            _parallel(runs, axes[:_AXES], ranking),
        )
    for one in axes[:_SETTINGS]:
        yield Panel(
            f"{_drawn(ranking)} {_metric(ranking)} by {one.name}, a point a run; the line joins the best of each "
            "value.",
            _by_setting(runs, one, ranking),
            half=True,
        )


def _metric(ranking: Ranking) -> str:
    return ranking.runs[0].metric


def _first_caption(ranking: Ranking) -> str:
    better = "lower" if ranking.runs[0].goal == "min" else "higher"
    known = any(run.low is not None for run in ranking.runs)
    expected = (
        "what the run is worth on data like its validation set, with the 90 % range"
        if known
        else "the value at its pick"
    )
    count = len(ranking.runs)
    which = f"All {count} runs" if count <= _ROWS else f"The first {_ROWS} of {count:,} runs"
    told = f"{which} by {_metric(ranking)}: {expected}"
    return f"{told}. {better.capitalize()} is better."


def _drawn(ranking: Ranking) -> str:
    """Which runs have a point or a line."""
    count = len(ranking.runs)
    return f"All {count} runs:" if count <= _MOST else f"The first {_MOST} of {count:,} runs:"


def _rows(ranking: Ranking, runs: Sequence[RankedRun]) -> list[dict[str, Any]]:
    written = numbers.scale([run.expected for run in runs], apart=False)
    short = dict(zip((run.key for run in ranking.runs), shortened([run.name for run in ranking.runs]), strict=True))
    place_of = {run.key: place for run, place in zip(ranking.runs, ranking.places, strict=True)}
    return [
        {
            "run": visible(short[run.key], 60), "expected": run.expected, "low": run.low, "high": run.high,
            "shown": written.show(run.expected), "at": epoch_or_step(run.epoch, run.step),
            "range": "not known" if run.low is None or run.high is None else written.span(run.low, run.high),
            "tie": "ties with the first" if place_of[run.key] == 1 else "behind",
            "settings": visible(", ".join(f"{k} {settings_axis.told(v)}" for k, v in run.hparams.items()
                                          if k in ranking.columns), 200),
        }
        for run in runs
    ]  # fmt: skip


def _tooltips(ranking: Ranking) -> list[Any]:
    alt = vega.altair()
    named = (("run", "run"), ("shown", visible(_metric(ranking), 40)), ("range", "90 % range"), ("at", "pick"),
             ("settings", "settings"))  # fmt: skip
    return [alt.Tooltip(f"{key}:N", title=title) for key, title in named]


def _first(ranking: Ranking, runs: Sequence[RankedRun]) -> Any:
    """A row a run, best first: what it is worth as a point, its range as a line."""
    alt = vega.altair()
    rows = _rows(ranking, runs)
    x = {"title": visible(_metric(ranking), 60), "scale": alt.Scale(zero=False)}
    y = alt.Y("run:N", sort=None, title=None, axis=alt.Axis(labelLimit=150, grid=False))
    told = [word for word in ("ties with the first", "behind")
            if any(row["tie"] == word for row in rows)]  # fmt: skip
    colour = alt.Color("tie:N", scale=alt.Scale(domain=told, range=[vega.PICK, vega.TRAINING][: len(told)]))
    base = alt.Chart(alt.Data(values=rows)).encode(y, colour, tooltip=_tooltips(ranking))
    span = base.mark_rule(strokeWidth=3, opacity=0.6).encode(alt.X("low:Q", **x), alt.X2("high:Q"))
    return alt.layer(
        *([span] if any(row["low"] is not None for row in rows) else []),
        base.mark_point(filled=True, size=80, opacity=1).encode(alt.X("expected:Q", **x)),
    ).properties(height=max(2, len(rows)) * _ROW, title="the first runs")


def _by_setting(runs: Sequence[RankedRun], one: SettingsAxis, ranking: Ranking) -> Any:
    """The value against one setting; runs in which it is not set are absent."""
    alt = vega.altair()
    rows = []
    for row, run in zip(_rows(ranking, runs), runs, strict=True):
        value = run.hparams.get(one.name)
        if value is not None:
            rows.append({**row, "setting": float(value) if one.numeric else settings_axis.told(value)})
    x: Any
    if one.numeric:
        kind = {"type": "log"} if one.powers else {"type": "linear", "zero": False}
        scale = alt.Scale(**kind, nice=False, padding=20)
        x = alt.X("setting:Q", title=visible(one.name, 60), scale=scale, axis=alt.Axis(labelFlush=False, tickCount=4))
    else:
        x = alt.X("setting:N", title=visible(one.name, 60), axis=alt.Axis(labelAngle=0, labelLimit=90))
    best = "min" if ranking.runs[0].goal == "min" else "max"
    y = {"title": None, "scale": alt.Scale(zero=False)}
    base = alt.Chart(alt.Data(values=rows)).encode(x)
    return alt.layer(
        base.mark_line(color=vega.PICK, strokeWidth=2).encode(alt.Y(f"{best}(expected):Q", **y)),
        base.mark_point(filled=True, size=50, opacity=0.65, color=vega.VALIDATION).encode(
            alt.Y("expected:Q", **y), tooltip=_tooltips(ranking)
        ),
    ).properties(height=200, title=f"{visible(_metric(ranking), 40)} by {visible(one.name, 40)}")


def _parallel(runs: Sequence[RankedRun], axes: Sequence[SettingsAxis], ranking: Ranking) -> Any:
    """Parallel coordinates; the last axis is the value itself, better at the top."""
    alt = vega.altair()
    values = [run.expected for run in runs]
    value = SettingsAxis(_metric(ranking), True, False, min(values), max(values))
    turned = ranking.runs[0].goal == "min"
    rows, labels = [], []
    for order, (row, run) in enumerate(zip(_rows(ranking, runs), runs, strict=True)):
        worth = value.place(run.expected) or 0.0
        good = 1 - worth if turned else worth
        places = [(one.name, one.place(run.hparams.get(one.name))) for one in axes]
        for name, at in [*places, (value.name, good)]:
            rows.append(
                {
                    **row,
                    "axis": visible(name, 40),
                    "place": at,
                    "good": good,
                    "best": run.key == ranking.best.key,
                    "key": order,
                }
            )
    for one in (*axes, value):
        for at, text in one.labels():
            place = 1 - at if one is value and turned else at
            labels.append({"axis": visible(one.name, 40), "place": place, "text": visible(text, 24)})
    x = alt.X("axis:N", sort=None, title=None, scale=alt.Scale(type="point", padding=0.4),
              axis=alt.Axis(orient="top", grid=True, gridColor="#8b9097", labelAngle=0, labelLimit=110, domain=False,
                            ticks=False))  # fmt: skip
    y = alt.Y("place:Q", axis=None, scale=alt.Scale(domain=[-0.06, 1.06], nice=False))
    lines = alt.Chart(alt.Data(values=rows)).mark_line(opacity=0.75).encode(
        x, y, alt.Detail("key:N"),
        color=alt.Color("good:Q", legend=None, scale=alt.Scale(range=["#b9cfe3", "#08306b"])),
        strokeWidth=alt.condition("datum.best", alt.value(4), alt.value(1.5)),
        tooltip=_tooltips(ranking),
    )  # fmt: skip
    names = alt.Chart(alt.Data(values=labels)).mark_text(
        align="left", dx=6, fontSize=11, color="#1c2024", stroke="white", strokeWidth=3, strokeOpacity=0.9
    ).encode(x, y, alt.Text("text:N"))  # fmt: skip
    front = names.mark_text(align="left", dx=6, fontSize=11, color="#1c2024")
    return alt.layer(lines, names, front).properties(height=260, title="settings of the runs")
