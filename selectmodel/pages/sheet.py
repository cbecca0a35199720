"""What a page holds, from top to bottom, in plain texts; the template escapes all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

#: How a text is meant: the template gives each a colour and, because colour alone says nothing, the text says it too.
Tone = Literal["", "good", "bad", "doubt", "dim"]


class Cell(NamedTuple):
    """A cell of a table: its text; ``value`` is what it is sorted by where that is another; ``number`` aligns right."""

    text: str
    value: str | float | None = None
    number: bool = False
    tone: Tone = ""


class Fact(NamedTuple):
    """A label and what it says."""

    label: str
    text: str
    tone: Tone = ""


@dataclass(frozen=True, slots=True)
class Grid:
    """A table: ``heads`` name its columns, ``marked`` are the places of rows that stand out.

    ``sortable``: a click on a head sorts by that column.
    """

    heads: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    marked: Sequence[int] = ()
    sortable: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """A heading, "" for more of the section above, with what stands below it; ``folded``: shown by a click."""

    title: str
    facts: Sequence[Fact] = ()
    texts: Sequence[str] = ()
    table: Grid | None = None
    code: str = ""
    folded: bool = False

    @property
    def code_lines(self) -> list[str]:
        """The code, a line each."""
        return self.code.expandtabs(4).splitlines()


@dataclass(frozen=True, slots=True)
class Sheet:
    """A page: ``title`` with the ``log`` it is about, the verdict in a box, facts below it, charts, sections."""

    title: str
    log: str
    verdict: str
    tone: Tone
    facts: Sequence[Fact]
    sections: Sequence[Section]


def number(value: float | None, text: str) -> Cell:
    """A cell of a number, as it is written and as it is sorted."""
    return Cell(text, value, number=True)
