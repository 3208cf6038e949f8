"""A serving process of ``bench.follow``: answers with the version that it follows.

``python -m bench.follow_serving REGISTRY MODEL ALIAS`` prints its port. ``/`` takes 2 ms of work; ``/ready``
says which versions are loaded; ``/used`` tells the seconds of CPU that following took, and the wall's.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Final

from aright.sdk import follow_alias

if TYPE_CHECKING:
    from aright.sdk import Follower

WORK: Final = 0.002
"""Seconds that a model works on a request."""
LOAD: Final = 1.0
"""Seconds that loading a version takes."""


def load(version: str) -> str:
    time.sleep(LOAD)  # as a download would
    return version


def used() -> dict[str, float]:
    """Return the CPU of the thread that follows, and the wall's time (s)."""
    (following,) = (each for each in threading.enumerate() if each.name == "aright-follow")
    assert following.ident is not None  # noqa: S101 - it runs
    return {
        "cpu": time.clock_gettime(time.pthread_getcpuclockid(following.ident)),
        "wall": time.monotonic(),
    }


def serve(follower: Follower[str]) -> None:
    """Serve until the process is ended."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # one packet per answer

        def do_GET(self) -> None:
            """Answer with the version that answers."""
            model = follower.model
            if self.path == "/ready":
                body = json.dumps(follower.ready())
            elif self.path == "/used":
                body = json.dumps(used())
            else:
                time.sleep(WORK)
                body = model or ""
            self.send_response(200 if body else 503)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 64

    with Server(("127.0.0.1", 0), Handler) as server:
        print(server.server_address[1], flush=True)
        server.serve_forever()


if __name__ == "__main__":
    registry, model, alias = sys.argv[1:4]
    with follow_alias(registry, model, alias, load) as followed:
        serve(followed)
