"""Altair describes a chart once; vl-convert draws it as SVG or PNG and holds the scripts that draw it in a page.

Both are imported late: they come with the extra "charts", and nobody waits for them who asked for no picture.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from selectmodel.display.escaping import LONGEST, visible
from selectmodel.errors import UsageError

if TYPE_CHECKING:
    from types import ModuleType

MISSING = "charts need the packages altair and vl-convert-python; to install them: pip install 'selectmodel[charts]'"

#: Colours that are told apart by the colour-blind (M. Okabe, K. Ito, 2002), each 4.5 to 1 or more on white where it is
#: used for text; GRID and BAND only lie behind.
VALIDATION, TRAINING, PICK, OTHER, BAD = "#0b62a4", "#6b6f76", "#00704f", "#b34700", "#b3261e"
GRID, BAND = "#e3e6ea", "#bfe3d5"
#: Width of a chart in pixels where no page sets it.
_WIDTH = 640
_CONFIG: Mapping[str, Any] = {
    "font": "system-ui, 'Segoe UI', Helvetica, Arial, sans-serif",
    "background": "white",
    "view": {"stroke": None},
    "axis": {"gridColor": GRID, "domainColor": "#8b9097", "tickColor": "#8b9097", "labelColor": "#3b4048",
             "titleColor": "#3b4048", "titleFontWeight": "normal", "labelFontSize": 12, "titleFontSize": 12},
    "legend": {"orient": "top", "title": None, "labelFontSize": 12, "labelLimit": 260, "symbolStrokeWidth": 2,
               "columns": 2, "columnPadding": 32, "symbolOpacity": 1},
    "title": {"anchor": "start", "fontSize": 13, "fontWeight": 600, "color": "#1c2024"},
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Panel:
    """One chart with a caption that says what it shows; ``log``: its values are all positive losses.

    ``half``: two of its kind stand side by side where there is room.
    """

    caption: str
    chart: Any
    log: bool = False
    half: bool = False

    def spec(self) -> dict[str, Any]:
        """The Vega-Lite description, as wide as its place in the page."""
        with _unchecked():
            described: dict[str, Any] = self.chart.to_dict(validate=False)
        theme = described.get("config", {})
        return described | {
            "width": "container",
            "autosize": {"type": "fit-x", "contains": "padding"},
            "background": "transparent",  # the page has paper of its own, which is dark in the dark
            "config": {**theme, **_CONFIG, "view": theme.get("view", {}) | _CONFIG["view"]},
            "description": visible(self.caption, LONGEST),
        }


def altair() -> ModuleType:
    """The module, told not to count rows. Raises UsageError where the extra "charts" is not installed."""
    try:
        import altair as alt
        import vl_convert  # noqa: F401
    except ImportError:
        raise UsageError(MISSING) from None
    alt.data_transformers.disable_max_rows()
    return alt


def drawn(panels: Iterable[Panel]) -> list[Panel]:
    """The panels of an answer, made here. Raises UsageError where the extra "charts" is not installed."""
    altair()
    with _unchecked():
        return list(panels)


@contextmanager
def _unchecked() -> Iterator[None]:
    """Altair does not hold each part of a chart against its schema, which takes it most of its time; tests do."""
    from altair.utils.schemapi import debug_mode

    with debug_mode(False):
        yield


def installed() -> bool:
    """Whether charts can be drawn."""
    from importlib.util import find_spec

    return find_spec("altair") is not None and find_spec("vl_convert") is not None


def stacked(panels: Sequence[Panel]) -> Any:
    """The panels below each other as one Altair chart, to be changed, shown and saved as any other."""
    with _unchecked():
        charts = [panel.chart.properties(width=_WIDTH) for panel in panels]
        joined = altair().vconcat(*charts).resolve_scale(color="independent", shape="independent")
        return joined.configure(**_CONFIG)


def svg(panels: Sequence[Panel]) -> str:
    """The panels as one SVG picture without links to anything."""
    import vl_convert

    text: str = vl_convert.vegalite_to_svg(stacked(panels).to_dict(validate=False), vl_version=_version())
    return text


def png(panels: Sequence[Panel], scale: float = 2.0) -> bytes:
    """The panels as one PNG picture, ``scale`` pixels a point."""
    import vl_convert

    picture: bytes = vl_convert.vegalite_to_png(
        stacked(panels).to_dict(validate=False), vl_version=_version(), scale=scale
    )
    return picture


@cache
def scripts() -> str:
    """Vega, Vega-Lite and vega-embed as one script: it defines ``vegaEmbed``. Takes seconds."""
    import vl_convert

    bundle: str = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;", vl_version=_version())
    return bundle


@cache
def _version() -> str:
    """The release of Vega-Lite that Altair writes, as vl-convert names it (6.4 for v6.4.1); else its newest."""
    import vl_convert

    known: list[str] = vl_convert.get_vegalite_versions()
    wanted = ".".join(altair().SCHEMA_VERSION.removeprefix("v").split(".")[:2])
    return wanted if wanted in known else known[-1]
