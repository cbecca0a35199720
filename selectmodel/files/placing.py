"""How several files take their places together: all of them or none, also where the program is killed meanwhile."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from selectmodel.files.writing import create, sync, undisturbed

#: Begins the names of the hidden files and folders that are there meanwhile.
ROOM = ".selectmodel"
#: What a file system says that has no links of this kind.
_NO_LINKS = frozenset({errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EMLINK, errno.ENOSYS})


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
                sync(self.folder.parent)
                return
            for name in old:
                _link(self.folder / name, self.path / "old" / name)
            _sync_folders(self.path)
            linked = self._decide("old")
            try:
                for name in sorted({*_files(self.new), *old}):
                    self._veil(name, name in old) if linked else self._place(name, name in old)
                sync(self.folder)
                self._decide("new")
            except BaseException:
                self._finish()
                raise
            with suppress(OSError):
                self._finish()
            self._finish()  # what failed once may not fail twice, and whoever opens the names sees the new ones already

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
        sync(self.folder)
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
        sync(self.path)
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


def _there(path: Path) -> bool:
    try:
        path.lstat()
    except FileNotFoundError:
        return False
    return True


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


def _sync_folders(folder: Path) -> None:
    for where, _, _ in os.walk(folder):
        sync(Path(where))
