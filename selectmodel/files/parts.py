"""The runs that one file holds, and what each run is called."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from selectmodel import registry
from selectmodel.files import gzipped
from selectmodel.files.folders import absolute
from selectmodel.files.found_run import Found


def of_file(found: Found) -> list[Found]:
    """The runs of a file that may hold several, each by its own name; one without a name is called as the file is."""
    parts = registry.load("readers", found.reader).parts
    if parts is None:
        return [found]
    source = found.source
    above = "" if source.data is not None or source.name == source.path.name else f"{source.name}/"
    return [
        replace(found, source=replace(source, part=part, name=f"{above}{part}")) if part else found
        for part in parts(source)
    ]


def told_apart(found: list[Found]) -> list[Found]:
    """Runs of one name in several files are called by their file as well."""
    names = Counter(item.name for item in found)
    return [
        replace(item, source=replace(item.source, name=f"{item.source.path.name}/{item.name}"))
        if item.source.part and names[item.name] > 1
        else item
        for item in found
    ]


def name_of(root: Path, path: Path, above: str, same_names: Sequence[str]) -> str:
    """How a run is called in listings: its path below the folder, without a file name that every run has."""
    inner = str(path).removeprefix(above) if path != root else ""
    if os.sep in inner and gzipped.shorn(path.name) in same_names:
        inner = inner.rpartition(os.sep)[0]
    return inner or absolute(root).name
