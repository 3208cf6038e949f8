from __future__ import annotations

import asyncio
from typing import Any

import pytest

from aright.engine.operations import Happening
from aright.server.app import build_app
from aright.server.auth import KnownTokens
from aright.server.events import Streams
from tests.unit.server.client import BEARER, TOKEN
from tests.unit.web.fake import empty


def scope(path="/v1/events"):
    headers = [(name.lower().encode(), value.encode()) for name, value in BEARER.items()]
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": headers,
        "client": ("10.0.0.1", 1),
        "server": ("aright.test", 80),
    }


class Reader:
    """Reads a stream until told to leave."""

    def __init__(self, app) -> None:
        self.heard: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.left = asyncio.Event()
        self.task = asyncio.create_task(app(scope(), self._receive, self._send))

    async def _receive(self):
        await self.left.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message):
        await self.heard.put(message)

    async def next(self):
        return await asyncio.wait_for(self.heard.get(), 5)

    async def leave(self):
        self.left.set()
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)


def server(operations, **paced):
    streams = Streams(operations, every=0.001, **paced)
    return build_app(operations, KnownTokens(TOKEN), streams=streams)


def test_what_happens_is_told_once_and_the_reader_is_let_go():
    async def story():
        operations = empty()
        reader = Reader(server(operations))
        start, hello = await reader.next(), await reader.next()
        for _ in range(3):
            operations.happenings.tell(Happening(kind="incident", key="INC-1"))
        told = await reader.next()
        listening = len(operations.happenings._listeners)
        await reader.leave()
        return start, hello, told, listening, len(operations.happenings._listeners)

    start, hello, told, listening, after = asyncio.run(story())
    assert dict(start["headers"])[b"content-type"].startswith(b"text/event-stream")
    assert b"content-encoding" not in dict(start["headers"])
    assert b"event: hello" in hello["body"]
    assert told["body"] == b'event: incident\ndata: {"kind":"incident","key":"INC-1"}\n\n'
    assert (listening, after) == (1, 0)


def test_a_silent_stream_says_that_it_lives():
    async def story():
        reader = Reader(server(empty(), heartbeat=0.003))
        messages = [await reader.next() for _ in range(3)]
        await reader.leave()
        return messages[2]["body"]

    assert asyncio.run(story()) == b": still here\n\n"


def test_one_stream_too_many_is_refused():
    async def story():
        app = server(empty(), limit=1)
        first = Reader(app)
        await first.next()
        await first.next()
        second = Reader(app)
        refused = await second.next()
        await first.leave()
        await second.leave()
        third = Reader(app)
        welcome = await third.next()
        await third.leave()
        return refused, welcome

    refused, welcome = asyncio.run(story())
    assert refused["status"] == 503
    assert dict(refused["headers"])[b"retry-after"] == b"60"
    assert welcome["status"] == 200


@pytest.mark.parametrize("kind", ["in\ncident", "", "a: b"])
def test_a_strange_kind_cannot_forge_an_event(kind):
    from aright.server.events import encoded  # noqa: PLC0415

    told = encoded(Happening(kind=kind, key="x\n\nevent: incident"))

    assert told.startswith(b"event: message\ndata: {")
    assert told.count(b"\n") == 3
