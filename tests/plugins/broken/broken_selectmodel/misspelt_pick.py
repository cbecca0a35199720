"""Its function is misspelt."""

from selectmodel.records import Pick, Question


def pik(question: Question) -> Pick:
    """The first."""
    return Pick(0, "first")
