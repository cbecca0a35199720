"""Runs that a tracker says are running, failed, killed or pruned: told, since their best may be still to come."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from selectmodel import registry
from selectmodel.errors import SelectModelError
from selectmodel.files.found_run import Found
from selectmodel.records import Note

#: So many runs are named of each state.
_NAMED = 3


def notes(found: Sequence[Found]) -> Iterator[Note]:
    """For each file that tells it, which of its runs have not finished."""
    readers = {name: registry.load("readers", name).unfinished for name in {item.reader for item in found}}
    if not any(readers.values()):
        return
    asked = set()
    for item in found:
        tell = readers[item.reader]
        if tell is None or item.source.path in asked:
            continue
        asked.add(item.source.path)
        try:
            states = tell(item.source)
        except SelectModelError:  # what cannot be read is told of each of its runs
            continue
        if states:
            yield Note("SM285", f"not all runs finished: {_told(dict(states))}", str(item.source.path))


def _told(states: dict[str, str]) -> str:
    by_state: dict[str, list[str]] = {}
    for name, state in states.items():
        by_state.setdefault(state, []).append(name)
    return "; ".join(f"{len(names):,} {state} ({_listed(names)})" for state, names in by_state.items())


def _listed(names: Sequence[str]) -> str:
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more:,} more" if more > 0 else "")
