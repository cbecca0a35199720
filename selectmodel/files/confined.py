"""A process that reads below one folder alone, and writes nothing: for callers that are not to be trusted with paths.

Python tells of every file that it opens, before it does, whoever opens it: a reader, a package, a plug-in. So a link
that leads out of the folder is met where it is followed, and no way in has to be remembered.
Source: PEP 578, and the table of audit events in the library reference.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
#: What changes a disk, by the path that stands first among its arguments.
_CHANGES = frozenset({
    "os.chflags", "os.chmod", "os.chown", "os.link", "os.mkdir", "os.remove", "os.removexattr", "os.rename", "os.rmdir",
    "os.setxattr", "os.symlink", "os.truncate", "os.utime", "shutil.rmtree",
})  # fmt: skip
#: What reaches beyond this process and its disk.
_REACHES = ("os.exec", "os.posix_spawn", "os.spawn", "os.startfile", "os.system", "socket.", "subprocess.Popen")
_LOOKS = frozenset({"os.listdir", "os.scandir"})
_HARMLESS = frozenset({"/dev/null", "/dev/urandom"})

_folder: list[Path] = []


def to(folder: Path, scratch: Path) -> None:
    """From now on nothing but what lies below ``folder`` is read, and nothing is written but below ``scratch``.

    Where Python and its packages lie is read too. It holds for the whole process and cannot be taken back.
    """
    _folder[:] = [folder]
    sys.addaudithook(_Guard(folder, scratch))


def is_edge(folder: Path) -> bool:
    """Whether a search upward ends at this folder, because what lies above may not be read."""
    return bool(_folder) and os.path.realpath(folder) == os.path.realpath(_folder[0])


class _Guard:
    """Asked about each event; raises PermissionError, which is met as that of a disk is."""

    def __init__(self, folder: Path, scratch: Path) -> None:
        self.folder = os.path.realpath(folder)
        self.scratch = os.path.realpath(scratch)
        here = Path(__file__).parents[2]
        code = [sys.prefix, sys.base_prefix, sys.exec_prefix, *filter(None, sys.path), str(here)]
        self.read = (self.folder, self.scratch, *{os.path.realpath(place) for place in code})

    def __call__(self, event: str, arguments: Sequence[Any]) -> None:
        if event == "open":
            path, mode, flags = arguments
            writes = bool(flags & _WRITING) if isinstance(flags, int) else set(str(mode)) & set("wax+") != set()
            self._refuse_unless(path, self._may_write if writes else self._may_read)
        elif event in _LOOKS:
            self._refuse_unless(arguments[0] if arguments[0] is not None else ".", self._may_read)
        elif event == "sqlite3.connect":
            self._refuse_unless(_of_database(str(arguments[0])), self._may_read)
        elif event in _CHANGES:
            self._refuse_unless(arguments[0], self._may_write)
        elif event.startswith(_REACHES) and event != "socket.gethostname":
            self._refuse("nothing but files is read here")

    def _refuse_unless(self, path: Any, may: Callable[[str], bool]) -> None:
        if isinstance(path, int):  # opened already
            return
        try:
            place = os.path.realpath(os.fsdecode(path))
        except (TypeError, ValueError):  # is no path, as whoever opens it will find
            return
        if not may(place) and place not in _HARMLESS:
            self._refuse("nothing is written here" if may == self._may_write else "it lies outside of what may be read")

    def _may_read(self, place: str) -> bool:
        return any(_below(place, folder) for folder in self.read)

    def _may_write(self, place: str) -> bool:
        return _below(place, self.scratch)

    def _refuse(self, why: str) -> NoReturn:
        raise PermissionError(errno.EACCES, why)


def _below(place: str, folder: str) -> bool:
    return place == folder or place.startswith(folder.rstrip(os.sep) + os.sep)


def _of_database(name: str) -> str:
    """The path in a name of SQLite, which may be an address ``file:…?mode=ro``."""
    from urllib.parse import unquote  # most commands need none of it

    return unquote(name.removeprefix("file:").partition("?")[0]) if name.startswith("file:") else name
