"""What is taken of the payloads that a service exchanges with those it depends on: a bounded sample.

The hooks for HTTP clients (``hooks_httpx``, ``hooks_requests``) tell a ``Watcher`` of requests and responses;
it decides which are taken, and copies bytes as the host reads them. It never reads a body by itself.
"""

from __future__ import annotations

import os
import sys
import threading
import time
import zlib
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol, TypedDict

from aright.sdk.endpoints import endpoint_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Unpack

    from aright.sdk.said import About

LARGEST: Final = 64 << 10
"""Bytes of a payload that is taken, decompressed."""

MOST: Final = 512 << 10
"""Bytes beyond which no payload is taken, whatever is asked for."""

_BYTES_PER_SECOND: Final = float(1 << 20)
_ENDPOINTS: Final = 500
_BURST_SECONDS: Final = 5.0
_INFLATE: Final = {"gzip": 31, "x-gzip": 31, "deflate": 15}


class Report(Protocol):
    """How a payload is handed on: ``Client.payload``."""

    def __call__(self, dependency: str, endpoint: str, body: object, **about: Unpack[About]) -> None:
        """Take a payload."""


class How(TypedDict, total=False):
    """How payloads are sampled: keywords of ``Client.watch_httpx`` and ``Client.watch_requests``.

    Attributes:
        dependency: name of the one asked; the host of the URL where it is not given.
        share: of exchanges that are taken.
        per_second: exchanges of one endpoint that are taken at most, five seconds' worth at once.
        bytes_per_second: of all endpoints together that are taken at most, five seconds' worth at once.
        largest: bytes of a payload that is taken; larger ones are left alone.
        requests: whether the bodies of requests are taken too.
    """

    dependency: str
    share: float
    per_second: float
    bytes_per_second: float
    largest: int
    requests: bool


class Exchange(NamedTuple):
    """One request and its answer, as far as it is known.

    Attributes:
        dependency: who was asked.
        endpoint: what for.
        status: of HTTP.
        latency_ms: from sending the request to the answer's head (ms).
        trace_id: of the trace that was under way.
    """

    dependency: str
    endpoint: str
    status: int
    latency_ms: float | None
    trace_id: str


