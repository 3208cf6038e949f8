"""The drill's own router: keeps a card on one side, and is told the canary's share by a signed webhook.

Started as ``python -m aright.drill.fraud.router PORT STABLE_PORT CANARY_PORT``; the secret is a line on its
standard input, and the port that it listens on is a line on its standard output.
"""

from __future__ import annotations

import asyncio
import signal
import sys
import time
import zlib
from typing import TYPE_CHECKING, Final

import msgspec

from aright.drill.fraud import names
from aright.drill.fraud.balancer import SHARE
from aright.drill.webhook import RefusedError, check_signature
from aright.drill.wire.client import Connections
from aright.drill.wire.server import Request, Response, listen

if TYPE_CHECKING:
    from collections.abc import Awaitable, Mapping

LANES: Final = 8
"""Connections to each service."""

_RING: Final = 1 << 32


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What the webhook is told.

    Attributes:
        share: of the cards, that the canary is to serve, in [0, 1].
        dry_run: only say what would be done.
    """

    share: float
    dry_run: bool = False


class Router:
    """Hands each request on to one of two services.

    Args:
        services: connections, by role.
        secret: that orders are signed with.

    Attributes:
        share: of the cards, that the canary serves.
    """

    def __init__(self, services: Mapping[str, Connections], secret: str) -> None:
        self._services = services
        self._secret = secret
        self.share = 0.0

    def handle(self, request: Request) -> Response | Awaitable[Response]:
        """Answer an order, or hand a request on."""
        if request.path == SHARE:
            return self._told() if request.method == "GET" else self._set(request)
        return self._pass_on(request)

    def side(self, card: str) -> str:
        """Return who serves a card; a card that the canary serves stays there while the share grows.

        >>> router = Router({}, "s")
        >>> router.share = 0.25
        >>> 220 < sum(router.side(f"card-{k}") == names.CANARY for k in range(1_000)) < 280
        True
        """
        place = zlib.crc32(card.encode()) * 2_654_435_761 % _RING
        return names.CANARY if place < self.share * _RING else names.STABLE

    def _told(self) -> Response:
        return Response(msgspec.json.encode({"share": self.share}))

    def _set(self, request: Request) -> Response:
        try:
            check_signature(request, self._secret, (time.time_ns() // 1000,))
            wanted = msgspec.json.decode(request.body, type=Wanted)
        except RefusedError as refused:
            return Response(msgspec.json.encode({"error": str(refused)}), refused.status)
        except msgspec.DecodeError as bad:
            return Response(msgspec.json.encode({"error": f"the body is no share: {bad}"}), 422)
        if not 0 <= wanted.share <= 1:
            return Response(b'{"error":"a share is from 0 to 1"}', 422)
        if not wanted.dry_run:
            self.share = wanted.share
        return self._told()

    async def _pass_on(self, request: Request) -> Response:
        kept = {name: value for name, value in request.headers.items() if name not in _OWN}
        side = self._services[self.side(request.headers.get(names.CARD, ""))]
        reply = await side.send(request.method, request.path, request.body, kept)
        return Response(reply.body, reply.status, tuple(reply.told.items()))


_OWN: Final = frozenset({"host", "content-length", "connection"})
"""Headers that are of one connection, and not handed on."""


async def main(port: int, stable: int, canary: int) -> None:
    """Route until standard input ends or a signal says so."""
    loop = asyncio.get_running_loop()
    over = asyncio.Event()
    secret = (await loop.run_in_executor(None, sys.stdin.readline)).strip()
    sides = {names.STABLE: stable, names.CANARY: canary}
    services = {role: Connections(role, at, lanes=LANES) for role, at in sides.items()}
    listener = await listen(Router(services, secret).handle, port=port)
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, over.set)
    sys.stdout.write(f"{listener.port}\n")
    sys.stdout.flush()
    loop.add_reader(sys.stdin.fileno(), over.set)
    await over.wait()
    await listener.close()
    for each in services.values():
        each.close()


if __name__ == "__main__":
    asyncio.run(main(*map(int, sys.argv[1:4])))
