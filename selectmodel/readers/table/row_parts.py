"""Rows that complete each other: what a logger wrote of one epoch or step in several calls is one row.

A training row and the evaluation after it stand one below the other or far apart. A row is a part of the last one begun
at its place if the two say nothing different of any metric, and not both of the same ones: those were logged twice.
Said for columns of numbers, and for objects, each of which may have names of its own; tests hold the two to the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from selectmodel.readers.table.headers import tokens
from selectmodel.records import Bools, Floats, Ints

#: Words in the names of what is no metric and differs between two calls of a logger.
_CLOCKS = frozenset(
    ("time", "timestamp", "runtime", "duration", "elapsed", "remaining", "seconds", "eta", "memory", "speed", "second")
)
#: An epoch or step that stands in more rows than this has no parts.
_MOST_PARTS = 1000


class Logged(NamedTuple):
    """What rows (m,) say of one metric: ``values``, and in which of them it is ``present``."""

    values: Floats
    present: Bools


def named_as_clock(name: str) -> bool:
    """Whether a name is that of a time, a duration, a speed or a memory: no metric."""
    return not _CLOCKS.isdisjoint(tokens(name))


def wholes(labels: Floats, metrics: Sequence[Logged]) -> Ints:
    """(m,) of each row the one that it is a part of, itself where it begins one; ``labels`` (m,) are the places."""
    found = np.arange(len(labels))
    order = np.argsort(labels, kind="stable")
    starts = np.flatnonzero(np.append(True, labels[order][1:] != labels[order][:-1])[: len(order)])
    sizes = np.diff(np.append(starts, len(order)))
    several = (sizes > 1) & (sizes <= _MOST_PARTS)
    starts, sizes = starts[several], sizes[several]
    begun = order[starts]
    held = [Logged(metric.values[begun], metric.present[begun]) for metric in metrics]
    for part in range(1, int(sizes.max(initial=0))):
        at = np.flatnonzero(sizes > part)
        rows = order[starts[at] + part]
        joins = _complete(held, metrics, at, rows)
        found[rows[joins]] = begun[at[joins]]
        begun[at[~joins]] = rows[~joins]
        for kept, metric in zip(held, metrics, strict=True):
            tells = metric.present[rows]
            kept.values[at] = np.where(tells | ~joins, metric.values[rows], kept.values[at])
            kept.present[at] = tells | (joins & kept.present[at])
    return found


def _complete(held: Sequence[Logged], metrics: Sequence[Logged], at: Ints, rows: Ints) -> Bools:
    """(k,) whether each of ``rows`` (k,) completes what is ``held`` at ``at`` (k,)."""
    agree, alike = np.ones(len(at), np.bool_), np.ones(len(at), np.bool_)
    for kept, metric in zip(held, metrics, strict=True):
        one, other = kept.values[at], metric.values[rows]
        both = kept.present[at] & metric.present[rows]
        agree &= ~both | (one == other) | (np.isnan(one) & np.isnan(other))
        alike &= kept.present[at] == metric.present[rows]
    return agree & ~alike


def wholes_of_objects(places: Sequence[Any], rows: Sequence[Mapping[str, Any]]) -> list[int]:
    """What :func:`wholes` says of rows that are objects; their places, of any kind, are None where they have none."""
    begun: dict[Any, int] = {}
    held: dict[int, dict[str, Any]] = {}  # of the places that come again
    found: list[int] = []
    clocks = {name: named_as_clock(name) for name in {name for row in rows for name in row}}

    def said_of(row: Mapping[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in row.items() if not clocks[name]}

    for at, (place, row) in enumerate(zip(places, rows, strict=True)):
        whole = begun.get(place) if place is not None else None
        if whole is not None:
            said = said_of(row)
            if whole not in held:
                held[whole] = said_of(rows[whole])
            if _adds(held[whole], said):
                held[whole].update(said)
                found.append(whole)
                continue
        begun[place] = at
        found.append(at)
    return found


def _adds(held: Mapping[str, Any], said: Mapping[str, Any]) -> bool:
    if held.keys() == said.keys():
        return False
    both = held.keys() & said.keys()
    return all(held[name] == said[name] or (held[name] != held[name] and said[name] != said[name]) for name in both)
