"""The charts of an answer as an SVG picture, for papers and pages. Needs the extra "charts"."""

from __future__ import annotations

from selectmodel.answer import Answer
from selectmodel.charts import vega
from selectmodel.display.escaping import inert
from selectmodel.display.style import Style
from selectmodel.errors import UsageError

#: Written to a file: nobody reads a picture as it is printed.
BINARY = True
PICTURE = True
KINDS = ("pick", "gate", "compare", "rank", "advise")


def render(answer: Answer, style: Style) -> bytes:
    """The picture; names of the log are texts in it. Raises UsageError where there is nothing to draw."""
    panels = vega.drawn(answer.panels())
    if not panels:
        raise UsageError("-o FILE.svg: there is nothing to draw")
    return (inert(vega.svg(panels), "&#58;", "&#91;") + "\n").encode()
