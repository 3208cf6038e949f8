"""One of the services, in a process of its own, told on its standard input where the others are.

Started as ``python -m aright.drill.babel.process ROLE FOLDER``. It writes the port that it listens on to its
standard output at once, and serves when it has been told of the others.
"""

from __future__ import annotations

import asyncio
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

import msgspec

from aright.drill.babel import names
from aright.drill.babel.messages import FLUSH, Flushed, Setting, Text
from aright.drill.babel.plan import Plan
from aright.drill.moment import TIME_HEADER, TOOK_HEADER, Clock
from aright.drill.wire.server import Request, Response, listen

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from aright.drill.tracing import Tracing
    from aright.drill.webhook import Webhooks

    Handle: TypeAlias = Callable[[Request], Response | Awaitable[Response]]
    Made: TypeAlias = tuple[Handle, Callable[[], None]]
    """What answers requests, and what is to be called at the end."""

    Handler: TypeAlias = Callable[[Mapping[str, str], Text, int], Awaitable[tuple[int, object, int]]]

PLAN_FILE: Final = "plan.json"
PROVIDER: Final = "provider"
"""Under which name a service is told where the third party listens."""

LANES: Final = 16
"""Connections between two services."""


class Served:
    """One service behind HTTP.

    Args:
        clock: takes over each request's time.
        path: that is served.
        handler: answers.
        flush: sends what is to be reported.
        webhooks: by which it is put right; ``None`` where it cannot be.
    """

    def __init__(
        self,
        clock: Clock,
        path: str,
        handler: Handler,
        flush: Callable[[], Flushed],
        webhooks: Webhooks | None = None,
    ) -> None:
        self._clock = clock
        self._path = path
        self._handler = handler
        self._flush = flush
        self._webhooks = webhooks

    def handle(self, request: Request) -> Response | asyncio.Future[Response]:
        """Answer a request."""
        if request.path == self._path:
            return asyncio.ensure_future(self._answer(request))
        if request.path == FLUSH:
            return asyncio.ensure_future(self._report())
        if request.path.startswith("/mitigations/") and request.method == "POST" and self._webhooks:
            return self._webhooks.handle(request)
        return Response(b'{"error":"there is nothing here"}', 404)

    async def _answer(self, request: Request) -> Response:
        at = int(request.headers[TIME_HEADER])
        self._clock.set(at)
        ask = msgspec.json.decode(request.body, type=Text)
        status, body, done = await self._handler(request.headers, ask, at)
        return Response(msgspec.json.encode(body), status, ((TOOK_HEADER, str(done - at)),))

    async def _report(self) -> Response:
        told = await asyncio.get_running_loop().run_in_executor(None, self._flush)
        return Response(msgspec.json.encode(told))


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
        made, close = _make(role, plan, setting, folder)
        served.append(made)
        sys.stdout.write("serving\n")
        sys.stdout.flush()
        loop.add_reader(sys.stdin.fileno(), over.set)
        await over.wait()
        await loop.run_in_executor(None, close)
    await listener.close()


def _make(role: str, plan: Plan, setting: Setting, folder: Path) -> Made:
    clock = Clock(plan.start)
    if role == names.TRANSLATION:
        return _translation(plan, setting, clock, folder)
    return _chat(plan, setting, clock) if role == names.CHAT else _desk(setting, clock)


def _tracing(role: str, version: str, setting: Setting) -> Tracing:
    from aright.drill.tracing import Tracing  # noqa: PLC0415  the third party needs no SDK

    return Tracing(role, version, setting.url, setting.token)


def _translation(plan: Plan, setting: Setting, clock: Clock, folder: Path) -> Made:
    import httpx  # noqa: PLC0415  only what the role needs

    from aright.drill.babel.calling import ThirdParty  # noqa: PLC0415
    from aright.drill.babel.translation import Translation  # noqa: PLC0415
    from aright.drill.webhook import Webhooks  # noqa: PLC0415
    from aright.sdk import Client  # noqa: PLC0415

    first, second = (_tracing(names.TRANSLATION, version, setting) for version in names.RELEASES)
    client = Client(
        setting.url, setting.token, service=names.TRANSLATION, clock=clock, spool_dir=str(folder / "spool")
    )
    caller = httpx.AsyncClient(
        base_url=f"http://127.0.0.1:{setting.ports[PROVIDER]}",
        limits=httpx.Limits(max_connections=4, keepalive_expiry=None),
        timeout=30.0,
        trust_env=False,
    )
    client.watch_httpx(caller, dependency=names.PROVIDER, per_second=100_000.0)
    service = Translation(plan, (first, second), ThirdParty(caller))
    webhooks = Webhooks(
        service.carry_out,
        secret=setting.secret,
        now=lambda: clock.latest,
        wall=lambda: time.time_ns() // 1000,
    )

    def flush() -> Flushed:
        done = [first.flush(), second.flush()]
        rows = client.flush(20.0)
        stats = client.stats()
        lost = max(batches for _, batches in done)
        lost += sum(stats.dropped.values()) + stats.rejected + stats.quarantined
        return Flushed(sent=rows and all(sent for sent, _ in done), dropped=lost)

    def close() -> None:
        first.close()
        second.close()
        client.close()

    return Served(clock, names.TRANSLATE, service.translate, flush, webhooks).handle, close


def _chat(plan: Plan, setting: Setting, clock: Clock) -> Made:
    from aright.drill.babel.calling import Peer  # noqa: PLC0415
    from aright.drill.babel.chat import DESK_PATIENCE, PATIENCE, Chat  # noqa: PLC0415
    from aright.drill.wire.client import Connections  # noqa: PLC0415

    first, second = (_tracing(names.CHAT, version, setting) for version in names.CHAT_VERSIONS)
    peers = [
        Peer(names.HOSTS[name], path, Connections(name, setting.ports[name], lanes=LANES), patience=patience)
        for name, path, patience in (
            (names.TRANSLATION, names.TRANSLATE, PATIENCE),
            (names.DESK, names.TICKETS, DESK_PATIENCE),
        )
    ]

    def flush() -> Flushed:
        done = [first.flush(), second.flush()]
        return Flushed(sent=all(sent for sent, _ in done), dropped=max(lost for _, lost in done))

    def close() -> None:
        first.close()
        second.close()

    service = Chat(plan, (first, second), peers[0], peers[1])
    return Served(clock, names.CHATS, service.chat, flush).handle, close


def _desk(setting: Setting, clock: Clock) -> Made:
    from aright.drill.babel.calling import Peer  # noqa: PLC0415
    from aright.drill.babel.desk import PATIENCE, Desk  # noqa: PLC0415
    from aright.drill.wire.client import Connections  # noqa: PLC0415

    tracing = _tracing(names.DESK, "12.0.4", setting)
    lanes = Connections(names.TRANSLATION, setting.ports[names.TRANSLATION], lanes=LANES)
    peer = Peer(names.HOSTS[names.TRANSLATION], names.TRANSLATE, lanes, patience=PATIENCE)

    def flush() -> Flushed:
        sent, lost = tracing.flush()
        return Flushed(sent=sent, dropped=lost)

    return Served(clock, names.TICKETS, Desk(tracing, peer).take, flush).handle, tracing.close


if __name__ == "__main__":
    asyncio.run(_serve(sys.argv[1], Path(sys.argv[2])))
