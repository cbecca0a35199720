"""Its constant is misspelt."""

from selectmodel.records import Pick, Question

MONITOR_THE_LOSS = True


def pick(question: Question) -> Pick:
    """The first."""
    return Pick(0, "first")
