"""A real aright on a real port in this process, watching in windows of a second."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import httpx
import uvicorn

from aright.bootstrap import Options, build
from aright.core.model.times import SECOND
from aright.engine.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

TOKEN = "token-of-the-contract"


class Running:
    """A server; ``url`` is where it listens."""

    def __init__(self, folder: Path, **options: Any) -> None:
        settings = Settings(width=SECOND, lateness=SECOND // 2, profile_bytes=0)
        self.aright = build(Options(store=folder / "store", token=TOKEN, settings=settings, **options))
        listening = socket.socket()
        listening.bind(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        config = uvicorn.Config(
            self.aright.app, lifespan="off", log_level="critical", timeout_graceful_shutdown=1
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, args=([listening],))
        self._thread.start()
        self.aright.start()
        self._client = httpx.Client(base_url=self.url, headers={"Authorization": f"Bearer {TOKEN}"})

    def get(self, path: str, **query: Any) -> Any:
        answer = self._client.get(path, params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, body: bytes, **headers: str) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self._client.post(path, content=body, headers=named)

    def levels(self, service: str, name: str) -> list[float]:
        """Return the mean of a process metric in each closed window there is."""
        return [point["mean"] for point in self.get("/v1/process", service=service, name=name)]

    def close(self) -> None:
        self._client.close()
        self._server.should_exit = True
        self._thread.join(20)
        self.aright.stop()


@contextmanager
def running(folder: Path, **options: Any) -> Iterator[Running]:
    server = Running(folder, **options)
    try:
        yield server
    finally:
        server.close()


def wait_for(condition: Callable[[], Any], what: str, *, seconds: float = 60.0) -> Any:
    """Return what a condition says as soon as it holds."""
    pause = threading.Event()
    until = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < until, f"{what}: not within {seconds:g} seconds"
        pause.wait(0.05)
    return found
