"""requests: a response hook that copies JSON payloads as they pass."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from aright.sdk.payloads import is_json

if TYPE_CHECKING:
    from collections.abc import Iterator

    import requests

    from aright.sdk.payloads import Tap, Watcher


def hook(session: requests.Session, watcher: Watcher) -> None:
    """Add a hook to a session; those that it has stay, and go first."""

    def seen(response: requests.Response, **_: object) -> None:
        try:
            tap = _tap(response, watcher)
            if tap is not None:
                _copy(response, tap)
        except Exception as error:  # noqa: BLE001 - the host is spared
            watcher.failed("watching requests", error)

    session.hooks.setdefault("response", []).append(seen)


def _tap(response: requests.Response, watcher: Watcher) -> Tap | None:
    request = response.request
    url = urlsplit(request.url or "")
    took = response.elapsed.total_seconds() * 1000.0
    exchange = watcher.exchange(
        request.method or "", url.hostname or "", url.path, response.status_code, took
    )
    if exchange is None:
        return None
    body = request.body
    if watcher.requests and is_json(request.headers) and not request.headers.get("content-encoding"):
        if isinstance(body, str):
            body = body.encode()
        if isinstance(body, bytes):  # anything else is streamed by the host
            watcher.took(exchange, body, "request")
    return watcher.tap(exchange, response.headers, encoded=False)


def _copy(response: requests.Response, tap: Tap) -> None:
    """Let ``iter_content``, which all reading but that of ``raw`` goes through, copy what it yields once."""
    whole = response.iter_content

    def copied(chunk_size: int | None = 1, decode_unicode: bool = False) -> Iterator[str | bytes]:  # noqa: FBT001, FBT002 - the face of requests
        parts = whole(chunk_size, decode_unicode=True) if decode_unicode else whole(chunk_size)
        return passing(parts)

    def passing(parts: Iterator[str | bytes] | Iterator[bytes]) -> Iterator[str | bytes]:
        for part in parts:
            tap.pass_by(part)
            yield part
        response.__dict__.pop("iter_content", None)
        tap.end()

    response.iter_content = copied  # type: ignore[method-assign,assignment]  # on this one response alone
