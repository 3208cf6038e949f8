"""A receiver of pages beside the sender: takes what PagerDuty's Events v2 takes, and notes when it came."""

from __future__ import annotations

import contextlib
import threading
import time
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


@dataclass(frozen=True, slots=True)
class Page:
    """What came, and when.

    Attributes:
        at: ``time.perf_counter`` when all of it had been read (s).
        event: the body.
    """

    at: float
    event: dict[str, object]

    @property
    def told(self) -> str:
        """The page's own text, by which the incident that it is about can be found."""
        return str(self.event)


class Receiver(ThreadingHTTPServer):
    """Answers 202 after ``seconds``; each connection has a thread."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._changed = threading.Condition()
        self._pages: list[Page] = []
        super().__init__(("127.0.0.1", 0), _Handler)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_address[1]}/v2/enqueue"

    def take(self, body: bytes) -> None:
        """Note a page, and take one's time."""
        page = Page(time.perf_counter(), msgspec.json.decode(body))
        with self._changed:
            self._pages.append(page)
            self._changed.notify_all()
        if self._seconds:
            time.sleep(self._seconds)

    def pages(self, count: int, seconds: float) -> Sequence[Page]:
        """Return what came, once so many did or so many seconds are over."""
        with self._changed:
            self._changed.wait_for(lambda: len(self._pages) >= count, seconds)
            return tuple(self._pages)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        server = self.server
        assert isinstance(server, Receiver)  # noqa: S101 - nobody else makes one
        server.take(body)
        answer = b'{"status":"success","message":"Event processed"}'
        self.send_response(202)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name it has there
        """Say nothing."""


@contextlib.contextmanager
def receiving(seconds: float = 0.0) -> Iterator[Receiver]:
    """Take pages until the block ends.

    Args:
        seconds: that each answer takes.
    """
    receiver = Receiver(seconds)
    thread = threading.Thread(target=receiver.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        receiver.shutdown()
        receiver.server_close()
        thread.join(5)
