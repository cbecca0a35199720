"""Which files below a folder may be logs, told by their names; what could not be looked at is noted."""

from __future__ import annotations

import fnmatch
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache, lru_cache
from pathlib import Path

from selectmodel import registry
from selectmodel.files import gzipped
from selectmodel.files.folders import MAX_DEPTH, MAX_ENTRIES, SKIPPED, natural
from selectmodel.records import Level, Note

#: Of files that may hold what a run was configured with.
SETTINGS_SUFFIXES = frozenset({".yaml", ".yml", ".json"})
#: W&B links to the log of its own program, which is far away, from the folder of every run.
_OF_WANDB = "debug-core.log"
_WILD = re.compile(r"[*?\[]")


class Patterns:
    """Names of files by patterns such as ``*.csv``, capitals and small letters alike."""

    def __init__(self, patterns: Iterable[str]) -> None:
        lowered = sorted({pattern.lower() for pattern in patterns})
        # Nearly all are of these two forms, and a folder may hold 200,000 files.
        plain = [pattern for pattern in lowered if pattern[:1] == "*" and not _WILD.search(pattern.strip("*"))]
        self._ends = tuple(pattern[1:] for pattern in plain if pattern[-1:] != "*")
        self._parts = tuple(pattern.strip("*") for pattern in plain if pattern[-1:] == "*")
        others = [fnmatch.translate(pattern) for pattern in lowered if pattern not in plain]
        self._others = re.compile("|".join(others)) if others else None

    def fit(self, name: str) -> bool:
        """Whether a file's name fits one of the patterns, be it packed (``.gz``) or not.

        An ending alone is no name: ``.csv`` fits not ``*.csv``.
        """
        lowered = gzipped.shorn(name.lower())
        return (
            (lowered.endswith(self._ends) and lowered not in self._ends)
            or any(part in lowered for part in self._parts)
            or (self._others is not None and self._others.match(lowered) is not None)
        )


@cache
def of_reader(reader: str) -> Patterns:
    """The files that a reader may be asked about; read from its source, so that it is not imported."""
    return Patterns(registry.constant("readers", reader, "FILES") or ())


def asked(name: str) -> tuple[str, ...]:
    """The readers in the order in which they are asked about a file: those that know its very name, then all others."""
    readers = registry.names("readers")[::-1]
    first = [reader for reader in _knowing().get(name, ()) if reader in readers]
    return (*first, *(reader for reader in readers if reader not in first))


@cache
def _knowing() -> dict[str, list[str]]:
    """The names of files that readers spell out → these readers."""
    found: dict[str, list[str]] = {}
    for reader in registry.names("readers"):
        for pattern in registry.constant("readers", reader, "FILES") or ():
            if not _WILD.search(pattern):
                found.setdefault(pattern, []).append(reader)
    return found


@cache
def of_readers() -> Patterns:
    """The files that any reader may be asked about."""
    return Patterns(
        pattern
        for reader in registry.names("readers")
        for pattern in registry.constant("readers", reader, "FILES") or ()
    )


@lru_cache(maxsize=4096)
def may_matter(name: str) -> bool:
    """Whether a file of this name may be a log or hold the settings of a run."""
    suffix = _suffix(name)
    return not suffix or suffix in SETTINGS_SUFFIXES or of_readers().fit(name)


def _suffix(name: str) -> str:
    stem, dot, end = name.rpartition(".")
    return f".{end.lower()}" if stem and dot and end else ""


def below(
    root: Path, notes: list[Note], settings: dict[str, list[str]] | None = None, *, most: int = MAX_ENTRIES
) -> Iterator[Path]:
    """Files that may be logs, in natural order; links to folders are not followed, nor those that leave the tree.

    ``settings`` takes the names of files that may hold the settings of a run, by folder; ``most`` files are looked at.
    """

    def closed(failure: OSError) -> None:
        message = f"{failure.filename}: cannot be listed ({failure.strerror})"
        notes.append(Note("SM161", message, str(failure.filename), "warn", degrades=True))

    logs, seen = of_readers(), 0
    links: list[Path] = []
    waiting: list[tuple[str | Path, int]] = [(root, 0)]
    while waiting:
        folder, depth = waiting.pop()
        try:
            folders, files = _listed(folder)
        except OSError as failure:
            closed(failure)
            continue
        links += [Path(entry.path) for entry in folders if entry.is_symlink()]
        names = {entry.name for entry in files}
        for entry in files[: most - seen]:
            if (log := gzipped.shorn(entry.name)) != entry.name and log in names:
                continue  # gzip -k leaves the log beside its packed copy
            suffix, wanted = _suffix(entry.name), logs.fit(entry.name)
            if (wanted or not suffix) and entry.is_symlink() and not _stays_inside(root, Path(entry.path)):
                links += [Path(entry.path)] if entry.name != _OF_WANDB else []
                continue
            if settings is not None and suffix in SETTINGS_SUFFIXES:
                settings.setdefault(str(folder), []).append(entry.name)
            if wanted:
                yield Path(entry.path)
        seen += len(files)
        if seen > most:
            notes.append(Note("SM163", f"more than {most:,} files; the rest was not looked at", str(root)))
            break
        if depth < MAX_DEPTH:
            below = [entry for entry in folders if entry.name not in SKIPPED and not entry.is_symlink()]
            waiting += [(entry.path, depth + 1) for entry in reversed(below)]
    if links:
        notes.append(_not_followed(root, links))


def _listed(folder: str | Path) -> tuple[list[os.DirEntry[str]], list[os.DirEntry[str]]]:
    """The folders in a folder, links to folders among them, and the files; each in natural order."""
    folders: list[os.DirEntry[str]] = []
    files: list[os.DirEntry[str]] = []
    with os.scandir(folder) as entries:
        for entry in entries:
            (folders if _leads_to_folder(entry) else files).append(entry)
    for found in (folders, files):
        if len(found) > 1:
            found.sort(key=_order)
    return folders, files


def _order(entry: os.DirEntry[str]) -> str:
    return natural(entry.name)


def _leads_to_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def _not_followed(root: Path, links: Sequence[Path]) -> Note:
    """One note of all links; a link to a folder that was walked anyway (``latest``) hides nothing."""
    inside = [path for path in links if _stays_inside(root, path) and not _leads_up(path)]
    shown = [path for path in links if path not in inside] or inside
    names = ", ".join(str(path.relative_to(root)) for path in shown[:4]) + (", …" if len(shown) > 4 else "")
    level: Level = "note" if len(inside) == len(links) else "warn"
    what = "links to folders inside" if level == "note" else "links that lead nowhere, back up or out of the folder"
    return Note("SM169", f"{what} were not followed: {names}", str(root), level)


def _leads_up(path: Path) -> bool:
    return path.parent.resolve().is_relative_to(path.resolve())


def _stays_inside(root: Path, path: Path) -> bool:
    try:
        return path.resolve(strict=True).is_relative_to(root.resolve())
    except (OSError, RuntimeError):  # RuntimeError: a link that leads to itself, up to Python 3.12
        return False
