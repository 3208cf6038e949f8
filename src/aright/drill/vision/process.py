"""The grading service or the resizer, in a process of its own, told on its standard input where the other is.

Started as ``python -m aright.drill.vision.process ROLE FOLDER``. It writes the port that it listens on to its
standard output at once, and serves when it has been told of the other.
"""

from __future__ import annotations

import asyncio
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

import msgspec

from aright.drill.moment import TIME_HEADER, TOOK_HEADER, Clock
from aright.drill.vision import names
from aright.drill.vision.messages import FLUSH, REPLAY, REVIEWS, STREAMS, Flushed, Review, Setting
from aright.drill.vision.plan import Plan
from aright.drill.wire.server import Request, Response, listen

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from aright.drill.vision.grading import Grading
    from aright.drill.webhook import Webhooks
    from aright.sdk import Client

    Handle: TypeAlias = Callable[[Request], Response | Awaitable[Response]]
    Made: TypeAlias = tuple[Handle, Callable[[], None]]
    """What answers requests, and what is to be called at the end."""

    Handler: TypeAlias = Callable[[Mapping[str, str], bytes, int], Awaitable[tuple[int, bytes, int]]]

PLAN_FILE: Final = "plan.json"
LANES: Final = 8
"""Connections between two services."""

FLUSH_SECONDS: Final = 20.0


class Served:
    """One service behind HTTP.

    Args:
        clock: takes over each request's time.
        path: that is served.
        handler: answers.
        flush: sends what is to be reported.
        others: what answers other paths, each with all that are below it.
    """

    def __init__(
        self,
        clock: Clock,
        path: str,
        handler: Handler,
        flush: Callable[[], Flushed],
        others: Mapping[str, Callable[[Request], Response]] | None = None,
    ) -> None:
        self._clock = clock
        self._path = path
        self._handler = handler
        self._flush = flush
        self._others = others or {}

    def handle(self, request: Request) -> Response | asyncio.Future[Response]:
        """Answer a request."""
        if request.path == self._path:
            return asyncio.ensure_future(self._answer(request))
        if request.path == FLUSH:
            return asyncio.ensure_future(self._report())
        other = self._others.get("/" + request.path.split("/")[1])
        return other(request) if other else Response(b'{"error":"there is nothing here"}', 404)

    async def _answer(self, request: Request) -> Response:
        at = int(request.headers[TIME_HEADER])
        self._clock.set(at)
        status, body, done = await self._handler(request.headers, request.body, at)
        return Response(body, status, ((TOOK_HEADER, str(done - at)),))

    async def _report(self) -> Response:
        told = await asyncio.get_running_loop().run_in_executor(None, self._flush)
        return Response(msgspec.json.encode(told))


