"""A child process in which the k-th call to the file system fails, or a signal arrives just before or after it.

Run as a program it copies a checkpoint over an older one again and again, each time with the fault at the next call,
and prints a line for every time that neither the old checkpoint nor the new one was there, whole, with its own record:

    python tests/support/faults.py KIND SITUATION FAULT
"""

from __future__ import annotations

import errno
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from selectmodel.cli import copying
from selectmodel.cli.main import _stopped
from selectmodel.errors import SelectModelError
from selectmodel.files import placing

CALLS = (
    *("open", "write", "fsync", "ftruncate", "rename", "replace", "link", "symlink", "readlink", "unlink", "remove"),
    *("mkdir", "rmdir", "stat", "lstat", "scandir", "listdir", "close"),
)
#: Fault → what happens at the call: an error in its place, or a signal before or after it.
FAULTS: dict[str, tuple[int, str]] = {
    "EIO": (errno.EIO, "instead"),
    "ENOSPC": (errno.ENOSPC, "instead"),
    **{
        f"{name} {when}": (number, when)
        for name, number in (("TERM", signal.SIGTERM), ("INT", signal.SIGINT), ("KILL", signal.SIGKILL))
        for when in ("before", "after")
    },
}
_NEVER = 99
Files = dict[str, bytes]

OLD: dict[str, Files] = {
    "file": {"m": b"old"},
    "parts": {"m.index": b"old", **{f"m.data-0000{i}-of-00003": b"old" for i in range(3)}},
    "folder": {"m/a": b"old", "m/b": b"old", "m/sub/c": b"old"},
}
NEW: dict[str, Files] = {
    "file": {"m": b"new"},
    "parts": {"m.index": b"new", **{f"m.data-0000{i}-of-00002": b"new" for i in range(2)}},
    "folder": {"m/a": b"new", "m/sub/d": b"new", "m/deep/er/e": b"new"},
}
RECORD = "m.decision.json"


def put(folder: Path, files: Files) -> None:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


def seen(folder: Path) -> Files:
    """What can be read by opening names; a link to nothing is nothing."""
    hidden = (placing.ROOM, f"{placing.ROOM}.lock")
    files = [path for path in folder.rglob("*") if path.relative_to(folder).parts[0] not in hidden and path.is_file()]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def litter(folder: Path) -> list[str]:
    """What is hidden, a link, or an empty folder, in ``folder`` and beside it."""
    paths = [path for place in (folder, folder.parent) if place.is_dir() for path in place.iterdir()]
    found = [path.name for path in paths if path.name.startswith(".")]
    below = list(folder.rglob("*")) if folder.is_dir() else []
    return found + [path.name for path in below if path.is_symlink() or (path.is_dir() and not any(path.iterdir()))]


