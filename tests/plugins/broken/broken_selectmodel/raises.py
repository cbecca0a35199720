"""It divides by zero when it is asked."""

from selectmodel.records import Pick, Question


def pick(question: Question) -> Pick:
    """None."""
    return Pick(1 // 0, "never")