class Desk:
    """What the grading service answers besides grades.

    Args:
        grading: the service.
        webhooks: by which it is put right.
        client: reports what reviewers found.
        secret: that replays are signed with.
        clock: the drill's.
    """

    def __init__(
        self, grading: Grading, webhooks: Webhooks, client: Client, secret: str, clock: Clock
    ) -> None:
        self._grading = grading
        self._webhooks = webhooks
        self._client = client
        self._secret = secret
        self._clock = clock
        self._reviews = msgspec.json.Decoder(list[Review])

    def review(self, request: Request) -> Response:
        """Report what reviewers found."""
        for each in self._reviews.decode(request.body):
            self._client.outcome(
                names.CORRECT, each.correct, prediction_id=each.request, label=each.kind, time=each.time
            )
        return Response()

    def streams(self, _: Request) -> Response:
        """Tell of which firmwares the cameras are to send raw pictures."""
        return Response(msgspec.json.encode(sorted(self._grading.raw)))

    def order(self, request: Request) -> Response:
        """Carry out a mitigation."""
        return self._webhooks.handle(request)

    def replay(self, request: Request) -> Response:
        """Grade stored pictures again."""
        from aright.drill.vision.mitigation import grade_again  # noqa: PLC0415  only the grading service does

        clocks = (self._clock.latest, time.time_ns() // 1000)
        return grade_again(request, self._grading, self._secret, clocks)


async def _serve(role: str, folder: Path) -> None:
    """Serve until standard input ends (whoever started it has gone) or a signal says so."""
    plan = msgspec.json.decode((folder / PLAN_FILE).read_bytes(), type=Plan)
    loop = asyncio.get_running_loop()
    over = asyncio.Event()
    served: list[Handle] = []

    def handle(request: Request) -> Response | Awaitable[Response]:
        return served[0](request)  # nobody asks before it has said that it serves

    listener = await listen(handle)
    sys.stdout.write(f"{listener.port}\n")
    sys.stdout.flush()
    told = await loop.run_in_executor(None, sys.stdin.readline)
    if told:
        for number in (signal.SIGTERM, signal.SIGINT):  # before that, a signal ends it at once
            loop.add_signal_handler(number, over.set)
        setting = msgspec.json.decode(told, type=Setting)
        made, close = (_resizer if role == names.RESIZER else _grading)(plan, setting, folder)
        served.append(made)
        sys.stdout.write("serving\n")
        sys.stdout.flush()
        loop.add_reader(sys.stdin.fileno(), over.set)
        await over.wait()
        await loop.run_in_executor(None, close)
    await listener.close()


def _resizer(plan: Plan, setting: Setting, _: Path) -> Made:
    from aright.drill.tracing import Tracing  # noqa: PLC0415  only what the role needs
    from aright.drill.vision.resizer import Resizer  # noqa: PLC0415

    first, second = (
        Tracing(names.RESIZER, version, setting.url, setting.token) for version in names.RESIZER_RELEASES
    )

    def flush() -> Flushed:
        done = [first.flush(), second.flush()]
        return Flushed(sent=all(sent for sent, _ in done), dropped=max(lost for _, lost in done))

    def close() -> None:
        first.close()
        second.close()

    service = Resizer(plan, (first, second))
    return Served(Clock(plan.start), names.RESIZE, service.handle, flush).handle, close


def _grading(plan: Plan, setting: Setting, folder: Path) -> Made:
    from aright.drill.tracing import Tracing  # noqa: PLC0415  only what the role needs
    from aright.drill.vision.grading import Grading  # noqa: PLC0415
    from aright.drill.vision.mitigation import Orders  # noqa: PLC0415
    from aright.drill.vision.versions import make_versions  # noqa: PLC0415
    from aright.drill.webhook import Webhooks  # noqa: PLC0415
    from aright.drill.wire.client import Connections  # noqa: PLC0415
    from aright.sdk import Client  # noqa: PLC0415

    clock = Clock(plan.start)
    client = Client(
        setting.url,
        setting.token,
        service=names.SERVICE,
        model=names.MODEL,
        version=names.VERSIONS[0],
        clock=clock,
        spool_dir=str(folder / "spool"),
    )
    tracing = Tracing(names.SERVICE, names.RELEASES[0], setting.url, setting.token)
    resizer = Connections(names.RESIZER, setting.ports[names.RESIZER], lanes=LANES)
    grading = Grading(plan, make_versions(plan), tracing, resizer, client, clock)
    webhooks = Webhooks(
        Orders(grading, lambda: clock.latest).carry_out,
        secret=setting.secret,
        now=lambda: clock.latest,
        wall=lambda: time.time_ns() // 1000,
    )
    desk = Desk(grading, webhooks, client, setting.secret, clock)

    def flush() -> Flushed:
        spans, lost = tracing.flush()
        rows = client.flush(FLUSH_SECONDS)
        stats = client.stats()
        lost += sum(stats.dropped.values()) + stats.rejected + stats.quarantined
        return Flushed(sent=spans and rows, dropped=lost)

    def close() -> None:
        tracing.close()
        client.close()

    others = {
        REVIEWS: desk.review,
        STREAMS: desk.streams,
        "/mitigations": desk.order,
        REPLAY: desk.replay,
    }
    return Served(clock, names.GRADE, grading.handle, flush, others).handle, close


if __name__ == "__main__":
    asyncio.run(_serve(sys.argv[1], Path(sys.argv[2])))
