"""A whole aright on the wall clock for contract tests, served by a thread."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time
from typing import TYPE_CHECKING, Any

import httpx
import uvicorn

from aright.bootstrap import Options, build
from tests.contract.authority import authority

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from aright.core.model.catalog import Catalog

TOKEN = "token-of-the-contract"
PATIENCE = 40.0
"""Seconds until something that must happen is held to be lost."""


class Served:
    """Where it is, and how to ask it."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._client = httpx.Client(
            base_url=url,
            headers={"Authorization": f"Bearer {TOKEN}"},
            timeout=PATIENCE,
            verify=authority().client() if url.startswith("https:") else True,
        )

    def get(self, path: str) -> Any:
        answer = self._client.get(path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, body: object) -> httpx.Response:
        return self._client.post(path, json=body)

    def until(self, holds: Callable[[], object]) -> Any:
        """Return what ``holds`` returns once that is true; it is asked whenever aright tells of something."""
        deadline = time.monotonic() + PATIENCE
        with self._client.stream("GET", "/v1/events") as events:
            for line in events.iter_lines():
                if line.startswith("event:") and (found := holds()):
                    return found
                if time.monotonic() > deadline:
                    break
        raise AssertionError("it did not happen in time, or the stream of events ended")

    def close(self) -> None:
        self._client.close()


@contextlib.contextmanager
def serve(store: Path, *, catalog: Catalog | None = None, tls: bool = False) -> Iterator[Served]:
    """Serve until the block ends, by TLS under the test CA if wanted."""
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    url = f"{'https' if tls else 'http'}://127.0.0.1:{listening.getsockname()[1]}"
    aright = build(Options(store=store, token=TOKEN, public_url=url, catalog=catalog))
    config = uvicorn.Config(
        aright.app,
        lifespan="off",
        access_log=False,
        log_level="warning",
        ssl_certfile=authority().chain if tls else None,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
    aright.start()
    thread.start()
    served = Served(url)
    try:
        yield served
    finally:
        served.close()
        server.should_exit = True
        thread.join(10)
        aright.stop()
        listening.close()


class Flag:
    """A target for Prometheus to scrape, with one gauge that a test sets."""

    def __init__(self) -> None:
        from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer  # noqa: PLC0415 - for this alone

        flag = self
        self.value = 1

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = f"flag {flag.value}\n".encode()
                self.send_response(200)
                self.send_header("Content-Type", "text/plain; version=0.0.4")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_args: object) -> None:
                """Keep quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        self.address = f"127.0.0.1:{self._server.server_address[1]}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def told(events: list[dict[str, Any]], kind: str) -> list[str]:
    """Return the lines of a timeline of one kind."""
    return [event["text"] for event in json.loads(json.dumps(events)) if event["kind"] == kind]