@contextmanager
def faulty(kth: int, number: int, when: str) -> Iterator[Callable[[], bool]]:
    """The k-th call fails or meets a signal; the value says whether it came so far."""
    count = 0

    def wrapped(name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **given: Any) -> Any:
            nonlocal count
            count += 1
            if count != kth:
                return real(*args, **given)
            if when == "instead":
                if name == "write":  # a disk that becomes full takes a part
                    real(args[0], args[1][: len(args[1]) // 2])
                if name == "close":
                    real(*args)
                raise OSError(number, os.strerror(number))
            if when == "before":
                os.kill(os.getpid(), number)
            try:
                return real(*args, **given)
            finally:
                if when == "after":
                    os.kill(os.getpid(), number)

        return call

    kept = {name: getattr(os, name) for name in CALLS}
    for name, real in kept.items():
        setattr(os, name, wrapped(name, real))
    try:
        yield lambda: count >= kth
    finally:
        for name, real in kept.items():
            setattr(os, name, real)


def without_links() -> None:
    """From now on this process works on a file system that has neither kind of links, as FAT."""

    def refused(*_: Any, **__: Any) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    os.link = os.symlink = refused


def child(work: Callable[[], None], kth: int, fault: tuple[int, str]) -> int:
    """The process in which the work is done, with the program's own handlers of signals."""
    pid = os.fork()
    if pid:
        return pid
    code = 70
    try:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, _stopped)
        with faulty(kth, *fault) as came:
            code = 0
            try:
                work()
            except SelectModelError as failure:
                code = int(failure.exit_code)
            except Exception:
                code = 70
            if not came():
                code = _NEVER
    except KeyboardInterrupt:
        code = 130
    except SystemExit as leaving:
        code = int(str(leaving.code))
    finally:
        os._exit(code)


def ended(pid: int) -> int:
    """The exit code of a child, the negative number of the signal that killed it."""
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def every_call(kind: str, situation: str, fault: str, place: Path) -> tuple[int, list[str]]:
    """How many calls there were, and what was wrong after which of them."""
    number, when = FAULTS[fault]
    old, new = {**OLD[kind], RECORD: b"old"}, {**NEW[kind], RECORD: b"new"}
    replaces = situation in ("over", "without links")
    before = {**(old if replaces else {}), **({} if situation == "absent" else {"other": b"kept"})}
    after = {**new, **({} if situation == "absent" else {"other": b"kept"})}
    source, target, wrong = place / "source", place / "place" / "target", list[str]()
    put(source, NEW[kind])
    for kth in range(1, 2000):
        shutil.rmtree(target.parent, ignore_errors=True)
        target.parent.mkdir()
        put(target, before)

        def work() -> None:
            if situation == "without links":
                without_links()
            copying.copy(source / "m", target, b"new", force=replaces)

        code = ended(child(work, kth, (number, when)))
        if code == _NEVER:
            return kth - 1, wrong
        state = {"old": before, "new": after}
        now = seen(target)
        whole = next((name for name, files in state.items() if now == files), f"neither: {sorted(now.items())}")
        # Only a kill on a disk without links leaves something else, until the next that comes.
        if whole not in state and not (situation == "without links" and code == -signal.SIGKILL):
            wrong.append(f"call {kth}: exit {code}, {whole}")
        if when == "instead" and (code not in (0, 3, 4) or (code == 0 and whole != "new")):
            wrong.append(f"call {kth}: exit {code}, {whole}")
        if when != "instead" and code != {signal.SIGTERM: 143, signal.SIGINT: 130, signal.SIGKILL: -9}[number]:
            wrong.append(f"call {kth}: exit {code}")
        expected = state.values() if situation == "without links" and when != "instead" else [state.get(whole)]
        wrong += [f"call {kth}: {problem}" for problem in _after_the_next(target, list(expected))]
    raise AssertionError("it never ends")


def _after_the_next(target: Path, expected: list[Files | None]) -> Iterator[str]:
    """What the next program to come there leaves, which places nothing itself."""
    with placing.together(target):
        pass
    now = seen(target)
    if now not in expected:
        yield f"the next one leaves {sorted(now.items())}"
    if left := litter(target):
        yield f"the next one leaves {left}"


def in_parallel(rounds: int, place: Path) -> list[str]:
    """Four jobs at a time copy to one place, and one of them is killed at some call; what was wrong in which round."""
    wrong = []
    shards = {
        job: {"m.index": job, **{f"m.data-0000{i}-of-0000{n}": job for i in range(n)}}
        for n, job in enumerate((b"a", b"b", b"c", b"d"), start=1)
    }
    for job, files in shards.items():
        put(place / job.decode(), files)
    target = place / "place" / "target"
    for turn in range(rounds):
        pids = []
        for job in shards:

            def work(job: bytes = job) -> None:
                copying.copy(place / job.decode() / "m", target, job, force=True)

            pids.append(child(work, 5 + turn * 7 if job == b"d" else 0, (signal.SIGKILL, "before")))
        codes = [ended(pid) for pid in pids]
        if codes[:3] != [0, 0, 0] or codes[3] not in (-signal.SIGKILL, _NEVER):
            wrong.append(f"round {turn}: exits {codes}")
        for _ in range(2):  # as it is, and after the next that comes
            now = seen(target)
            if now not in [{**files, RECORD: job} for job, files in shards.items()]:
                wrong.append(f"round {turn}: {sorted(now.items())}")
            with placing.together(target):
                pass
        if left := litter(target):
            wrong.append(f"round {turn}: leaves {left}")
    return wrong


def main(kind: str, situation: str, *faults: str) -> None:
    fast = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=fast if os.access(fast, os.W_OK) else None) as name:
        if kind == "parallel":
            print(*in_parallel(int(situation), Path(name)), sep="\n")
            return
        for fault in faults:
            calls, wrong = every_call(kind, situation, fault, Path(name))
            print(f"{kind}, {situation}, {fault}: {calls} calls, {len(wrong)} wrong", file=sys.stderr)
            print(*wrong, sep="\n", end="\n" if wrong else "")


if __name__ == "__main__":
    with placing.together(Path(tempfile.mkdtemp())):
        pass  # what is imported late is imported before the processes part
    main(*sys.argv[1:])
