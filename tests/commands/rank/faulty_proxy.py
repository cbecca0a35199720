"""What stands between a client and a server on this machine, and makes a bad day of some of its answers."""

from __future__ import annotations

import http.client
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler
from urllib.parse import unquote, urlsplit

import small_s3

_HOP = frozenset({"connection", "transfer-encoding", "content-length", "keep-alive", "host"})


class Proxy:
    """``fault`` says of the path of an object that is read, and how often it was, what goes wrong; ``asked`` counts.

    ``change`` is called with the path of an object before it is read for the first time, where the fault is "changed".
    """

    def __init__(self, port: int, is_read: Callable[[str], bool]) -> None:
        self.port, self.is_read = port, is_read
        self.fault: Callable[[str, int], str] = lambda _path, _times: ""
        self.change: Callable[[str], None] = lambda _path: None
        self.lock, self.asked = threading.Lock(), Counter[str]()
        self.server = small_s3.listening(_handler(self))

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


def _handler(proxy: Proxy) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            body, fault = self.rfile.read(int(self.headers.get("Content-Length") or 0)), ""
            if self.command == "GET" and proxy.is_read(self.path):
                path = unquote(urlsplit(self.path).path)
                with proxy.lock:
                    proxy.asked[path] += 1
                    fault = proxy.fault(path, proxy.asked[path])
                if fault == "changed":
                    proxy.change(path)
            if fault == "slow":
                time.sleep(3)
            if fault in ("503", "404"):
                self._send(int(fault), "no", {}, b"")
                return
            upstream = http.client.HTTPConnection("127.0.0.1", proxy.port, timeout=60)
            headers = {name: value for name, value in self.headers.items() if name.lower() not in _HOP}
            upstream.request(self.command, self.path, body or None, headers)
            got = upstream.getresponse()
            told = {name: value for name, value in got.getheaders() if name.lower() not in _HOP}
            if self.command == "HEAD" and got.getheader("Content-Length"):
                told["Content-Length"] = str(got.getheader("Content-Length"))
            self._send(got.status, got.reason, told, got.read(), torn=fault == "torn")
            upstream.close()

        do_HEAD = do_POST = do_PUT = do_DELETE = do_PATCH = do_GET  # noqa: N815

        def _send(self, status: int, reason: str, told: dict[str, str], body: bytes, *, torn: bool = False) -> None:
            self.send_response_only(status, reason)
            for name, value in told.items():
                self.send_header(name, value)
            if "Content-Length" not in told:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            with suppress(ConnectionError):  # nobody waits for it any more
                self.wfile.write(body[: len(body) // 2] if torn else body)
            self.close_connection = self.close_connection or torn

        def log_message(self, *_: object) -> None:
            pass

    return Handler
