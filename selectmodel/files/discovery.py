"""Finds the runs below a path, and reads them: which files are logs, and which of them are one run."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from selectmodel import progress, registry
from selectmodel.errors import LogError, PluginError, SelectModelError, of_a_bug
from selectmodel.files import candidates, claiming, copies, opening, own_outputs, parts, settings_places, unreadable
from selectmodel.files.claiming import CLAIM, NAMED, Readers
from selectmodel.files.folders import MAX_DEPTH, MAX_ENTRIES, absolute, is_folder, natural
from selectmodel.files.found_run import Found
from selectmodel.files.opening import ReadOptions, Source
from selectmodel.records import Note, Run

#: Runs read at a time, and bytes of small logs kept from finding them to reading them.
BATCH = 1024
MAX_KEPT_BYTES = 64 * 1024 * 1024


def find(
    path: Path, options: ReadOptions | None = None, *, most: int = MAX_ENTRIES, started: bool = False
) -> tuple[Found, ...]:
    """Every run at ``path``: a file, a folder searched to depth 8 and ``most`` files, or ``-`` for standard input.

    With ``started``, an empty file that is called like a log beside it or elsewhere in the folder is a run too, one
    that was stopped before it logged anything. Raises LogError where there is none, saying what was looked for.
    """
    options = options or ReadOptions()
    if str(path) == "-":
        return tuple(parts.of_file(claiming.standard_input(options)))
    if not is_folder(path):
        found = tuple(parts.of_file(claiming.file(path, options)))
        if not found:
            raise LogError(f"{path}: holds no run")
        return found
    return tuple(_folder(path, options, most, started))


def read_all(found: Iterable[Found]) -> Iterator[Run | SelectModelError]:
    """What ``read`` gives for each run, in order, or the error it raises; many at a time where the reader can.

    No more than ``BATCH`` runs are held at once.
    """
    waiting = iter(found)
    done, total = 0, len(found) if isinstance(found, Sequence) else 0
    while batch := list(itertools.islice(waiting, BATCH)):
        by_reader: dict[str, list[int]] = {}
        for at, item in enumerate(batch):
            by_reader.setdefault(item.reader, []).append(at)
        results: dict[int, Run | SelectModelError] = {}
        for reader, members in by_reader.items():
            for at, result in zip(members, _read_batch(reader, [batch[at] for at in members]), strict=True):
                results[at] = result
                done += 1
                progress.tell("runs", done, total)
        yield from (results.pop(at) for at in range(len(batch)))


def _read_batch(reader: str, batch: Sequence[Found]) -> Iterator[Run | SelectModelError]:
    together = registry.load("readers", reader).read_many
    if len(batch) > 1 and together is not None:
        try:
            results = list(zip(batch, together([_with_content(item) for item in batch]), strict=True))
        except Exception:  # which of them it was shows where each is read alone
            results = []
        for item, result in results:
            yield item.told(result) if isinstance(result, Run) else result
        if results:
            return
    for item in batch:
        try:
            run: Run | SelectModelError = item.read()
        except SelectModelError as failure:
            run = failure
        except Exception as failure:
            run = of_a_bug(str(item.source.path), failure)
        yield run


def _with_content(item: Found) -> Source:
    """The source with what its only file holds, if that is little; what is in the way is left for the reader to say."""
    source = item.source
    if source.contents or source.data is not None or source.paths != (source.path,):
        return source
    try:
        first, whole = opening.glance(source.path)
    except LogError:
        return source
    return replace(source, contents={source.path: first}) if whole else source


def _folder(root: Path, options: ReadOptions, most: int, started: bool) -> list[Found]:
    held = _held(root, options, most, started)
    found, readers = held.found or _without_log(root, options, held.readers), held.readers
    if not found:
        for reader, path in held.claimed:  # files of that format, and yet no run: reading one says why
            Found(Source(path, (path,), path.name, options), reader).read()
        kinds = ", ".join(name.replace("_", " ") for name in registry.names("readers"))
        skipped = "".join(f"; {note.message}" for note in held.notes[:1])
        lies = unreadable.of_folder(root)
        lies = f"; {lies}" if lies else ""
        raise LogError(
            f"{root}: holds no training log (looked for: {kinds}, to depth {MAX_DEPTH}){lies}{skipped}{readers.failed}"
        )
    return _settled(root, found, held)


def find_some(root: Path, options: ReadOptions) -> tuple[tuple[Found, ...], tuple[Note, ...]]:
    """The runs in a part of a larger folder, begun ones too, and what is to be said of it; both may be empty."""
    held = _held(root, options, MAX_ENTRIES, started=True)
    return tuple(_settled(root, held.found, held)), (*held.notes, *held.readers.notes)


@dataclass(frozen=True, slots=True)
class _Held:
    """What a folder holds: ``claimed`` is a file of each format that was met, ``settings`` as settings_places takes."""

    found: list[Found]
    notes: list[Note]
    settings: dict[str, list[str]]
    claimed: list[tuple[str, Path]]
    readers: Readers


def _held(root: Path, options: ReadOptions, most: int, started: bool) -> _Held:
    by_reader: dict[str, dict[Path, bytes | None]] = {}
    notes: list[Note] = []
    settings: dict[str, list[str]] = {}
    readers, kept, empty = Readers(), 0, []
    for path in candidates.below(root, notes, settings, most=most):
        try:
            first, whole = opening.glance(path)
            opening.refuse_if_pointer(path, first)
        except LogError as failure:
            notes.append(Note("SM161", str(failure), str(path), "warn", degrades=True))
            continue
        if own_outputs.is_one(first):
            continue
        reader, confidence = readers.best(path, first, named=False)
        if confidence >= (CLAIM if options.index is None else NAMED):
            progress.tell("logs found", 1 + sum(map(len, by_reader.values())), 0)
            keep = whole and kept + len(first) <= MAX_KEPT_BYTES
            kept += len(first) if keep else 0
            by_reader.setdefault(reader, {})[path] = first if keep else None
        elif whole and not first:
            empty.append(path)
    if started and empty:
        by_name = {path.name: contents for contents in by_reader.values() for path in contents}
        for path in empty:
            by_name.get(path.name, {})[path] = b""
    runs = [item for name, contents in by_reader.items() for item in _runs(root, name, contents, options, readers)]
    found = copies.most_exact(copies.without_cards(parts.told_apart(runs)))
    claimed = [(reader, next(iter(contents))) for reader, contents in by_reader.items()]
    return _Held(found, notes, settings, claimed, readers)


def _settled(root: Path, found: list[Found], held: _Held) -> list[Found]:
    """The runs in order, each with its settings and with all that is to be said of the folder."""
    found.sort(key=lambda item: natural(item.name))
    notes = [*held.notes, *held.readers.notes]
    if held.settings:
        places = settings_places.of_runs(root, found, held.settings)
        found = [replace(item, settings=place) for item, place in zip(found, places, strict=True)]
    return [replace(item, notes=(*item.notes, *notes)) for item in found] if notes else found


def _runs(
    root: Path, name: str, contents: dict[Path, bytes | None], options: ReadOptions, readers: Readers
) -> list[Found]:
    reader = registry.load("readers", name)
    kept = {path: content for path, content in contents.items() if content is not None}
    groups: Sequence[tuple[Path, Sequence[Path]]] = [(path, (path,)) for path in contents]
    if reader.group is not None:
        try:
            groups = reader.group(list(contents), kept)
        except PluginError as fault:
            readers.faults[name] = fault
            return []
    above = "" if root == Path() else f"{root}".rstrip(os.sep) + os.sep
    runs = []
    for path, files in groups:
        held = {file: kept[file] for file in files if file in kept}
        called = parts.name_of(root, path, above, reader.same_names)
        runs += parts.of_file(Found(Source(path, tuple(files), called, options, contents=held), name))
    return runs


def _without_log(root: Path, options: ReadOptions, readers: Readers) -> list[Found]:
    best, certainty = "", 0.0
    for reader in readers.sound():
        try:
            sure = 0.0 if reader.sniff_directory is None else reader.sniff_directory(root)
        except PluginError as fault:
            readers.faults[reader.name] = fault
            continue
        if sure > certainty:
            best, certainty = reader.name, sure
    return [Found(Source(root, (root,), absolute(root).name, options), best)] if best else []
