"""A store that fsspec reaches (``s3://…``, ``gs://…``, ``hf://…``): what lies in it, and one object after another.

A listing that fails is tried again where that may help; of a read is only told whether that might (:mod:`.fetch` asks
for many again at once). Nothing is written.
"""

from __future__ import annotations

import base64
import errno
import random
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple, TypeVar

from selectmodel.errors import LogError, UsageError, first_line
from selectmodel.files.folders import MAX_DEPTH

_Got = TypeVar("_Got")

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")
#: Seconds before each further try, each drawn from half to one and a half of it: many workers must not ask at once.
PAUSES = (0.1, 0.5, 2.0, 5.0)
#: Seconds between looks at whether a read is to be called off.
_GLANCE = 0.1
#: What another try would not mend: the object is not there or not for us, or the question itself is wrong.
_FINAL = (
    FileNotFoundError, PermissionError, IsADirectoryError, NotADirectoryError,
    NotImplementedError, TypeError, ValueError, AttributeError, LookupError,
)  # fmt: skip
_FINAL_NUMBERS = frozenset({errno.EINVAL, errno.ENOENT, errno.EACCES, errno.EPERM, errno.ENAMETOOLONG})


class StoredObject(NamedTuple):
    """An object below the address: its name from there on, its bytes, and what changes with its content ("" unknown).

    ``size`` is -1 where the store does not tell it.
    """

    name: str
    size: int
    tag: str = ""


class TornError(OSError):
    """An object came with other bytes than it has."""


class CalledOffError(OSError):
    """An object was not waited for any longer."""


@dataclass(frozen=True)
class Store:
    """What reaches the objects below ``url``; workers get it as it is, with the options that opened it."""

    url: str
    system: Any
    root: str

    def entries(self) -> Iterator[StoredObject]:
        """Every object below the address. Raises LogError where it cannot be listed."""
        pages = (
            self._of_s3 if hasattr(self.system, "call_s3") else self._of_google if self._is_google else self._at_once
        )
        try:
            yield from pages()
        except Exception as failure:
            raise LogError(f"{self.url}: cannot be listed ({why(failure)})") from None

    @property
    def _is_google(self) -> bool:
        names = self.system.protocol
        return "gs" in ((names,) if isinstance(names, str) else names) and hasattr(self.system, "call")

    def _of_s3(self) -> Iterator[StoredObject]:
        """A thousand at a time: what s3fs makes of a whole listing is a kilobyte an object."""
        bucket, _, below = self.root.partition("/")
        prefix, after = f"{below}/" if below else "", ""
        while True:
            asked = {"Bucket": bucket, "Prefix": prefix, **({"StartAfter": after} if after else {})}
            page = tried(partial(self.system.call_s3, "list_objects_v2", **asked))
            for item in page.get("Contents", ()):
                after = item["Key"]
                yield from self._listed(f"{bucket}/{after}", item)
            if not page.get("IsTruncated") or not page.get("Contents"):
                return

    def _of_google(self) -> Iterator[StoredObject]:
        """As from S3."""
        bucket, _, below = self.root.partition("/")
        asked = {"prefix": f"{below}/" if below else "", "fields": "items(name,size,etag,md5Hash),nextPageToken"}
        while True:
            page = tried(partial(self.system.call, "GET", "b/{}/o", bucket, json_out=True, **asked))
            for item in page.get("items", ()):
                yield from self._listed(f"{bucket}/{item['name']}", item)
            if not page.get("nextPageToken"):
                return
            asked["pageToken"] = page["nextPageToken"]

    def _listed(self, name: str, item: dict[str, Any]) -> Iterator[StoredObject]:
        """An object of a page, if it is not deeper than logs are looked for."""
        if (below := self._below(name)).count("/") <= MAX_DEPTH:
            yield StoredObject(below, _size(item), _tag(item))

    def _at_once(self) -> Iterator[StoredObject]:
        """What reaches any other store gives its whole listing at once, or asks once for each folder."""
        found = tried(lambda: self.system.find(self.root, detail=True, maxdepth=MAX_DEPTH + 1))
        while found:
            name, item = found.popitem()
            if item.get("type") != "directory":
                yield StoredObject(self._below(name), _size(item), _tag(item))

    def _below(self, name: str) -> str:
        return name.removeprefix(self.root).lstrip("/")

    def read(self, entry: StoredObject, limit: int, enough: Callable[[], bool] = lambda: False) -> bytes:
        """The whole object: as it was listed, or as it is now if it was replaced meanwhile. Raises what the store does.

        A store hands out an object as one version or not at all; fewer or more bytes than it has by then are torn.
        What is longer than ``limit`` is given as it came: nobody wants it. It is called off where ``enough`` says so.
        """
        content = self.content(entry, enough)
        if not isinstance(content, bytes):
            raise TypeError(f"the store gave {type(content).__name__} in place of bytes")
        if len(content) != entry.size and not self._is_whole(entry, content, limit):
            raise TornError(f"{len(content):,} bytes came of {entry.size:,}")
        return content

    def content(self, entry: StoredObject, enough: Callable[[], bool], start: int = 0) -> Any:
        """What the store gives of an object from a byte on; a read that nothing can call off is waited for."""
        if enough():
            raise CalledOffError("was not waited for")
        name, where = self.name_of(entry), {"start": start} if start else {}
        if not self.system.async_impl:
            return self.system.cat_file(name, **where)
        import asyncio

        coming = asyncio.run_coroutine_threadsafe(self.system._cat_file(name, **where), self.system.loop)
        while True:
            try:
                return coming.result(timeout=_GLANCE)
            except TimeoutError:
                if coming.done():  # what reaches the store has waited long enough by its own measure
                    raise
            except BaseException:
                coming.cancel()
                raise
            if enough():
                coming.cancel()
                raise CalledOffError("was not waited for")

    def _is_whole(self, entry: StoredObject, content: bytes, limit: int) -> bool:
        return entry.size < 0 or len(content) > limit or len(content) == self.now(entry).size

    def now(self, entry: StoredObject) -> StoredObject:
        """The object as the store tells it now, past all that was kept of the listing."""
        name = self.name_of(entry)
        self.system.invalidate_cache(name.rpartition("/")[0])
        item = self.system.info(name)
        return StoredObject(entry.name, _size(item), _tag(item))

    def name_of(self, entry: StoredObject) -> str:
        """The object's name as the store knows it."""
        return f"{self.root}/{entry.name}" if self.root else entry.name


