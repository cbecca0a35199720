"""Which files below a folder may be logs, told by their names; what could not be looked at is noted."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from selectmodel.files.folders import MAX_DEPTH, MAX_ENTRIES, SKIPPED, natural
from selectmodel.records import Level, Note

#: Of files that may hold what a run was configured with.
SETTINGS_SUFFIXES = frozenset({".yaml", ".yml", ".json"})
LOG_SUFFIXES = frozenset({".csv", ".tsv", ".log", ".txt"})


def may_matter(name: str) -> bool:
    """Whether a file of this name may be a log or hold the settings of a run."""
    stem, dot, end = name.rpartition(".")
    suffix = f".{end.lower()}" if stem and dot else ""
    return not suffix or suffix in LOG_SUFFIXES or suffix in SETTINGS_SUFFIXES or "tfevents" in name


def below(
    root: Path, notes: list[Note], settings: dict[str, list[str]] | None = None, *, most: int = MAX_ENTRIES
) -> Iterator[Path]:
    """Files that may be logs, in natural order; links to folders are not followed, nor those that leave the tree.

    ``settings`` takes the names of files that may hold the settings of a run, by folder; ``most`` files are looked at.
    """

    def closed(failure: OSError) -> None:
        message = f"{failure.filename}: cannot be listed ({failure.strerror})"
        notes.append(Note("SM161", message, str(failure.filename), "warn", degrades=True))

    seen = 0
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
        for entry in files[: most - seen]:
            stem, dot, end = entry.name.rpartition(".")
            suffix = f".{end.lower()}" if stem and dot and end else ""
            wanted = suffix in LOG_SUFFIXES or "tfevents" in entry.name
            if (wanted or not suffix) and entry.is_symlink() and not _stays_inside(root, Path(entry.path)):
                links.append(Path(entry.path))
            elif wanted:
                yield Path(entry.path)
            elif settings is not None and suffix in SETTINGS_SUFFIXES:
                settings.setdefault(str(folder), []).append(entry.name)
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
