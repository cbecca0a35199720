"""What was found on a corpus of real training runs; benchmarks/advice writes the figures that advice quotes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

_FILE = Path(__file__).parent / "corpus.json"


@cache
def figures() -> Mapping[str, Any]:
    """Every figure, as benchmarks/advice/run.py wrote it."""
    found: dict[str, Any] = json.loads(_FILE.read_text(encoding="utf-8"))
    return found


@cache
def stopping(kind: str, patience: int, min_delta: int = 0) -> Mapping[str, float]:
    """Early stopping: share of the epochs run, points of test accuracy lost, share of runs that lost more than one.

    ``min_delta`` is its rank: 0, small, large. Raises KeyError for what was not measured.
    """
    for row in figures()["stopping"]:
        if (row["kind"], row["patience"], row["min_delta"]) == (kind, patience, min_delta):
            found: dict[str, float] = row
            return found
    raise KeyError((kind, patience, min_delta))


def length(kind: str, points: float) -> Mapping[str, float]:
    """A patience that is a share of the length of the run: the least share that loses at most ``points``, as above.

    The largest that was measured where none does.
    """
    rows = sorted((row for row in figures()["length"] if row["kind"] == kind), key=lambda row: float(row["share"]))
    found: Mapping[str, float] = next((row for row in rows if row["points"] <= points), rows[-1])
    return found
