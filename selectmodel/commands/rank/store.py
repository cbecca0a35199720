"""A store that fsspec reaches (``s3://…``, ``gs://…``, ``hf://…``): what lies in it, and one object after another.

A listing that fails is tried again where that may help; of a read is only told whether that might (:mod:`.fetch` asks
for many again at once). Nothing is written.
"""

from __future__ import annotations

import base64
import random
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple, TypeVar

from selectmodel.commands.rank.store_failures import CalledOffError, TornError, may_pass, unlisted
from selectmodel.errors import LogError
from selectmodel.files.folders import MAX_DEPTH

_Got = TypeVar("_Got")

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")
#: Seconds before each further try, each drawn from half to one and a half of it: many workers must not ask at once.
PAUSES = (0.1, 0.5, 2.0, 5.0)
#: Seconds between looks at whether a read is to be called off.
_GLANCE = 0.1


class StoredObject(NamedTuple):
    """An object below the address: its name from there on, its bytes, and what changes with its content ("" unknown).

    ``size`` is -1 where the store does not tell it.
    """

    name: str
    size: int
    tag: str = ""


@dataclass(frozen=True)
class Store:
    """What reaches the objects below ``url``; workers get it as it is, with the options that opened it."""

    url: str
    system: Any
    root: str

    def entries(self) -> Iterator[StoredObject]:
        """Every object below the address. Raises LogError where it cannot be listed."""
        if hasattr(self.system, "call_s3"):
            pages = self._of_s3
        elif hasattr(self.system, "service_client"):
            pages = self._of_azure
        else:
            pages = self._of_google if self._is_google else self._at_once
        try:
            yield from pages()
        except Exception as failure:
            raise LogError(unlisted(self.url, self.root, failure)) from None

    def nothing(self) -> str:
        """Why no object was listed: there is none, or the address is that of one."""
        try:
            item = self.system.info(self.root)
        except Exception:  # that nothing lies below is known without it
            item = {}
        if item.get("type") != "file":
            return f"{self.url}: holds nothing"
        return (
            f"{self.url}: is one object, and what lies in a folder is ranked; name that: {self.url.rpartition('/')[0]}"
        )

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

    def _of_azure(self) -> Iterator[StoredObject]:
        """As from S3. What adlfs lists by itself is nothing where there is no such container."""
        from fsspec.asyn import sync

        container, _, below = self.root.partition("/")
        one_try(self.system)
        after: str | None = None
        while True:
            asked = partial(_azure_page, self.system, container, f"{below}/" if below else None, after)
            items, after = tried(partial(sync, self.system.loop, asked))
            for item in items:
                yield from self._listed(f"{container}/{item['name']}", item)
            if not after:
                return

    def _listed(self, name: str, item: dict[str, Any]) -> Iterator[StoredObject]:
        """An object of a page, if it is not deeper than logs are looked for."""
        if (below := self._below(name)).count("/") <= MAX_DEPTH:
            yield StoredObject(below, _size(item), _tag(item))

    def _at_once(self) -> Iterator[StoredObject]:
        """What reaches any other store gives its whole listing at once, or asks once for each folder."""
        self.system.invalidate_cache()  # the Hub's would else tell what lay there when this process looked before
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
        one_try(self.system)
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


def one_try(system: Any) -> None:
    """Asks Azure's client to tell of a failure at once: it would wait 15 s and more for each object by itself.

    A store is made anew where it comes to another process, so this is done where something is asked of it.
    """
    policy = getattr(getattr(getattr(system, "service_client", None), "_config", None), "retry_policy", None)
    if policy is not None and hasattr(policy, "total_retries"):
        policy.total_retries = 0


async def _azure_page(system: Any, container: str, prefix: str | None, after: str | None) -> tuple[list[Any], Any]:
    """Up to 5,000 objects of a container, and where the next page begins; None where there is none."""
    async with system.service_client.get_container_client(container) as client:
        asked = client.list_blobs(name_starts_with=prefix, include=["metadata"])
        pages = asked.by_page(after)
        page = [item async for item in await anext(pages)]
    folder = {"hdi_isfolder": "true"}
    return [
        item for item in page if not _lower(item.get("metadata")).items() >= folder.items()
    ], pages.continuation_token


def _lower(metadata: dict[str, str] | None) -> dict[str, str]:
    return {name.lower(): value for name, value in (metadata or {}).items()}


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
    for name in ("ETag", "etag", "generation", "blob_id", "xet_hash"):
        if item.get(name):
            return str(item[name]).strip('"')
    return ""
