"""Many small rows in one test, where a test each would cost more than what it tries."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable
from typing import TypeVar

Row = TypeVar("Row")


def all_hold(rows: Iterable[Row], holds: Callable[[Row], object]) -> None:
    """Tries every row; fails with each for which ``holds`` raised, where it did, and what it said."""
    faults = []
    for row in rows:
        try:
            holds(row)
        except Exception as fault:
            last = traceback.extract_tb(fault.__traceback__)[-1]
            place = f"{last.filename}:{last.lineno}: {last.line}"
            faults.append(f"{row!r}: {type(fault).__name__}: {fault}\n    {place}")
    assert not faults, "\n".join([f"{len(faults)} rows fail:", *faults])
