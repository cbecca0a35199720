"""One metric in two columns: val_loss and val_loss.1. Validation that equals training is told by the selection."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from selectmodel.records import Note, Series

#: Fewer different values may be equal by chance.
_FEWEST = 3
#: How pandas and people name a second column of one name: val_loss.1, val_loss_2.
_AGAIN = re.compile(r"(.*?[^0-9._ ])[._ ]?[1-9]")


def pairs(names: Sequence[str]) -> Iterator[tuple[str, str]]:
    """The names of a second column and of the first, val_loss.1 and val_loss."""
    known = set(names)
    for name in names:
        again = _AGAIN.fullmatch(name)
        if again and again[1] in known:
            yield name, again[1]


def notes(series: Mapping[str, Series], label: str) -> list[Note]:
    """What is said of metrics that are equal wherever they were logged; nothing of those that hardly change."""
    found = []
    for name, other in pairs([*series]):
        one, two = series[name], series[other]
        if not np.array_equal(one.values, two.values, equal_nan=True) or not np.array_equal(one.steps, two.steps):
            continue
        if len(np.unique(one.values[np.isfinite(one.values)])) < _FEWEST:
            continue
        found.append(Note("SM125", f"{name} holds the same values as {other}", label))
    return found
