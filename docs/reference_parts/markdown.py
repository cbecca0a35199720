"""Texts of the code as Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

#: What the reader of a page would take for Markdown, though the writer of a docstring did not mean it so.
_SPECIAL = re.compile(r"([*_<>\[\]|$~])")
_CODE = re.compile(r"(``.+?``|`[^`]+`)", flags=re.DOTALL)


def plain(text: str) -> str:
    """A text in which only what stands in backquotes is more than text; ``:class:`a.b``` is the name alone."""
    text = re.sub(r":\w+:`~?([^`]+)`", r"`\1`", text)
    parts = _CODE.split(text)
    return "".join(part if odd else _SPECIAL.sub(r"\\\1", part) for odd, part in _numbered(parts))


def _numbered(parts: Sequence[str]) -> Iterator[tuple[bool, str]]:
    return ((number % 2 == 1, part) for number, part in enumerate(parts))


def cell(text: str) -> str:
    """A text in a cell of a table."""
    return plain(" ".join(text.split())).replace("``|", "`` |")


def code(text: str) -> str:
    """A text as code in a cell; empty where there is none."""
    return f"`{text}`".replace("|", r"\|") if text else ""


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table whose cells are Markdown already."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def block(text: str) -> str:
    """Lines as they are."""
    return f"```text\n{text.rstrip()}\n```"


def page(title: str, *parts: str) -> str:
    """A page of parts, the empty ones left out."""
    return "\n\n".join([f"# {title}", *(part for part in parts if part)]) + "\n"


def toctree(names: Iterable[str], *, hidden: bool = True) -> str:
    """The pages of a shelf, for the list at the side."""
    return "\n".join(["```{toctree}", *([":hidden:"] if hidden else []), "", *names, "```"])
