"""Runs in a store that fsspec reaches (``s3://…``, ``gs://…``, ``hf://…``): what may be a log is copied for a while.

Files that may be logs or settings are fetched, several at a time; of all others, as checkpoints, only the names come
along. A read that fails is tried again; an object that stays away leaves the others untouched and is told.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from selectmodel import progress
from selectmodel.errors import LogError, UsageError
from selectmodel.files.candidates import may_matter
from selectmodel.files.folders import MAX_DEPTH, SKIPPED
from selectmodel.files.opening import MAX_TEXT_BYTES

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")
#: Reads at a time; waiting for a store is not work.
THREADS = 32
#: Seconds before each further try.
PAUSES = (0.1, 0.5, 2.0, 5.0)


@dataclass(frozen=True, slots=True)
class Mirror:
    """A folder here that stands for ``url``; ``missing`` are the objects that could not be read, and why."""

    url: str
    folder: Path
    missing: tuple[tuple[str, str], ...]

    def told(self, text: str) -> str:
        """The text with the store's own names in place of those here."""
        return text.replace(str(self.folder), self.url)


def is_url(path: str) -> bool:
    """Whether a path names a store."""
    return _URL.match(path) is not None


@contextmanager
def mirrored(url: str, *, max_bytes: int | None = None) -> Iterator[Mirror]:
    """The runs below ``url`` as a folder, which goes when the block is left.

    Raises UsageError where what reaches the store is not installed, LogError where it cannot be listed.
    """
    from tempfile import TemporaryDirectory  # here, and not for what is on this machine

    url = url.rstrip("/")
    store, root = _opened(url)
    listed = _listed(store, root, url)
    try:
        temporary = TemporaryDirectory(prefix="selectmodel-")
    except OSError as failure:
        raise LogError(f"{url}: no folder can be made here to copy its logs to ({failure.strerror})") from None
    with temporary as folder:
        here = Path(folder) / "runs"
        here.mkdir()
        wanted, missing = _stored(listed, here, root)
        missing += _fetched(store, wanted, max_bytes or MAX_TEXT_BYTES)
        yield Mirror(url, here, tuple((f"{url}/{_below(name, root)}", why) for name, why in sorted(missing)))


_Wanted = tuple[str, Path, int]


def _stored(listed: Sequence[tuple[str, int]], here: Path, root: str) -> tuple[list[_Wanted], list[tuple[str, str]]]:
    """The objects to fetch, each with its place here, and those of which no file can be made here, and why.

    Of all others a file of that name is made. An object that others lie below is a folder; stores mark those with
    objects that hold nothing.
    """
    inner = {name: _below(name, root) for name, _ in listed}
    folders = _folders(inner.values())
    wanted: list[_Wanted] = []
    missing: list[tuple[str, str]] = []
    for name, size in listed:
        path = PurePosixPath(inner[name])
        marker = size == 0 and (name.endswith("/") or inner[name] in folders)
        if not path.parts or marker or SKIPPED & set(path.parts):
            continue
        why = _impossible(path)
        if inner[name] in folders:
            why = "is an object and a folder of the same name, of which only the folder can be stored here"
        if not why:
            why = _stub(here / path, 0 if may_matter(path.name) else size)
            if not why and may_matter(path.name):
                wanted.append((name, here / path, size))
        if why:
            missing.append((name, why))
    return wanted, missing


def _below(name: str, root: str) -> str:
    return name.removeprefix(root).strip("/")


def _folders(paths: Iterable[str]) -> set[str]:
    """Everything that one of the paths lies below."""
    found: set[str] = set()
    for path in paths:
        above = path.rpartition("/")[0]
        while above and above not in found:
            found.add(above)
            above = above.rpartition("/")[0]
    return found


def _opened(url: str) -> tuple[Any, str]:
    try:
        import fsspec
    except ImportError:
        raise UsageError(f"{url}: needs fsspec; to install it: pip install 'selectmodel[remote]'") from None
    try:
        store, root = fsspec.core.url_to_fs(url)
    except ImportError as failure:
        raise UsageError(f"{url}: {failure}") from None
    except ValueError as failure:
        raise UsageError(f"{url}: no store is reached this way ({failure})") from None
    return store, root.rstrip("/")


def _listed(store: Any, root: str, url: str) -> list[tuple[str, int]]:
    """Name and size of every object, in order."""
    try:
        found = _tried(lambda: store.find(root, detail=True, maxdepth=MAX_DEPTH + 1))
    except Exception as failure:
        raise LogError(f"{url}: cannot be listed ({_why(failure)})") from None
    if not found:
        raise LogError(f"{url}: holds nothing")
    return [
        (name, int(item.get("size") or 0)) for name, item in sorted(found.items()) if item.get("type") != "directory"
    ]


def _impossible(path: PurePosixPath) -> str:
    """Why a file of an object's name would not lie here where it should; "" where it would."""
    if ".." in path.parts:
        return "its name holds .., which leads out of a folder"
    if any("\0" in part for part in path.parts):
        return "its name holds a NUL character, which no file's can"
    if os.sep == "\\" and any(set(part) & set('\\:*?"<>|') for part in path.parts):
        return "its name holds characters that no file's can here"
    return ""


def _stub(place: Path, size: int) -> str:
    """A file that stands for one of this name (nobody opens a checkpoint); "" or why there can be none."""
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(b"" if size == 0 else b"\0")
    except (OSError, ValueError) as failure:
        return f"cannot be stored here ({getattr(failure, 'strerror', None) or failure})"
    return ""


def _fetched(store: Any, wanted: Sequence[tuple[str, Path, int]], limit: int) -> list[tuple[str, str]]:
    """Copies the objects here; gives those that could not be read, and why."""
    from concurrent.futures import ThreadPoolExecutor, as_completed

    missing: list[tuple[str, str]] = []
    with ThreadPoolExecutor(THREADS) as pool:
        jobs = {pool.submit(_copied, store, name, place, size, limit): (name, place) for name, place, size in wanted}
        try:
            for done, job in enumerate(as_completed(jobs), start=1):
                why = job.result()
                if why:
                    name, place = jobs[job]
                    place.unlink(missing_ok=True)
                    missing.append((name, why))
                progress.tell("objects fetched", done, len(jobs))
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return missing


def _copied(store: Any, name: str, place: Path, size: int, limit: int) -> str:
    """Copies one object; "" or the reason why it could not be."""
    if size > limit:
        return f"{size:,} bytes, more than the limit of {limit:,}; to read it all the same: --max-bytes {size}"
    try:
        content = _tried(lambda: store.cat_file(name))
    except Exception as failure:
        return f"cannot be read ({_why(failure)})"
    if not isinstance(content, bytes):
        return f"cannot be read (the store gave {type(content).__name__} in place of bytes)"
    if len(content) > limit:
        return f"{len(content):,} bytes, more than the limit of {limit:,}"
    try:
        place.write_bytes(content)
    except OSError as failure:
        return f"cannot be stored here ({failure.strerror})"
    return ""


def _tried(read: Any) -> Any:
    """What ``read`` gives; tried again after each of :data:`PAUSES`, except where nothing would come of it."""
    for pause in PAUSES:
        try:
            return read()
        except (FileNotFoundError, PermissionError):
            raise
        except Exception:
            time.sleep(pause)
    return read()


def _why(failure: Exception) -> str:
    if isinstance(failure, FileNotFoundError):
        return "no such object"
    text = str(failure).strip().partition("\n")[0]
    return f"{type(failure).__name__}: {text}" if text else type(failure).__name__
