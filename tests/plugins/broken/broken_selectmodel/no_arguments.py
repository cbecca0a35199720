"""Its function takes nothing."""

from selectmodel.records import Pick


def pick() -> Pick:
    """The first."""
    return Pick(0, "first")
