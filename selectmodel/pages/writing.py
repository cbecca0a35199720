"""Writes a page with Jinja, which escapes every text, under a policy that lets it run its own scripts and load nothing.

The policy names each script and the style by its SHA-256: a script that a name of a log smuggled in would not run.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any, NamedTuple

from selectmodel.display import dates
from selectmodel.display.escaping import LONGEST, inert, visible
from selectmodel.pages.sheet import Sheet
from selectmodel.version import __version__

if TYPE_CHECKING:
    import jinja2
    import markupsafe


class Drawn(NamedTuple):
    """A chart of a page: its Vega-Lite description, what it shows, if its scale may be logarithmic, if it is small."""

    spec: dict[str, Any]
    caption: str
    log: bool
    half: bool

    @property
    def json(self) -> markupsafe.Markup:
        """The description as JSON that ends no script and begins no comment."""
        from jinja2.utils import htmlsafe_json_dumps
        from markupsafe import Markup

        plain = json.loads(json.dumps(self.spec, allow_nan=False))
        return Markup(inert(str(htmlsafe_json_dumps(plain)), ":", r"\u005b"))


def write(sheet: Sheet, charts: Sequence[Drawn] = (), library: str = "", missing: str = "") -> str:
    """The page. ``library`` is the script that defines ``vegaEmbed``; ``missing`` says what is not there, and why."""
    scripts = [_file("tables.js")]
    if charts:
        scripts += [library, _file("charts.js")]
    style = _file("page.css")
    page: str = _environment().get_template("page.html.j2").render(
        sheet=sheet, charts=charts, missing=missing, scripts=[_markup(script) for script in scripts],
        style=_markup(style), policy=_policy(scripts, style), date=dates.today(), version=__version__,
    )  # fmt: skip
    return page


def part(sheet: Sheet, picture: str, told: str) -> str:
    """The verdict, an SVG ``picture`` that shows what is ``told``, "" for none, and the first table, for a notebook."""
    coded = base64.b64encode(picture.encode()).decode()
    link = f"data:image/svg+xml;base64,{coded}" if picture else ""
    main = next((section for section in sheet.sections if section.table is not None), sheet.sections[0])
    template = _environment().get_template("part.html.j2")
    fragment: str = template.render(sheet=sheet, main=main, picture=_markup(link), alt=told)
    return fragment


def _markup(text: str) -> markupsafe.Markup:
    """A text of our own, which is not escaped."""
    from markupsafe import Markup

    return Markup(text)


def _policy(scripts: Sequence[str], style: str) -> str:
    allowed = " ".join(f"'sha256-{_digest(script)}'" for script in scripts)
    return (
        f"default-src 'none'; script-src {allowed}; style-src 'sha256-{_digest(style)}'; "
        "base-uri 'none'; form-action 'none'"
    )


@cache
def _digest(text: str) -> str:
    """Of one of the few scripts and styles of pages, the longest of which has a million characters."""
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


@cache
def _environment() -> jinja2.Environment:
    import jinja2

    return jinja2.Environment(
        loader=jinja2.PackageLoader("selectmodel", "pages"), autoescape=True, finalize=_harmless,
        undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip


def _harmless(value: Any) -> Any:
    """A text with its control characters shown, in which a CI runner that prints the page finds no command."""
    from markupsafe import Markup, escape

    if isinstance(value, Markup) or not isinstance(value, str):
        return value
    return Markup(inert(str(escape(visible(value, LONGEST))), "&#58;", "&#91;"))


def _file(name: str) -> str:
    return resources.files("selectmodel.pages").joinpath(name).read_text(encoding="utf-8")
