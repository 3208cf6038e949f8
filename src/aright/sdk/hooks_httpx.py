"""httpx: event hooks that copy JSON payloads as they pass."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

import httpx

from aright.sdk.payloads import is_json

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from aright.sdk.payloads import Exchange, Tap, Watcher

_STARTED: Final = "aright.started"


def hook(client: httpx.Client | httpx.AsyncClient, watcher: Watcher) -> None:
    """Add hooks to a client; those that it has stay, and go first."""
    hooks = _Hooks(watcher)
    if isinstance(client, httpx.AsyncClient):
        client.event_hooks["request"].append(hooks.async_request)
        client.event_hooks["response"].append(hooks.async_response)
    else:
        client.event_hooks["request"].append(hooks.request)
        client.event_hooks["response"].append(hooks.response)


class _Hooks:
    def __init__(self, watcher: Watcher) -> None:
        self._watcher = watcher

    def request(self, request: httpx.Request) -> None:
        """Note when a request is sent."""
        try:
            request.extensions[_STARTED] = time.perf_counter()
        except Exception as error:  # noqa: BLE001 - the host is spared
            self._watcher.failed("watching httpx", error)

    def response(self, response: httpx.Response) -> None:
        """Take the request's body, and see to it that the response's is copied while the host reads it."""
        try:
            tap = self._tap(response)
            if tap is not None:
                response.stream = _Stream(response.stream, tap)
        except Exception as error:  # noqa: BLE001 - the host is spared
            self._watcher.failed("watching httpx", error)

    async def async_request(self, request: httpx.Request) -> None:
        """Do as ``request`` does."""
        self.request(request)

    async def async_response(self, response: httpx.Response) -> None:
        """Do as ``response`` does."""
        try:
            tap = self._tap(response)
            if tap is not None:
                response.stream = _AsyncStream(response.stream, tap)
        except Exception as error:  # noqa: BLE001 - the host is spared
            self._watcher.failed("watching httpx", error)

    def _tap(self, response: httpx.Response) -> Tap | None:
        watcher, request = self._watcher, response.request
        started = request.extensions.get(_STARTED)
        took = (time.perf_counter() - started) * 1000.0 if isinstance(started, float) else None
        url = request.url
        exchange = watcher.exchange(request.method, url.host, url.path, response.status_code, took)
        if exchange is None:
            return None
        if watcher.requests and is_json(request.headers):
            self._take_request(exchange, request)
        try:
            body = response.content  # there already: of a transport that answers from memory
        except httpx.ResponseNotRead:
            return watcher.tap(exchange, response.headers, encoded=True)
        if is_json(response.headers):
            watcher.took(exchange, body, "response")
        return None

    def _take_request(self, exchange: Exchange, request: httpx.Request) -> None:
        try:
            body = request.content
        except httpx.RequestNotRead:  # streamed by the host
            return
        if not request.headers.get("content-encoding"):
            self._watcher.took(exchange, body, "request")


class _Stream(httpx.SyncByteStream):
    """A response's stream that is copied as it passes."""

    def __init__(self, inner: object, tap: Tap) -> None:
        if not isinstance(inner, httpx.SyncByteStream):
            raise TypeError("the response of a sync client has a sync stream")
        self._inner = inner
        self._tap = tap

    def __iter__(self) -> Iterator[bytes]:
        for part in self._inner:
            self._tap.pass_by(part)
            yield part
        self._tap.end()

    def close(self) -> None:
        """Close what is beneath."""
        self._inner.close()


class _AsyncStream(httpx.AsyncByteStream):
    """The same for an async client."""

    def __init__(self, inner: object, tap: Tap) -> None:
        if not isinstance(inner, httpx.AsyncByteStream):
            raise TypeError("the response of an async client has an async stream")
        self._inner = inner
        self._tap = tap

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for part in self._inner:
            self._tap.pass_by(part)
            yield part
        self._tap.end()

    async def aclose(self) -> None:
        """Close what is beneath."""
        await self._inner.aclose()
