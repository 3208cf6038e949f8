"""Server-sent events: open pages hear that there is something new, and fetch it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

import msgspec
from starlette.responses import StreamingResponse

from aright.server.problems import ProblemError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from aright.engine.operations import Happening, Operations, Subscription

_LISTENERS: Final = 200
_BATCH: Final = 512


class Streams:
    """Event streams to browsers, bounded in number.

    Args:
        operations: the engine's face.
        every: how often a stream looks for happenings (seconds); several of the same are told once.
        heartbeat: how often a silent stream says that it lives (seconds), so that proxies keep it open.
        limit: streams at most.
    """

    def __init__(
        self,
        operations: Operations,
        *,
        every: float = 0.25,
        heartbeat: float = 15.0,
        limit: int = _LISTENERS,
    ) -> None:
        self._operations = operations
        self._every = every
        self._silent = max(1, round(heartbeat / every))
        self._limit = limit
        self._open = 0

    def response(self) -> StreamingResponse:
        """Return a stream that ends when the reader leaves; raises ``ProblemError`` (503) when full."""
        if self._open >= self._limit:
            raise ProblemError(
                503,
                f"{self._limit} event streams are open already.",
                "Close some pages, or try again in a minute.",
                headers={"Retry-After": "60"},
            )
        return StreamingResponse(
            self._stream(),
            media_type="text/event-stream",
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        )

    async def _stream(self) -> AsyncIterator[bytes]:
        subscription = self._operations.subscribe()
        self._open += 1
        try:
            yield b"retry: 2000\nevent: hello\ndata: {}\n\n"
            silent = 0
            while True:
                told = _waiting(subscription)
                for happening in told:
                    yield encoded(happening)
                silent = 0 if told else silent + 1
                if silent >= self._silent:
                    silent = 0
                    yield b": still here\n\n"
                await asyncio.sleep(self._every)
        finally:
            self._open -= 1
            subscription.close()


def _waiting(subscription: Subscription) -> list[Happening]:
    """Return what has happened since the last look, each thing once, without waiting."""
    told: dict[Happening, None] = {}
    for _ in range(_BATCH):
        happening = subscription.get(0.0)
        if happening is None:
            break
        told[happening] = None
    return list(told)


def encoded(happening: Happening) -> bytes:
    r"""Return a happening as one event; JSON keeps line breaks out of it.

    >>> from aright.engine.operations import Happening
    >>> encoded(Happening(kind="incident", key="INC-1"))
    b'event: incident\ndata: {"kind":"incident","key":"INC-1"}\n\n'
    """
    kind = happening.kind if happening.kind.isidentifier() else "message"
    return b"event: %s\ndata: %s\n\n" % (kind.encode(), msgspec.json.encode(happening))
