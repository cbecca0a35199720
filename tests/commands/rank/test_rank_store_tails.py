"""Of a log in a store that has grown only the new end is read, and only where nothing else has changed."""

from __future__ import annotations

import base64
import hashlib
import os
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest
import slow_events as slow
import small_s3
import test_rank_stores
from test_rank_engines import reached_at
from test_rank_stores import Tagged

import selectmodel as sm
from selectmodel.commands.rank import kept_logs, store
from selectmodel.commands.rank.kept_logs import KeptLogs, proven
from selectmodel.commands.rank.store import StoredObject

fsspec = pytest.importorskip("fsspec")
tagged = test_rank_stores.tagged
RUN = "b/s/run1/events.out.tfevents.1700000000.h"


def events(steps: int, best: int, tag: str = "val_loss") -> bytes:
    """The event file of a run that is best at one of its steps."""
    values = [1 + abs(step - best) / 100 for step in range(steps)]
    return slow.version() + b"".join(slow.scalar(tag, step, one, 1.7e9 + step) for step, one in enumerate(values))


OTHER, SHORT, LONG = events(500, 100), events(450, 300), events(470, 300)
LEAST = 16 << 10


class Counted(Tagged):
    """A store that counts the bytes that it gives of each object."""

    protocol = "counted"
    given: ClassVar[Counter[str]] = Counter()

    def cat_file(self, path: str, start: int | None = None, end: int | None = None, **_: Any) -> bytes:
        content = super().cat_file(path, start, end)
        self.given[path] += len(content)
        return content


@pytest.fixture(autouse=True)
def counted(tagged: None) -> Iterator[None]:
    fsspec.register_implementation("counted", Counted, clobber=True)
    Tagged.objects = {RUN: SHORT, RUN.replace("run1", "run2"): OTHER}
    yield
    Counted.given.clear()


def looked(place: Path, **more: Any) -> Any:
    """A look with a cache, and the bytes that the store gave for it."""
    Counted.given.clear()
    ranking = sm.rank("counted://b/s", cache=place / "cache", checkpoints="off", **more)
    return ranking, dict(Counted.given)


def by_a_whole_look() -> Any:
    return sm.rank("counted://b/s", checkpoints="off")


def test_only_the_new_end_is_read(tmp_path: Path) -> None:
    assert len(SHORT) > LEAST and LONG.startswith(SHORT)
    first, given = looked(tmp_path)
    assert given == {RUN: len(SHORT), RUN.replace("run1", "run2"): len(OTHER)}
    Tagged.objects[RUN] = LONG
    second, given = looked(tmp_path)
    assert given == {RUN: len(LONG) - len(SHORT)}
    assert second == by_a_whole_look() and second != first
    Tagged.objects[RUN] = LONG + slow.scalar("val_loss", 470, 0.001, 1.7e9 + 470)
    third, given = looked(tmp_path)
    assert given == {RUN: len(Tagged.objects[RUN]) - len(LONG)} and third.best.step == 470
    assert third == by_a_whole_look()


def _at_200(value: float) -> bytes:
    return slow.scalar("val_loss", 200, value, 1.7e9 + 200)


REWRITTEN = {
    "from the start": events(470, 20),
    "one value in the middle": LONG.replace(_at_200(2.0), _at_200(0.1)),
    "shorter": events(400, 20),
    "as long": events(450, 20),
    "small": events(30, 20),
    "with another tag": events(460, 300, "val_lost"),
}  # fmt: skip


@pytest.mark.parametrize("how", REWRITTEN)
def test_what_was_written_anew_is_read_whole(how: str, tmp_path: Path) -> None:
    looked(tmp_path)
    content = REWRITTEN[how]
    assert content not in (SHORT, LONG)
    Tagged.objects[RUN] = content
    second, given = looked(tmp_path)
    assert second == by_a_whole_look()
    assert given[RUN] >= len(content)


def test_what_changes_while_it_is_read_is_read_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    looked(tmp_path)
    Tagged.objects[RUN] = LONG
    content, replaced = store.Store.content, events(470, 20)

    def meanwhile(self: store.Store, entry: StoredObject, enough: Any, start: int = 0) -> Any:
        if start:
            Tagged.objects[RUN] = replaced
        return content(self, entry, enough, start)

    monkeypatch.setattr(store.Store, "content", meanwhile)
    assert looked(tmp_path)[0] == by_a_whole_look()


def test_a_kept_log_that_is_damaged_changes_no_answer(tmp_path: Path) -> None:
    looked(tmp_path)
    kept = [*(tmp_path / "cache-logs").iterdir()]
    assert len(kept) == 2
    for path in kept:
        path.write_bytes(path.read_bytes()[:-9] + b"123456789")
    Tagged.objects[RUN] = LONG
    second, given = looked(tmp_path)
    assert second == by_a_whole_look() and given[RUN] == len(LONG) + len(LONG) - len(SHORT)


def test_an_end_that_does_not_come_at_once_is_asked_for_again(tmp_path: Path) -> None:
    looked(tmp_path)
    Tagged.objects[RUN] = LONG
    Tagged.faults = {RUN: [OSError("SlowDown")]}
    second, given = looked(tmp_path)
    assert given == {RUN: len(LONG) - len(SHORT)} and second == by_a_whole_look()


