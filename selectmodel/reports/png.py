"""The charts of an answer as a PNG picture, for merge requests and slides. Needs the extra "charts"."""

from __future__ import annotations

from selectmodel.answer import Answer
from selectmodel.charts import vega
from selectmodel.display.style import Style
from selectmodel.errors import UsageError

KINDS = ("pick", "gate", "compare", "rank", "advise")
#: Bytes, which are written to a file and not to a terminal.
BINARY = True
PICTURE = True


def render(answer: Answer, style: Style) -> bytes:
    """The picture, two pixels a point. Raises UsageError where there is nothing to draw."""
    panels = vega.drawn(answer.panels())
    if not panels:
        raise UsageError("-o FILE.png: there is nothing to draw")
    return vega.png(panels)