def is_url(path: str) -> bool:
    """Whether a path names a store."""
    return _URL.match(path) is not None


def opened(url: str) -> Store:
    """The store at an address. Raises UsageError where what reaches it is not installed."""
    url = url.rstrip("/")
    try:
        import fsspec
    except ImportError:
        raise UsageError(f"{url}: needs fsspec; to install it: pip install 'selectmodel[remote]'") from None
    try:
        system, root = fsspec.core.url_to_fs(url, **_options(url))
    except ImportError as failure:
        raise UsageError(f"{url}: {failure}") from None
    except ValueError as failure:
        raise UsageError(f"{url}: no store is reached this way ({failure})") from None
    return Store(url, system, root.rstrip("/"))


def _options(url: str) -> dict[str, Any]:
    """What is asked of the client of a store: botocore pauses for seconds, up to four times, before it tells a failure.

    It would do so for each object by itself; here one pause serves all that failed.
    """
    from fsspec.config import conf

    name = url.partition("://")[0].lower()
    if name not in ("s3", "s3a") or "config_kwargs" in conf.get(name, {}):
        return {}
    return {"config_kwargs": {"retries": {"mode": "standard", "total_max_attempts": 1}}}


def tried(read: Callable[[], _Got]) -> _Got:
    """What ``read`` gives; tried again after each of :data:`PAUSES`, except where nothing would come of it."""
    for pause in PAUSES:
        try:
            return read()
        except Exception as failure:
            if not may_pass(failure):
                raise
            time.sleep(pause * random.uniform(0.5, 1.5))
    return read()


def may_pass(failure: Exception) -> bool:
    """Whether another try might mend it."""
    return not isinstance(failure, _FINAL) and getattr(failure, "errno", None) not in _FINAL_NUMBERS


def why(failure: Exception) -> str:
    """The reason in one line."""
    if isinstance(failure, FileNotFoundError):
        return "no such object"
    text, kind = first_line(failure), type(failure).__name__
    if isinstance(failure, TornError) or (type(failure) is TypeError and text.startswith("the store gave")):
        return text
    return text if text == kind else f"{kind}: {text}"


def _size(item: dict[str, Any]) -> int:
    size = item.get("size", item.get("Size"))
    return -1 if size is None else int(size)


def _tag(item: dict[str, Any]) -> str:
    """What changes with the content, by the names that stores give it: S3, Azure and Google, the Hub. No time of a
    write: two writes may bear one. A checksum first, where the store makes one itself (Azure's is what its user says).
    """
    if told := item.get("md5Hash"):
        return base64.b64decode(told).hex()
    if told := item.get("lfs"):
        return str(told["sha256"] if isinstance(told, dict) else told.sha256)
    for name in ("ETag", "etag", "generation", "blob_id"):
        if item.get(name):
            return str(item[name]).strip('"')
    return ""