def test_an_end_that_cannot_be_asked_for_is_no_failure(tmp_path: Path) -> None:
    looked(tmp_path)
    Tagged.objects[RUN] = LONG
    Tagged.faults = {RUN: [ValueError("no ranges here")]}
    second, given = looked(tmp_path)
    assert given == {RUN: len(LONG)} and second == by_a_whole_look()


def test_without_a_cache_nothing_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    by_a_whole_look()
    assert not list(tmp_path.iterdir())


def test_a_place_that_takes_nothing_is_no_failure(tmp_path: Path) -> None:
    (tmp_path / "cache-logs").write_text("a file", encoding="utf-8")
    first, _ = looked(tmp_path)
    Tagged.objects[RUN] = LONG
    second, given = looked(tmp_path)
    assert given[RUN] >= len(LONG) and second == by_a_whole_look() != first


def test_what_is_kept_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.time()
    names = [md5(bytes(at)) for at in range(4)]
    for name, days in zip(names, (0, 1, 2, 91), strict=True):
        (tmp_path / name).write_bytes(b"x" * 100)
        os.utime(tmp_path / name, (now - days * 86400,) * 2)
    KeptLogs(str(tmp_path)).tidy()
    assert {path.name for path in tmp_path.iterdir()} == set(names[:3])
    monkeypatch.setattr(kept_logs, "MOST", 250)
    KeptLogs(str(tmp_path)).tidy()
    assert {path.name for path in tmp_path.iterdir()} == set(names[:2])
    KeptLogs(str(tmp_path / "none")).tidy()


def md5(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def in_parts(content: bytes, size: int) -> str:
    parts = [content[at : at + size] for at in range(0, len(content), size)]
    return f"{md5(b''.join(bytes.fromhex(md5(part)) for part in parts))}-{len(parts)}"


MANY = bytes(range(256)) * 40_000
PROOFS = {
    "MD5": (b"hello", md5(b"hello")),
    "parts of 8 MiB": (MANY, in_parts(MANY, 8 << 20)),
    "parts of 5 MiB": (MANY, in_parts(MANY, 5 << 20)),
    "SHA-256": (b"hello", hashlib.sha256(b"hello").hexdigest()),
    # git hash-object
    "Git": (b"hello\n", "ce013625030ba8dba906f756967f9e9ca394464a"),
}


@pytest.mark.parametrize("kind", PROOFS)
def test_checksums_prove_one_content_alone(kind: str) -> None:
    content, tag = PROOFS[kind]
    assert proven(content, tag) and proven(content, tag.upper())
    assert not proven(content + b"x", tag) and not proven(b"x" + content[1:], tag)


@pytest.mark.parametrize("tag", ["", "-", "-1", "abc-1", "0x8DC1", "12", f"{'0' * 32}-x", f"{'0' * 32}-1", "0" * 64])
def test_what_is_no_checksum_proves_nothing(tag: str) -> None:
    assert not proven(b"hello", tag) and not proven(b"", tag)


def test_an_address_tells_the_tags_of_each_store() -> None:
    checksum = base64.b64encode(bytes.fromhex(md5(b"hello"))).decode()
    assert store._tag({"etag": "CJ=", "generation": "17", "md5Hash": checksum}) == md5(b"hello")
    assert store._tag({"etag": "CJ=", "generation": "17"}) == "CJ="
    assert store._tag({"blob_id": "abc", "lfs": {"sha256": "def", "size": 9}}) == "def"
    assert store._tag({"blob_id": "abc", "lfs": None}) == "abc"


@pytest.mark.heavy
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("engine", ["batch", "process"])
def test_the_bytes_that_a_server_gives(engine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    s3fs = pytest.importorskip("s3fs")
    key = "runs/run{}/events.out.tfevents.1700000000.h"
    bucket = small_s3.Bucket({key.format(at): events(400 + at, 50 + at) for at in range(4)})
    server = small_s3.served(bucket)
    reached_at(server.server_port, monkeypatch)

    def look() -> tuple[Any, int]:
        s3fs.S3FileSystem.clear_instance_cache()
        before = bucket.bytes_sent
        asked = {"engine": engine, "workers": 1, "checkpoints": "off"}
        return sm.rank("s3://sweeps/runs", cache=tmp_path / "cache", **asked), bucket.bytes_sent - before

    first, whole = look()
    assert whole > sum(map(len, bucket.objects.values()))
    grown = bucket.objects[key.format(2)] + slow.scalar("val_loss", 402, 0.5, 1.7e9)
    bucket.put(key.format(2), grown)
    second, given = look()
    assert second.best.name.startswith("run2") and second.best.step == 402 and not first.best.name.startswith("run2")
    assert given < 4000, "a listing and the end"
    bucket.put(key.format(2), events(402, 5) + slow.scalar("val_loss", 402, 0.4, 1.7e9))
    third, given = look()
    assert given > len(bucket.objects[key.format(2)]), "what was written anew is read whole"
    assert third.best.value == pytest.approx(0.4)
    server.shutdown()
    server.server_close()
    s3fs.S3FileSystem.clear_instance_cache()
