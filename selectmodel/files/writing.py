"""How files are written: each whole or not at all, whatever fails meanwhile and whoever else writes there.

One file is made beside its target and renamed (:func:`replace`), or grows by one write (:func:`append`). Several take
their places together (:func:`together`). Everything here raises OSError; callers say which flag named the file.
"""

from __future__ import annotations

import errno
import os
import signal
import stat
import threading
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

#: Begins the names of the hidden files and folders that are there while something is written.
ROOM = ".selectmodel"
_BINARY = getattr(os, "O_BINARY", 0)
_NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0)
#: What a file system says that has no links of this kind.
_NO_LINKS = frozenset({errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EMLINK, errno.ENOSYS})


def replace(file: Path, content: bytes) -> None:
    """Writes a file. Who reads it meanwhile sees the old one or the new one, whole."""
    made = file.with_name(f".{file.name[:40]}.{os.urandom(6).hex()}")
    try:
        create(made, [content])
        made.replace(file)
    finally:  # also when interrupted
        made.unlink(missing_ok=True)


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


@dataclass(frozen=True, slots=True)
class Room:
    """A hidden folder ``path`` in which files are made; :meth:`place` gives them their places in ``folder`` at once.

    Where there was no such folder, it is one rename. Else each name becomes a link to ``now/…`` for a moment, with
    ``now`` a link to ``old``; ``now`` is turned to ``new`` by one rename; then files take the places of the links. So
    whoever opens the names sees all the old files or all the new ones, also where the program is killed; what it left
    is ended by the next that comes (:meth:`settle`). ``new`` and ``old`` stay as they are until the very end.
    A file system without links has no such moment: files are then placed one by one, and taken back if that fails.
    """

    folder: Path
    path: Path
    whole: bool

    @property
    def new(self) -> Path:
        """The folder in which to make the files."""
        return self.path / "new"

    def place(self, old: Collection[str]) -> None:
        """All files of ``new`` take their places; of the files named ``old``, which they replace, none stays.

        A name that is not among ``old`` must not be there.
        """
        _sync_folders(self.new)
        with undisturbed():
            if self.whole:
                self.new.rename(self.folder)
                _sync(self.folder.parent)
                return
            for name in old:
                _link(self.folder / name, self.path / "old" / name)
            _sync_folders(self.path)
            linked = self._decide("old")
            try:
                for name in sorted({*_files(self.new), *old}):
                    self._veil(name, name in old) if linked else self._place(name, name in old)
                _sync(self.folder)
                self._decide("new")
            finally:
                self._finish()

    def settle(self) -> None:
        """Ends what was begun, forward once that was decided, else back; nothing is left of it."""
        with undisturbed():
            self._finish()
            _remove(self.path)

    def _finish(self) -> None:
        chosen = self._chosen()
        if chosen is None:
            return
        other = "old" if chosen == "new" else "new"
        kept = _files(self.path / chosen)
        for name in kept:
            self._put(chosen, name)
        for name in _files(self.path / other) - kept:
            self._drop(other, name)
        _sync(self.folder)
        (self.path / "now").unlink()

    def _decide(self, which: str) -> bool:
        """Says which files count from now on; False where the file system has no links."""
        made, linked = self.path / "next", os.name == "posix"
        if linked:
            try:
                made.symlink_to(which)
            except OSError as failure:
                if failure.errno not in _NO_LINKS:
                    raise
                linked = False
        if not linked:
            create(made, [which.encode()])
        made.replace(self.path / "now")
        _sync(self.path)
        return linked

    def _chosen(self) -> str | None:
        now = self.path / "now"
        if not os.path.lexists(now):
            return None
        return os.readlink(now) if now.is_symlink() else now.read_text()  # noqa: PTH115  a word, not a path

    def _link_to(self, name: str) -> str:
        return "../" * name.count("/") + f"{self.path.name}/now/{name}"

    def _veil(self, name: str, replaces: bool) -> None:
        target = self.folder / name
        if not replaces:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.symlink_to(self._link_to(name))  # fails where the target exists by now
            return
        made = self.path / "veil"
        made.symlink_to(self._link_to(name))
        made.replace(target)

    def _place(self, name: str, replaces: bool) -> None:
        if not replaces and os.path.lexists(self.folder / name):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), name)
        if (self.new / name).exists():
            self._put("new", name)

    def _put(self, which: str, name: str) -> None:
        source, target, made = self.path / which / name, self.folder / name, self.path / "put"
        if _same(source, target):
            return
        made.unlink(missing_ok=True)
        _link(source, made)
        target.parent.mkdir(parents=True, exist_ok=True)
        made.replace(target)

    def _drop(self, which: str, name: str) -> None:
        """Takes away what this program placed, never what came there from elsewhere."""
        target = self.folder / name
        veil = target.is_symlink() and os.readlink(target) == self._link_to(name)  # noqa: PTH115
        if veil or _same(self.path / which / name, target):
            target.unlink()
        for parent in Path(name).parents[:-1]:
            with suppress(OSError):
                (self.folder / parent).rmdir()


