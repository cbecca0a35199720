"""How files are written: each whole or not at all, whatever fails meanwhile and whoever else writes there.

One file is made beside its target and renamed (:func:`replace`, or :func:`begin` where none may be there), or grows by
one write (:func:`append`); for several that belong together see :mod:`selectmodel.files.placing`. All raises OSError;
callers say which flag named the file.
"""

from __future__ import annotations

import errno
import os
import signal
import stat
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_BINARY = getattr(os, "O_BINARY", 0)
_NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0)
#: Ctrl-C, a polite kill and, where there is such a thing, the terminal that is closed.
STOPPING = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))


def replace(file: Path, content: bytes) -> None:
    """Writes a file. Who reads it meanwhile sees the old one or the new one, whole."""
    made = _beside(file)
    try:
        create(made, [content])
        made.replace(file)
    finally:  # also when interrupted
        made.unlink(missing_ok=True)


def begin(file: Path, content: bytes) -> None:
    """Writes a file that is not there yet, whole at once; FileExistsError where another program was quicker."""
    made = _beside(file)
    try:
        create(made, [content])
        try:
            os.link(made, file)
        except FileExistsError:
            raise
        except OSError:  # a file system without second names
            create(file, [content])
    finally:
        made.unlink(missing_ok=True)


def _beside(file: Path) -> Path:
    return file.with_name(f".{file.name[:40]}.{os.urandom(6).hex()}")


def create(file: Path, pieces: Iterable[bytes]) -> None:
    """Writes a file that is not there yet, part by part, and syncs it."""
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _BINARY, 0o666)
    try:
        for piece in pieces:
            _write(descriptor, piece)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def append(file: Path, content: bytes) -> None:
    """Adds to a file that others may add to as well; what stands in it is left alone."""
    descriptor = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT | _BINARY, 0o644)
    try:
        _write(descriptor, content)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@dataclass(frozen=True, slots=True)
class Held:
    """A regular file that is locked against other programs; see :func:`held`."""

    descriptor: int

    def read(self, most: int) -> bytes:
        """The first bytes of it, all of it where there are not more than ``most``."""
        os.lseek(self.descriptor, 0, os.SEEK_SET)
        parts: list[bytes] = []
        while (rest := most - sum(map(len, parts))) > 0 and (part := os.read(self.descriptor, min(rest, 1 << 20))):
            parts.append(part)
        return b"".join(parts)

    def take_back(self, content: bytes) -> None:
        """Cuts off what was added last."""
        os.ftruncate(self.descriptor, os.fstat(self.descriptor).st_size - len(content))

    def append(self, content: bytes) -> None:
        """Adds to its end; what a full disk took only in part is taken back."""
        size = os.fstat(self.descriptor).st_size
        with undisturbed():
            try:
                _write(self.descriptor, content)
                os.fsync(self.descriptor)
            except OSError:
                os.ftruncate(self.descriptor, size)
                raise


@contextmanager
def held(file: Path) -> Iterator[Held]:
    """Opens a file to add to, empty where there is none, and keeps other programs out; a link is not followed."""
    from filelock import lock_descriptor, unlock_descriptor

    flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NONBLOCK if os.name == "posix" else os.O_RDWR | os.O_CREAT
    descriptor = os.open(file, flags | _NO_FOLLOW | _BINARY, 0o666)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "it is no regular file")
        lock_descriptor(descriptor)
        try:
            yield Held(descriptor)
        finally:
            unlock_descriptor(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def undisturbed() -> Iterator[None]:
    """Holds what may stop the program (:data:`STOPPING`) back until the block, which takes a moment only, is done."""
    if threading.current_thread() is not threading.main_thread():
        yield  # no handler runs in this thread
        return
    came: list[int] = []
    before = {}
    try:
        for held_back in STOPPING:
            before[held_back] = signal.getsignal(held_back)
            signal.signal(held_back, lambda number, _: came.append(number))
        yield
    finally:
        for held_back, handler in before.items():
            signal.signal(held_back, handler)
    for number in came:
        signal.raise_signal(number)


def _write(descriptor: int, content: bytes) -> None:
    """Writes all of it; what a full disk cut off is tried again, which raises."""
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def sync(path: Path) -> None:
    if os.name != "posix":  # a folder cannot be opened
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
