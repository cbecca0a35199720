"""Finds the runs below a path: which files are logs, which reader they belong to, which of them are one run."""

from __future__ import annotations

import itertools
import os
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from selectmodel import progress, registry
from selectmodel.errors import LogError, PluginError, SelectModelError, of_a_bug
from selectmodel.files import candidates, gzipped, opening, settings_places, unreadable
from selectmodel.files.folders import MAX_DEPTH, MAX_ENTRIES, absolute, is_folder, natural
from selectmodel.files.opening import ReadOptions, Source
from selectmodel.records import Note, Run
from selectmodel.registry.contract import Reader

#: A reader that is less sure than this does not claim a file met while walking a folder.
CLAIM = 0.4
#: The same where ``--index`` says what a header may not.
NAMED = 0.3
#: Runs read at a time, and bytes of small logs kept from finding them to reading them.
BATCH = 1024
_CARD = ".md"
#: JSON, and not the date or the level in brackets with which a logger begins a line.
_JSON = re.compile(rb"\s*(?:\{|\[(?!\d{4}-\d\d-|(?!true|false|null|NaN|Infinity)[A-Za-z]))")
MAX_KEPT_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Found:
    """A run that was found and not read yet: where it is, which reader reads it, and the file of its settings."""

    source: Source
    reader: str
    notes: tuple[Note, ...] = ()
    settings: Path | None = None

    @property
    def name(self) -> str:
        return self.source.name

    @property
    def home(self) -> Path:
        """The folder the run lives in."""
        path = self.source.path
        return path.parent if path in self.source.paths else path

    def read(self) -> Run:
        """Reads the log. Raises LogError or ChoiceError as the reader does."""
        return self.told(registry.load("readers", self.reader).read(self.source))

    def told(self, run: Run) -> Run:
        """What the reader made of the log, with what was known before it was read."""
        files = () if self.source.data is not None else tuple(str(path) for path in self.source.paths)
        folder = str(self.source.folder or "")
        return replace(run, notes=(*self.notes, *run.notes), files=files, folder=folder)


def find(
    path: Path, options: ReadOptions | None = None, *, most: int = MAX_ENTRIES, started: bool = False
) -> tuple[Found, ...]:
    """Every run at ``path``: a file, a folder searched to depth 8 and ``most`` files, or ``-`` for standard input.

    With ``started``, an empty file that is called like a log beside it or elsewhere in the folder is a run too, one
    that was stopped before it logged anything. Raises LogError where there is none, saying what was looked for.
    """
    options = options or ReadOptions()
    if str(path) == "-":
        return tuple(_parts(_standard_input(options)))
    if not is_folder(path):
        found = tuple(_parts(_file(path, options)))
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


class _Readers:
    """The readers that can be asked; one of another package that is faulty is asked no more, and noted once."""

    def __init__(self) -> None:
        self.faults: dict[str, PluginError] = {}

    def sound(self, file: str = "") -> Iterator[Reader]:
        """Those without a fault: that which knows a file of this very name, then the last by name, so that one that is
        certain need not wait.
        """
        for name in candidates.asked(file):
            if name not in self.faults:
                try:
                    yield registry.load("readers", name)
                except PluginError as fault:
                    self.faults[name] = fault

    def best(self, path: Path, first: bytes, *, named: bool) -> tuple[str, float]:
        """The reader that is surest of a file, which the user ``named`` or which was met in a folder."""
        best, certainty = "", 0.0
        for reader in self.sound(path.name):
            if reader.sniff is None or not (named or candidates.of_reader(reader.name).fit(path.name)):
                continue
            try:
                confidence = reader.sniff(path, first)
            except PluginError as fault:
                self.faults[reader.name] = fault
                continue
            if confidence > certainty:
                best, certainty = reader.name, confidence
                if certainty == 1:
                    break
        return best, certainty

    @property
    def notes(self) -> tuple[Note, ...]:
        """What is said of the faulty ones beside an answer."""
        return tuple(map(registry.noted, self.faults.values()))

    @property
    def failed(self) -> str:
        """What is said of them where no reader was found, "" without any."""
        return "".join(f"; {fault}" for fault in self.faults.values())


def _standard_input(options: ReadOptions) -> Found:
    limit = options.max_bytes or opening.MAX_TEXT_BYTES
    if sys.stdin is None:
        raise LogError("standard input: is closed")
    try:
        data = _at_most(sys.stdin.buffer, limit + 1)
    except OSError as failure:
        raise LogError(f"standard input: cannot be read ({failure.strerror})") from None
    if len(data) > limit:
        raise LogError(f"standard input: more than the limit of {limit:,} bytes; to read it all: --max-bytes N")
    path = Path("-")
    data = opening.plain(data, path, limit)
    return _claimed(Source(path, (path,), "standard input", options, data), data[: opening.HEAD_BYTES])


def _at_most(stream: BinaryIO, most: int) -> bytes:
    # One read of so many bytes would set aside that much memory before any has come.
    pieces = []
    while most > 0 and (piece := stream.read(min(most, 1 << 20))):
        pieces.append(piece)
        most -= len(piece)
    return b"".join(pieces)


def _file(path: Path, options: ReadOptions) -> Found:
    return _claimed(Source(path, (path,), path.name, options), opening.head(path))


