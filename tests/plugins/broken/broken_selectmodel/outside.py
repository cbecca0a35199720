"""It picks what is not there."""

from selectmodel.records import Pick, Question


def pick(question: Question) -> Pick:
    """One too far."""
    return Pick(question.n, "one too far")
