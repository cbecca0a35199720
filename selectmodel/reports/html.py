"""One HTML file that opens anywhere: the verdict, charts to look into, tables; it loads nothing from any network.

Its charts come with the extra "charts"; without it the page says so.
"""

from __future__ import annotations

import html
import io

from selectmodel.answer import Answer
from selectmodel.display.console import console, show
from selectmodel.display.escaping import inert
from selectmodel.display.style import Style
from selectmodel.records import Run

USED_FOR = "notebooks"
#: Rows of the table of a run; of a longer one the first and the last.
_ROWS = 12
_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{title}</title>
</head>
<body>
{fragment}
</body>
</html>
"""


def render(answer: Answer, style: Style) -> str:
    """The page of the answer; its screen where it has none."""
    sheet = answer.sheet()
    if sheet is None:
        title = html.escape(f"selectmodel {answer.kind}")
        return inert(_PAGE.format(title=title, fragment=_screen(answer, style.verbose)), "&#58;", "&#91;")
    from selectmodel.charts import vega
    from selectmodel.pages import writing

    if not vega.installed():
        return writing.write(sheet, missing=f"{vega.MISSING[:1].upper()}{vega.MISSING[1:]}")
    charts = [
        writing.Drawn(panel.spec(), panel.caption, panel.log, panel.half) for panel in vega.drawn(answer.panels())
    ]
    return writing.write(sheet, charts, library=vega.scripts() if charts else "")


def fragment(answer: Answer) -> str:
    """The answer as a part of a page, which is how a notebook shows it: box, picture and main table."""
    sheet = answer.sheet()
    if sheet is None:
        return inert(_screen(answer), "&#58;", "&#91;")
    from selectmodel.charts import vega
    from selectmodel.pages import writing

    panels = vega.drawn(answer.panels()) if vega.installed() else []
    picture = vega.svg(panels) if panels else ""
    return writing.part(sheet, picture, " ".join(panel.caption for panel in panels))


def run_fragment(run: Run) -> str:
    """A run that was read and not judged, as a notebook shows it: what it is, its curves, its table.

    pandas escapes the names in the table, and leaves out the middle of a long one.
    """
    import pandas

    from selectmodel.charts import run as curves
    from selectmodel.charts import vega
    from selectmodel.pages import writing
    from selectmodel.pages.sheet import Fact, Section, Sheet

    panels = vega.drawn(curves.panels(run)) if vega.installed() else []
    sheet = Sheet(run.name, run.source, str(run), "", [Fact("Log", run.source)], [Section("")])
    picture = vega.svg(panels) if panels else ""
    with pandas.option_context("display.max_rows", _ROWS):
        table: str = run.frame()._repr_html_()  # type: ignore[operator]
    return writing.part(sheet, picture, " ".join(panel.caption for panel in panels)) + inert(table, "&#58;", "&#91;")


def _screen(answer: Answer, verbose: bool = False) -> str:
    style = Style(width=100, colour=True, lines=True, verbose=verbose)
    screen = console(io.StringIO(), style, record=True)
    show(answer.screen(style), screen)
    return screen.export_html(inline_styles=True, code_format='<pre style="line-height:1.3">{code}</pre>')
