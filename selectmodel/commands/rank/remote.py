"""Runs in a store that fsspec reaches (``s3://…``, ``gs://…``, ``hf://…``): what may be a log is copied for a while.

Files that may be logs or settings are fetched, several at a time; of all others, as checkpoints, only the names come
along. A read that fails is tried again; an object that stays away leaves the others untouched and is told.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator, Sequence
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
    with TemporaryDirectory(prefix="selectmodel-") as folder:
        here = Path(folder) / "runs"
        here.mkdir()
        wanted = []
        for name, size in listed:
            inner = _inside(name, root)
            if inner is None:
                continue
            if may_matter(inner.name):
                wanted.append((name, here / inner, size))
            else:
                _stub(here / inner, size)
        missing = _fetched(store, wanted, max_bytes or MAX_TEXT_BYTES)
        yield Mirror(url, here, tuple((f"{url}/{_inside(name, root)}", why) for name, why in missing))


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
    return [(name, int(item.get("size") or 0)) for name, item in sorted(found.items())]


def _inside(name: str, root: str) -> PurePosixPath | None:
    """The path of an object below the root; None where it would lie outside of it here, or is skipped."""
    inner = PurePosixPath(name.removeprefix(root).lstrip("/"))
    parts = inner.parts
    odd = not parts or ".." in parts or SKIPPED & set(parts) or any("\0" in part or len(part) > 255 for part in parts)
    return None if odd or (os.sep == "\\" and any(set(part) & set('\\:*?"<>|') for part in parts)) else inner


def _stub(place: Path, size: int) -> None:
    """A file that stands for one of this name; nobody opens a checkpoint."""
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(b"" if size == 0 else b"\0")


def _fetched(store: Any, wanted: Sequence[tuple[str, Path, int]], limit: int) -> list[tuple[str, str]]:
    """Copies the objects here; gives those that could not be read, and why."""
    from concurrent.futures import ThreadPoolExecutor, as_completed

    missing: list[tuple[str, str]] = []
    for folder in {place.parent for _, place, _ in wanted}:
        folder.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(THREADS) as pool:
        jobs = {pool.submit(_copied, store, name, place, size, limit): name for name, place, size in wanted}
        try:
            for done, job in enumerate(as_completed(jobs), start=1):
                why = job.result()
                if why:
                    missing.append((jobs[job], why))
                progress.tell("objects fetched", done, len(jobs))
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return sorted(missing)


def _copied(store: Any, name: str, place: Path, size: int, limit: int) -> str:
    """Copies one object; "" or the reason why it could not be."""
    if size > limit:
        return f"{size:,} bytes, more than the limit of {limit:,}; to read it all the same: --max-bytes {size}"
    try:
        content = _tried(lambda: store.cat_file(name))
    except Exception as failure:
        return f"cannot be read ({_why(failure)})"
    place.write_bytes(content)
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
