"""A registry for tests: answers for aliases as MLflow 3 does, or as it is told."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PATH = "/api/2.0/mlflow/registered-models/alias"


class FakeMlflow:
    """Listens on a free port of this machine.

    Attributes:
        aliases: of the one model, by name.
        looks: aliases that were asked for, in that order, once each request has come.
        opened: the ``Authorization`` of each.
        peers: ports that requests came from.
        broken: status, body and headers to answer with instead; ``None`` for MLflow's own.
        gate: holds answers back while it is clear.
    """

    def __init__(self, port: int = 0) -> None:
        self.aliases: dict[str, str] = {}
        self.looks: list[str] = []
        self.opened: list[str | None] = []
        self.peers: set[int] = set()
        self.broken: tuple[int, bytes, dict[str, str]] | None = None
        self.gate = threading.Event()
        self.gate.set()
        self._changed = threading.Condition()
        fake = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1

            def do_GET(self) -> None:
                fake.serve(self)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            block_on_close = False

            def handle_error(self, request: object, client_address: object) -> None:
                """Say nothing: clients that hang up are what some tests are about."""

        self._server = Server(("127.0.0.1", port), Handler)
        self.port: int = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    def serve(self, handler: BaseHTTPRequestHandler) -> None:
        asked = parse_qs(urlsplit(handler.path).query)
        alias = asked["alias"][0]
        with self._changed:
            version, broken = self.aliases.get(alias), self.broken
            self.looks.append(alias)
            self.opened.append(handler.headers["Authorization"])
            self.peers.add(handler.client_address[1])
            self._changed.notify_all()
        self.gate.wait(30)
        status, body, headers = broken or _answer(asked["name"][0], alias, version)
        handler.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body)

    def point(self, alias: str, version: str) -> int:
        """Move an alias, or take it away; return how many looks at it there have been by then."""
        with self._changed:
            self.aliases[alias] = version
            if not version:
                del self.aliases[alias]
            return self.looks.count(alias)

    def wait(self, seen: Callable[[FakeMlflow], object], timeout: float = 10.0) -> None:
        """Wait until what was asked is as wanted."""
        with self._changed:
            assert self._changed.wait_for(lambda: seen(self), timeout), self.looks

    def answered(self, alias: str, looks: int) -> None:
        """Wait until so many looks at an alias were answered, and what they told was heeded."""
        self.wait(lambda it: it.looks.count(alias) > looks)

    def close(self) -> None:
        self.gate.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _answer(model: str, alias: str, version: str | None) -> tuple[int, bytes, dict[str, str]]:
    if version is None:
        refusal = {
            "error_code": "INVALID_PARAMETER_VALUE",
            "message": f"Registered model alias {alias} not found.",
        }
        return 400, json.dumps(refusal).encode(), {}
    told = {"name": model, "version": version, "source": f"models:/{model}", "tags": [], "aliases": [alias]}
    return 200, json.dumps({"model_version": told}).encode(), {"Content-Type": "application/json"}


@contextmanager
def open_mlflow(port: int = 0) -> Iterator[FakeMlflow]:
    fake = FakeMlflow(port)
    try:
        yield fake
    finally:
        fake.close()