def _claimed(source: Source, first: bytes) -> Found:
    """A file that was named by the user: refused with the reason if no reader wants it."""
    opening.refuse_if_pointer(source.path, first)
    if beside := unreadable.of_place(source.path):
        raise LogError(f"{source.path}: is {beside}")
    readers = _Readers()
    reader, confidence = readers.best(source.path, first, named=True)
    if confidence > 0:
        return Found(source, reader, readers.notes)
    if settings := unreadable.of_settings(source.path):
        raise LogError(f"{source.path}: is {settings}{readers.failed}")
    opening.refuse_if_not_a_log(source.path, first)
    if not first:
        raise LogError(f"{source.path}: is empty (training may not have started)")
    if _JSON.match(first):
        known = unreadable.of_name(source.path.name)
        known = f"; it is {known}" if known else unreadable.of_json(first)
        raise LogError(f"{source.path}: looks like JSON, which no reader here knows{known}{readers.failed}")
    if b"\x00" in first and not first.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise LogError(f"{source.path}: is not text (NUL at byte {first.index(0)}) and no event file{readers.failed}")
    if not readers.faults:  # else the file may well be one of theirs
        for one in readers.sound():
            if one.last_resort:
                if source.options.index is not None:  # the user says what its header does not
                    return Found(source, one.name)
                one.read(source)  # raises, and says what is missing to make it a log
    kinds = ", ".join(sorted(one.name.replace("_", " ") for one in readers.sound() if one.sniff is not None))
    raise LogError(f"{source.path}: is no training log that is known here (tried: {kinds}){readers.failed}")


def _folder(root: Path, options: ReadOptions, most: int, started: bool) -> list[Found]:
    by_reader: dict[str, dict[Path, bytes | None]] = {}
    notes: list[Note] = []
    settings: dict[str, list[str]] = {}
    readers, kept, empty = _Readers(), 0, []
    for path in candidates.below(root, notes, settings, most=most):
        try:
            first, whole = opening.glance(path)
            opening.refuse_if_pointer(path, first)
        except LogError as failure:
            notes.append(Note("SM161", str(failure), str(path), "warn", degrades=True))
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
    found = [item for name, contents in by_reader.items() for item in _runs(root, name, contents, options, readers)]
    found = _told_once(_without_cards(_told_apart(found))) or _without_log(root, options, readers)
    if not found:
        for reader, contents in by_reader.items():  # files of that format, and yet no run: reading one says why
            path = next(iter(contents))
            Found(Source(path, (path,), path.name, options), reader).read()
        kinds = ", ".join(name.replace("_", " ") for name in registry.names("readers"))
        skipped = "".join(f"; {note.message}" for note in notes[:1])
        lies = unreadable.of_folder(root)
        lies = f"; {lies}" if lies else ""
        raise LogError(
            f"{root}: holds no training log (looked for: {kinds}, to depth {MAX_DEPTH}){lies}{skipped}{readers.failed}"
        )
    found.sort(key=lambda item: natural(item.name))
    notes += readers.notes
    if settings:
        places = settings_places.of_runs(root, found, settings)
        found = [replace(item, settings=place) for item, place in zip(found, places, strict=True)]
    return [replace(item, notes=(*item.notes, *notes)) for item in found] if notes else found


def _runs(
    root: Path, name: str, contents: dict[Path, bytes | None], options: ReadOptions, readers: _Readers
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
        called = _name(root, path, above, reader.same_names)
        runs += _parts(Found(Source(path, tuple(files), called, options, contents=held), name))
    return runs


def _parts(found: Found) -> list[Found]:
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


def _told_apart(found: list[Found]) -> list[Found]:
    """Runs of one name in several files are called by their file as well."""
    names = Counter(item.name for item in found)
    return [
        replace(item, source=replace(item.source, name=f"{item.source.path.name}/{item.name}"))
        if item.source.part and names[item.name] > 1
        else item
        for item in found
    ]


def _name(root: Path, path: Path, above: str, same_names: Sequence[str]) -> str:
    """How a run is called in listings: its path below the folder, without a file name that every run has."""
    inner = str(path).removeprefix(above) if path != root else ""
    if os.sep in inner and gzipped.shorn(path.name) in same_names:
        inner = inner.rpartition(os.sep)[0]
    return inner or absolute(root).name


def _without_cards(found: list[Found]) -> list[Found]:
    """Drops tables in notes and model cards, which are copies for people, where their folder holds a log as well."""
    logs = {str(item.home) for item in found if item.source.path.suffix.lower() != _CARD}
    homes = {above for home in logs for above in (home, *map(str, Path(home).parents))}
    return [item for item in found if item.source.path.suffix.lower() != _CARD or str(item.home) not in homes]


def _told_once(found: list[Found]) -> list[Found]:
    """Drops logs whose values are rounded where another log of the same training lies in their folder, or owns it."""
    rounded = {item.home: item.reader for item in found if registry.load("readers", item.reader).less_exact}
    exact = [item for item in found if not registry.load("readers", item.reader).less_exact]
    owned = {item.home for item in exact if registry.load("readers", item.reader).owns_folder}
    below = {home for home in rounded if owned and not owned.isdisjoint((home, *home.parents))}
    found = [item for item in found if item.home not in below or item in exact]
    twice = (rounded.keys() - below) & {item.home for item in exact if _is_file(item)}
    if not twice:
        return found
    kept = []
    for item in found:
        if item.home not in twice:
            kept.append(item)
        elif _is_file(item) and item in exact:
            other, own = (name.replace("_", " ") for name in (rounded[item.home], item.reader))
            message = f"the folder holds the same training as {other} too; the {own} log was read, it is more exact"
            kept.append(replace(item, notes=(*item.notes, Note("SM162", message, str(item.home)))))
    return kept


def _is_file(item: Found) -> bool:
    return item.source.path in item.source.paths


def _without_log(root: Path, options: ReadOptions, readers: _Readers) -> list[Found]:
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
