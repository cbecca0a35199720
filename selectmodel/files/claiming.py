"""Which reader a file belongs to: each is asked how sure it is, and who named a file is told why none wants it."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from selectmodel import registry
from selectmodel.errors import LogError, PluginError
from selectmodel.files import candidates, hparams, opening, own_outputs, unreadable
from selectmodel.files.found_run import Found
from selectmodel.files.opening import ReadOptions, Source
from selectmodel.records import Note
from selectmodel.registry.contract import Reader

#: A reader that is less sure than this does not claim a file met while walking a folder.
CLAIM = 0.4
#: The same where ``--index`` says what a header may not.
NAMED = 0.3
#: JSON, and not the date or the level in brackets with which a logger begins a line.
_JSON = re.compile(rb"\s*(?:\{(?!\s*')|\[(?!\d{4}-\d\d-|(?!true|false|null|NaN|Infinity)[A-Za-z]))")


class Readers:
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
        """The reader that is surest of a file, which the user ``named`` or which was met in a folder.

        Met in a folder, a file called as settings usually are is no log, though it may hold "epochs" and lists.
        """
        best, certainty = "", 0.0
        if not named and path.name in hparams.FILES:
            return best, certainty
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


def standard_input(options: ReadOptions) -> Found:
    """What is piped in. Raises LogError if it cannot be read, is too long, or no reader wants it."""
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


def file(path: Path, options: ReadOptions) -> Found:
    """A file that the user named. Raises LogError with the reason if no reader wants it."""
    return _claimed(Source(path, (path,), path.name, options), opening.head(path))


def _claimed(source: Source, first: bytes) -> Found:
    """A file that was named by the user: refused with the reason if no reader wants it."""
    opening.refuse_if_pointer(source.path, first)
    if beside := unreadable.of_place(source.path):
        raise LogError(f"{source.path}: is {beside}")
    if own_outputs.is_one(first):
        raise LogError(f"{source.path}: is an answer of selectmodel, and no log of a training; name the log")
    readers = Readers()
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
