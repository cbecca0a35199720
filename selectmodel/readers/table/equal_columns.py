"""Columns that should differ and do not: validation that equals training, one metric under two names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from selectmodel.metrics.words import take_apart
from selectmodel.records import Note, Series

#: Fewer different values may be equal by chance.
_FEWEST = 3
#: How pandas and people name a second column of one name: val_loss.1, val_loss_2.
_AGAIN = re.compile(r"(.*?[^0-9._ ])[._ ]?[1-9]")


def pairs(names: Sequence[str]) -> Iterator[tuple[str, str]]:
    """The names of a validation metric and of its training twin, and of a second column and the first."""
    training: dict[tuple[str, frozenset[str]], str] = {}
    for name in names:
        parts = take_apart(name)
        if parts.split in (None, "train"):
            training.setdefault((parts.base, parts.marks), name)
    known = set(names)
    for name in names:
        parts = take_apart(name)
        twin = training.get((parts.base, parts.marks))
        if parts.split == "val" and not parts.evaluation_set and twin is not None:
            yield name, twin
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
        if take_apart(name).split == take_apart(other).split:
            found.append(Note("SM125", f"{name} holds the same values as {other}", label))
            continue
        message = f"{name} equals {other} in every row: it is no validation, or one of them was logged under both names"
        found.append(Note("SM125", message, label, level="warn", degrades=True))
    return found
