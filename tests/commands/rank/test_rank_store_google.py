"""Runs in a bucket of Google, listed page by page; with gcsfs and gcp-storage-emulator where they are installed."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from typing import Any, ClassVar

import pytest
import small_s3
import store_machines

import selectmodel as sm
from selectmodel.commands.rank.store import Store

fsspec = pytest.importorskip("fsspec")


def checksum(content: bytes) -> str:
    return base64.b64encode(hashlib.md5(content, usedforsecurity=False).digest()).decode()


class Paged(fsspec.AbstractFileSystem):  # type: ignore[misc]
    """As much of gcsfs as listing and reading needs: two objects to a page, the second page fails once."""

    protocol = ("gs", "gcs")
    cachable = False
    objects: ClassVar[dict[str, bytes]] = {}
    asked: ClassVar[list[str]] = []

    def call(self, method: str, path: str, *args: str, json_out: bool = False, **asked: Any) -> dict[str, Any]:
        assert (method, path, json_out) == ("GET", "b/{}/o", True)
        at = int(asked.get("pageToken", 0))
        self.asked.append(f"{args[0]}/{asked['prefix']}{at}")
        if at == 2 and self.asked.count(self.asked[-1]) == 1:
            raise OSError("503")
        names = [name for name in sorted(self.objects) if name.startswith(asked["prefix"])]
        items = [
            {"name": name, "size": str(len(self.objects[name])), "etag": "C", "md5Hash": checksum(self.objects[name])}
            for name in names[at : at + 2]
        ]
        return {"items": items, **({"nextPageToken": str(at + 2)} if at + 2 < len(names) else {})} if items else {}


def test_a_listing_comes_page_by_page() -> None:
    Paged.objects = {f"s/run{at}/a.csv": b"x" * at for at in range(5)} | {"s/" + "d/" * 12 + "deep.csv": b"x", "t": b""}
    found = list(Store("gs://b/s", Paged(), "b/s").entries())
    assert [(one.name, one.size) for one in found] == [(f"run{at}/a.csv", at) for at in range(5)]
    assert found[3].tag == hashlib.md5(b"xxx", usedforsecurity=False).hexdigest()
    assert Paged.asked == ["b/s/0", "b/s/2", "b/s/2", "b/s/4"]
    Paged.objects = {}
    assert list(Store("gs://b", Paged(), "b").entries()) == []


@pytest.mark.heavy
@pytest.mark.filterwarnings("ignore")
def test_a_bucket_of_google(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GCSFS_EXPERIMENTAL_ZB_HNS_SUPPORT", "false")  # asks what the emulator does not answer
    gcsfs = pytest.importorskip("gcsfs")
    emulator = pytest.importorskip("gcp_storage_emulator.server")
    monkeypatch.setattr("http.server.HTTPServer.request_queue_size", small_s3.Server.request_queue_size)
    port = store_machines.free_port()
    server = emulator.create_server("127.0.0.1", port, in_memory=True, default_bucket="sweeps")
    server.start()
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", f"http://127.0.0.1:{port}")
    try:
        system = gcsfs.GCSFileSystem(token="anon")
        for at in range(12):
            content = small_s3.run_of(at, 12)
            system.pipe_file(f"sweeps/runs/g{at // 5}/run{at}/training.csv", content)
            place = tmp_path / "runs" / f"g{at // 5}" / f"run{at}" / "training.csv"
            place.parent.mkdir(parents=True)
            place.write_bytes(content)
        there, here = sm.rank("gs://sweeps/runs"), sm.rank(tmp_path / "runs")
        assert [(run.name, run.value, run.epoch) for run in there.runs] == [
            (run.name, run.value, run.epoch) for run in here.runs
        ]
        first = sm.rank("gs://sweeps/runs", cache=tmp_path / "cache")
        system.pipe_file("sweeps/runs/g0/run3/training.csv", small_s3.run_of(0, 12) + b"9,0.001,0.5\n")
        second = sm.rank("gs://sweeps/runs", cache=tmp_path / "cache")
        assert first == there and second.best.name == "g0/run3/training.csv"
    finally:
        server.stop()
        gcsfs.GCSFileSystem.clear_instance_cache()
