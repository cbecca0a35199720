"""A folder in which each run is one log: such a folder may be cut between any two logs.

Which folder that is, its names let guess, and what was found in it must bear out; else it is looked at as one.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from pathlib import Path

from selectmodel import registry
from selectmodel.commands.rank.ranking import LeftOut, RankedRun
from selectmodel.commands.rank.store import StoredObject
from selectmodel.files import gzipped, hparams
from selectmodel.files.candidates import SETTINGS_SUFFIXES, may_matter

#: Of logs that hold a whole run each; a run may have several of other kinds in one folder.
_ALONE = frozenset({".csv", ".tsv", ".jsonl", ".ndjson", ".log", ".txt", ".out"})


def by_log(entries: Iterable[StoredObject]) -> list[tuple[StoredObject, ...]]:
    """The logs that lie in one folder, each with the settings that are called like it.

    Nothing where they are of several kinds, one may be a part of another's run, or nobody knows what a file is.
    """
    from selectmodel.readers.table import split_files

    logs: dict[str, list[StoredObject]] = {}
    kinds: set[str] = set()
    settings: list[tuple[str, StoredObject]] = []
    for entry in entries:
        name = entry.name.rpartition("/")[2]
        stem, dot, end = gzipped.shorn(name).rpartition(".")
        suffix = f"{dot}{end}".lower()
        if stem and suffix in _ALONE:
            if split_files.of_name(Path(name)) is not None:
                return []
            kinds.add(suffix)
            logs.setdefault(stem, []).append(entry)
        elif suffix in SETTINGS_SUFFIXES:
            settings.append((stem, entry))
        elif may_matter(name):
            return []
    for stem, entry in settings:
        if stem in logs:
            logs[stem].append(entry)
        elif entry.name.rpartition("/")[2] not in hparams.FILES:
            return []
    return [tuple(held) for held in logs.values()] if len(kinds) == 1 else []


def is_one(found: Sequence[RankedRun | LeftOut], logs: Container[str]) -> bool:
    """Whether what was found in a folder that was cut between its ``logs`` may be another in the folder as a whole."""
    readers = {each.reader for each in found if isinstance(each, RankedRun)}
    rounded = len(readers) > 1 and any(registry.load("readers", reader).less_exact for reader in readers)
    return len(found) == 1 or rounded or any(each.part or not _is_log(each, logs) for each in found)


def _is_log(found: RankedRun | LeftOut, logs: Container[str]) -> bool:
    """Whether a run is one of the logs and nothing more."""
    return found.source in logs and (isinstance(found, LeftOut) or tuple(found.files) == (found.source,))
