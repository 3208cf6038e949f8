"""A service of a drill, in a process of its own, told on its standard input where the others are.

Such a process writes the port that it listens on to its standard output at once, and ``serving`` when it has
been told of the others and serves.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from typing import TYPE_CHECKING, Final, TypeAlias

import msgspec

from aright.drill.messages import FLUSH, Setting
from aright.drill.moment import TIME_HEADER, TOOK_HEADER, Clock
from aright.drill.wire.server import Request, Response, listen

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from aright.drill.messages import Flushed
    from aright.drill.wire.server import Handler

    Made: TypeAlias = tuple[Handler, Callable[[], None]]
    """What answers requests, and what is to be called at the end."""

    Endpoint: TypeAlias = Callable[[Mapping[str, str], bytes, int], Awaitable[tuple[int, bytes, int]]]
    """Is given headers, body and time (µs, UTC); returns status, body and when it is answered."""

PLAN_FILE: Final = "plan.json"
"""Where a service finds the plan of its drill, in the drill's folder."""

NOTHING_HERE: Final = Response(b'{"error":"there is nothing here"}', 404)
SERVING: Final = "serving"


class Served:
    """One service behind HTTP.

    Args:
        clock: takes over each request's time.
        path: that is served.
        endpoint: answers there.
        flush: sends what is to be reported.
        others: what answers other paths, each with all that are below it.
    """

    def __init__(
        self,
        clock: Clock,
        path: str,
        endpoint: Endpoint,
        flush: Callable[[], Flushed],
        others: Mapping[str, Callable[[Request], Response]] | None = None,
    ) -> None:
        self._clock = clock
        self._path = path
        self._endpoint = endpoint
        self._flush = flush
        self._others = others or {}

    def handle(self, request: Request) -> Response | asyncio.Future[Response]:
        """Answer a request."""
        if request.path == self._path:
            return asyncio.ensure_future(self._answer(request))
        if request.path == FLUSH:
            return asyncio.ensure_future(flushed(self._flush))
        other = self._others.get("/" + request.path.split("/")[1])
        return other(request) if other else NOTHING_HERE

    async def _answer(self, request: Request) -> Response:
        at = int(request.headers[TIME_HEADER])
        self._clock.set(at)
        status, body, done = await self._endpoint(request.headers, request.body, at)
        return Response(body, status, ((TOOK_HEADER, str(done - at)),))


async def flushed(flush: Callable[[], Flushed]) -> Response:
    """Send what waits to be reported; return how that went, as an answer."""
    told = await asyncio.get_running_loop().run_in_executor(None, flush)
    return Response(msgspec.json.encode(told))


async def serve(make: Callable[[Setting], Made]) -> None:
    """Serve until standard input ends (whoever started it has gone) or a signal says so.

    Args:
        make: the service, of what it is told.
    """
    loop = asyncio.get_running_loop()
    over = asyncio.Event()
    served: list[Handler] = []

    def handle(request: Request) -> Response | Awaitable[Response]:
        return served[0](request)  # nobody asks before it has said that it serves

    listener = await listen(handle)
    _say(str(listener.port))
    told = await loop.run_in_executor(None, sys.stdin.readline)
    if told:
        for number in (signal.SIGTERM, signal.SIGINT):  # before that, a signal ends it at once
            loop.add_signal_handler(number, over.set)
        made, close = make(msgspec.json.decode(told, type=Setting))
        served.append(made)
        _say(SERVING)
        loop.add_reader(sys.stdin.fileno(), over.set)
        await over.wait()
        await loop.run_in_executor(None, close)
    await listener.close()


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
