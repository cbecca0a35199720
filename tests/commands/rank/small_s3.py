"""As much of S3 as reading a bucket needs, on this machine, with the faults of a bad day on request.

``python small_s3.py RUNS PORT_FILE`` serves RUNS generated runs (bucket ``sweeps``, below ``runs/``) until it is ended.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

PAGE = 1000
#: What tells, in place of an object, how many objects and bytes were asked for.
ASKED = "asked.json"


class Bucket:
    """Objects by key. ``fault`` says for a key and how often it was asked for what goes wrong; ``asked`` counts."""

    def __init__(self, objects: dict[str, bytes], fault: Callable[[str, int], str] = lambda _key, _times: "") -> None:
        self.objects, self.fault = objects, fault
        self.keys = sorted(objects)
        self.lock, self.asked, self.ranges = threading.Lock(), Counter[str](), dict[str, str]()
        self.bytes_sent = 0

    def put(self, key: str, content: bytes) -> None:
        self.objects[key] = content
        self.keys = sorted(self.objects)


def etag(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def handler(bucket: Bucket) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_HEAD(self) -> None:
            content = bucket.objects.get(self._key())
            if content is None:
                self._send(404, b"")
            else:
                self._send(200, b"", {"ETag": f'"{etag(content)}"', "Content-Length": str(len(content))})

        def do_GET(self) -> None:
            key = self._key()
            if not key:
                self._list()
                return
            if key == ASKED:
                told = {"requests": sum(bucket.asked.values()), "bytes": bucket.bytes_sent}
                self._send(200, json.dumps(told).encode())
                return
            with bucket.lock:
                bucket.asked[key] += 1
                times = bucket.asked[key]
            fault = bucket.fault(key, times)
            if fault == "slow":
                time.sleep(3)
            if fault == "changed":  # another version than that which was listed
                bucket.put(key, bucket.objects[key] + b"9,0.5,0.9\n")
            if fault == "503":
                self._send(503, b"<Error><Code>SlowDown</Code><Message>no</Message></Error>")
                return
            content = bucket.objects.get(key)
            if content is None or fault == "missing":
                self._send(404, b"<Error><Code>NoSuchKey</Code><Message>gone</Message></Error>")
                return
            told = {"ETag": f'"{etag(content)}"'}
            asked = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
            if asked:
                bucket.ranges[key] = asked[0]
                first, last = int(asked[1]), min(int(asked[2] or len(content)), len(content) - 1)
                if first > last:
                    self._send(416, b"<Error><Code>InvalidRange</Code><Message>no</Message></Error>")
                    return
                told["Content-Range"] = f"bytes {first}-{last}/{len(content)}"
                self._send(206, content[first : last + 1], told)
            else:
                self._send(200, content[: len(content) // 2] if fault == "torn" else content, told)

        def _key(self) -> str:
            return unquote(urlsplit(self.path).path).lstrip("/").partition("/")[2]

        def _list(self) -> None:
            asked = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
            after = asked.get("continuation-token") or asked.get("start-after", "")
            keys = [key for key in bucket.keys if key.startswith(asked.get("prefix", "")) and key > after]
            page = keys[: int(asked.get("max-keys", PAGE))]
            rows = "".join(
                f"<Contents><Key>{escape(key)}</Key><Size>{len(bucket.objects[key])}</Size>"
                f"<LastModified>2026-01-01T00:00:00.000Z</LastModified>"
                f"<ETag>&quot;{etag(bucket.objects[key])}&quot;</ETag></Contents>"
                for key in page
            )
            more = len(page) < len(keys)
            token = f"<NextContinuationToken>{escape(page[-1])}</NextContinuationToken>" if more else ""
            told = f"<KeyCount>{len(page)}</KeyCount><IsTruncated>{str(more).lower()}</IsTruncated>{token}{rows}"
            self._send(200, f"<?xml version='1.0'?><ListBucketResult>{told}</ListBucketResult>".encode())

        def _send(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command != "HEAD":
                with bucket.lock:
                    bucket.bytes_sent += len(body)
                with suppress(ConnectionError):  # nobody waits for it any more
                    self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    return Handler


def served(bucket: Bucket) -> ThreadingHTTPServer:
    return listening(handler(bucket))


class Server(ThreadingHTTPServer):
    """Of as many as knock at once none is turned away, also where it is long until somebody opens."""

    request_queue_size = 1024
    daemon_threads = True


def listening(answers: type[BaseHTTPRequestHandler]) -> ThreadingHTTPServer:
    """A server at a free port of this machine, in a thread of its own."""
    server = Server(("127.0.0.1", 0), answers)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def run_of(at: int, count: int) -> bytes:
    """A log of which no other run has the same best epoch's loss."""
    low = 0.2 + (at * 7919 % count) / count
    rows = "".join(f"{epoch},{loss:.6f},0.5\n" for epoch, loss in enumerate([1.5, low, low + 0.05, low + 0.2]))
    return f"epoch,val_loss,loss\n{rows}".encode()


def runs(count: int) -> dict[str, bytes]:
    return {f"runs/g{at // 300}/run{at}/training.csv": run_of(at, count) for at in range(count)}


def number(key: str) -> int:
    found = re.search(r"/run(\d+)/", key)
    return int(found[1]) if found else -1


def bad_day(key: str, times: int) -> str:
    """What goes wrong with a run's log, told by its number."""
    at = number(key)
    if at % 500 == 7:
        return "missing"
    if at % 500 == 3 and times <= 7:
        return "503"
    if at % 500 == 11 and times <= 2:
        return "torn"
    if at % 500 == 13 and times == 1:
        return "slow"
    if at % 500 == 17 and times == 1:
        return "changed"
    return ""


if __name__ == "__main__":
    server = served(Bucket(runs(int(sys.argv[1])), bad_day))
    Path(sys.argv[2]).write_text(str(server.server_port), encoding="utf-8")
    threading.Event().wait()
