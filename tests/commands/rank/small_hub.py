"""As much of the Hub as reading a repository or a bucket needs, on this machine, with faults on request."""

from __future__ import annotations

import hashlib
import json
import re
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import small_s3

PAGE = 1000
#: Files that the Hub keeps as LFS objects, of which it tells the SHA-256.
LONG = 20_000
_API = re.compile(r"/api/(models|datasets|spaces|buckets)/([^/]+/[^/]+)(?:/(revision|tree)(?:/(.*))?)?")
_FILE = re.compile(r"/(?:(datasets|spaces|buckets)/)?([^/]+/[^/]+)/resolve/(.*)")


class Hub:
    """Files by name in ``place`` ("datasets/me/sweeps"). ``fault`` says for a name and how often it was asked for what
    goes wrong; ``asked`` counts. With ``token``, nobody comes in without it.
    """

    def __init__(self, place: str, files: dict[str, bytes], token: str = "") -> None:
        self.place, self.files, self.token = place, files, token
        self.fault: Callable[[str, int], str] = lambda _name, _times: ""
        self.lock, self.asked, self.ranges = threading.Lock(), Counter[str](), dict[str, str]()
        self.revisions = {"main"}


def entry(name: str, content: bytes, *, bucket: bool) -> dict[str, Any]:
    digest = hashlib.sha256(content).hexdigest()
    if bucket:
        return {"type": "file", "path": name, "size": len(content), "xetHash": digest[::-1]}
    blob = b"blob %d\0" % len(content) + content
    told = {"type": "file", "path": name, "size": len(content)}
    told["oid"] = hashlib.sha1(blob, usedforsecurity=False).hexdigest()
    return told | ({"lfs": {"oid": digest, "size": len(content), "pointerSize": 130}} if len(content) >= LONG else {})


def handler(hub: Hub) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            url = urlsplit(self.path)
            if hub.token and self.headers.get("Authorization") != f"Bearer {hub.token}":
                self._send(401, b"{}", {"X-Error-Code": "RepoNotFound"})
            elif found := _API.fullmatch(url.path):
                asked = {name: values[0] for name, values in parse_qs(url.query).items()}
                self._api(*(unquote(each or "") for each in found.groups()), asked=asked)
            elif found := _FILE.fullmatch(url.path):
                place, name = f"{found[1] or 'models'}/{found[2]}", unquote(found[3])
                if found[1] != "buckets":
                    name = name.partition("/")[2]
                self._file(place, name)
            else:
                self._send(404, b"{}")

        do_HEAD = do_GET  # noqa: N815

        def _api(self, kind: str, own: str, what: str, rest: str, asked: dict[str, str]) -> None:
            if f"{kind}/{own}" != hub.place:
                self._send(404, b"{}", {"X-Error-Code": "RepoNotFound"})
                return
            revision, _, below = ("main", "", rest) if kind == "buckets" else rest.partition("/")
            if what and revision not in hub.revisions:
                self._send(404, b"{}", {"X-Error-Code": "RevisionNotFound"})
            elif what == "tree":
                self._tree(kind == "buckets", below, asked)
            else:
                told = {
                    "id": own,
                    "private": False,
                    "createdAt": "2026-01-01T00:00:00.000Z",
                    "size": 1,
                    "totalFiles": 1,
                }
                self._send(200, json.dumps(told | {"sha": "0" * 40, "siblings": [], "tags": []}).encode())

        def _tree(self, bucket: bool, below: str, asked: dict[str, str]) -> None:
            with hub.lock:
                hub.asked["tree"] += 1
                fault = hub.fault("tree", hub.asked["tree"])
            if fault == "503":
                self._send(503, b"")
                return
            names = sorted(name for name in hub.files if not below or name.startswith(f"{below}/") or name == below)
            if below and not names:
                self._send(404, b"{}", {"X-Error-Code": "EntryNotFound"})
                return
            told: dict[str, dict[str, Any]] = {}
            for name in names:
                rest = name.removeprefix(below).lstrip("/").split("/")
                for at in range(1, len(rest)):
                    folder = "/".join([*([below] if below else []), *rest[:at]])
                    told[folder] = {"type": "directory", "path": folder, "size": 0, "oid": "0" * 40}
                told[name] = entry(name, hub.files[name], bucket=bucket)
            if asked.get("recursive", "").lower() != "true":
                depth = below.count("/") + 1 if below else 0
                told = {name: each for name, each in told.items() if name.count("/") == depth}
            begin = int(asked.get("cursor", 0))
            page, more = [*told.values()][begin : begin + PAGE], begin + PAGE < len(told)
            here = f"http://{self.headers['Host']}{urlsplit(self.path).path}"
            query = f"recursive={asked.get('recursive', '')}&cursor={begin + PAGE}"
            self._send(200, json.dumps(page).encode(), {"Link": f'<{here}?{query}>; rel="next"'} if more else {})

        def _file(self, place: str, name: str) -> None:
            with hub.lock:
                hub.asked[name] += 1
                times = hub.asked[name]
            fault = hub.fault(name, times)
            if fault == "slow":
                time.sleep(3)
            if fault == "changed":  # another version than that which was listed
                hub.files[name] += b"9,0.5,0.9\n"
            content = hub.files.get(name)
            if fault == "503":
                self._send(503, b"")
            elif content is None or place != hub.place or fault == "missing":
                self._send(404, b"{}", {"X-Error-Code": "EntryNotFound"})
            elif asked := re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", "")):
                hub.ranges[name] = asked[0]
                first, last = int(asked[1]), min(int(asked[2] or len(content)), len(content) - 1)
                told = {"Content-Range": f"bytes {first}-{last}/{len(content)}"}
                self._send(206 if first <= last else 416, content[first : last + 1], told)
            else:
                torn = fault == "torn"
                self._send(200, content, {}, cut=len(content) // 2 if torn else len(content))

        def _send(self, status: int, body: bytes, headers: dict[str, str] | None = None, cut: int = 1 << 40) -> None:
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
                self.send_header(name, value)
            self.end_headers()
            with suppress(ConnectionError):  # nobody waits for it any more
                self.wfile.write(b"" if self.command == "HEAD" else body[:cut])
            if cut < len(body):
                self.close_connection = True

        def log_message(self, *_: object) -> None:
            pass

    return Handler


def served(hub: Hub) -> ThreadingHTTPServer:
    return small_s3.listening(handler(hub))