class Watcher:
    """Decides which payloads are taken, and hands them on.

    Args:
        report: takes a payload.
        failed: is told of what went wrong in here; the host is not.
        seconds: a clock that never goes back.
        chance: a number in [0, 1).
        how: see ``How``.
    """

    def __init__(
        self,
        report: Report,
        failed: Callable[[str, Exception], None],
        *,
        seconds: Callable[[], float] = time.monotonic,
        chance: Callable[[], float] = lambda: int.from_bytes(os.urandom(4), "big") / 2**32,
        **how: Unpack[How],
    ) -> None:
        self._report = report
        self.failed = failed
        self._dependency = how.pop("dependency", "")
        self._share = how.pop("share", 1.0)
        self._rate = how.pop("per_second", 10.0)
        self._bytes = how.pop("bytes_per_second", _BYTES_PER_SECOND)
        self._largest = min(how.pop("largest", LARGEST), MOST)
        self.requests = how.pop("requests", True)
        if how:
            raise TypeError(f"there is no keyword {', '.join(sorted(how))}")
        self._seconds = seconds
        self._chance = chance
        self._lock = threading.Lock()
        self._left: dict[tuple[str, str], tuple[float, float]] = {}
        self._room = (self._bytes * _BURST_SECONDS, self._seconds())

    def exchange(
        self, method: str, host: str, path: str, status: int, latency_ms: float | None
    ) -> Exchange | None:
        """Return the exchange if its payloads are to be taken."""
        if self._share < 1.0 and self._chance() >= self._share:
            return None
        dependency, endpoint = self._dependency or host, endpoint_of(method, path)
        if not self._allowed((dependency, endpoint)):
            return None
        return Exchange(dependency, endpoint, status, latency_ms, _trace())

    def took(self, of: Exchange, body: bytes, direction: str) -> None:
        """Hand a whole payload on, if it is neither empty nor too large."""
        if 0 < len(body) <= self._largest and self._fits(len(body)):
            self._report(
                of.dependency,
                of.endpoint,
                body,
                direction=direction,
                status=of.status,
                latency_ms=of.latency_ms,
                trace_id=of.trace_id,
            )

    def tap(self, of: Exchange, headers: Mapping[str, str], *, encoded: bool) -> Tap | None:
        """Return what copies a response's bytes as they pass, or ``None`` where it is to be left alone.

        Args:
            of: whose response.
            headers: of the response, case-insensitive.
            encoded: whether the bytes that pass are still compressed.
        """
        coding = headers.get("content-encoding", "").strip().lower() if encoded else ""
        length = headers.get("content-length", "")
        if not is_json(headers) or (coding not in {"", "identity"} and coding not in _INFLATE):
            return None
        if length.isdecimal() and int(length) > self._largest:
            return None
        return Tap(self, of, self._largest, _INFLATE.get(coding, 0))

    def _allowed(self, key: tuple[str, str]) -> bool:
        """Take one of an endpoint's tokens, which come back at a steady rate."""
        now, most = self._seconds(), max(self._rate * _BURST_SECONDS, 1.0)
        with self._lock:
            left, at = self._left.pop(key, (most, now))
            left = min(most, left + (now - at) * self._rate)
            self._left[key] = (left - 1.0 if left >= 1.0 else left, now)
            if len(self._left) > _ENDPOINTS:
                del self._left[next(iter(self._left))]
        return left >= 1.0

    def _fits(self, size: int) -> bool:
        """Take a payload's bytes from what all endpoints share."""
        now = self._seconds()
        with self._lock:
            left, at = self._room
            left = min(self._bytes * _BURST_SECONDS, left + (now - at) * self._bytes)
            self._room = (left - size if left >= size else left, now)
        return left >= size


class Tap:
    """Copies one response's bytes while the host reads them."""

    def __init__(self, watcher: Watcher, of: Exchange, most: int, window: int) -> None:
        self._watcher = watcher
        self._of = of
        self._most = most
        self._window = window
        self._parts: list[bytes] | None = []
        self._size = 0

    def pass_by(self, part: object) -> None:
        """Copy a part of the body; more than the bound, or text, and all is let go."""
        if self._parts is None:
            return
        if not isinstance(part, bytes) or self._size + len(part) > self._most:
            self._parts = None
            return
        self._parts.append(part)
        self._size += len(part)

    def end(self) -> None:
        """Hand the whole body on: the host has read it to its end."""
        parts, self._parts = self._parts, None
        if not parts:
            return
        try:
            body = b"".join(parts)
            if self._window:
                inflate = zlib.decompressobj(self._window)
                body = inflate.decompress(body, self._most + 1)
                if not inflate.eof:
                    return
            self._watcher.took(self._of, body, "response")
        except Exception as error:  # noqa: BLE001 - the host is spared
            self._watcher.failed("a payload", error)


def is_json(headers: Mapping[str, str] | Mapping[str, str | bytes]) -> bool:
    """Return whether a body is one JSON document by its Content-Type.

    >>> is_json({"content-type": "application/problem+json; charset=utf-8"}), is_json({})
    (True, False)
    """
    said = headers.get("content-type", "")
    kind = (said if isinstance(said, str) else said.decode("latin-1")).partition(";")[0].strip().lower()
    return kind in {"application/json", "text/json"} or kind.endswith("+json")


def _trace() -> str:
    """Return the id of OpenTelemetry's trace that is under way in this context, if the host has one."""
    trace = sys.modules.get("opentelemetry.trace")
    if trace is None:
        return ""
    try:
        found = trace.get_current_span().get_span_context()
        told = f"{found.trace_id:032x}" if found.is_valid else ""
    except Exception:  # noqa: BLE001 - another version's face: a payload does without
        return ""
    return told
