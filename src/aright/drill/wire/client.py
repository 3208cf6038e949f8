"""A pipelining HTTP/1.1 client over a few keep-alive connections."""

from __future__ import annotations

import asyncio
from collections import deque
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

import httptools

from aright.drill.failure import UnreachableError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

AT_ONCE: Final = 32
"""Requests in flight on one connection, so that neither side's buffers fill."""


class Reply(NamedTuple):
    """An answer.

    Attributes:
        status: HTTP status.
        body: bytes.
        told: headers of the drill's own, names in lower case.
    """

    status: int
    body: bytes
    told: Mapping[str, str] = MappingProxyType({})


_OWN: Final = b"drill-"


class _Lane(asyncio.Protocol):
    """One connection; replies come in the order of the requests."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._parser = httptools.HttpResponseParser(self)
        self._waiting: deque[asyncio.Future[Reply]] = deque()
        self._parts: list[bytes] = []
        self._told: dict[str, str] = {}
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101  what create_connection gives for TCP
        self.transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        self.transport = None
        self._fail(f"{self._name} closed the connection{f': {exc}' if exc else ''}")

    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as broken:
            self._fail(f"{self._name} answered something that is not HTTP: {broken}")

    def on_message_begin(self) -> None:
        self._parts = []
        self._told = {}

    def on_header(self, name: bytes, value: bytes) -> None:
        if name.startswith(_OWN):
            self._told[name.decode("latin-1")] = value.decode("latin-1")

    def on_body(self, body: bytes) -> None:
        self._parts.append(body)

    def on_message_complete(self) -> None:
        if self._waiting:
            waiting = self._waiting.popleft()
            if not waiting.done():
                waiting.set_result(Reply(self._parser.get_status_code(), b"".join(self._parts), self._told))

    def _fail(self, why: str) -> None:
        while self._waiting:
            waiting = self._waiting.popleft()
            if not waiting.done():
                waiting.set_exception(UnreachableError(why))

    async def talk(self, requests: Sequence[bytes]) -> list[Reply]:
        replies: list[Reply] = []
        for start in range(0, len(requests), AT_ONCE):
            if self.transport is None:
                raise UnreachableError(f"{self._name} has closed the connection: look into its log")
            part = requests[start : start + AT_ONCE]
            waiting = [asyncio.get_running_loop().create_future() for _ in part]
            self._waiting.extend(waiting)
            self.transport.write(b"".join(part))
            replies.extend(await asyncio.gather(*waiting))
        return replies


class Connections:
    """Keep-alive connections to one server on 127.0.0.1.

    Attributes:
        port: where it listens.
    """

    def __init__(self, name: str, port: int, *, lanes: int = 4, seconds: float = 60.0) -> None:
        self.port = port
        self._name = name
        self._count = lanes
        self._seconds = seconds
        self._lanes: list[_Lane] = []
        self._turn = 0

    async def _open(self) -> list[_Lane]:
        loop = asyncio.get_running_loop()
        self._lanes = [lane for lane in self._lanes if lane.transport is not None]
        while len(self._lanes) < self._count:
            try:
                _, lane = await loop.create_connection(lambda: _Lane(self._name), "127.0.0.1", self.port)
            except OSError as gone:
                raise UnreachableError(f"{self._name} does not listen on port {self.port}: {gone}") from gone
            self._lanes.append(lane)
        return self._lanes

    async def exchange(self, requests: Sequence[bytes]) -> list[Reply]:
        """Send rendered requests concurrently; replies come in the order of ``requests``.

        Raises ``UnreachableError``.
        """
        lanes = await self._open()
        share = -(-len(requests) // len(lanes))
        parts = [requests[k * share : (k + 1) * share] for k in range(len(lanes))]
        try:
            async with asyncio.timeout(self._seconds):
                answers = await asyncio.gather(
                    *(lane.talk(part) for lane, part in zip(lanes, parts, strict=True))
                )
        except TimeoutError as late:
            raise self._late() from late
        return [reply for part in answers for reply in part]

    async def send(
        self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> Reply:
        """Send one request, on each connection in turn; raises ``UnreachableError``."""
        lanes = await self._open()
        self._turn = (self._turn + 1) % len(lanes)
        try:
            async with asyncio.timeout(self._seconds):
                return (await lanes[self._turn].talk([render(method, path, body, headers or {})]))[0]
        except TimeoutError as late:
            raise self._late() from late

    def _late(self) -> UnreachableError:
        return UnreachableError(f"{self._name} did not answer within {self._seconds:.0f} s")

    def close(self) -> None:
        """Close them all."""
        for lane in self._lanes:
            if lane.transport is not None:
                lane.transport.close()
        self._lanes = []


def render(method: str, path: str, body: bytes, headers: Mapping[str, str]) -> bytes:
    r"""Return a request as bytes.

    >>> render("GET", "/health", b"", {"authorization": "Bearer x"})
    b'GET /health HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer x\r\ncontent-length: 0\r\n\r\n'
    """
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return (
        f"{method} {path} HTTP/1.1\r\nhost: 127.0.0.1\r\n{lines}content-length: {len(body)}\r\n\r\n".encode()
        + body
    )
