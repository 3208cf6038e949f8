"""Calling another service over HTTP, under a client's span, with the patience that a caller has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import msgspec

from aright.drill.babel import names
from aright.drill.babel.provider import VERSION_HEADER
from aright.drill.moment import TIME_HEADER, TOOK_HEADER
from aright.drill.tracing import Tracing, carried, end

if TYPE_CHECKING:
    import httpx
    from opentelemetry.trace import Span

    from aright.drill.babel.messages import Text
    from aright.drill.wire.client import Connections

WIRE: Final = 2_000
"""How long the way there and back takes (µs)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What came of a call.

    Attributes:
        status: of HTTP; 0 where the caller did not wait for the answer.
        body: of the answer.
        at: when the caller had it, or gave up (µs, UTC).
    """

    status: int
    body: bytes
    at: int


class Peer:
    """Another service, as a caller sees it.

    Args:
        host: the name under which it is called.
        route: what is called.
        connections: to it.
        patience: how long the caller waits (µs).
    """

    def __init__(self, host: str, route: str, connections: Connections, *, patience: int) -> None:
        self._host = host
        self._route = route
        self._connections = connections
        self._patience = patience

    async def ask(self, tracing: Tracing, parent: Span, ask: Text, at: int, *, attempt: int = 1) -> Told:
        """Ask at ``at`` (µs, UTC), and wait for the answer as long as a caller does."""
        span = tracing.call(parent, self._host, self._route, at, attempt=attempt)
        headers = {**carried(span), TIME_HEADER: str(at)}
        reply = await self._connections.send("POST", self._route, msgspec.json.encode(ask), headers)
        took = int(reply.told[TOOK_HEADER]) + WIRE
        if took > self._patience:
            end(span, at + self._patience, 0, error="TimeoutError")
            return Told(status=0, body=b"", at=at + self._patience)
        end(span, at + took, reply.status)
        return Told(status=reply.status, body=reply.body, at=at + took)


class ThirdParty:
    """The third party, called through httpx as any interface on the Internet is.

    Args:
        client: with hooks that copy payloads.

    Attributes:
        version: of its interface that is asked for; empty for the latest.
    """

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client
        self.version = ""

    async def ask(self, tracing: Tracing, parent: Span, ask: Text, at: int, *, attempt: int) -> Told:
        """Ask at ``at`` (µs, UTC)."""
        span = tracing.call(parent, names.PROVIDER, names.PROVIDER_PATH, at, attempt=attempt)
        headers = {TIME_HEADER: str(at), "content-type": "application/json"}
        if self.version:
            headers[VERSION_HEADER] = self.version
        reply = await self._client.post(
            names.PROVIDER_PATH, content=msgspec.json.encode(ask), headers=headers
        )
        done = at + int(reply.headers[TOOK_HEADER]) + WIRE
        end(span, done, reply.status_code)
        return Told(status=reply.status_code, body=reply.content, at=done)
