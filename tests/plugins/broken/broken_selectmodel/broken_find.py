"""It yields what is no finding."""

from collections.abc import Iterator

from selectmodel.records import Pick, Question

CODE = "BROKEN1"
LEVEL = "fail"


def find(question: Question, pick: Pick) -> Iterator[str]:
    """A text."""
    yield "all is lost"
