"""Markdown for a pull request's comment or a job's summary; names in it mention nobody and link nowhere."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from urllib.parse import quote

from selectmodel import registry
from selectmodel.answer import Answer
from selectmodel.display.escaping import inert
from selectmodel.display.style import Style

READABLE = True
USED_FOR = "summaries"
#: What GitHub accepts as one comment, in characters.
_LONGEST_COMMENT = 65_536


def render(answer: Answer, style: Style) -> str:
    """The page of this kind of answer, else its screen as a block of code; cut at what a comment may hold."""
    page, left = [], _LONGEST_COMMENT - 100
    for line in chain(answer.page() or _screen(answer), _picture(style)):
        left -= len(line) + 1
        if left < 0:
            page.append("\n(cut here: the whole answer is longer than a comment may be)")
            break
        page.append(line)
    return inert("\n".join(page) + "\n", "&#58;", "&#91;")


def _picture(style: Style) -> Iterator[str]:
    """The picture beside the page, which forges show where both are committed or attached."""
    if style.picture:
        yield ""
        yield f"![curves]({quote(style.picture)})"


def _screen(answer: Answer) -> list[str]:
    # set in by four blanks: a block of code that no fence inside can end
    screen: str = registry.report_for("screens").render(answer, Style(width=100, verbose=True))
    return ["    " + line for line in screen.splitlines()]
