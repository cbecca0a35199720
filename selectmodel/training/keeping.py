"""Which checkpoints of a running training are worth their disk space."""

from __future__ import annotations

from collections.abc import Collection

from selectmodel.records import Question
from selectmodel.selection import as_good_as


def worth_keeping(question: Question, index: int, saved: Collection[int], last: int | None, most: int) -> list[int]:
    """The candidates whose files stay, in order, of those that are ``saved``: with the last file ``most`` in all.

    ``index``, which is recommended so far, ``last``, that of the file that was saved last (None where it was not
    judged), and the best of those that cannot be told apart from the recommended one. ``most`` is at least 2.
    """
    kept: set[int | None] = {index, last}
    alike = [one for one in as_good_as.alike(question, index).indices if one in saved and one not in kept]
    # of equals the later: its neighbours are still to come
    alike.sort(key=lambda one: (float(question.cost[one]), -one))
    kept.update(alike[: max(most - len(kept), 0)])
    return sorted(one for one in kept if one is not None)
