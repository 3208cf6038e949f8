"""A server for tests: takes what the SDK sends, keeps it, and answers as it is told."""

from __future__ import annotations

import json
import threading
import zlib
from collections import deque
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import cramjam
import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TOKEN = "ar_token_for_tests"


@dataclass(frozen=True)
class Answer:
    status: int = 200
    body: bytes = b'{"accepted":0,"quarantined":0,"problems":[]}'
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Request:
    path: str
    headers: dict[str, str]
    rows: list[dict[str, Any]]
    peer: int
    body: bytes


class FakeDoor:
    """Listens on a free port of this machine.

    ``answers`` are given first, each once; then 200. ``cut`` closes connections without a word. ``gate``
    holds answers back while it is clear.
    """

    def __init__(self, port: int = 0) -> None:
        self.requests: list[Request] = []
        self.answers: deque[Answer] = deque()
        self.cut = False
        self.gate = threading.Event()
        self.gate.set()
        self._changed = threading.Condition()
        door = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                door.serve(self)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
                pass

        class Server(ThreadingHTTPServer):
            def handle_error(self, request: object, client_address: object) -> None:
                """Say nothing: clients that hang up are what some tests are about."""

        self._server = Server(("127.0.0.1", port), Handler)
        self._server.daemon_threads = True
        self._server.block_on_close = False
        self.port: int = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    def serve(self, handler: BaseHTTPRequestHandler) -> None:
        body = handler.rfile.read(int(handler.headers["Content-Length"]))
        if self.cut:
            with self._changed:
                self.requests.append(Request("cut", {}, [], 0, body))
                self._changed.notify_all()
            handler.close_connection = True
            return
        answer = self.answers.popleft() if self.answers else Answer()
        peer = handler.client_address[1]
        request = Request(handler.path, dict(handler.headers), _rows(handler, body), peer, body)
        with self._changed:
            self.requests.append(request)
            self._changed.notify_all()
        if not self.gate.wait(30):
            raise TimeoutError
        handler.send_response(answer.status)
        for name, value in {"Content-Length": str(len(answer.body)), **answer.headers}.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(answer.body)

    def wait(self, seen: Callable[[FakeDoor], object], timeout: float = 10.0) -> None:
        """Wait until what was received is as wanted."""
        with self._changed:
            assert self._changed.wait_for(lambda: seen(self), timeout), self.requests

    def rows(self, path: str = "/v1/predictions") -> list[dict[str, Any]]:
        return [row for request in list(self.requests) if request.path == path for row in request.rows]

    def ids(self) -> list[str]:
        return [row["id"] for row in self.rows()]

    def close(self) -> None:
        self.gate.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _rows(handler: BaseHTTPRequestHandler, body: bytes) -> list[dict[str, Any]]:
    encoding = handler.headers.get("Content-Encoding")
    if encoding == "zstd":
        body = bytes(cramjam.zstd.decompress(body))
    elif encoding == "gzip":
        body = zlib.decompress(body, 31)
    if handler.headers["Content-Type"] == "application/msgpack":
        return msgspec.msgpack.decode(body, type=list[dict[str, Any]])
    return list(json.loads(body))


@contextmanager
def open_door(port: int = 0) -> Iterator[FakeDoor]:
    door = FakeDoor(port)
    try:
        yield door
    finally:
        door.close()