@contextmanager
def together(folder: Path) -> Iterator[Room]:
    """Room for files of ``folder`` (made where there is none), while other programs that ask for it wait.

    What a program that was killed had begun there is ended first. Nothing stays where the block fails.
    """
    beside = folder.with_name(f".{folder.name[:40]}{ROOM}") if folder.name else folder / ROOM
    while not _there(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        with _guarded(beside):
            if not _there(folder):  # another program may have made it while this one waited
                yield from _room(Room(folder, beside, whole=True))
                return
    if beside.parent != folder and (_there(beside) or _there(_lock(beside))):
        with _guarded(beside):
            _remove(beside)
    with _guarded(folder / ROOM):
        yield from _room(Room(folder, folder / ROOM, whole=False))


def _room(room: Room) -> Iterator[Room]:
    room.settle()
    try:
        room.new.mkdir(parents=True)
        yield room
    finally:
        with suppress(OSError):  # what cannot be tidied now, the next program does
            room.settle()


@contextmanager
def _guarded(path: Path) -> Iterator[None]:
    """Keeps other programs from ``path`` by a file beside it, which is there only so long."""
    from filelock import FileLock

    with FileLock(_lock(path)):
        try:
            yield
        finally:
            with suppress(OSError):
                _lock(path).unlink()


def _lock(path: Path) -> Path:
    return path.with_name(f"{path.name}.lock")


@contextmanager
def undisturbed() -> Iterator[None]:
    """Holds Ctrl-C and SIGTERM back until the block, which takes a moment only, is done."""
    if threading.current_thread() is not threading.main_thread():
        yield  # no handler runs in this thread
        return
    came: list[int] = []
    before = {}
    try:
        for held_back in (signal.SIGINT, signal.SIGTERM):
            before[held_back] = signal.getsignal(held_back)
            signal.signal(held_back, lambda number, _: came.append(number))
        yield
    finally:
        for held_back, handler in before.items():
            signal.signal(held_back, handler)
    for number in came:
        signal.raise_signal(number)


def _there(path: Path) -> bool:
    try:
        path.lstat()
    except FileNotFoundError:
        return False
    return True


def _write(descriptor: int, content: bytes) -> None:
    """Writes all of it; what a full disk cut off is tried again, which raises."""
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def _link(source: Path, target: Path) -> None:
    """A second name of a file, or a copy of it where there are no such names."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError as failure:
        if failure.errno not in _NO_LINKS:
            raise
        import shutil

        shutil.copy2(source, target, follow_symlinks=False)


def _same(one: Path, other: Path) -> bool:
    """Whether both names are of one file, or of equal files where there are no second names."""
    try:
        first, second = one.lstat(), other.lstat()
    except FileNotFoundError:
        return False
    if os.path.samestat(first, second):
        return True
    if not stat.S_ISREG(first.st_mode) or not stat.S_ISREG(second.st_mode) or first.st_size != second.st_size:
        return False
    import filecmp

    return filecmp.cmp(one, other, shallow=False)


def _files(folder: Path) -> set[str]:
    """The names of all that is below a folder and is no folder, as they are under it."""
    found = set()
    for where, folders, names in os.walk(folder, onerror=_raise):
        links = [name for name in folders if (Path(where) / name).is_symlink()]
        found |= {(Path(where) / name).relative_to(folder).as_posix() for name in (*names, *links)}
    return found


def _raise(failure: OSError) -> None:
    if not isinstance(failure, FileNotFoundError):
        raise failure


def _remove(folder: Path) -> None:
    import shutil

    if os.path.lexists(folder):
        shutil.rmtree(folder)


def _sync(path: Path) -> None:
    if os.name != "posix":  # a folder cannot be opened
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sync_folders(folder: Path) -> None:
    for where, _, _ in os.walk(folder):
        _sync(Path(where))
