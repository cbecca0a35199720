"""Which of the runs found below a path is meant."""

from __future__ import annotations

import itertools
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from selectmodel import registry
from selectmodel.errors import ChoiceError, SelectModelError, UsageError
from selectmodel.files.folders import is_folder
from selectmodel.files.found_run import Found
from selectmodel.settings import did_you_mean


def choose(path: Path, found: Sequence[Found], names: Sequence[str] = ()) -> Found:
    """The one run meant: the only one, or those named with ``--run``, which are then read as one.

    Raises ChoiceError that lists the runs and the flag, where it is not clear which one is meant.
    """
    if not names:
        if len(found) == 1:
            return _alone(path, found[0])
        raise ChoiceError(_several(path, found), [_flag(item) for item in found])
    chosen = [_named(name, found) for name in names]
    first = chosen[0]
    if len(chosen) == 1:
        return first
    if any(item.source.part for item in chosen):
        raise UsageError("--run: runs that one file holds side by side cannot be read as one; name one")
    if any(item.reader != first.reader for item in chosen):
        raise UsageError("--run: only runs of one format can be read as one")
    paths = tuple(part for item in chosen for part in item.source.paths)
    source = replace(first.source, paths=paths, name=" + ".join(item.name for item in chosen), contents={})
    return replace(first, source=source)


def shortened(names: Sequence[str]) -> list[str]:
    """The names of runs without the folders, and the file, that all of them share at either end."""
    parts = [name.split("/") for name in names]
    shortest = min(map(len, parts), default=0) - 1
    if len(names) < 2:
        return list(names)
    front = next((at for at in range(shortest) if len({part[at] for part in parts}) > 1), shortest)
    most = shortest - front
    back = next((at for at in range(most) if len({part[-1 - at] for part in parts}) > 1), most)
    return ["/".join(part[front : len(part) - back]) for part in parts]


def _alone(path: Path, only: Found) -> Found:
    """The only run of a folder: whatever checkpoints the folder holds are its own."""
    return replace(only, source=replace(only.source, folder=path)) if is_folder(path) else only


def _several(path: Path, found: Sequence[Found]) -> str:
    message = f"{path}: holds {len(found)} runs; name the one to judge"
    chains = list(_continued(found))
    if chains:
        earlier, later = chains[0]
        message += f" ({later.name} continues {earlier.name}; to read them as one: {_flag(earlier)} {_flag(later)})"
    return message + ":"


def _flag(item: Found) -> str:
    return f"--run {shlex.quote(item.name)}"


def _continued(found: Sequence[Found]) -> Iterator[tuple[Found, Found]]:
    for earlier, later in itertools.pairwise(found):
        reader = registry.load("readers", earlier.reader)
        if earlier.reader == later.reader and reader.continues is not None and len(found) <= 100:
            try:
                if reader.continues(earlier.read(), later.read()):
                    yield earlier, later
            except SelectModelError:
                continue


def _named(name: str, found: Sequence[Found]) -> Found:
    for item in found:
        if item.name == name:
            return item
    short = [
        item for item, called in zip(found, shortened([item.name for item in found]), strict=True) if called == name
    ]
    if len(short) == 1:
        return short[0]
    raise UsageError(f"--run {name}: no such run; {did_you_mean(name, [item.name for item in found])}")
