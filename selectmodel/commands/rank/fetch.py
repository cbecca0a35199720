"""Objects of a store read many at a time, into places on this machine.

What fails in a way that may pass is asked for again together with all else that failed: one pause serves all of them.
Nor does anybody wait for the slowest: as soon as nothing has come for as long as all others took, the rest is called
off and asked for again, at last with all patience.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Container, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Event
from typing import NamedTuple

from selectmodel import progress
from selectmodel.commands.rank import store as stores
from selectmodel.commands.rank.store import StoredObject
from selectmodel.commands.rank.store_failures import may_pass, why

#: Reads at a time; waiting for a store is not work.
THREADS = 32
#: Nothing is called off sooner after what came last than in so many seconds, and one more for so many bytes to come.
PATIENCE, BYTES_A_SECOND = 1.0, 4e6

#: An object, and the place it is copied to.
Wanted = tuple[StoredObject, Path]
#: As :meth:`Store.read`.
Read = Callable[[StoredObject, int, Callable[[], bool]], bytes]


class Fetched(NamedTuple):
    """What did not come: names of objects with the reason, and those that may come when they are asked for again."""

    missing: tuple[tuple[str, str], ...]
    late: tuple[str, ...]


class _Came(NamedTuple):
    """How reading an object ended: "" or the reason why it did not come, and whether that may pass."""

    reason: str = ""
    may_pass: bool = False


def fetched(
    read: Read, wanted: Sequence[Wanted], limit: int, may_leave: Callable[[Container[str]], bool] | None = None
) -> Fetched:
    """Copies the objects; of what does not come no file is left.

    ``may_leave`` says of what did not come when it was asked for the first time whether it is only told.
    """
    came: dict[str, _Came] = {}
    waiting = list(wanted)
    late: set[str] = set()
    pauses = (0.0, *stores.PAUSES)
    for number, pause in enumerate(pauses):
        time.sleep(pause * random.uniform(0.5, 1.5))  # many workers must not ask at once
        came |= _round(read, waiting, limit, may_call_off=number + 1 < len(pauses))
        waiting = [each for each in waiting if came[each[0].name].may_pass]
        names = {entry.name for entry, _ in waiting}
        if number == 0 and may_leave is not None and names and may_leave(names):
            late = names
        if late or not waiting:
            break
    for entry, place in wanted:
        if came[entry.name].reason:
            place.unlink(missing_ok=True)
    missing = ((name, ended.reason) for name, ended in came.items() if ended.reason and name not in late)
    return Fetched(tuple(sorted(missing)), tuple(sorted(late)))


def _round(read: Read, waiting: Sequence[Wanted], limit: int, *, may_call_off: bool) -> dict[str, _Came]:
    """How reading each of the objects ended, by name; each was asked for once, many at a time."""
    came: dict[str, _Came] = {}
    ended: SimpleQueue[Future[_Came]] = SimpleQueue()
    enough = Event()
    pool = ThreadPoolExecutor(THREADS)
    try:
        jobs = {pool.submit(_copied, read, *each, limit, enough.is_set): each[0] for each in waiting}
        for job in jobs:
            job.add_done_callback(ended.put)
        left = sum(max(entry.size, 0) for entry in jobs.values())
        begin = last = time.monotonic()
        while len(came) < len(jobs):
            hurried = may_call_off and not enough.is_set() and not all(one.reason for one in came.values())
            patience = max(last - begin, PATIENCE + left / BYTES_A_SECOND)
            try:
                job = ended.get(timeout=patience if hurried else None)
            except Empty:
                enough.set()
                continue
            came[jobs[job].name] = job.result()
            left -= max(jobs[job].size, 0)
            last = time.monotonic()
            progress.tell("objects fetched", len(came), len(jobs))
    except BaseException:
        enough.set()
        pool.shutdown(wait=False, cancel_futures=True)
        raise
    pool.shutdown()
    return came


def _copied(read: Read, entry: StoredObject, place: Path, limit: int, enough: Callable[[], bool]) -> _Came:
    """Copies one object."""
    if entry.size > limit:
        return _Came(
            f"{entry.size:,} bytes, more than the limit of {limit:,}; to read it all the same: --max-bytes {entry.size}"
        )
    if entry.size == 0:
        return _Came()
    try:
        content = read(entry, limit, enough)
    except Exception as failure:
        return _Came(f"cannot be read ({why(failure)})", may_pass(failure))
    if len(content) > limit:
        return _Came(f"{len(content):,} bytes, more than the limit of {limit:,}")
    try:
        place.write_bytes(content)
    except OSError as failure:
        return _Came(f"cannot be stored here ({failure.strerror})")
    return _Came()
