"""Whether a training still writes, by when its files were last written, and how quickly it goes.

No system tells a file that is finished.
"""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from pathlib import Path

#: Seconds without a write after which a training counts as over, where its own pace is not known.
_QUIET = 600.0
#: So many times the usual wait between two checkpoints must have passed, too.
_WAITS = 3.0
#: Rows from which the pace is taken: a training may slow down.
_RECENT = 21


def still_growing(
    logs: Iterable[str], checkpoints: Iterable[str], now: float | None = None, *, wait: float = 0.0
) -> str:
    """Why the training may not be over, as a part of a sentence; "" where nothing was written for long enough.

    Long enough is ten minutes, and three times the usual (median) time between two checkpoints, or between two rows of
    the log, ``wait`` seconds, where that is known. ``now`` is in seconds since 1970, that of this machine if None. A
    time in the future counts as just now.
    """
    written = {path: at for path in (*logs, *checkpoints) if (at := last_written(path)) is not None}
    if not written:
        return ""
    newest = max(written, key=lambda path: written[path])
    passed = max((time.time() if now is None else now) - written[newest], 0.0)
    enough = max(_QUIET, _WAITS * _usual_wait(written, checkpoints), _WAITS * wait)
    if passed >= enough:
        return ""
    return f"{Path(newest).name} was written {lasting(passed)} ago, and it counts as over after {lasting(enough)}"


def being_written(logs: Iterable[str], before: Mapping[str, object], after: Mapping[str, object]) -> bool:
    """Whether a training is seen to write: a log changed while it was read, or a process holds it open to write.

    ``before`` and ``after`` are the stamps that the logs had then. That one was written a moment ago is no sign: a job
    that picks right after its training, and a copy of a repository, have such logs, too. Processes are looked at where
    the system shows them (Linux), and only for logs that were written in the last ten minutes; on other systems, and
    for a training on another machine, False does not say that it is over.
    """
    if dict(before) != dict(after):
        return True
    now = time.time()
    lately = [path for path in logs if (at := last_written(path)) is not None and now - at < _QUIET]
    doubtful = [path for path in lately if not _has_no_writer(path)]
    return bool(doubtful) and any(_files_open_to_write(doubtful))


def _has_no_writer(path: str) -> bool:
    """Whether Linux vouches that no process has a file open to write: only then it grants a lease to read.

    It takes 0.03 ms, and to look through all processes 40. Given back at once; should a process want to write in
    between, it waits for that, and the signal that tells us so is one that is ignored. False where it is not known.
    """
    try:
        import fcntl
        import signal

        file = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            fcntl.fcntl(file, fcntl.F_SETSIG, signal.SIGURG)
            fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_RDLCK)
            fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_UNLCK)
        finally:
            os.close(file)
    except (ImportError, AttributeError, OSError, ValueError):  # no Linux, another's file, a network's disk
        return False
    return True


def _files_open_to_write(paths: Iterable[str]) -> Iterator[bool]:
    """For each time that another process has one of the files open: whether that is for writing."""
    wanted = {os.path.realpath(path) for path in paths}
    own = str(os.getpid())
    for process in _listed("/proc"):
        if not process.isdecimal() or process == own:
            continue
        for number in _listed(f"/proc/{process}/fd"):
            # Only the link is read: to follow it would wait for a network mount that is gone.
            if _target(f"/proc/{process}/fd/{number}") in wanted:
                yield _may_write(f"/proc/{process}/fdinfo/{number}")


def _listed(folder: str) -> list[str]:
    """The names in a folder; none where it is not there, or not to be looked into."""
    try:
        return os.listdir(folder)  # noqa: PTH208 - a Path for each of thousands would take as long as the rest
    except OSError:
        return []


def _target(link: str) -> str:
    try:
        return os.readlink(link)  # noqa: PTH115
    except OSError:
        return ""


def _may_write(told: str) -> bool:
    """Whether a file is open for writing, by what Linux tells of it: ``flags: 0100001``, in octal digits."""
    try:
        text = Path(told).read_text(encoding="ascii", errors="replace")
    except OSError:
        return False
    flags = next((line.split()[1] for line in text.splitlines() if line.startswith("flags:")), "0")
    return bool(int(flags, 8) & (os.O_WRONLY | os.O_RDWR))


class Pace:
    """How quickly a training goes, by when its rows were seen: the median of the last twenty waits."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, float]] = deque(maxlen=_RECENT)

    def see(self, at: float, place: float) -> None:
        """Adds that the log came to an epoch or a step at a time in seconds. One that went back begins anew."""
        if self._seen and place < self._seen[-1][1]:
            self._seen.clear()
        if not self._seen or (place > self._seen[-1][1] and at >= self._seen[-1][0]):
            self._seen.append((at, place))

    @property
    def each(self) -> float | None:
        """Seconds an epoch or a step; None until the log was seen to grow."""
        from statistics import median

        each = [(later - earlier) / (end - begin) for (earlier, begin), (later, end) in pairwise(self._seen)]
        return median(each) if each else None

    @property
    def wait(self) -> float:
        """The longest time between two rows, in seconds; 0 until the log was seen to grow."""
        return max((later - earlier for (earlier, _), (later, _) in pairwise(self._seen)), default=0.0)


def last_written(path: str) -> float | None:
    """When a file was last written, in seconds since 1970; None where there is none."""
    try:
        return Path(path).stat().st_mtime
    except (OSError, ValueError):
        return None


def _usual_wait(written: Mapping[str, float], checkpoints: Iterable[str]) -> float:
    """The median of the seconds between checkpoints; 0 where fewer than three are told apart by their times."""
    from statistics import median

    times = sorted({written[path] for path in checkpoints if path in written})
    waits = [later - earlier for earlier, later in pairwise(times)]
    return median(waits) if len(waits) > 1 else 0.0


def lasting(seconds: float) -> str:
    """``40 seconds``, ``12 minutes``, ``3 hours``."""
    for unit, length in (("hour", 3600), ("minute", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}s"
    count = round(seconds)
    return f"{count} second{'s' * (count != 1)}"
