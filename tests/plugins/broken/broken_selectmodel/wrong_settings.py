"""Its setting says nothing of itself."""

from selectmodel.records import Pick, Question


def pick(question: Question, *, weight: float = 0.5) -> Pick:
    """The first."""
    return Pick(0, "first")
