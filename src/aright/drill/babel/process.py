"""One of the services, in a process of its own, told on its standard input where the others are.

Started as ``python -m aright.drill.babel.process ROLE FOLDER``.
"""

from __future__ import annotations

import asyncio
import sys
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from aright.drill.babel import names
from aright.drill.babel.messages import Text
from aright.drill.babel.plan import Plan
from aright.drill.moment import Clock
from aright.drill.reporting import Reporting, open_client
from aright.drill.serving import PLAN_FILE, Served, serve

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from aright.drill.messages import Setting
    from aright.drill.serving import Endpoint, Made
    from aright.drill.tracing import Tracing

PROVIDER: Final = "provider"
"""Under which name a service is told where the third party listens."""

LANES: Final = 16
"""Connections between two services."""


def _in_json(
    answer: Callable[[Mapping[str, str], Text, int], Awaitable[tuple[int, object, int]]],
) -> Endpoint:
    async def handle(headers: Mapping[str, str], body: bytes, at: int) -> tuple[int, bytes, int]:
        status, told, done = await answer(headers, msgspec.json.decode(body, type=Text), at)
        return status, msgspec.json.encode(told), done

    return handle


def _make(role: str, folder: Path, setting: Setting) -> Made:
    plan = msgspec.json.decode((folder / PLAN_FILE).read_bytes(), type=Plan)
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

    first, second = (_tracing(names.TRANSLATION, version, setting) for version in names.RELEASES)
    client = open_client(setting, folder, clock, service=names.TRANSLATION)
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

    reporting = Reporting((first, second), client)
    others = {"/mitigations": webhooks.handle}
    served = Served(clock, names.TRANSLATE, _in_json(service.translate), reporting.flush, others)
    return served.handle, reporting.close


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

    service = Chat(plan, (first, second), peers[0], peers[1])
    reporting = Reporting((first, second))
    return Served(clock, names.CHATS, _in_json(service.chat), reporting.flush).handle, reporting.close


def _desk(setting: Setting, clock: Clock) -> Made:
    from aright.drill.babel.calling import Peer  # noqa: PLC0415
    from aright.drill.babel.desk import PATIENCE, Desk  # noqa: PLC0415
    from aright.drill.wire.client import Connections  # noqa: PLC0415

    tracing = _tracing(names.DESK, "12.0.4", setting)
    lanes = Connections(names.TRANSLATION, setting.ports[names.TRANSLATION], lanes=LANES)
    peer = Peer(names.HOSTS[names.TRANSLATION], names.TRANSLATE, lanes, patience=PATIENCE)

    reporting = Reporting((tracing,))
    served = Served(clock, names.TICKETS, _in_json(Desk(tracing, peer).take), reporting.flush)
    return served.handle, reporting.close


if __name__ == "__main__":
    asyncio.run(serve(partial(_make, sys.argv[1], Path(sys.argv[2]))))
