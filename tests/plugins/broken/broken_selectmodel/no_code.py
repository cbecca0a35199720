"""It has no code."""

from collections.abc import Iterator

from selectmodel.records import Finding, Pick, Question


def find(question: Question, pick: Pick) -> Iterator[Finding]:
    """Nothing."""
    yield from ()
