"""Its constant is of another type."""

from selectmodel.records import Pick, Question

LUCK = "much"


def pick(question: Question) -> Pick:
    """The first."""
    return Pick(0, "first")
