"""Makes docs/explanation/pictures/ from real sample logs: ``python docs/make_pictures.py``, with the extra "charts".

The lines are what the rule sees and works out, by its own functions, so that a picture changes where the rule does.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import altair as alt
import pandas as pd

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT)]

import selectmodel as sm  # noqa: E402
from selectmodel.policy.policy import Policy  # noqa: E402
from selectmodel.selection import question  # noqa: E402
from selectmodel.stats.score import averaged  # noqa: E402

LOGS = ROOT / "sample_logs" / "keras"
PICTURES = ROOT / "docs" / "explanation" / "pictures"
#: Readable on white and on black: the site has both.
AXIS = "#808080"
LOGGED, LIKELY, OTHER = "#8da0cb", "#d95f02", "#1b9e77"


def main() -> None:
    """Writes every picture."""
    PICTURES.mkdir(exist_ok=True)
    for name, chart in pictures():
        (PICTURES / f"{name}.svg").write_text(drawn(chart), encoding="utf-8")


def pictures() -> Iterator[tuple[str, Any]]:
    """(name, chart) of every picture."""
    yield "averaging", averaging("overfitting.csv")
    yield "spike", averaging("spike.csv")
    yield "two_aims", two_aims("overconfident.csv")


def averaging(log: str) -> Any:
    """A validation score as logged, its likely true course, and what the default and the highest value pick."""
    run = sm.read(LOGS / log)
    asked = question.ask(run, Policy()).question
    name = asked.score or ""
    likely = averaged(asked, name, train=0.0, loss=0.0).values
    curves = {"as logged": asked.metric(name), "averaged over neighbours": likely}
    marks = {
        "picked by the default": sm.recommend(run).recommended.epoch,
        "highest logged": sm.recommend(run, rule="best", metric=name).recommended.epoch,
    }
    return lines(asked.epochs, curves, name, (LOGGED, LIKELY)) + ruled(marks, 190)


def two_aims(log: str) -> Any:
    """Validation score above, validation loss below, each with the pick of its aim."""
    run = sm.read(LOGS / log)
    panels = []
    for aim, name, colour, low in (("accuracy", "val_accuracy", LIKELY, 115), ("loss", "val_loss", OTHER, 12)):
        series = run.series[name]
        picked = sm.recommend(run, aim=aim).recommended.epoch
        mark = ruled({f"picked by aim {aim}": picked}, low)
        panels.append((lines(series.epochs, {name: series.values}, name, (colour,)) + mark).properties(height=130))
    return alt.vconcat(*panels)


def lines(epochs: Any, curves: dict[str, Any], title: str, colours: tuple[str, ...]) -> Any:
    table = pd.concat(pd.DataFrame({"epoch": epochs, title: values, "line": name}) for name, values in curves.items())
    colour = alt.Color("line:N", scale=alt.Scale(domain=list(curves), range=list(colours)), title=None)
    return (
        alt.Chart(table, width=560, height=220)
        .mark_line(strokeWidth=1.8)
        .encode(
            x=alt.X("epoch:Q", title="epoch"),
            y=alt.Y(f"{title}:Q", scale=alt.Scale(zero=False), title=title),
            color=colour if len(curves) > 1 else alt.value(colours[0]),
        )
    )


def ruled(marks: dict[str, Any], top: int) -> Any:
    """An upright line at each epoch, with what it is, ``top`` pixels down and below, where no curve runs."""
    table = pd.DataFrame({"epoch": list(marks.values()), "what": [f"{what} ({at:g})" for what, at in marks.items()]})
    table["y"] = [top + 15 * number for number in range(len(table))]
    base = alt.Chart(table).encode(x="epoch:Q")
    text = base.mark_text(align="left", dx=5, fontSize=12, color=AXIS).encode(text="what:N", y=alt.Y("y:Q").scale(None))
    return base.mark_rule(strokeDash=[4, 3], color=AXIS) + text


def drawn(chart: Any) -> str:
    import vl_convert

    axis = {"labelColor": AXIS, "titleColor": AXIS, "domainColor": AXIS, "tickColor": AXIS, "gridOpacity": 0.2}
    styled = chart.configure(background="transparent").configure_axis(**axis)
    styled = styled.configure_view(stroke=None).configure_legend(labelColor=AXIS, orient="bottom", labelLimit=300)
    svg: str = vl_convert.vegalite_to_svg(styled.to_dict())
    return svg + "\n"


if __name__ == "__main__":
    main()
