"""An HTTP/1.1 server on a bare asyncio protocol: answers in order, so that a client may pipeline."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeAlias

import httptools

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    Handler: TypeAlias = "Callable[[Request], Response | Awaitable[Response]]"

BODY_LIMIT: Final = 1 << 20
_REASON: Final = {200: "OK", 202: "Accepted", 400: "Bad Request", 401: "Unauthorized", 404: "Not Found"}


@dataclass(slots=True)
class Request:
    """A request as it came.

    Attributes:
        method: ``GET``, ``POST`` …
        path: as sent, with the query.
        headers: names in lower case.
        body: bytes.
    """

    method: str = ""
    path: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Response:
    """What goes back: always JSON.

    Attributes:
        body: JSON bytes.
        status: HTTP status.
        headers: names and values beside those that every answer has.
    """

    body: bytes = b"{}"
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()


class _Talk(asyncio.Protocol):
    """One connection; requests on it are answered one after another."""

    def __init__(self, handle: Handler, talks: set[_Talk]) -> None:
        self._handle = handle
        self._talks = talks
        self._parser = httptools.HttpRequestParser(self)
        self._waiting: deque[Request] = deque()
        self._busy: asyncio.Future[Response] | None = None
        self._coming = Request()
        self._parts: list[bytes] = []
        self._size = 0
        self._out: list[bytes] = []
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101  what create_server gives for TCP
        self.transport = transport
        self._talks.add(self)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  the protocol's signature
        self.transport = None
        self._waiting.clear()
        self._talks.discard(self)

    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError:
            self._refuse(400)
        self._pump()

    def on_message_begin(self) -> None:
        self._coming = Request()
        self._parts = []
        self._size = 0

    def on_url(self, url: bytes) -> None:
        self._coming.path += url.decode("latin-1")

    def on_header(self, name: bytes, value: bytes) -> None:
        self._coming.headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_body(self, body: bytes) -> None:
        self._size += len(body)
        if self._size > BODY_LIMIT:
            self._refuse(413)
        else:
            self._parts.append(body)

    def on_message_complete(self) -> None:
        self._coming.method = self._parser.get_method().decode("latin-1")
        self._coming.body = b"".join(self._parts)
        self._waiting.append(self._coming)

    def _refuse(self, status: int) -> None:
        if self.transport is not None:
            self.transport.write(_render(Response(b'{"error":"refused"}', status)))
            self.transport.close()
            self.transport = None
        self._waiting.clear()

    def _pump(self) -> None:
        while self._waiting and self._busy is None:
            answer = self._handle(self._waiting.popleft())
            if isinstance(answer, Response):
                self._out.append(_render(answer))
            else:
                self._busy = asyncio.ensure_future(answer)
                self._busy.add_done_callback(self._answered)
        if self._out and self.transport is not None:
            self.transport.write(b"".join(self._out))
        self._out.clear()

    def _answered(self, done: asyncio.Future[Response]) -> None:
        self._busy = None
        if done.cancelled():
            return
        failure = done.exception()
        answer = Response(b'{"error":"failed"}', 500) if failure else done.result()
        self._out.append(_render(answer))
        self._pump()
        if failure is not None:
            raise failure  # to the loop's exception handler: a drill's own fault is to be seen


def _render(answer: Response) -> bytes:
    reason = _REASON.get(answer.status, "Status")
    head = f"HTTP/1.1 {answer.status} {reason}\r\ncontent-type: application/json\r\n"
    head += "".join(f"{name}: {value}\r\n" for name, value in answer.headers)
    return f"{head}content-length: {len(answer.body)}\r\n\r\n".encode() + answer.body


class Listener:
    """A listening server.

    Attributes:
        port: where it listens on 127.0.0.1.
    """

    def __init__(self, server: asyncio.Server, talks: set[_Talk]) -> None:
        self._server = server
        self._talks = talks
        self.port: int = server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Stop listening and end the connections that are left."""
        self._server.close()
        for talk in list(self._talks):
            if talk.transport is not None:
                talk.transport.close()
        await self._server.wait_closed()


async def listen(handle: Handler, *, port: int = 0) -> Listener:
    """Serve on 127.0.0.1; ``port`` 0 takes a free one. Raises ``OSError`` where the port is taken."""
    talks: set[_Talk] = set()
    loop = asyncio.get_running_loop()
    return Listener(await loop.create_server(lambda: _Talk(handle, talks), "127.0.0.1", port), talks)
