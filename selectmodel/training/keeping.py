"""Which checkpoints of a running training are worth their disk space."""

from __future__ import annotations

from selectmodel.records import Question
from selectmodel.selection import as_good_as


def worth_keeping(question: Question, index: int, most: int) -> list[int]:
    """The candidates whose files stay, in order: ``most`` in all, at least 2.

    ``index``, which is recommended so far, the last one, and the best of those that cannot be told apart from it.
    """
    kept = {index, question.n - 1}
    alike = [one for one in as_good_as.alike(question, index).indices if one not in kept]
    # of equals the later: its neighbours are still to come
    alike.sort(key=lambda one: (float(question.cost[one]), -one))
    kept.update(alike[: max(most - len(kept), 0)])
    return sorted(kept)
