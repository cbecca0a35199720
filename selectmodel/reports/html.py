"""One HTML page without scripts or links; rich escapes every name in it."""

from __future__ import annotations

import html
import io

from selectmodel.answer import Answer
from selectmodel.display.console import console, show
from selectmodel.display.escaping import inert
from selectmodel.display.style import Style

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
    """The screen of the answer as a page of its own."""
    page = _PAGE.format(title=html.escape(f"selectmodel {answer.kind}"), fragment=fragment(answer, style.verbose))
    return inert(page, "&#58;", "&#91;")


def fragment(answer: Answer, verbose: bool = False) -> str:
    """The screen of the answer as a fragment, which is how a notebook shows a report."""
    style = Style(width=100, colour=True, lines=True, verbose=verbose)
    screen = console(io.StringIO(), style, record=True)
    show(answer.screen(style), screen)
    return screen.export_html(inline_styles=True, code_format='<pre style="line-height:1.3">{code}</pre>')
